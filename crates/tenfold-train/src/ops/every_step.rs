//! One vector, the same at every step of a sequence.

use crate::engine::kernel::channels::add_row_sums;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct EveryStep {
    steps: usize,
    width: usize,
}

impl TapeRecorder {
    /// A sequence of `steps` steps, each of which holds all numbers of `input`.
    pub fn at_every_step(&mut self, input: Value, steps: usize) -> Value {
        let width = self.shape(input).numbers();
        self.push(EveryStep { steps, width }, &[input])
    }
}

impl Operation for EveryStep {
    fn shape(&self) -> Shape {
        Shape::sequence(self.steps, self.width)
    }
}

impl<T: Real> Compute<T> for EveryStep {
    fn forward(&self, call: Forward<'_, T>) {
        let sequences = call.output.chunks_exact_mut(self.steps * self.width);
        for (sequence, vector) in sequences.zip(call.inputs[0].chunks_exact(self.width)) {
            sequence.chunks_exact_mut(self.width).for_each(|step| step.copy_from_slice(vector));
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        let [Some(target), ..] = call.input_gradients else { return };
        target.fill(T::ZERO);
        let sequences = call.gradient.chunks_exact(self.steps * self.width);
        for (sum, sequence) in target.chunks_exact_mut(self.width).zip(sequences) {
            add_row_sums(sum, sequence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        check(Shape::flat(5), |tape, input| Some(tape.at_every_step(input, 4)));
    }
}
