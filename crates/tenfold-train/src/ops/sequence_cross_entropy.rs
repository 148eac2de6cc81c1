//! Softmax cross-entropy of each step of a sequence, in nats, with label smoothing in training.
//!
//! A target below 0 means that the step has no target and adds no loss. The loss of an example is
//! the sum over its steps. Evaluation uses no smoothing, so that the loss is the nats of the
//! tokens.
//!
//! # Reference
//! Szegedy et al. (2016), arXiv:1512.00567, section 7.

use crate::engine::kernel::lanes::{largest_of, sum_of};
use crate::engine::kernel::vectorised;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Pass, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct SequenceCrossEntropy {
    logits: Shape,
    /// Share of the probability that training asks to spread evenly over all classes.
    smoothing: f64,
}

impl TapeRecorder {
    /// Records the loss of a model that gives logits for each step; `targets` is an input that
    /// holds the right class of each step.
    pub fn sequence_cross_entropy(&mut self, logits: Value, targets: Value, smoothing: f64) {
        let shape = self.shape(logits);
        self.push_loss(SequenceCrossEntropy { logits: shape, smoothing }, &[logits, targets]);
    }
}

impl Operation for SequenceCrossEntropy {
    fn shape(&self) -> Shape {
        Shape::flat(1)
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index == 0
    }

    fn kept(&self, examples: usize) -> usize {
        examples * self.logits.numbers()
    }
}

impl<T: Real> Compute<T> for SequenceCrossEntropy {
    fn forward(&self, call: Forward<'_, T>) {
        let [logits, targets, _] = call.inputs;
        let (steps, classes) = (self.logits.pixels(), self.logits.channels);
        let (smoothing, scale) = match call.pass {
            Pass::Train { mean_over, .. } => (self.smoothing, 1.0 / mean_over as f64),
            Pass::Evaluate => (0.0, 0.0),
        };
        let examples = call.losses.iter_mut().zip(call.output);
        let given = logits.chunks_exact(steps * classes).zip(targets.chunks_exact(steps));
        let kept = call.kept.chunks_exact_mut(steps * classes);
        for (((loss, output), (logits, targets)), gradients) in examples.zip(given).zip(kept) {
            *loss = 0.0;
            let rows = logits.chunks_exact(classes).zip(targets);
            for ((logits, target), gradient) in rows.zip(gradients.chunks_exact_mut(classes)) {
                *loss += step(gradient, logits, target.to_f64(), smoothing, scale);
            }
            *output = T::from_f64(*loss);
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            target.copy_from_slice(call.kept);
        }
    }
}

/// The loss of one step; writes `scale` times its gradient.
fn step<T: Real>(gradient: &mut [T], logits: &[T], target: f64, smoothing: f64, scale: f64) -> f64 {
    if target < 0.0 {
        gradient.fill(T::ZERO);
        return 0.0;
    }
    let (target, classes) = (target as usize, logits.len() as f64);
    let mut row = Row::default();
    exponentials(gradient, logits, &mut row);
    let log_total = row.largest + row.total.ln();
    let even = log_total - row.logits / classes;
    let right = log_total - logits[target].to_f64();
    spread(gradient, scale / row.total, smoothing * scale / classes);
    gradient[target] -= T::from_f64((1.0 - smoothing) * scale);
    (1.0 - smoothing) * right + smoothing * even
}

/// Sums over one row of logits.
#[derive(Default)]
pub(crate) struct Row {
    largest: f64,
    /// Sum of exp(logit − largest).
    total: f64,
    logits: f64,
}

vectorised! {
    fn exponentials<T>(powers: &mut [T], logits: &[T], row: &mut Row) {
        let largest = largest_of(logits);
        for (power, logit) in powers.iter_mut().zip(logits) {
            *power = (*logit - largest).exp();
        }
        row.largest = largest.to_f64();
        row.total = sum_of(powers, |power| power).to_f64();
        row.logits = sum_of(logits, |logit| logit).to_f64();
    }
}

vectorised! {
    fn spread<T>(gradient: &mut [T], factor: f64, term: f64) {
        let (factor, term) = (T::from_f64(factor), T::from_f64(term));
        for number in gradient {
            *number = *number * factor - term;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check_loss;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        let targets = [2.0, 0.0, -1.0, 3.0, 1.0, 1.0];
        for smoothing in [0.0, 0.1] {
            check_loss(Shape::sequence(3, 4), &targets, |tape, logits, targets| {
                tape.sequence_cross_entropy(logits, targets, smoothing);
            });
        }
    }
}
