//! The rows of an image as the steps of a sequence: all channels of all pixels of a row are a step's.

use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct RowsAsSteps {
    shape: Shape,
}

impl TapeRecorder {
    /// A sequence with a step for each row of `input`. No number changes its place.
    pub fn rows_as_steps(&mut self, input: Value) -> Value {
        let Shape { height, width, channels } = self.shape(input);
        let shape = Shape::sequence(height, width * channels);
        self.push(RowsAsSteps { shape }, &[input])
    }
}

impl Operation for RowsAsSteps {
    fn shape(&self) -> Shape {
        self.shape
    }
}

impl<T: Real> Compute<T> for RowsAsSteps {
    fn forward(&self, call: Forward<'_, T>) {
        call.output.copy_from_slice(call.inputs[0]);
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            target.copy_from_slice(call.gradient);
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
        check(Shape { height: 3, width: 4, channels: 2 }, |tape, input| {
            let steps = tape.rows_as_steps(input);
            assert_eq!(tape.shape(steps), Shape::sequence(3, 8));
            Some(tape.linear_each(steps, 2, Activation::Identity))
        });
    }
}
