//! Losses: each writes its gradient and returns the sum over examples.

use super::real::Real;

/// −log of the probability that a softmax over `logits` (examples × classes) gives to the labels.
///
/// Writes the gradient of `scale` times the sum to `gradient`; returns the sum, in nats.
pub fn softmax_cross_entropy<T: Real>(
    (logits, labels): (&[T], impl Iterator<Item = u32>),
    classes: usize,
    scale: f64,
    gradient: &mut [T],
) -> f64 {
    let mut sum = 0.0;
    let rows = logits.chunks_exact(classes).zip(gradient.chunks_exact_mut(classes));
    for ((logits, gradient), label) in rows.zip(labels) {
        let log_total = log_sum_exp(logits);
        sum += log_total - logits[label as usize].to_f64();
        for (gradient, logit) in gradient.iter_mut().zip(logits) {
            *gradient = T::from_f64((logit.to_f64() - log_total).exp() * scale);
        }
        gradient[label as usize] -= T::from_f64(scale);
    }
    sum
}

/// `log Σ exp(logits)`, without overflow.
pub fn log_sum_exp<T: Real>(logits: &[T]) -> f64 {
    let largest = logits.iter().map(|logit| logit.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logits.iter().map(|logit| (logit.to_f64() - largest).exp()).sum();
    largest + total.ln()
}

/// Squared distance of each prediction from its target.
///
/// Writes the gradient of `scale` times the sum to `gradient`; returns the sum.
pub fn squared_error<T: Real>(
    (predictions, targets): (&[T], impl Iterator<Item = f32>),
    scale: f64,
    gradient: &mut [T],
) -> f64 {
    let mut sum = 0.0;
    for ((prediction, target), gradient) in predictions.iter().zip(targets).zip(gradient) {
        let distance = prediction.to_f64() - f64::from(target);
        sum += distance * distance;
        *gradient = T::from_f64(2.0 * scale * distance);
    }
    sum
}
