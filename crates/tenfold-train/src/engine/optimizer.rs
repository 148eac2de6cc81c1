//! Optimisers over flat vectors.

use super::kernel::update::{AdamStep, Flat, SgdStep, adam, sgd};
use super::real::Real;

/// Rule by which the gradient changes the parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Optimizer {
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101).
    AdamW,
    /// Adam, with weight decay as a penalty in the gradient (Kingma and Ba 2015, arXiv:1412.6980).
    Adam,
    /// Gradient descent with momentum, with weight decay as a penalty in the gradient.
    Sgd,
}

/// Decay of the mean gradient in Adam; `PyTorch`'s default.
const FIRST_DECAY: f64 = 0.9;
/// Decay of the mean squared gradient in Adam; `PyTorch`'s default.
const SECOND_DECAY: f64 = 0.999;
/// Keeps Adam's quotient finite; `PyTorch`'s default.
const EPSILON: f64 = 1e-8;

/// Constants of one update.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Update {
    /// The rule.
    pub optimizer: Optimizer,
    /// Step size after the schedule.
    pub learning_rate: f64,
    /// Weight decay, for the weights only.
    pub weight_decay: f64,
    /// Momentum of [`Optimizer::Sgd`].
    pub momentum: f64,
    /// Which update this is, from 1; Adam corrects its young means by it.
    pub number: u64,
}

/// Moments of the gradient, one of each a parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct Moments<T> {
    /// Mean gradient, or velocity.
    pub first: Vec<T>,
    /// Mean squared gradient; empty where the optimiser has none.
    pub second: Vec<T>,
}

impl<T: Real> Moments<T> {
    /// Moments before the first update.
    pub fn new(optimizer: Optimizer, parameter_count: usize) -> Self {
        let second = if optimizer == Optimizer::Sgd { 0 } else { parameter_count };
        Self { first: vec![T::ZERO; parameter_count], second: vec![T::ZERO; second] }
    }
}

impl Update {
    /// Changes `parameters`, of which the first `decayed` are weights.
    pub fn apply<T: Real>(
        &self,
        (parameters, decayed): (&mut [T], usize),
        gradient: &[T],
        moments: &mut Moments<T>,
    ) {
        let (weights, others) = parameters.split_at_mut(decayed);
        let (of_weights, of_others) = gradient.split_at(decayed);
        let (first, first_others) = moments.first.split_at_mut(decayed);
        let middle = decayed.min(moments.second.len());
        let (second, second_others) = moments.second.split_at_mut(middle);
        let weights = Flat { parameters: weights, gradient: of_weights, first, second };
        let others = Flat {
            parameters: others,
            gradient: of_others,
            first: first_others,
            second: second_others,
        };
        self.apply_flat(weights, self.weight_decay);
        self.apply_flat(others, 0.0);
    }

    fn apply_flat<T: Real>(&self, flat: Flat<'_, T>, weight_decay: f64) {
        let real = T::from_f64;
        let is_decoupled = self.optimizer == Optimizer::AdamW;
        let penalty = if is_decoupled { 0.0 } else { weight_decay };
        match self.optimizer {
            Optimizer::AdamW | Optimizer::Adam => {
                let exponent = i32::try_from(self.number).unwrap_or(i32::MAX);
                let shrink = if is_decoupled { self.learning_rate * weight_decay } else { 0.0 };
                let first_correction = 1.0 - FIRST_DECAY.powi(exponent);
                let second_correction = 1.0 - SECOND_DECAY.powi(exponent);
                let step = AdamStep {
                    step_size: real(self.learning_rate / first_correction),
                    inverse_root_correction: real(1.0 / second_correction.sqrt()),
                    first_decay: real(FIRST_DECAY),
                    second_decay: real(SECOND_DECAY),
                    epsilon: real(EPSILON),
                    shrink: real(1.0 - shrink),
                    penalty: real(penalty),
                };
                adam(flat, step);
            }
            Optimizer::Sgd => sgd(
                flat,
                SgdStep {
                    learning_rate: real(self.learning_rate),
                    momentum: real(self.momentum),
                    penalty: real(penalty),
                },
            ),
        }
    }
}
