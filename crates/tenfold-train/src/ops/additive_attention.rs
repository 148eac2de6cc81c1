//! Additive attention: which steps of one sequence each step of another one attends to.
//!
//! The weight of step j for query i is the softmax over the steps of a sequence of
//! `score · tanh(query_i + key_j)`, where `score` is trained. Queries and keys have been through a
//! linear layer each.
//!
//! # Reference
//! Bahdanau, Cho and Bengio (2015), arXiv:1409.0473, section 3.1 and appendix A.1.2.

use super::attention::{softmax, softmax_backward};
use super::lengths::length_of;
use crate::engine::kernel::lanes::dot;
use crate::engine::kernel::vectorised;
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

#[derive(Debug)]
struct AdditiveAttention {
    queries: usize,
    steps: usize,
    width: usize,
}

impl TapeRecorder {
    /// For each step of `queries` a weight for each step of `keys`; a sequence has as many steps as
    /// `lengths` says, at least one, and what lies behind its end has the weight 0. `None` where
    /// queries and keys have other widths.
    pub fn additive_attention(
        &mut self,
        queries: Value,
        keys: Value,
        lengths: Value,
    ) -> Option<Value> {
        let (asked, from) = (self.shape(queries), self.shape(keys));
        let (steps, width) = (from.pixels(), from.channels);
        let attention = AdditiveAttention { queries: asked.pixels(), steps, width };
        (asked.channels == width && queries != keys)
            .then(|| self.push(attention, &[queries, keys, lengths]))
    }
}

impl Operation for AdditiveAttention {
    fn shape(&self) -> Shape {
        Shape::sequence(self.queries, self.steps)
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        vec![ParameterGroup::weights(self.width, (1.0 / self.width as f64).sqrt())]
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index < 2
    }

    /// tanh of one query and one key; in the backward pass the gradients of a query's scores, then
    /// those of an example's queries and keys where an input needs none.
    fn scratch(&self, _examples: usize) -> usize {
        self.steps + (self.queries + self.steps) * self.width
    }

    /// The product with `score`; the sums and tanh of all pairs, which take longer, are no products.
    fn flop(&self) -> f64 {
        2.0 * (self.queries * self.steps * self.width) as f64
    }
}

impl<T: Real> Compute<T> for AdditiveAttention {
    fn forward(&self, call: Forward<'_, T>) {
        let [queries, keys, lengths] = call.inputs;
        let score = call.parameters.group(0);
        let rows = call.output.chunks_exact_mut(self.steps);
        for (index, (row, query)) in rows.zip(queries.chunks_exact(self.width)).enumerate() {
            let example = index / self.queries;
            let seen = length_of(lengths[example], self.steps).max(1);
            let keys = &keys[example * self.steps * self.width..][..seen * self.width];
            score_keys(&mut row[..seen], &mut call.scratch[..self.width], query, (keys, score));
            softmax(row, seen, T::ONE);
        }
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let score = call.parameters.group(0);
        let of_score = call.parameter_gradients.group(0);
        let [mut of_queries, mut of_keys, _] = call.input_gradients;
        let (of_scores, rest) = call.scratch.split_at_mut(self.steps);
        let (asked, own) = (self.queries * self.width, self.steps * self.width);
        let (no_queries, rest) = rest.split_at_mut(asked);
        let no_keys = &mut rest[..own];
        for (example, length) in call.inputs[2].iter().enumerate() {
            let seen = length_of(*length, self.steps).max(1);
            let keys = &call.inputs[1][example * own..][..seen * self.width];
            let of_queries = place(&mut of_queries, no_queries, example);
            let of_keys = place(&mut of_keys, no_keys, example);
            of_queries.fill(T::ZERO);
            of_keys.fill(T::ZERO);
            let of_keys = &mut of_keys[..keys.len()];
            let queries = call.inputs[0][example * asked..][..asked].chunks_exact(self.width);
            let of_queries = of_queries.chunks_exact_mut(self.width);
            for (query, (asked, of_query)) in queries.zip(of_queries).enumerate() {
                let row = (example * self.queries + query) * self.steps;
                let of_scores = &mut of_scores[..seen];
                of_scores.copy_from_slice(&call.gradient[row..][..seen]);
                softmax_backward(of_scores, &call.output[row..][..seen], T::ONE);
                score_backward(of_query, of_keys, of_score, (asked, keys, score, of_scores));
            }
        }
    }
}

/// The gradient of input `example`, or `unasked` where that input needs none.
fn place<'a, T>(
    gradients: &'a mut Option<&mut [T]>,
    unasked: &'a mut [T],
    example: usize,
) -> &'a mut [T] {
    let length = unasked.len();
    match gradients {
        Some(all) => &mut all[example * length..][..length],
        None => unasked,
    }
}

vectorised! {
    /// `score · tanh(query + key)` for each of `keys`; `bent` is space for one of them.
    fn score_keys<T>(scores: &mut [T], bent: &mut [T], query: &[T], given: (&[T], &[T])) {
        let (keys, score) = given;
        for (result, key) in scores.iter_mut().zip(keys.chunks_exact(query.len())) {
            for ((bent, query), key) in bent.iter_mut().zip(query).zip(key) {
                *bent = (*query + *key).tanh();
            }
            *result = dot(bent, score);
        }
    }
}

vectorised! {
    /// Adds the gradients of a query, of all keys and of `score`; `given` are query, keys, score and
    /// the gradients of the query's scores.
    fn score_backward<T>(
        of_query: &mut [T],
        of_keys: &mut [T],
        of_score: &mut [T],
        given: (&[T], &[T], &[T], &[T]),
    ) {
        let (query, keys, score, of_scores) = given;
        let width = query.len();
        let steps = of_keys.chunks_exact_mut(width).zip(keys.chunks_exact(width));
        for ((of_key, key), gradient) in steps.zip(of_scores) {
            let sums = of_query.iter_mut().zip(of_key).zip(of_score.iter_mut());
            let read = query.iter().zip(key).zip(score);
            for (((of_query, of_key), of_score), ((query, key), score)) in sums.zip(read) {
                let bent = (*query + *key).tanh();
                *of_score += *gradient * bent;
                let before = *gradient * *score * (T::ONE - bent * bent);
                *of_query += before;
                *of_key += before;
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
        // Queries and keys once each are what has no parameter before it.
        for are_keys_first in [true, false] {
            let given = [Given::numbers(&[4.0, 1.0, 3.0]), Given::random(Shape::sequence(4, 2))];
            check_given(Shape::sequence(4, 3), &given, |tape, input, given| {
                let other = tape.linear_each(given[1], 3, Activation::Identity);
                let mut both = [input, other];
                both.rotate_left(usize::from(are_keys_first));
                tape.additive_attention(both[0], both[1], given[0])
            });
        }
        let given = [Given::numbers(&[2.0, 1.0, 5.0]), Given::random(Shape::sequence(3, 2))];
        check_given(Shape::sequence(5, 3), &given, |tape, input, given| {
            let queries = tape.linear_each(given[1], 3, Activation::Identity);
            tape.additive_attention(queries, input, given[0])
        });
    }
}
