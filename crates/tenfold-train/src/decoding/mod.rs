//! Writing with a trained model. One that gives the next token of a target, given its source and all
//! tokens before: [`greedy`] for many sources at once, [`beam()`] for one. One that gives a class for each
//! step of its source: [`ctc_greedy`] and [`ctc_beam`].

mod beam;
mod ctc;
mod greedy;

use tenfold_data::BOUNDARY;

use crate::engine::{Pass, Tape, Workspace};

pub use beam::{Beam, Hypothesis, beam};
pub use ctc::{ctc_beam, ctc_greedy};
pub use greedy::greedy;

/// A trained model for pairs of sequences, which writes step by step: what its layers know of earlier steps
/// is carried from one to the next.
#[derive(Debug)]
pub struct PairModel<'a> {
    /// What it computes, as [`RecordedPairs`](crate::learners::RecordedPairs) records it with one step of
    /// the target, the [next](crate::learners::TargetPart::Next); its shape bounds what is read.
    pub tape: &'a Tape,
    /// Space to compute it in, for as many sources as are read, or as many hypotheses as are kept.
    pub workspace: &'a mut Workspace<f32>,
    /// Its parameters.
    pub parameters: &'a [f32],
    /// Most tokens of a target, its end included; at most as many as the tape was recorded for.
    pub steps: usize,
}

/// Writes the tokens of `sources`, their ends, and their lengths to inputs 0 and 1 of `workspace`. A
/// source with more tokens than there are steps is cut.
pub(crate) fn write_sources<'a>(
    workspace: &mut Workspace<f32>,
    tape: &Tape,
    sources: impl ExactSizeIterator<Item = &'a [u32]> + Clone,
) {
    let steps = tape.input_shape().pixels();
    let inputs = workspace.input(tape, sources.len());
    for (input, source) in inputs.chunks_exact_mut(steps).zip(sources.clone()) {
        write_tokens(input, source, BOUNDARY as f32);
    }
    for (length, source) in workspace.input_at(tape, 1).iter_mut().zip(sources) {
        *length = (source.len() + 1).min(steps) as f32;
    }
}

/// Writes `tokens`, and `behind` in the places after them.
pub(crate) fn write_tokens(places: &mut [f32], tokens: &[u32], behind: f32) {
    let all = tokens.iter().map(|token| *token as f32).chain(std::iter::repeat(behind));
    places.iter_mut().zip(all).for_each(|(place, token)| *place = token);
}

/// The class with the largest logit, the first of several.
pub(crate) fn most_probable(logits: &[f32]) -> usize {
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    best
}

impl PairModel<'_> {
    /// Reads `sources`, as tokens without their ends; from then on the model writes a target for each.
    pub fn read(&mut self, sources: &[&[u32]]) {
        write_sources(self.workspace, self.tape, sources.iter().copied());
    }

    /// Forgets all that was written.
    fn begin(&mut self) {
        self.workspace.carried().fill(0.0);
        self.workspace.input_at(self.tape, 2).fill(BOUNDARY as f32);
    }

    /// Writes `token` behind target `index`.
    fn put(&mut self, index: usize, token: u32) {
        self.workspace.input_at(self.tape, 2)[index] = token as f32;
    }

    /// Computes what follows; `is_first` where sources were read since it was last called.
    fn compute(&mut self, is_first: bool) {
        if is_first {
            self.workspace.forward(self.tape, self.parameters, &[], Pass::Evaluate);
        } else {
            self.workspace.forward_from(self.tape, self.parameters, 2);
        }
    }

    /// The logits of the next token of target `index`.
    fn logits(&self, index: usize) -> &[f32] {
        let classes = self.tape.output_shape().numbers();
        &self.workspace.output(self.tape)[index * classes..][..classes]
    }
}
