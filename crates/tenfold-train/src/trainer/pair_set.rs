//! Pairs of token sequences, put together by the length of the longer one.

use tenfold_data::{BOUNDARY, Dataset, Pairs, Texts};

use super::by_length::ByLength;
use super::sequences::Sequences;
use crate::decoding::{write_sources, write_tokens};
use crate::engine::{Tape, Workspace};
use crate::error::TrainError;
use crate::learners::PairShape;

/// Target of a step that has none.
const NO_TARGET: f32 = -1.0;

/// Pairs of sequences, as numbers of tokens.
pub(super) struct PairSet {
    sources: Sequences,
    targets: Sequences,
    /// Characters of each target, its end counted as one.
    characters: Vec<u32>,
    /// The targets as they were written, of those pairs that are measured.
    references: Vec<String>,
    by_length: ByLength,
}

impl PairSet {
    /// Reads the pairs of `rows`; the first of them whose targets hold `most_measured` tokens are
    /// measured.
    ///
    /// # Errors
    /// [`TrainError::Unsuitable`] if they are no pairs of texts with vocabularies, or cannot be read.
    pub(super) fn read(
        dataset: &Dataset,
        rows: &[u32],
        most_measured: usize,
    ) -> Result<Self, TrainError> {
        let unsuitable = |reason: String| TrainError::Unsuitable { reason, hint: None };
        let pairs = dataset.pairs().filter(|pairs| pairs.vocabularies().is_some());
        let Some(Pairs { source, target }) = pairs else {
            let reason = "the examples are no pairs of texts with vocabularies";
            return Err(unsuitable(reason.to_owned()));
        };
        let mut set = Self {
            sources: Sequences::new(),
            targets: Sequences::new(),
            characters: Vec::new(),
            references: Vec::new(),
            by_length: ByLength::new(Vec::new(), 0),
        };
        for row in rows {
            let read = |texts: &Texts| -> Result<(String, Vec<u32>), TrainError> {
                let text = texts.row(*row).map_err(|error| unsuitable(error.to_string()))?;
                let vocabulary = texts.vocabulary();
                let numbers = vocabulary.map(|vocabulary| vocabulary.numbers(&text).collect());
                Ok((text, numbers.unwrap_or_default()))
            };
            let (_, source) = read(source)?;
            let (text, target) = read(target)?;
            let is_measured = set.targets.tokens() < most_measured.max(1);
            set.sources.push(source);
            set.targets.push(target);
            set.characters.push(text.chars().count() as u32 + 1);
            set.references.extend(is_measured.then_some(text));
        }
        let lengths = (0..rows.len()).map(|pair| {
            let shape = set.shape(pair);
            shape.source.max(shape.target)
        });
        set.by_length = ByLength::new(lengths.collect(), set.references.len());
        Ok(set)
    }

    pub(super) fn by_length(&self) -> &ByLength {
        &self.by_length
    }

    pub(super) fn by_length_mut(&mut self) -> &mut ByLength {
        &mut self.by_length
    }

    /// Pairs that are measured, in the order in which they are.
    pub(super) fn measured(&self) -> &[u32] {
        self.by_length.measured()
    }

    /// Tokens that are predicted of `pair`: those of the target, and its end.
    pub(super) fn predicted(&self, pair: u32) -> u32 {
        self.targets.of(pair as usize).len() as u32 + 1
    }

    /// Characters that are predicted of `pair`.
    pub(super) fn characters(&self, pair: u32) -> u32 {
        self.characters[pair as usize]
    }

    /// Tokens of the source of `pair`.
    pub(super) fn source(&self, pair: u32) -> &[u32] {
        self.sources.of(pair as usize)
    }

    /// The target of `pair`, which is measured, as it was written.
    pub(super) fn reference(&self, pair: u32) -> &str {
        &self.references[pair as usize]
    }

    /// Steps that `pair` needs: each sequence, and its end.
    fn shape(&self, pair: usize) -> PairShape {
        let steps = |sequences: &Sequences| sequences.of(pair).len() + 1;
        PairShape { source: steps(&self.sources), target: steps(&self.targets) }
    }

    /// The tape whose targets have room for translations of the sources of `pairs`, half as long again as
    /// these: how long the right ones are is not known then.
    pub(super) fn tape_to_write(&self, pairs: &[u32]) -> usize {
        self.by_length.tape_of(self.longest_source(pairs) * 3 / 2 + 4)
    }

    /// The tape in which the sources of `pairs` can be read.
    pub(super) fn tape_to_read(&self, pairs: &[u32]) -> usize {
        self.by_length.tape_of(self.longest_source(pairs))
    }

    fn longest_source(&self, pairs: &[u32]) -> usize {
        pairs.iter().map(|pair| self.shape(*pair as usize).source).max().unwrap_or(0)
    }

    /// Writes all inputs of `pairs`: sources, their lengths, what stands before each token of the
    /// targets, and these tokens.
    pub(super) fn copy_to(
        &self,
        workspace: &mut Workspace<f32>,
        tape: &Tape,
        pairs: impl ExactSizeIterator<Item = u32> + Clone,
    ) {
        let sources = pairs.clone().map(|pair| self.source(pair));
        write_sources(workspace, tape, sources);
        let steps = tape.output_shape().pixels();
        for (before, pair) in workspace.input_at(tape, 2).chunks_exact_mut(steps).zip(pairs.clone())
        {
            before[0] = BOUNDARY as f32;
            write_tokens(&mut before[1..], self.targets.of(pair as usize), BOUNDARY as f32);
        }
        for (targets, pair) in workspace.input_at(tape, 3).chunks_exact_mut(steps).zip(pairs) {
            let own = self.targets.of(pair as usize);
            write_tokens(targets, own, NO_TARGET);
            targets[own.len()] = BOUNDARY as f32;
        }
    }
}

/// The longest source and the longest target of `sets`, their ends included.
pub(super) fn longest_of(sets: &[&PairSet]) -> PairShape {
    let mut longest = PairShape { source: 1, target: 1 };
    for set in sets {
        for shape in (0..set.by_length.len()).map(|pair| set.shape(pair)) {
            longest.source = longest.source.max(shape.source);
            longest.target = longest.target.max(shape.target);
        }
    }
    longest
}
