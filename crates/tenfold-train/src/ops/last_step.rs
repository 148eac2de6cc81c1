//! The last step of each sequence, wherever it is.

use super::lengths::lengths;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct LastStep {
    steps: usize,
    width: usize,
}

impl TapeRecorder {
    /// The numbers of the last step of each sequence of `input`, which has as many steps as
    /// `lengths` says; zeros for a sequence without steps.
    pub fn last_step(&mut self, input: Value, lengths: Value) -> Value {
        let shape = self.shape(input);
        let (steps, width) = (shape.pixels(), shape.channels);
        self.push(LastStep { steps, width }, &[input, lengths])
    }
}

impl Operation for LastStep {
    fn shape(&self) -> Shape {
        Shape::flat(self.width)
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index == 0
    }
}

impl<T: Real> Compute<T> for LastStep {
    fn forward(&self, call: Forward<'_, T>) {
        let sequences = call.inputs[0].chunks_exact(self.steps * self.width);
        let outputs = call.output.chunks_exact_mut(self.width).zip(sequences);
        for ((output, sequence), length) in outputs.zip(lengths(call.inputs[1], self.steps)) {
            match sequence[..length * self.width].chunks_exact(self.width).last() {
                Some(step) => output.copy_from_slice(step),
                None => output.fill(T::ZERO),
            }
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        let [Some(target), ..] = call.input_gradients else { return };
        target.fill(T::ZERO);
        let sequences = target.chunks_exact_mut(self.steps * self.width);
        let gradients = call.gradient.chunks_exact(self.width).zip(sequences);
        for ((gradient, sequence), length) in gradients.zip(lengths(call.inputs[1], self.steps)) {
            let own = &mut sequence[..length * self.width];
            if let Some(step) = own.chunks_exact_mut(self.width).last() {
                step.copy_from_slice(gradient);
            }
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
            Some(tape.last_step(input, given[0]))
        });
    }
}
