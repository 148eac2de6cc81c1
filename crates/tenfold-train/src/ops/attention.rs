//! Multi-head attention of a sequence to itself.
//!
//! The input holds, for each step, queries, keys and values of `width` numbers each, which are
//! divided equally among the heads.
//!
//! # Reference
//! Vaswani et al. (2017), arXiv:1706.03762, section 3.2.

use crate::engine::kernel::lanes::{dot, largest_of, sum_of};
use crate::engine::kernel::{Matrix, Store, multiply, multiply_strided, vectorised};
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

/// Which steps a step attends to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attends {
    /// All.
    ToAll,
    /// Itself and those before it.
    ToThePast,
}

#[derive(Debug)]
struct Attention {
    steps: usize,
    width: usize,
    heads: usize,
    attends: Attends,
}

impl TapeRecorder {
    /// Attention by `heads` heads from queries, keys and values side by side; `None` where the
    /// channels cannot be divided into these three parts and the heads.
    pub fn attention(&mut self, input: Value, heads: usize, attends: Attends) -> Option<Value> {
        let shape = self.shape(input);
        let (steps, width) = (shape.pixels(), shape.channels / 3);
        let is_divisible = shape.channels == 3 * width && heads > 0 && width.is_multiple_of(heads);
        is_divisible.then(|| self.push(Attention { steps, width, heads, attends }, &[input]))
    }
}

impl Attention {
    /// Numbers of a head.
    fn head(&self) -> usize {
        self.width / self.heads
    }

    /// Queries, keys or values (0, 1 or 2) of one head, from the numbers of one example.
    fn part<'a, T>(&self, example: &'a [T], part: usize, head: usize) -> Matrix<'a, T> {
        let start = part * self.width + head * self.head();
        Matrix::strided(&example[start..], self.steps, self.head(), 3 * self.width)
    }

    /// `1 / √(numbers of a head)`
    fn scale<T: Real>(&self) -> T {
        T::from_f64(1.0 / (self.head() as f64).sqrt())
    }

    /// Steps that step `step` attends to.
    fn seen(&self, step: usize) -> usize {
        match self.attends {
            Attends::ToAll => self.steps,
            Attends::ToThePast => step + 1,
        }
    }
}

impl Operation for Attention {
    fn shape(&self) -> Shape {
        Shape::sequence(self.steps, self.width)
    }

    /// Attention weights: steps × steps for each head.
    fn kept(&self, examples: usize) -> usize {
        examples * self.heads * self.steps * self.steps
    }

    /// Gradients of one head's attention weights, in the backward pass.
    fn scratch(&self, _examples: usize) -> usize {
        self.steps * self.steps
    }

    /// Masked steps count too, because the products include them.
    fn flop(&self) -> f64 {
        2.0 * (2 * self.steps * self.steps * self.width) as f64
    }
}

impl<T: Real> Compute<T> for Attention {
    fn forward(&self, call: Forward<'_, T>) {
        let (of_input, of_output) = (3 * self.steps * self.width, self.steps * self.width);
        let heads = call.kept.chunks_exact_mut(self.steps * self.steps).enumerate();
        for (index, weights) in heads {
            let (example, head) = (index / self.heads, index % self.heads);
            let input = &call.inputs[0][example * of_input..][..of_input];
            let [queries, keys, values] = [0, 1, 2].map(|part| self.part(input, part, head));
            multiply(weights, queries, keys.transposed(), Store::Replace);
            for (step, row) in weights.chunks_exact_mut(self.steps).enumerate() {
                softmax(row, self.seen(step), self.scale());
            }
            let weights = Matrix::row_major(weights, self.steps, self.steps);
            let output = &mut call.output[example * of_output..][..of_output];
            let output = &mut output[head * self.head()..];
            multiply_strided(output, self.width, weights, values, Store::Replace);
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        let [Some(target), ..] = call.input_gradients else { return };
        let (stride, of_output) = (3 * self.width, self.steps * self.width);
        let heads = call.kept.chunks_exact(self.steps * self.steps).enumerate();
        for (index, weights) in heads {
            let (example, head) = (index / self.heads, index % self.heads);
            let input = &call.inputs[0][example * 3 * of_output..][..3 * of_output];
            let [queries, keys, values] = [0, 1, 2].map(|part| self.part(input, part, head));
            let gradient = &call.gradient[example * of_output..][..of_output];
            let gradient = &gradient[head * self.head()..];
            let gradient = Matrix::strided(gradient, self.steps, self.head(), self.width);
            let of_scores = &mut *call.scratch;
            multiply(of_scores, gradient, values.transposed(), Store::Replace);
            let rows = of_scores.chunks_exact_mut(self.steps);
            for (of_row, row) in rows.zip(weights.chunks_exact(self.steps)) {
                softmax_backward(of_row, row, self.scale());
            }
            let of_scores = Matrix::row_major(of_scores, self.steps, self.steps);
            let weights = Matrix::row_major(weights, self.steps, self.steps);
            let target = &mut target[example * 3 * of_output..][..3 * of_output];
            let mut put = |part: usize, left, right| {
                let target = &mut target[part * self.width + head * self.head()..];
                multiply_strided(target, stride, left, right, Store::Replace);
            };
            put(0, of_scores, keys);
            put(1, of_scores.transposed(), queries);
            put(2, weights.transposed(), gradient);
        }
    }
}

vectorised! {
    /// Softmax of the first `seen` numbers times `scale`; the others become 0.
    fn softmax<T>(row: &mut [T], seen: usize, scale: T) {
        let (seen, unseen) = row.split_at_mut(seen);
        let largest = largest_of(seen);
        for number in seen.iter_mut() {
            *number = ((*number - largest) * scale).exp();
        }
        let share = T::ONE / sum_of(seen, |number| number);
        for number in seen {
            *number *= share;
        }
        unseen.fill(T::ZERO);
    }
}

vectorised! {
    /// Turns the gradient of softmax values into that of the softmax's inputs before scaling.
    fn softmax_backward<T>(gradient: &mut [T], values: &[T], scale: T) {
        let mean = dot(gradient, values);
        for (gradient, value) in gradient.iter_mut().zip(values) {
            *gradient = (*gradient - mean) * *value * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        for attends in [Attends::ToAll, Attends::ToThePast] {
            check(Shape::sequence(5, 12), |tape, input| tape.attention(input, 2, attends));
            check(Shape::sequence(3, 9), |tape, input| tape.attention(input, 1, attends));
        }
    }

    #[test]
    fn what_cannot_be_divided_among_heads_is_refused() {
        let (mut tape, input) = TapeRecorder::new(Shape::sequence(5, 12));
        assert_eq!(tape.attention(input, 3, Attends::ToAll), None);
        assert_eq!(tape.attention(input, 0, Attends::ToAll), None);
    }
}
