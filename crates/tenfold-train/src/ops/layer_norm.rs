//! Layer norm: each pixel, or step of a sequence, is normalised over its channels.
//!
//! # Reference
//! Ba, Kiros and Hinton (2016), arXiv:1607.06450.

use crate::engine::kernel::channels::{add_row_products, add_row_sums};
use crate::engine::kernel::lanes::{dot, sum_of};
use crate::engine::kernel::vectorised;
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

/// Added to the variance; `PyTorch`'s default.
const EPSILON: f64 = 1e-5;

#[derive(Debug)]
struct LayerNorm {
    shape: Shape,
}

impl TapeRecorder {
    /// Layer norm with a trained factor and term for each channel.
    pub fn layer_norm(&mut self, input: Value) -> Value {
        let shape = self.shape(input);
        self.push(LayerNorm { shape }, &[input])
    }
}

impl Operation for LayerNorm {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        vec![ParameterGroup::scale(self.shape.channels), ParameterGroup::bias(self.shape.channels)]
    }

    /// The normalised rows, then the inverse standard deviation of each.
    fn kept(&self, examples: usize) -> usize {
        examples * (self.shape.numbers() + self.shape.pixels())
    }
}

impl<T: Real> Compute<T> for LayerNorm {
    fn forward(&self, call: Forward<'_, T>) {
        let (normal, inverse) = call.kept.split_at_mut(call.output.len());
        let (scale, shift) = (call.parameters.group(0), call.parameters.group(1));
        normalise(call.output, normal, inverse, (call.inputs[0], scale, shift));
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let (normal, inverse) = call.kept.split_at_mut(call.output.len());
        add_row_products(call.parameter_gradients.group(0), call.gradient, normal);
        add_row_sums(call.parameter_gradients.group(1), call.gradient);
        if let [Some(target), ..] = call.input_gradients {
            input_gradient(target, call.gradient, (normal, inverse), call.parameters.group(0));
        }
    }
}

vectorised! {
    /// Writes rows of mean 0 and variance 1, the inverse standard deviation of each row of the
    /// input, and the scaled and shifted rows.
    fn normalise<T>(
        output: &mut [T],
        normal: &mut [T],
        inverse: &mut [T],
        given: (&[T], &[T], &[T]),
    ) {
        let (input, scale, shift) = given;
        let channels = scale.len();
        let share = T::from_f64(1.0 / channels as f64);
        let rows = normal.chunks_exact_mut(channels).zip(input.chunks_exact(channels));
        let rows = rows.zip(output.chunks_exact_mut(channels));
        for (((normal, input), output), inverse) in rows.zip(inverse) {
            let mean = sum_of(input, |value| value) * share;
            let variance = sum_of(input, |value| (value - mean) * (value - mean)) * share;
            *inverse = T::ONE / (variance + T::from_f64(EPSILON)).sqrt();
            for (normal, value) in normal.iter_mut().zip(input) {
                *normal = (*value - mean) * *inverse;
            }
            for ((output, normal), (scale, shift)) in
                output.iter_mut().zip(normal).zip(scale.iter().zip(shift))
            {
                *output = *normal * *scale + *shift;
            }
        }
    }
}

vectorised! {
    /// With g = dy · scale: `(g − mean(g) − x̂ · mean(g · x̂)) / sd` for each row.
    fn input_gradient<T>(
        target: &mut [T],
        gradient: &[T],
        kept: (&[T], &[T]),
        scale: &[T],
    ) {
        let (normal, inverse) = kept;
        let channels = scale.len();
        let share = T::from_f64(1.0 / channels as f64);
        let rows = target.chunks_exact_mut(channels).zip(gradient.chunks_exact(channels));
        for (((target, gradient), normal), inverse) in
            rows.zip(normal.chunks_exact(channels)).zip(inverse)
        {
            for ((target, gradient), scale) in target.iter_mut().zip(gradient).zip(scale) {
                *target = *gradient * *scale;
            }
            let mean = sum_of(target, |value| value) * share;
            let slope = dot(target, normal) * share;
            for (target, normal) in target.iter_mut().zip(normal) {
                *target = (*target - mean - *normal * slope) * *inverse;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        check(Shape { height: 1, width: 4, channels: 5 }, |tape, x| Some(tape.layer_norm(x)));
        check(Shape::flat(37), |tape, x| Some(tape.layer_norm(x)));
    }
}
