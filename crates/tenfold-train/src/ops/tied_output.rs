//! Last layer of a model whose weights are the table of its embedding: `input · tableᵀ + bias`.
//!
//! # Reference
//! Press and Wolf (2017), arXiv:1608.05859; Inan, Khosravi and Socher (2017), arXiv:1611.01462.

use crate::engine::kernel::channels::{add_bias, add_row_sums};
use crate::engine::kernel::{Matrix, Store, multiply};
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

#[derive(Debug)]
struct TiedOutput {
    /// Numbers of an embedded token.
    width: usize,
    output: Shape,
}

impl TapeRecorder {
    /// A logit of each step for each token that `embedded`, the output of
    /// [`Self::embedding`], has a vector for: the product with that vector, and a trained bias that
    /// begins at 0. `None` where a step of `input` has another width than an embedded token, or
    /// `embedded` is no embedding.
    pub fn tied_output(&mut self, input: Value, embedded: Value, tokens: usize) -> Option<Value> {
        let from = self.shape(input);
        let table = self.group_of(embedded, 0)?;
        let width = self.shape(embedded).channels;
        let output = Shape { channels: tokens, ..from };
        let is_fitting = from.channels == width && self.length_of(table) == width * tokens;
        is_fitting.then(|| self.push_sharing(TiedOutput { width, output }, &[input], &[table]))
    }
}

impl TiedOutput {
    fn tokens(&self) -> usize {
        self.output.channels
    }
}

impl Operation for TiedOutput {
    fn shape(&self) -> Shape {
        self.output
    }

    /// The biases; the table, which comes first, is the embedding's.
    fn parameters(&self) -> Vec<ParameterGroup> {
        vec![ParameterGroup::bias(self.tokens())]
    }

    fn flop(&self) -> f64 {
        2.0 * (self.width * self.output.numbers()) as f64
    }
}

impl<T: Real> Compute<T> for TiedOutput {
    fn forward(&self, call: Forward<'_, T>) {
        let rows = call.output.len() / self.tokens();
        let input = Matrix::row_major(call.inputs[0], rows, self.width);
        let table = Matrix::row_major(call.parameters.group(0), self.tokens(), self.width);
        multiply(call.output, input, table.transposed(), Store::Replace);
        add_bias(call.output, call.parameters.group(1), false);
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let rows = call.output.len() / self.tokens();
        let gradient = Matrix::row_major(call.gradient, rows, self.tokens());
        let input = Matrix::row_major(call.inputs[0], rows, self.width);
        let of_table = call.parameter_gradients.group(0);
        multiply(of_table, gradient.transposed(), input, Store::Replace);
        add_row_sums(call.parameter_gradients.group(1), call.gradient);
        if let [Some(target), ..] = call.input_gradients {
            let table = Matrix::row_major(call.parameters.group(0), self.tokens(), self.width);
            multiply(target, gradient, table, Store::Replace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check_tokens;
    use super::*;
    use crate::ops::Activation;

    #[test]
    fn gradients_are_differences_where_a_table_is_read_twice() {
        check_tokens(4, 7, |tape, tokens| {
            let embedded = tape.embedding(tokens, 7, 3, 1.0);
            let hidden = tape.linear_each(embedded, 3, Activation::Identity);
            tape.tied_output(hidden, embedded, 7).unwrap()
        });
        // The embedded tokens themselves are compared with each other, and by two layers.
        check_tokens(3, 5, |tape, tokens| {
            let embedded = tape.embedding(tokens, 5, 4, 1.0);
            let first = tape.tied_output(embedded, embedded, 5).unwrap();
            let hidden = tape.linear_each(first, 4, Activation::Identity);
            tape.tied_output(hidden, embedded, 5).unwrap()
        });
    }

    #[test]
    fn a_table_counts_once_and_its_width_has_to_fit() {
        let (mut tape, tokens) = TapeRecorder::new(Shape::sequence(4, 1));
        let embedded = tape.embedding(tokens, 7, 3, 1.0);
        let wide = tape.linear_each(embedded, 5, Activation::Identity);
        assert_eq!(tape.tied_output(wide, embedded, 7), None);
        assert_eq!(tape.tied_output(embedded, embedded, 6), None);
        assert_eq!(tape.tied_output(embedded, tokens, 7), None);
        tape.tied_output(embedded, embedded, 7).unwrap();
        assert_eq!(tape.finish().parameter_count(), 7 * 3 + (3 * 5 + 5) + 7);
    }
}
