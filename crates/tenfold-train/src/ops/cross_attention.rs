//! Multi-head attention of one sequence to another, or to itself, whose end may come early.
//!
//! Keys and values of `width` numbers each lie side by side in each step of the sequence attended
//! to; queries, keys and values are divided equally among the heads. What lies behind the end of
//! a sequence has no weight.
//!
//! # Reference
//! Vaswani et al. (2017), arXiv:1706.03762, sections 3.2.2 and 3.2.3.

use super::attention::{softmax, softmax_backward};
use super::lengths::length_of;
use crate::engine::kernel::{Matrix, Store, multiply, multiply_strided};
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct CrossAttention {
    queries: usize,
    steps: usize,
    width: usize,
    heads: usize,
}

impl TapeRecorder {
    /// Attention by `heads` heads of each step of `queries` to the steps of `attended`, keys and
    /// values side by side; a sequence has as many steps as `lengths` says, at least one. `None`
    /// where keys and values have not twice the width of queries, or that cannot be divided among
    /// the heads.
    pub fn cross_attention(
        &mut self,
        queries: Value,
        attended: Value,
        lengths: Value,
        heads: usize,
    ) -> Option<Value> {
        let (asked, from) = (self.shape(queries), self.shape(attended));
        let width = asked.channels;
        let is_divisible = from.channels == 2 * width && heads > 0 && width.is_multiple_of(heads);
        let attention =
            CrossAttention { queries: asked.pixels(), steps: from.pixels(), width, heads };
        is_divisible.then(|| self.push(attention, &[queries, attended, lengths]))
    }
}

/// One head of one example.
struct Head<'a, T> {
    queries: Matrix<'a, T>,
    keys: Matrix<'a, T>,
    values: Matrix<'a, T>,
    /// Steps that are not behind the end.
    seen: usize,
}

impl CrossAttention {
    /// Numbers of a head.
    fn head(&self) -> usize {
        self.width / self.heads
    }

    fn weights(&self) -> usize {
        self.queries * self.steps
    }

    /// `1 / √(numbers of a head)`
    fn scale<T: Real>(&self) -> T {
        T::from_f64(1.0 / (self.head() as f64).sqrt())
    }

    /// Head `index`, counted over all examples.
    fn of<'a, T: Real>(&self, inputs: [&'a [T]; 3], index: usize) -> Head<'a, T> {
        let (example, first) = self.place(index);
        let queries = &inputs[0][example * self.queries * self.width + first..];
        let attended = &inputs[1][example * self.steps * 2 * self.width + first..];
        let matrix = |numbers, rows, stride| Matrix::strided(numbers, rows, self.head(), stride);
        Head {
            queries: matrix(queries, self.queries, self.width),
            keys: matrix(attended, self.steps, 2 * self.width),
            values: matrix(&attended[self.width..], self.steps, 2 * self.width),
            seen: length_of(inputs[2][example], self.steps).max(1),
        }
    }

    /// Example of head `index`, and where the head's numbers begin in each step.
    fn place(&self, index: usize) -> (usize, usize) {
        (index / self.heads, index % self.heads * self.head())
    }
}

impl Operation for CrossAttention {
    fn shape(&self) -> Shape {
        Shape::sequence(self.queries, self.width)
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index < 2
    }

    /// Attention weights: queries × steps for each head.
    fn kept(&self, examples: usize) -> usize {
        examples * self.heads * self.weights()
    }

    /// Gradients of one head's attention weights, in the backward pass.
    fn scratch(&self, _examples: usize) -> usize {
        self.weights()
    }

    /// Steps behind the end count too, because the products include them.
    fn flop(&self) -> f64 {
        2.0 * (2 * self.weights() * self.width) as f64
    }
}

impl<T: Real> Compute<T> for CrossAttention {
    fn forward(&self, call: Forward<'_, T>) {
        for (index, weights) in call.kept.chunks_exact_mut(self.weights()).enumerate() {
            let head = self.of(call.inputs, index);
            multiply(weights, head.queries, head.keys.transposed(), Store::Replace);
            for row in weights.chunks_exact_mut(self.steps) {
                softmax(row, head.seen, self.scale());
            }
            let weights = Matrix::row_major(weights, self.queries, self.steps);
            let (example, first) = self.place(index);
            let output = &mut call.output[example * self.queries * self.width + first..];
            multiply_strided(output, self.width, weights, head.values, Store::Replace);
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        let [mut of_queries, mut of_attended, _] = call.input_gradients;
        let (asked, own) = (self.queries * self.width, self.steps * 2 * self.width);
        for (index, weights) in call.kept.chunks_exact(self.weights()).enumerate() {
            let head = self.of(call.inputs, index);
            let (example, first) = self.place(index);
            let gradient = &call.gradient[example * asked + first..];
            let gradient = Matrix::strided(gradient, self.queries, self.head(), self.width);
            let of_scores = &mut *call.scratch;
            multiply(of_scores, gradient, head.values.transposed(), Store::Replace);
            let rows = of_scores.chunks_exact_mut(self.steps);
            for (of_row, row) in rows.zip(weights.chunks_exact(self.steps)) {
                softmax_backward(of_row, row, self.scale());
            }
            let of_scores = Matrix::row_major(of_scores, self.queries, self.steps);
            let weights = Matrix::row_major(weights, self.queries, self.steps);
            if let Some(target) = &mut of_queries {
                let target = &mut target[example * asked + first..];
                multiply_strided(target, self.width, of_scores, head.keys, Store::Replace);
            }
            if let Some(target) = &mut of_attended {
                let target = &mut target[example * own + first..];
                let (stride, turned) = (2 * self.width, of_scores.transposed());
                multiply_strided(target, stride, turned, head.queries, Store::Replace);
                let target = &mut target[self.width..];
                multiply_strided(target, stride, weights.transposed(), gradient, Store::Replace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::{Given, check_given};
    use super::*;
    use crate::ops::Activation;

    #[test]
    fn gradients_are_differences() {
        let plain = Activation::Identity;
        for heads in [1, 2] {
            let given = [Given::numbers(&[5.0, 1.0, 3.0]), Given::random(Shape::sequence(3, 2))];
            check_given(Shape::sequence(5, 8), &given, |tape, input, given| {
                let queries = tape.linear_each(given[1], 4, plain);
                tape.cross_attention(queries, input, given[0], heads)
            });
            let given = [Given::numbers(&[5.0, 1.0, 3.0]), Given::random(Shape::sequence(5, 2))];
            check_given(Shape::sequence(3, 4), &given, |tape, input, given| {
                let attended = tape.linear_each(given[1], 8, plain);
                tape.cross_attention(input, attended, given[0], heads)
            });
        }
        // A sequence attends to itself.
        let lengths = [Given::numbers(&[4.0, 2.0, 3.0])];
        check_given(Shape::sequence(4, 4), &lengths, |tape, input, given| {
            let attended = tape.linear_each(input, 8, plain);
            tape.cross_attention(input, attended, given[0], 2)
        });
    }

    #[test]
    fn what_cannot_be_divided_among_heads_is_refused() {
        let (mut tape, queries) = TapeRecorder::new(Shape::sequence(3, 4));
        let attended = tape.input(Shape::sequence(5, 8));
        let lengths = tape.input(Shape::flat(1));
        assert_eq!(tape.cross_attention(queries, attended, lengths, 3), None);
        assert_eq!(tape.cross_attention(attended, queries, lengths, 1), None);
    }
}
