//! Softmax cross-entropy of classes: −log of the probability of the right class, in nats.

use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Pass, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct CrossEntropy {
    classes: usize,
}

impl TapeRecorder {
    /// Records the loss of a classifier; `labels` is an input that holds the number of the right
    /// class.
    pub fn cross_entropy(&mut self, logits: Value, labels: Value) {
        let classes = self.shape(logits).numbers();
        self.push_loss(CrossEntropy { classes }, &[logits, labels]);
    }
}

impl Operation for CrossEntropy {
    fn shape(&self) -> Shape {
        Shape::flat(1)
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index == 0
    }

    fn kept(&self, examples: usize) -> usize {
        examples * self.classes
    }
}

impl<T: Real> Compute<T> for CrossEntropy {
    fn forward(&self, call: Forward<'_, T>) {
        let [logits, labels, _] = call.inputs;
        let scale = match call.pass {
            Pass::Train { mean_over, .. } => Some(1.0 / mean_over as f64),
            Pass::Evaluate => None,
        };
        let rows = logits.chunks_exact(self.classes).zip(labels);
        let gradients = call.kept.chunks_exact_mut(self.classes);
        let losses = call.losses.iter_mut().zip(call.output);
        for (((logits, label), gradient), (loss, output)) in rows.zip(gradients).zip(losses) {
            let label = label.to_f64() as usize;
            let log_total = log_sum_exp(logits);
            *loss = log_total - logits[label].to_f64();
            *output = T::from_f64(*loss);
            // The gradient needs the same exponentials, so it is computed here and passed on in the
            // backward pass.
            if let Some(scale) = scale {
                softmax(gradient, logits, log_total, scale);
                gradient[label] -= T::from_f64(scale);
            }
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            target.copy_from_slice(call.kept);
        }
    }
}

/// Probabilities times `scale`, from the logits and the log of their total.
fn softmax<T: Real>(probabilities: &mut [T], logits: &[T], log_total: f64, scale: f64) {
    for (probability, logit) in probabilities.iter_mut().zip(logits) {
        *probability = T::from_f64((logit.to_f64() - log_total).exp() * scale);
    }
}

/// `log Σ exp(logits)`, without overflow.
pub(crate) fn log_sum_exp<T: Real>(logits: &[T]) -> f64 {
    let largest = logits.iter().map(|logit| logit.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logits.iter().map(|logit| (logit.to_f64() - largest).exp()).sum();
    largest + total.ln()
}

#[cfg(test)]
mod tests {
    use super::super::differences::{check_loss, loss_and_gradient};
    use super::*;

    #[test]
    fn gradients_are_differences() {
        let labels = [2.0, 0.0, 3.0, 1.0, 1.0];
        check_loss(Shape::flat(4), &labels, TapeRecorder::cross_entropy);
    }

    #[test]
    fn enormous_logits_give_a_finite_loss() {
        let logits = [1e30_f32, -1e30, 0.0];
        let (loss, gradient) =
            loss_and_gradient(Shape::flat(3), &logits, &[0.0], TapeRecorder::cross_entropy);
        assert!(loss.abs() < 1e-12 && gradient.iter().all(|number| number.is_finite()));
    }
}
