//! Dropout: sets a share of the numbers to 0 during training and scales up the others.

use crate::engine::kernel::elementwise::{DropoutMask, dropout};
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Pass, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct Dropout {
    shape: Shape,
    /// The share, in [0, 1).
    probability: f32,
    /// Which of the model's random operations this is; part of its random key.
    index: u64,
}

impl TapeRecorder {
    /// Dropout of a share `probability` in [0, 1) during training; nothing is recorded for 0.
    pub fn dropout(&mut self, input: Value, probability: f32) -> Value {
        if probability <= 0.0 {
            return input;
        }
        let (shape, index) = (self.shape(input), self.next_random_operation());
        self.push(Dropout { shape, probability, index }, &[input])
    }
}

impl Dropout {
    /// The numbers to keep in the step of `pass`; `None` outside training, where nothing is
    /// dropped.
    fn mask(&self, pass: Pass) -> Option<DropoutMask> {
        let Pass::Train { key, first_example, .. } = pass else { return None };
        // The odd constant is 2^64 over the golden ratio, so that dropouts with neighbouring
        // indices get keys that are far apart.
        let key = key ^ (self.index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let first = first_example * self.shape.numbers();
        Some(DropoutMask { key, first, probability: self.probability })
    }
}

impl Operation for Dropout {
    fn shape(&self) -> Shape {
        self.shape
    }
}

impl<T: Real> Compute<T> for Dropout {
    fn forward(&self, call: Forward<'_, T>) {
        match self.mask(call.pass) {
            Some(mask) => dropout(call.output, call.inputs[0], mask),
            None => call.output.copy_from_slice(call.inputs[0]),
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let ([Some(target), ..], Some(mask)) = (call.input_gradients, self.mask(call.pass)) {
            dropout(target, call.gradient, mask);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        let image = Shape { height: 5, width: 6, channels: 3 };
        check(image, |tape, input| Some(tape.dropout(input, 0.4)));
    }
}
