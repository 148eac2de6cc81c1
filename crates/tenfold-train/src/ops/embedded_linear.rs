//! An embedding followed by a fully connected layer, computed once for each distinct token.
//!
//! The output for a token does not depend on the token's position, so it is computed once for each
//! distinct token of the batch and looked up. With 64 characters at 2,048 positions that is a 32nd
//! of the work, and it is never more work than computing each position.

use crate::engine::kernel::channels::{add_bias, add_row_sums};
use crate::engine::kernel::elementwise::accumulate;
use crate::engine::kernel::{Matrix, Store, multiply};
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

#[derive(Debug)]
struct EmbeddedLinear {
    tokens: usize,
    vocabulary: usize,
    width: usize,
    bias: ParameterGroup,
}

impl TapeRecorder {
    /// Embeds each of `vocabulary` tokens in `width` numbers, then applies a fully connected layer
    /// with one output per number of `bias`.
    pub(super) fn embedded_linear(
        &mut self,
        tokens: Value,
        vocabulary: usize,
        width: usize,
        bias: ParameterGroup,
    ) -> Value {
        let layer =
            EmbeddedLinear { tokens: self.shape(tokens).numbers(), vocabulary, width, bias };
        self.push(layer, &[tokens])
    }
}

/// Numbers that are kept for a chunk.
struct Table<'a, T> {
    /// Table row of each position, stored as a floating-point number.
    row_of_place: &'a mut [T],
    /// Token of each table row, stored as a floating-point number.
    token_of_row: &'a mut [T],
    /// Embedding of each row's token.
    embedded: &'a mut [T],
}

impl EmbeddedLinear {
    fn outputs(&self) -> usize {
        self.bias.length
    }

    /// Largest number of table rows for `places` positions.
    fn most_rows(&self, places: usize) -> usize {
        places.min(self.vocabulary)
    }

    fn divide<'a, T>(&self, kept: &'a mut [T], places: usize) -> Table<'a, T> {
        let (row_of_place, rest) = kept.split_at_mut(places);
        let (token_of_row, embedded) = rest.split_at_mut(self.most_rows(places));
        Table { row_of_place, token_of_row, embedded }
    }
}

/// Gives each distinct token a row, in the order in which they appear; returns how many.
fn find_rows<T: Real>(table: &mut Table<'_, T>, tokens: &[T], row_of_token: &mut [T]) -> usize {
    let none = T::from_f64(-1.0);
    row_of_token.fill(none);
    let mut rows = 0;
    for (row_of_place, token) in table.row_of_place.iter_mut().zip(tokens) {
        let row = &mut row_of_token[token.to_f64() as usize];
        if *row == none {
            *row = T::from_f64(rows as f64);
            table.token_of_row[rows] = *token;
            rows += 1;
        }
        *row_of_place = *row;
    }
    rows
}

/// Row `index`, given as a number, of a table of rows of `width` numbers.
fn row<T: Real>(index: T, width: usize) -> std::ops::Range<usize> {
    let start = index.to_f64() as usize * width;
    start..start + width
}

impl Operation for EmbeddedLinear {
    fn shape(&self) -> Shape {
        Shape::sequence(self.tokens, self.outputs())
    }

    /// Embeddings, weights of width × outputs, biases.
    fn parameters(&self) -> Vec<ParameterGroup> {
        vec![
            ParameterGroup::weights(self.vocabulary * self.width, 1.0),
            ParameterGroup::weights(self.width * self.outputs(), (1.0 / self.width as f64).sqrt()),
            self.bias.clone(),
        ]
    }

    fn is_differentiable(&self, _index: usize) -> bool {
        false
    }

    fn kept(&self, examples: usize) -> usize {
        let places = examples * self.tokens;
        places + self.most_rows(places) * (1 + self.width)
    }

    /// In the forward pass the outputs of each table row, then the row of each token; in the
    /// backward pass the gradients of those outputs, then of the embeddings.
    fn scratch(&self, examples: usize) -> usize {
        let rows = self.most_rows(examples * self.tokens);
        rows * self.outputs() + self.vocabulary.max(rows * self.width)
    }

    /// Counts a product for each position, so that the figure does not depend on the data.
    fn flop(&self) -> f64 {
        2.0 * (self.tokens * self.width * self.outputs()) as f64
    }
}

impl<T: Real> Compute<T> for EmbeddedLinear {
    fn forward(&self, call: Forward<'_, T>) {
        let (width, outputs) = (self.width, self.outputs());
        let tokens = call.inputs[0];
        let mut table = self.divide(call.kept, tokens.len());
        let (results, rest) = call.scratch.split_at_mut(self.most_rows(tokens.len()) * outputs);
        let rows = find_rows(&mut table, tokens, &mut rest[..self.vocabulary]);
        let embeddings = call.parameters.group(0);
        for (embedded, token) in
            table.embedded.chunks_exact_mut(width).zip(&table.token_of_row[..rows])
        {
            embedded.copy_from_slice(&embeddings[row(*token, width)]);
        }
        let results = &mut results[..rows * outputs];
        multiply(
            results,
            Matrix::row_major(table.embedded, rows, width),
            Matrix::row_major(call.parameters.group(1), width, outputs),
            Store::Replace,
        );
        add_bias(results, call.parameters.group(2), false);
        for (output, index) in call.output.chunks_exact_mut(outputs).zip(table.row_of_place) {
            output.copy_from_slice(&results[row(*index, outputs)]);
        }
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let (width, outputs) = (self.width, self.outputs());
        let places = call.inputs[0].len();
        let table = self.divide(call.kept, places);
        let (of_results, rest) = call.scratch.split_at_mut(self.most_rows(places) * outputs);
        let largest = table.row_of_place.iter().map(|row| row.to_f64() as usize).max();
        let rows = largest.map_or(0, |largest| largest + 1);
        let of_results = &mut of_results[..rows * outputs];
        of_results.fill(T::ZERO);
        for (gradient, index) in call.gradient.chunks_exact(outputs).zip(&*table.row_of_place) {
            accumulate(&mut of_results[row(*index, outputs)], gradient);
        }
        add_row_sums(call.parameter_gradients.group(2), of_results);
        let of_results = Matrix::row_major(of_results, rows, outputs);
        let embedded = Matrix::row_major(table.embedded, rows, width);
        let of_weight = call.parameter_gradients.group(1);
        multiply(of_weight, embedded.transposed(), of_results, Store::Replace);
        let weight = Matrix::row_major(call.parameters.group(1), width, outputs);
        let of_embedded = &mut rest[..rows * width];
        multiply(of_embedded, of_results, weight.transposed(), Store::Replace);
        let of_embeddings = call.parameter_gradients.group(0);
        for (gradient, token) in of_embedded.chunks_exact(width).zip(&*table.token_of_row) {
            of_embeddings[row(*token, width)].copy_from_slice(gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check_tokens;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        // Of 7 tokens at 4 positions of 3 examples, some occur twice and some never.
        check_tokens(4, 7, |tape, tokens| {
            tape.embedded_linear(tokens, 7, 3, ParameterGroup::bias(5))
        });
        // There are more tokens than positions.
        check_tokens(2, 50, |tape, tokens| {
            tape.embedded_linear(tokens, 50, 3, ParameterGroup::bias(2))
        });
    }
}
