//! Optimisers over flat vectors.

use super::kernel::update::{AdamStep, Flat, SgdStep, adam, add_squares, move_towards, scale, sgd};
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
    /// Number of this update, counted from 1; Adam's bias corrections depend on it.
    pub number: u64,
}

/// Moments of the gradient, one number of each moment per parameter.
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

/// Scales `gradient` down to the norm `most` if it is longer; returns its norm before.
///
/// # Reference
/// Pascanu, Mikolov and Bengio (2013), arXiv:1211.5063, algorithm 1; the small term is `PyTorch`'s.
pub fn clip<T: Real>(gradient: &mut [T], most: f64) -> f64 {
    let mut squares = 0.0;
    add_squares(&mut squares, gradient);
    let norm = squares.sqrt();
    let factor = most / (norm + 1e-6);
    if factor < 1.0 {
        scale(gradient, T::from_f64(factor));
    }
    norm
}

/// Updates `average`, an exponential moving average of `parameters`; `number` counts the updates
/// from 1. The first updates use a smaller decay than `decay`, so that the average soon forgets the
/// initial parameters.
pub fn average<T: Real>(average: &mut [T], parameters: &[T], decay: f64, number: u64) {
    let number = number as f64;
    let decay = decay.min((1.0 + number) / (10.0 + number));
    move_towards(average, parameters, T::from_f64(1.0 - decay));
}

impl Update {
    /// Changes `parameters`, of which the first `decayed` are weights.
    pub fn apply<T: Real>(
        &self,
        parameters: &mut [T],
        decayed: usize,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_gradient_is_shortened_and_a_short_one_is_not() {
        let mut gradient: Vec<f64> = (0..40).map(|index| f64::from(index % 3)).collect();
        let before = gradient.clone();
        let norm = before.iter().map(|number| number * number).sum::<f64>().sqrt();
        assert!((clip(&mut gradient, 100.0) - norm).abs() < 1e-12 && gradient == before);
        assert!((clip(&mut gradient, 2.0) - norm).abs() < 1e-12);
        for (after, before) in gradient.iter().zip(before) {
            assert!((after - before * 2.0 / (norm + 1e-6)).abs() < 1e-12);
        }
    }

    #[test]
    fn an_average_begins_at_what_it_sees_and_then_forgets_as_told() {
        let mut mean = [0.0_f64];
        average(&mut mean, &[1.0], 0.9, 1);
        assert!((mean[0] - 9.0 / 11.0).abs() < 1e-12);
        average(&mut mean, &[2.0], 0.9, 1_000);
        assert!((mean[0] - (0.9 * 9.0 / 11.0 + 0.1 * 2.0)).abs() < 1e-12);
    }
}
