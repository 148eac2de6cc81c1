//! Lengths after a layer that makes one step of several.

use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct Shortened {
    stride: usize,
}

impl TapeRecorder {
    /// How long sequences of `lengths` are when `stride` of their steps, at least one, have become one;
    /// the last may be of fewer.
    pub fn shortened(&mut self, lengths: Value, stride: usize) -> Value {
        self.push(Shortened { stride: stride.max(1) }, &[lengths])
    }
}

impl Operation for Shortened {
    fn shape(&self) -> Shape {
        Shape::flat(1)
    }

    fn is_differentiable(&self, _index: usize) -> bool {
        false
    }
}

impl<T: Real> Compute<T> for Shortened {
    fn forward(&self, call: Forward<'_, T>) {
        for (output, length) in call.output.iter_mut().zip(call.inputs[0]) {
            let steps = length.to_f64().max(0.0) as usize;
            *output = T::from_f64(steps.div_ceil(self.stride) as f64);
        }
    }

    /// Lengths are counts.
    fn backward(&self, _call: Backward<'_, T>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Pass, Workspace};

    #[test]
    fn the_last_step_may_be_of_fewer() {
        let (mut tape, lengths) = TapeRecorder::new(Shape::flat(1));
        tape.shortened(lengths, 3);
        let tape = tape.finish();
        let mut workspace = Workspace::<f64>::new(&tape, 4);
        workspace.input(&tape, 4).copy_from_slice(&[0.0, 1.0, 6.0, 7.0]);
        workspace.forward(&tape, &[], &[], Pass::Evaluate);
        assert_eq!(workspace.output(&tape), [0.0, 1.0, 2.0, 3.0]);
    }
}
