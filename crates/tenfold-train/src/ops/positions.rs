//! Learned positions: a trained vector is added to each step of a sequence.

use crate::engine::kernel::channels::add_row_sums;
use crate::engine::kernel::elementwise::add;
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

/// Initial standard deviation, as in GPT-2.
const DEVIATION: f64 = 0.02;

#[derive(Debug)]
struct Positions {
    shape: Shape,
}

impl TapeRecorder {
    /// Adds a trained vector to each step, the same in all examples.
    pub fn add_positions(&mut self, input: Value) -> Value {
        let shape = self.shape(input);
        self.push(Positions { shape }, &[input])
    }
}

impl Operation for Positions {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        vec![ParameterGroup::weights(self.shape.numbers(), DEVIATION)]
    }
}

impl<T: Real> Compute<T> for Positions {
    fn forward(&self, call: Forward<'_, T>) {
        let positions = call.parameters.group(0);
        let examples = call.output.chunks_exact_mut(positions.len());
        for (output, input) in examples.zip(call.inputs[0].chunks_exact(positions.len())) {
            add(output, input, positions);
        }
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        add_row_sums(call.parameter_gradients.group(0), call.gradient);
        if let [Some(target), ..] = call.input_gradients {
            target.copy_from_slice(call.gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        check(Shape::sequence(3, 4), |tape, input| Some(tape.add_positions(input)));
    }
}
