//! A table of the gates' input by token: an embedding followed by a fully connected layer, computed
//! once for each distinct token.
//!
//! The result for a token does not depend on the token's position, so it is computed once for each
//! distinct token of the batch and looked up. With 64 characters at 2,048 positions that is a 32nd
//! of the work, and it is never more work than computing each position. The table stays in a
//! near cache, where the results of all positions would not.

use crate::engine::kernel::channels::{add_bias, add_row_sums};
use crate::engine::kernel::elementwise::accumulate;
use crate::engine::kernel::{Matrix, Store, multiply};
use crate::engine::real::Real;
use crate::engine::{Gradients, ParameterGroup, Parameters};

/// Sizes of a table. Its groups of parameters are the embeddings, the weights of width × outputs, and
/// the biases; they are the first of the operation that reads the table.
#[derive(Debug)]
pub(super) struct TokenTable {
    /// Tokens of an example.
    pub(super) tokens: usize,
    pub(super) vocabulary: usize,
    /// Numbers of each embedded token.
    pub(super) width: usize,
    /// One for each output.
    pub(super) bias: ParameterGroup,
}

/// Numbers that are kept for a chunk.
struct Kept<'a, T> {
    /// Table row of each position, stored as a floating-point number.
    row_of_place: &'a mut [T],
    /// Token of each table row, stored as a floating-point number.
    token_of_row: &'a mut [T],
    /// Embedding of each row's token.
    embedded: &'a mut [T],
}

/// The table of a batch.
pub(super) struct Rows<'a, T> {
    row_of_place: &'a [T],
    results: &'a [T],
    outputs: usize,
}

/// Gradients of the table of a batch.
pub(super) struct RowGradients<'a, T> {
    kept: Kept<'a, T>,
    of_results: &'a mut [T],
    of_embedded: &'a mut [T],
    outputs: usize,
}

impl TokenTable {
    /// Groups of parameters.
    pub(super) const GROUPS: usize = 3;

    pub(super) fn parameters(&self) -> Vec<ParameterGroup> {
        vec![
            ParameterGroup::weights(self.vocabulary * self.width, 1.0),
            ParameterGroup::weights(self.width * self.outputs(), (1.0 / self.width as f64).sqrt()),
            self.bias.clone(),
        ]
    }

    fn outputs(&self) -> usize {
        self.bias.length
    }

    /// Largest number of table rows for `places` positions.
    fn most_rows(&self, places: usize) -> usize {
        places.min(self.vocabulary)
    }

    fn divide<'a, T>(&self, kept: &'a mut [T], places: usize) -> Kept<'a, T> {
        let (row_of_place, rest) = kept.split_at_mut(places);
        let (token_of_row, embedded) = rest.split_at_mut(self.most_rows(places));
        Kept { row_of_place, token_of_row, embedded }
    }

    /// How many numbers are kept for the backward pass.
    pub(super) fn kept(&self, examples: usize) -> usize {
        let places = examples * self.tokens;
        places + self.most_rows(places) * (1 + self.width)
    }

    /// In the forward pass the outputs of each table row, then the row of each token; in the
    /// backward pass the gradients of those outputs, then of the embeddings.
    pub(super) fn scratch(&self, examples: usize) -> usize {
        let rows = self.most_rows(examples * self.tokens);
        rows * self.outputs() + self.vocabulary.max(rows * self.width)
    }

    /// Counts a product for each position, so that the figure does not depend on the data.
    pub(super) fn flop(&self) -> f64 {
        2.0 * (self.tokens * self.width * self.outputs()) as f64
    }

    /// Computes the rows of `tokens`.
    pub(super) fn rows<'a, T: Real>(
        &self,
        tokens: &[T],
        parameters: Parameters<'_, T>,
        kept: &'a mut [T],
        scratch: &'a mut [T],
    ) -> Rows<'a, T> {
        let (width, outputs) = (self.width, self.outputs());
        let mut kept = self.divide(kept, tokens.len());
        let (results, rest) = scratch.split_at_mut(self.most_rows(tokens.len()) * outputs);
        let rows = find_rows(&mut kept, tokens, &mut rest[..self.vocabulary]);
        let embeddings = parameters.group(0);
        for (embedded, token) in
            kept.embedded.chunks_exact_mut(width).zip(&kept.token_of_row[..rows])
        {
            embedded.copy_from_slice(&embeddings[row(*token, width)]);
        }
        let results = &mut results[..rows * outputs];
        multiply(
            results,
            Matrix::row_major(kept.embedded, rows, width),
            Matrix::row_major(parameters.group(1), width, outputs),
            Store::Replace,
        );
        add_bias(results, parameters.group(2), false);
        Rows { row_of_place: kept.row_of_place, results, outputs }
    }

    /// Gradients of the rows of `examples`, all 0 at first.
    pub(super) fn row_gradients<'a, T: Real>(
        &self,
        examples: usize,
        kept: &'a mut [T],
        scratch: &'a mut [T],
    ) -> RowGradients<'a, T> {
        let (places, outputs) = (examples * self.tokens, self.outputs());
        let kept = self.divide(kept, places);
        let (of_results, of_embedded) = scratch.split_at_mut(self.most_rows(places) * outputs);
        let largest = kept.row_of_place.iter().map(|row| row.to_f64() as usize).max();
        let rows = largest.map_or(0, |largest| largest + 1);
        let of_results = &mut of_results[..rows * outputs];
        of_results.fill(T::ZERO);
        RowGradients { kept, of_results, of_embedded, outputs }
    }
}

/// Gives each distinct token a row, in the order in which they appear; returns how many.
fn find_rows<T: Real>(kept: &mut Kept<'_, T>, tokens: &[T], row_of_token: &mut [T]) -> usize {
    let none = T::from_f64(-1.0);
    row_of_token.fill(none);
    let mut rows = 0;
    for (row_of_place, token) in kept.row_of_place.iter_mut().zip(tokens) {
        let row = &mut row_of_token[token.to_f64() as usize];
        if *row == none {
            *row = T::from_f64(rows as f64);
            kept.token_of_row[rows] = *token;
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

impl<T: Real> Rows<'_, T> {
    /// The outputs of all rows.
    pub(super) fn numbers(&self) -> &[T] {
        self.results
    }

    /// Where the outputs for the token at position `place` begin.
    pub(super) fn start(&self, place: usize) -> usize {
        row(self.row_of_place[place], self.outputs).start
    }
}

impl<T: Real> RowGradients<'_, T> {
    /// Adds the `gradient` of the outputs at position `place`.
    pub(super) fn add(&mut self, place: usize, gradient: &[T]) {
        accumulate(
            &mut self.of_results[row(self.kept.row_of_place[place], self.outputs)],
            gradient,
        );
    }

    /// Writes the gradients of the parameters, once those of all positions have been added.
    pub(super) fn write(self, parameters: Parameters<'_, T>, gradients: &mut Gradients<'_, T>) {
        let outputs = self.outputs;
        let (rows, weight) = (self.of_results.len() / outputs, parameters.group(1));
        let width = weight.len() / outputs;
        add_row_sums(gradients.group(2), self.of_results);
        let of_results = Matrix::row_major(self.of_results, rows, outputs);
        let embedded = Matrix::row_major(self.kept.embedded, rows, width);
        multiply(gradients.group(1), embedded.transposed(), of_results, Store::Replace);
        let weight = Matrix::row_major(weight, width, outputs);
        let of_embedded = &mut self.of_embedded[..rows * width];
        multiply(of_embedded, of_results, weight.transposed(), Store::Replace);
        let of_embeddings = gradients.group(0);
        for (gradient, token) in of_embedded.chunks_exact(width).zip(&*self.kept.token_of_row) {
            of_embeddings[row(*token, width)].copy_from_slice(gradient);
        }
    }
}
