//! Squared error: squared distance of each prediction from its target.

use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Pass, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct SquaredError;

impl TapeRecorder {
    /// Records the loss of a model that predicts one value; `targets` is an input that holds the
    /// true value.
    pub fn squared_error(&mut self, prediction: Value, targets: Value) {
        self.push_loss(SquaredError, &[prediction, targets]);
    }
}

impl Operation for SquaredError {
    fn shape(&self) -> Shape {
        Shape::flat(1)
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index == 0
    }
}

impl<T: Real> Compute<T> for SquaredError {
    fn forward(&self, call: Forward<'_, T>) {
        let [predictions, targets, _] = call.inputs;
        let losses = call.losses.iter_mut().zip(call.output);
        for ((prediction, target), (loss, output)) in predictions.iter().zip(targets).zip(losses) {
            let distance = prediction.to_f64() - target.to_f64();
            *loss = distance * distance;
            *output = T::from_f64(*loss);
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        let [predictions, targets, _] = call.inputs;
        let ([Some(gradients), ..], Pass::Train { mean_over, .. }) =
            (call.input_gradients, call.pass)
        else {
            return;
        };
        let scale = 1.0 / mean_over as f64;
        for ((prediction, target), gradient) in predictions.iter().zip(targets).zip(gradients) {
            let distance = prediction.to_f64() - target.to_f64();
            *gradient = T::from_f64(2.0 * scale * distance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check_loss;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        check_loss(Shape::flat(1), &[0.25, -1.5, 3.0], TapeRecorder::squared_error);
    }
}
