//! What a recurrent layer's input adds to its gates in each step.
//!
//! For vectors, an operation before the layer computes it for all steps in one product. For tokens,
//! the layer itself looks it up in a [`TokenTable`], step by step: the numbers of all positions are
//! never written.

use super::recurrence::{Step, gate_bias};
use super::token_table::{RowGradients, Rows, TokenTable};
use crate::engine::real::Real;
use crate::engine::{Gradients, ParameterGroup, Parameters, TapeRecorder, Value};

/// What a recurrent layer reads.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A sequence of vectors.
    Vectors(Value),
    /// A sequence of tokens, each embedded in `width` numbers.
    Tokens {
        /// The tokens, by number.
        tokens: Value,
        /// Number of distinct tokens.
        vocabulary: usize,
        /// Numbers of each embedded token.
        width: usize,
    },
}

/// How a layer finds the input's part of its gates.
#[derive(Debug)]
pub(super) struct GateInput {
    /// Steps of a sequence.
    pub(super) steps: usize,
    /// Numbers of a step: units times gates.
    width: usize,
    /// `None` where the layer's input already is the gates' part.
    table: Option<TokenTable>,
}

impl TapeRecorder {
    /// How a layer of `hidden` units finds the input's part of its gates, and the value that it reads;
    /// `bias` has the initial bias of each gate.
    pub(super) fn gate_input(
        &mut self,
        source: Source,
        hidden: usize,
        bias: &'static [f32],
    ) -> (GateInput, Value) {
        let bias = gate_bias(hidden, bias);
        let gates = bias.length;
        match source {
            Source::Vectors(input) => {
                let value = self.linear_each_with(input, bias);
                let steps = self.shape(value).pixels();
                (GateInput { steps, width: gates, table: None }, value)
            }
            Source::Tokens { tokens: value, vocabulary, width } => {
                let tokens = self.shape(value).numbers();
                let table = Some(TokenTable { tokens, vocabulary, width, bias });
                (GateInput { steps: tokens, width: gates, table }, value)
            }
        }
    }
}

/// The input's part of the gates of a batch.
pub(super) enum GateParts<'a, T> {
    /// One sequence after the other.
    Sequences(&'a [T]),
    Table(Rows<'a, T>),
}

impl<T: Real> GateParts<'_, T> {
    /// Holds the parts of all steps of all sequences.
    pub(super) fn numbers(&self) -> &[T] {
        match self {
            Self::Sequences(sequences) => sequences,
            Self::Table(rows) => rows.numbers(),
        }
    }
}

/// Where gradients of the input's part go.
pub(super) enum GateGradients<'a, T> {
    /// One sequence after the other; `None` where nobody asks for them.
    Sequences(Option<&'a mut [T]>),
    Table(RowGradients<'a, T>),
}

impl GateInput {
    /// The groups of parameters that come before the layer's own.
    pub(super) fn parameters(&self) -> Vec<ParameterGroup> {
        self.table.as_ref().map(TokenTable::parameters).unwrap_or_default()
    }

    /// Index of the layer's own group `index`.
    pub(super) fn group(&self, index: usize) -> usize {
        index + self.table.as_ref().map_or(0, |_| TokenTable::GROUPS)
    }

    /// Whether the layer's input has a gradient; tokens have none.
    pub(super) fn is_differentiable(&self) -> bool {
        self.table.is_none()
    }

    /// Numbers that are kept in front of the layer's own.
    pub(super) fn kept(&self, examples: usize) -> usize {
        self.table.as_ref().map_or(0, |table| table.kept(examples))
    }

    /// Scratch space in front of the layer's own.
    pub(super) fn scratch(&self, examples: usize) -> usize {
        self.table.as_ref().map_or(0, |table| table.scratch(examples))
    }

    pub(super) fn flop(&self) -> f64 {
        self.table.as_ref().map_or(0.0, TokenTable::flop)
    }

    fn at(&self, step: usize) -> Step {
        Step { index: step, steps: self.steps, width: self.width }
    }

    /// The gates' part of `input`.
    pub(super) fn parts<'a, T: Real>(
        &self,
        input: &'a [T],
        parameters: Parameters<'_, T>,
        kept: &'a mut [T],
        scratch: &'a mut [T],
    ) -> GateParts<'a, T> {
        match &self.table {
            None => GateParts::Sequences(input),
            Some(table) => GateParts::Table(table.rows(input, parameters, kept, scratch)),
        }
    }

    /// Where the part of `step` of sequence `sequence` begins in the numbers of `parts`.
    fn start<T: Real>(&self, parts: &GateParts<'_, T>, step: usize, sequence: usize) -> usize {
        let place = sequence * self.steps + step;
        match parts {
            GateParts::Sequences(_) => place * self.width,
            GateParts::Table(rows) => rows.start(place),
        }
    }

    /// Writes to `starts` where the part of `step` of each sequence begins in the numbers of `parts`.
    pub(super) fn starts<T: Real>(
        &self,
        parts: &GateParts<'_, T>,
        step: usize,
        starts: &mut [usize],
    ) {
        for (sequence, start) in starts.iter_mut().enumerate() {
            *start = self.start(parts, step, sequence);
        }
    }

    /// Writes the part of `step` of each sequence to `gates`, side by side.
    pub(super) fn read<T: Real>(&self, parts: &GateParts<'_, T>, step: usize, gates: &mut [T]) {
        for (sequence, gates) in gates.chunks_exact_mut(self.width).enumerate() {
            let part = &parts.numbers()[self.start(parts, step, sequence)..];
            gates.copy_from_slice(&part[..self.width]);
        }
    }

    /// Where gradients of the gates' part of `examples` sequences go: to a table, or to `target`.
    pub(super) fn gradients<'a, T: Real>(
        &self,
        examples: usize,
        kept: &'a mut [T],
        scratch: &'a mut [T],
        target: Option<&'a mut [T]>,
    ) -> GateGradients<'a, T> {
        match &self.table {
            None => GateGradients::Sequences(target),
            Some(table) => GateGradients::Table(table.row_gradients(examples, kept, scratch)),
        }
    }

    /// Takes the gradients of `step` of each sequence, side by side.
    pub(super) fn take<T: Real>(
        &self,
        gradients: &mut GateGradients<'_, T>,
        step: usize,
        of_gates: &[T],
    ) {
        match gradients {
            GateGradients::Sequences(None) => {}
            GateGradients::Sequences(Some(target)) => self.at(step).write(target, of_gates),
            GateGradients::Table(rows) => {
                for (sequence, of_gates) in of_gates.chunks_exact(self.width).enumerate() {
                    rows.add(sequence * self.steps + step, of_gates);
                }
            }
        }
    }
}

impl<T: Real> GateGradients<'_, T> {
    /// Writes the gradients of a table's parameters, after the last step has been taken.
    pub(super) fn write(self, parameters: Parameters<'_, T>, gradients: &mut Gradients<'_, T>) {
        if let Self::Table(rows) = self {
            rows.write(parameters, gradients);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Streams;
    use super::super::differences::check_tokens;
    use super::*;

    #[test]
    fn gradients_of_a_table_are_differences() {
        // Of 7 tokens at 4 positions of 3 examples, some occur twice and some never; of 50 tokens
        // there are more than positions.
        for (steps, vocabulary) in [(4, 7), (2, 50)] {
            let source = |tokens| Source::Tokens { tokens, vocabulary, width: 3 };
            check_tokens(steps, vocabulary, |tape, tokens| {
                tape.lstm(source(tokens), 5, Streams::Fresh)
            });
            check_tokens(steps, vocabulary, |tape, tokens| {
                tape.gru(source(tokens), 5, Streams::Fresh)
            });
            check_tokens(steps, vocabulary, |tape, tokens| {
                tape.recurrent_highway(source(tokens), 5, 2, Streams::Fresh)
            });
        }
    }
}
