//! Reversal: the steps of each sequence in the opposite order, what lies behind its end aside.

use super::lengths::lengths;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct Reversal {
    shape: Shape,
}

impl TapeRecorder {
    /// The steps of each sequence of `input`, as many as `lengths` says, from the last to the first,
    /// and zeros behind them.
    pub fn reversed(&mut self, input: Value, lengths: Value) -> Value {
        let shape = self.shape(input);
        self.push(Reversal { shape }, &[input, lengths])
    }
}

impl Reversal {
    /// Reversing is its own inverse, and so its own gradient.
    fn reverse<T: Real>(&self, target: &mut [T], source: &[T], given: &[T]) {
        let (numbers, width) = (self.shape.numbers(), self.shape.channels);
        let both = target.chunks_exact_mut(numbers).zip(source.chunks_exact(numbers));
        for ((target, source), length) in both.zip(lengths(given, self.shape.pixels())) {
            let (own, behind) = target.split_at_mut(length * width);
            let steps = source[..length * width].chunks_exact(width).rev();
            for (target, step) in own.chunks_exact_mut(width).zip(steps) {
                target.copy_from_slice(step);
            }
            behind.fill(T::ZERO);
        }
    }
}

impl Operation for Reversal {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index == 0
    }
}

impl<T: Real> Compute<T> for Reversal {
    fn forward(&self, call: Forward<'_, T>) {
        self.reverse(call.output, call.inputs[0], call.inputs[1]);
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            self.reverse(target, call.gradient, call.inputs[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::{Given, check_given};
    use super::*;

    #[test]
    fn gradients_are_differences() {
        let lengths = Given::numbers(&[4.0, 1.0, 3.0]);
        check_given(Shape::sequence(4, 3), &[lengths], |tape, input, given| {
            Some(tape.reversed(input, given[0]))
        });
    }
}
