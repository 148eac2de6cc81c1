//! Padding: what lies behind the end of each sequence becomes 0.

use super::lengths::lengths;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct Padding {
    shape: Shape,
    /// Steps of a sequence, or rows of an image.
    steps: usize,
}

impl TapeRecorder {
    /// The steps of each sequence of `input`, as many as `lengths` says, and zeros behind them.
    pub fn without_padding(&mut self, input: Value, lengths: Value) -> Value {
        let shape = self.shape(input);
        self.push(Padding { shape, steps: shape.pixels() }, &[input, lengths])
    }

    /// The rows of each image of `input`, as many as `lengths` says, and zeros behind them.
    pub fn rows_without_padding(&mut self, input: Value, lengths: Value) -> Value {
        let shape = self.shape(input);
        self.push(Padding { shape, steps: shape.height }, &[input, lengths])
    }
}

impl Padding {
    fn copy<T: Real>(&self, target: &mut [T], source: &[T], given: &[T]) {
        let numbers = self.shape.numbers();
        let both = target.chunks_exact_mut(numbers).zip(source.chunks_exact(numbers));
        for ((target, source), length) in both.zip(lengths(given, self.steps)) {
            let own = length * (numbers / self.steps);
            target[..own].copy_from_slice(&source[..own]);
            target[own..].fill(T::ZERO);
        }
    }
}

impl Operation for Padding {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index == 0
    }
}

impl<T: Real> Compute<T> for Padding {
    fn forward(&self, call: Forward<'_, T>) {
        self.copy(call.output, call.inputs[0], call.inputs[1]);
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            self.copy(target, call.gradient, call.inputs[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::{Given, check_given};
    use super::*;

    #[test]
    fn gradients_are_differences() {
        let lengths = Given::numbers(&[4.0, 1.0, 0.0]);
        check_given(Shape::sequence(4, 3), &[lengths], |tape, input, given| {
            Some(tape.without_padding(input, given[0]))
        });
        let image = Shape { height: 4, width: 2, channels: 3 };
        check_given(image, &[Given::numbers(&[4.0, 1.0, 3.0])], |tape, input, given| {
            Some(tape.rows_without_padding(input, given[0]))
        });
    }
}
