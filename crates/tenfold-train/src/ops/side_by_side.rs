//! Two values side by side: the channels of one behind those of the other, in each pixel or step.

use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct SideBySide {
    shape: Shape,
    /// Channels of the first.
    left: usize,
}

impl TapeRecorder {
    /// `left` and `right` side by side; `None` where they have other numbers of pixels, or are one
    /// value.
    pub fn side_by_side(&mut self, left: Value, right: Value) -> Option<Value> {
        let (first, second) = (self.shape(left), self.shape(right));
        let is_fitting = (first.height, first.width) == (second.height, second.width);
        let shape = Shape { channels: first.channels + second.channels, ..first };
        (is_fitting && left != right)
            .then(|| self.push(SideBySide { shape, left: first.channels }, &[left, right]))
    }
}

impl SideBySide {
    fn right(&self) -> usize {
        self.shape.channels - self.left
    }
}

impl Operation for SideBySide {
    fn shape(&self) -> Shape {
        self.shape
    }
}

impl<T: Real> Compute<T> for SideBySide {
    fn forward(&self, call: Forward<'_, T>) {
        let [left, right, _] = call.inputs;
        let both = left.chunks_exact(self.left).zip(right.chunks_exact(self.right()));
        for (row, (left, right)) in call.output.chunks_exact_mut(self.shape.channels).zip(both) {
            row[..self.left].copy_from_slice(left);
            row[self.left..].copy_from_slice(right);
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        let parts = [0..self.left, self.left..self.shape.channels];
        for (target, part) in call.input_gradients.into_iter().zip(parts) {
            let Some(target) = target else { continue };
            let rows = call.gradient.chunks_exact(self.shape.channels);
            for (target, row) in target.chunks_exact_mut(part.len()).zip(rows) {
                target.copy_from_slice(&row[part.clone()]);
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
            let other = tape.linear_each(input, 2, Activation::Identity);
            tape.side_by_side(input, other)
        });
        check(Shape::flat(3), |tape, input| {
            let other = tape.linear(input, 2, Activation::Identity);
            tape.side_by_side(other, input)
        });
    }

    #[test]
    fn what_has_other_steps_is_refused() {
        let (mut tape, input) = TapeRecorder::new(Shape::sequence(4, 3));
        let shorter = tape.input(Shape::sequence(3, 3));
        assert_eq!(tape.side_by_side(input, shorter), None);
        assert_eq!(tape.side_by_side(input, input), None);
    }
}
