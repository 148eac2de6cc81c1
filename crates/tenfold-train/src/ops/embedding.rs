//! Embedding: each token, given by its number, becomes a trained vector.

use crate::engine::kernel::elementwise::accumulate;
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

#[derive(Debug)]
struct Embedding {
    tokens: usize,
    vocabulary: usize,
    width: usize,
    deviation: f64,
}

impl TapeRecorder {
    /// Embeds each of `vocabulary` tokens in a vector of `width` numbers, drawn initially from a
    /// normal distribution with standard deviation `deviation`.
    pub fn embedding(
        &mut self,
        tokens: Value,
        vocabulary: usize,
        width: usize,
        deviation: f64,
    ) -> Value {
        let embedding =
            Embedding { tokens: self.shape(tokens).numbers(), vocabulary, width, deviation };
        self.push(embedding, &[tokens])
    }
}

impl Operation for Embedding {
    fn shape(&self) -> Shape {
        Shape::sequence(self.tokens, self.width)
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        vec![ParameterGroup::weights(self.vocabulary * self.width, self.deviation)]
    }

    fn is_differentiable(&self, _index: usize) -> bool {
        false
    }
}

impl<T: Real> Compute<T> for Embedding {
    fn forward(&self, call: Forward<'_, T>) {
        let table = call.parameters.group(0);
        for (vector, token) in call.output.chunks_exact_mut(self.width).zip(call.inputs[0]) {
            vector.copy_from_slice(&table[token.to_f64() as usize * self.width..][..self.width]);
        }
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let table = call.parameter_gradients.group(0);
        for (vector, token) in call.gradient.chunks_exact(self.width).zip(call.inputs[0]) {
            accumulate(&mut table[token.to_f64() as usize * self.width..][..self.width], vector);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check_tokens;

    #[test]
    fn gradients_are_differences() {
        check_tokens(4, 7, |tape, tokens| tape.embedding(tokens, 7, 3, 1.0));
    }
}
