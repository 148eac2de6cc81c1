//! What an operation is: facts that lay out a tape, and the work of a step in either precision.
//!
//! An operation knows its sizes but not where its numbers are stored: the engine passes it the
//! numbers it reads and the space it writes. [`crate::ops`] holds one file for each operation. Work
//! is done for a whole chunk of a batch at a time, so that the virtual call costs nothing.

use std::fmt::Debug;
use std::ops::Range;

use super::real::Real;
use super::shape::Shape;

/// Most values that one operation reads.
pub const MOST_INPUTS: usize = 3;

/// What a forward pass is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pass {
    /// Training: batch norm uses the batch's statistics, dropout drops, losses keep their gradient.
    Train {
        /// Random key of this step.
        key: u64,
        /// Index of this chunk's first example in the whole batch.
        first_example: usize,
        /// The loss is the sum over examples divided by this: the examples of the whole batch.
        mean_over: usize,
    },
    /// Prediction: batch norm uses running statistics, nothing is dropped.
    Evaluate,
}

/// Initial values of a group of parameters.
#[derive(Clone, PartialEq, Debug)]
pub enum Initial {
    /// Every parameter has this value.
    Constant(f32),
    /// The group is divided into parts of equal length; all parameters of a part have its value.
    Parts(&'static [f32]),
    /// Values are drawn from a normal distribution around 0.
    Normal {
        /// Standard deviation.
        deviation: f64,
    },
}

/// Parameters that an operation asks for.
#[derive(Clone, PartialEq, Debug)]
pub struct ParameterGroup {
    /// Number of parameters.
    pub length: usize,
    /// Their initial values.
    pub initial: Initial,
    /// Whether weight decay acts on them: on weights, not on biases and scales.
    pub decays: bool,
}

impl ParameterGroup {
    /// Weights that are drawn from a normal distribution around 0; weight decay acts on them.
    pub fn weights(length: usize, deviation: f64) -> Self {
        Self { length, initial: Initial::Normal { deviation }, decays: true }
    }

    /// Weights that begin at 0; weight decay acts on them.
    pub fn zero_weights(length: usize) -> Self {
        Self { length, initial: Initial::Constant(0.0), decays: true }
    }

    /// Biases that begin at 0; weight decay does not act on them.
    pub fn bias(length: usize) -> Self {
        Self { length, initial: Initial::Constant(0.0), decays: false }
    }

    /// Scales that begin at 1; weight decay does not act on them.
    pub fn scale(length: usize) -> Self {
        Self { length, initial: Initial::Constant(1.0), decays: false }
    }
}

/// One operation: this trait gives its sizes, [`Compute`] its forward and backward pass.
pub trait Operation: Compute<f32> + Compute<f64> + Debug + Send + Sync {
    /// Size of its output for one example.
    fn shape(&self) -> Shape;

    /// The parameters it trains, without those that it shares with other operations.
    fn parameters(&self) -> Vec<ParameterGroup> {
        Vec::new()
    }

    /// Whether input `index` has a gradient; inputs that are indices, such as tokens, have none.
    fn is_differentiable(&self, _index: usize) -> bool {
        true
    }

    /// Running statistics before the first step; empty where it has none.
    fn statistics(&self) -> Vec<f32> {
        Vec::new()
    }

    /// How many numbers each example, as part of a stream, carries from one batch into the next.
    fn carried(&self) -> usize {
        0
    }

    /// How many numbers are kept for the backward pass, for a chunk of `examples` examples.
    fn kept(&self, _examples: usize) -> usize {
        0
    }

    /// How many numbers of scratch space a chunk of `examples` examples needs; all operations share
    /// the space and may overwrite it.
    fn scratch(&self, _examples: usize) -> usize {
        0
    }

    /// Floating-point operations of one example's forward pass: 2 for each multiply-add of its
    /// matrix products; what is linear in the size of its output is left out.
    fn flop(&self) -> f64 {
        0.0
    }
}

/// The work of an operation in one precision.
pub trait Compute<T: Real> {
    /// Writes `call.output`, every number of it.
    fn forward(&self, call: Forward<'_, T>);

    /// Writes every number of the gradients of the inputs that ask for one, and the gradients of
    /// all parameters of the operation.
    ///
    /// The operation may change `call.gradient`, the gradient of its output. Gradients of
    /// parameters are 0 before the call.
    fn backward(&self, call: Backward<'_, T>);

    /// Moves `running` statistics towards those of a `batch` by a share `momentum`.
    fn move_running(&self, _running: &mut [T], _batch: BatchStatistics<'_, T>, _momentum: f64) {}
}

/// Statistics of one training batch, or chunk of it.
#[derive(Clone, Copy, Debug)]
pub struct BatchStatistics<'a, T> {
    /// Laid out as the running statistics.
    pub numbers: &'a [T],
    /// Examples they were taken over.
    pub examples: usize,
}

/// Arguments of [`Compute::forward`].
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Examples in this chunk.
    pub examples: usize,
    /// Whether the model is trained or evaluated.
    pub pass: Pass,
    /// Input values, one example after the other; empty beyond the operation's inputs.
    pub inputs: [&'a [T]; MOST_INPUTS],
    /// Its parameters.
    pub parameters: Parameters<'a, T>,
    /// Its running statistics, which only [`Pass::Evaluate`] has.
    pub statistics: &'a [T],
    /// Its statistics of this batch, for [`Pass::Train`] to write.
    pub batch_statistics: &'a mut [T],
    /// Numbers that its streams carry: read at the beginning, written at the end.
    pub carried: &'a mut [T],
    /// Numbers to keep for the backward pass.
    pub kept: &'a mut [T],
    /// Scratch space.
    pub scratch: &'a mut [T],
    /// The loss of each example, for a loss to write.
    pub losses: &'a mut [f64],
    /// Its output.
    pub output: &'a mut [T],
}

/// Arguments of [`Compute::backward`].
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Examples in this chunk.
    pub examples: usize,
    /// The pass that [`Forward`] had.
    pub pass: Pass,
    /// Input values, as in [`Forward`].
    pub inputs: [&'a [T]; MOST_INPUTS],
    /// Its parameters.
    pub parameters: Parameters<'a, T>,
    /// Its statistics of this batch.
    pub batch_statistics: &'a [T],
    /// Numbers that its forward pass kept.
    pub kept: &'a mut [T],
    /// Scratch space.
    pub scratch: &'a mut [T],
    /// Its output.
    pub output: &'a [T],
    /// Gradient of its output.
    pub gradient: &'a mut [T],
    /// Where gradients of its parameters go.
    pub parameter_gradients: Gradients<'a, T>,
    /// Where gradients of its inputs go, if they are needed.
    pub input_gradients: [Option<&'a mut [T]>; MOST_INPUTS],
}

/// The parameters of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a, T> {
    pub(super) all: &'a [T],
    pub(super) groups: &'a [Range<usize>],
}

impl<'a, T> Parameters<'a, T> {
    /// Parameters of group `index`: first those that the operation shares, then those of
    /// [`Operation::parameters`] in their order.
    pub fn group(&self, index: usize) -> &'a [T] {
        &self.all[self.groups[index].clone()]
    }
}

/// Gradients of the parameters of one operation.
#[derive(Debug)]
pub struct Gradients<'a, T> {
    pub(super) all: &'a mut [T],
    pub(super) groups: &'a [Range<usize>],
}

impl<T> Gradients<'_, T> {
    /// Gradient of the parameters of group `index`.
    pub fn group(&mut self, index: usize) -> &mut [T] {
        &mut self.all[self.groups[index].clone()]
    }

    /// Gradients of two groups; group `first` must come before group `second`.
    pub fn pair(&mut self, first: usize, second: usize) -> (&mut [T], &mut [T]) {
        let (first, second) = (self.groups[first].clone(), self.groups[second].clone());
        let (left, right) = self.all.split_at_mut(second.start);
        (&mut left[first], &mut right[..second.len()])
    }
}

/// A precision that operations compute in; it selects their [`Compute`] implementation.
pub trait Number: Real {
    /// The work of `operation` in this precision.
    fn work_of(operation: &dyn Operation) -> &dyn Compute<Self>;
}

impl Number for f32 {
    fn work_of(operation: &dyn Operation) -> &dyn Compute<Self> {
        operation
    }
}

impl Number for f64 {
    fn work_of(operation: &dyn Operation) -> &dyn Compute<Self> {
        operation
    }
}
