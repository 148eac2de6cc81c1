//! Weighted sums of the steps of a sequence: for each query, `Σ weight · value` over all steps.

use crate::engine::kernel::{Matrix, Store, multiply};
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct WeightedSum {
    queries: usize,
    steps: usize,
    width: usize,
}

impl TapeRecorder {
    /// For each step of `weights`, which has one number for each step of `values`, the weighted sum
    /// of those; `None` where the numbers differ.
    pub fn weighted_sum(&mut self, weights: Value, values: Value) -> Option<Value> {
        let (given, from) = (self.shape(weights), self.shape(values));
        let (queries, steps, width) = (given.pixels(), from.pixels(), from.channels);
        (given.channels == steps && weights != values)
            .then(|| self.push(WeightedSum { queries, steps, width }, &[weights, values]))
    }
}

impl Operation for WeightedSum {
    fn shape(&self) -> Shape {
        Shape::sequence(self.queries, self.width)
    }

    fn flop(&self) -> f64 {
        2.0 * (self.queries * self.steps * self.width) as f64
    }
}

impl<T: Real> Compute<T> for WeightedSum {
    fn forward(&self, call: Forward<'_, T>) {
        let [weights, values, _] = call.inputs;
        let given = weights.chunks_exact(self.queries * self.steps);
        let given = given.zip(values.chunks_exact(self.steps * self.width));
        let outputs = call.output.chunks_exact_mut(self.queries * self.width);
        for (output, (weights, values)) in outputs.zip(given) {
            let weights = Matrix::row_major(weights, self.queries, self.steps);
            let values = Matrix::row_major(values, self.steps, self.width);
            multiply(output, weights, values, Store::Replace);
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        let [of_weights, of_values, _] = call.input_gradients;
        let each = self.queries * self.width;
        let gradients = || call.gradient.chunks_exact(each);
        let as_matrix = |gradient| Matrix::row_major(gradient, self.queries, self.width);
        if let Some(target) = of_weights {
            let targets = target.chunks_exact_mut(self.queries * self.steps);
            let values = call.inputs[1].chunks_exact(self.steps * self.width);
            for ((target, values), gradient) in targets.zip(values).zip(gradients()) {
                let values = Matrix::row_major(values, self.steps, self.width).transposed();
                multiply(target, as_matrix(gradient), values, Store::Replace);
            }
        }
        if let Some(target) = of_values {
            let targets = target.chunks_exact_mut(self.steps * self.width);
            let weights = call.inputs[0].chunks_exact(self.queries * self.steps);
            for ((target, weights), gradient) in targets.zip(weights).zip(gradients()) {
                let weights = Matrix::row_major(weights, self.queries, self.steps).transposed();
                multiply(target, weights, as_matrix(gradient), Store::Replace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;
    use crate::ops::Activation;

    #[test]
    fn gradients_are_differences() {
        check(Shape::sequence(4, 3), |tape, input| {
            let weights = tape.linear_each(input, 4, Activation::Identity);
            tape.weighted_sum(weights, input)
        });
    }
}
