//! What an operation may apply to its output before it is stored.

use crate::engine::kernel::elementwise::relu_backward;
use crate::engine::real::Real;

/// What is applied to an operation's output before it is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Activation {
    /// The output as it is.
    Identity,
    /// `max(output, 0)`.
    Relu,
}

impl Activation {
    /// Gain: the factor on the variance of the preceding weights that keeps the size of the signal.
    ///
    /// # Reference
    /// He et al. (2015), arXiv:1502.01852, equation 10.
    pub(super) fn gain(self) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Relu => 2.0,
        }
    }

    /// Turns `gradient`, that of the activated `output`, into the gradient before the activation.
    pub(super) fn backward<T: Real>(self, gradient: &mut [T], output: &[T]) {
        match self {
            Self::Identity => {}
            Self::Relu => relu_backward(gradient, output),
        }
    }
}
