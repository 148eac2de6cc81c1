//! Parts that recurrent layers share: the memory layout of steps, and the state that streams carry.
//!
//! A value holds one sequence after the other. A recurrent layer goes from step to step, and the
//! numbers of all sequences in one step have to lie side by side, so that the step is one product.

use crate::engine::kernel::elementwise::accumulate;
use crate::engine::real::Real;
use crate::engine::{Initial, ParameterGroup};

/// The state with which a recurrent layer begins a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Streams {
    /// A state of 0: every example is a sequence of its own.
    Fresh,
    /// The final state of the example at the same position in the batch before; its gradient is not
    /// followed (truncated back-propagation).
    Carried,
}

impl Streams {
    /// Numbers that a stream carries, of a state of `numbers`.
    pub(super) fn carried(self, numbers: usize) -> usize {
        match self {
            Self::Fresh => 0,
            Self::Carried => numbers,
        }
    }

    /// Writes the initial values of state `index` of `count` of each stream to `state`, side by
    /// side.
    pub(super) fn begin<T: Real>(
        self,
        state: &mut [T],
        carried: &[T],
        index: usize,
        count: usize,
        width: usize,
    ) {
        match self {
            Self::Fresh => state.fill(T::ZERO),
            Self::Carried => {
                for (state, carried) in
                    state.chunks_exact_mut(width).zip(carried.chunks_exact(count * width))
                {
                    state.copy_from_slice(&carried[index * width..][..width]);
                }
            }
        }
    }

    /// Keeps state `index` of `count` of each stream for the next batch.
    pub(super) fn end<T: Real>(
        self,
        state: &[T],
        carried: &mut [T],
        index: usize,
        count: usize,
        width: usize,
    ) {
        if self == Self::Carried {
            for (state, carried) in
                state.chunks_exact(width).zip(carried.chunks_exact_mut(count * width))
            {
                carried[index * width..][..width].copy_from_slice(state);
            }
        }
    }
}

/// One step of sequences that all have `steps` steps of `width` numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) index: usize,
    pub(super) steps: usize,
    pub(super) width: usize,
}

impl Step {
    /// Writes to `starts` where the numbers of this step begin in each of the sequences.
    pub(super) fn starts(self, starts: &mut [usize]) {
        for (sequence, start) in starts.iter_mut().enumerate() {
            *start = (sequence * self.steps + self.index) * self.width;
        }
    }

    /// The numbers of this step in each sequence.
    fn of<T>(self, sequences: &[T]) -> impl Iterator<Item = &[T]> {
        let start = self.index * self.width;
        let sequences = sequences.chunks_exact(self.steps * self.width);
        sequences.map(move |sequence| &sequence[start..start + self.width])
    }

    /// Adds the numbers of this step in all `sequences` to `rows`, where they lie side by side.
    pub(super) fn add_to<T: Real>(self, rows: &mut [T], sequences: &[T]) {
        for (row, numbers) in rows.chunks_exact_mut(self.width).zip(self.of(sequences)) {
            accumulate(row, numbers);
        }
    }

    /// Writes `rows`, the numbers of this step side by side, to their position in each of
    /// `sequences`.
    pub(super) fn write<T: Real>(self, sequences: &mut [T], rows: &[T]) {
        let start = self.index * self.width;
        let sequences = sequences.chunks_exact_mut(self.steps * self.width);
        for (sequence, row) in sequences.zip(rows.chunks_exact(self.width)) {
            sequence[start..start + self.width].copy_from_slice(row);
        }
    }
}

/// Weights of the product that maps the hidden state to `gates` gates.
pub(super) fn recurrent_weights(hidden: usize, gates: usize) -> ParameterGroup {
    ParameterGroup::weights(gates * hidden * hidden, (1.0 / hidden as f64).sqrt())
}

/// Biases of gates, all of one gate the same.
pub(super) fn gate_bias(hidden: usize, initial: &'static [f32]) -> ParameterGroup {
    let length = initial.len() * hidden;
    ParameterGroup { length, initial: Initial::Parts(initial), decays: false }
}
