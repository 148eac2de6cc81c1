//! Pairs of token sequences of different lengths, put together by length.
//!
//! A pair goes into batches whose sequences are padded to a *bound*: the smallest of 4, 6, 8, 12, 16,
//! 24, … that holds both of its sequences, so that at most half of a batch is padding. There is one tape
//! for each bound, all with the same parameters.

use tenfold_data::{BOUNDARY, Dataset, Pairs, Texts};

use super::order::{Buckets, Order};
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
    /// Pairs that are measured, from short to long.
    measured: Vec<u32>,
    /// Those of the run; none until they are known.
    bounds: Bounds,
}

/// Sequences of tokens, one after the other.
struct Sequences {
    tokens: Vec<u32>,
    /// Where each begins, then the end.
    starts: Vec<usize>,
}

/// Bounds of the batches of a run, in the order of their tapes.
#[derive(Clone, Default)]
struct Bounds(Vec<usize>);

impl Sequences {
    fn new() -> Self {
        Self { tokens: Vec::new(), starts: vec![0] }
    }

    fn push(&mut self, tokens: impl Iterator<Item = u32>) {
        self.tokens.extend(tokens);
        self.starts.push(self.tokens.len());
    }

    fn of(&self, index: usize) -> &[u32] {
        &self.tokens[self.starts[index]..self.starts[index + 1]]
    }
}

/// The smallest bound of 4, 6, 8, 12, 16, 24, … that is at least `steps`.
fn bound_of(steps: usize) -> usize {
    let above = steps.max(4).next_power_of_two();
    let between = above / 4 * 3;
    if steps <= between && between > 4 { between } else { above }
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
            measured: Vec::new(),
            bounds: Bounds::default(),
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
            set.sources.push(source.into_iter());
            set.targets.push(target.into_iter());
            set.characters.push(text.chars().count() as u32 + 1);
        }
        set.measured = set.first_pairs(most_measured);
        Ok(set)
    }

    /// The first pairs whose targets hold `most` tokens, at least one, from short to long.
    fn first_pairs(&self, most: usize) -> Vec<u32> {
        let starts = &self.targets.starts[..self.len()];
        let within = starts.iter().take_while(|start| **start < most.max(1)).count();
        let mut chosen: Vec<u32> = (0..within as u32).collect();
        chosen.sort_by_key(|pair| self.bound(*pair as usize));
        chosen
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.characters.len()
    }

    /// Pairs that are measured, in the order in which they are.
    pub(super) fn measured(&self) -> &[u32] {
        &self.measured
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

    /// Tokens of the target of `pair`.
    pub(super) fn target(&self, pair: u32) -> &[u32] {
        self.targets.of(pair as usize)
    }

    /// Steps that `pair` needs: each sequence, and its end.
    fn shape(&self, pair: usize) -> PairShape {
        let steps = |sequences: &Sequences| sequences.of(pair).len() + 1;
        PairShape { source: steps(&self.sources), target: steps(&self.targets) }
    }

    fn bound(&self, pair: usize) -> usize {
        let shape = self.shape(pair);
        bound_of(shape.source.max(shape.target))
    }

    /// The examples of each bound with the tape of the bound, at least `batch` each: those of a bound with fewer go to
    /// the next larger one, and what is left at the end takes in the one before it.
    fn buckets(&self, batch: usize) -> Vec<(usize, Vec<u32>)> {
        let mut members = vec![Vec::new(); self.bounds.0.len()];
        for pair in 0..self.len() {
            members[self.bounds.index_of(self.bound(pair))].push(pair as u32);
        }
        let mut buckets: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut waiting = Vec::new();
        let largest = members.iter().rposition(|members| !members.is_empty()).unwrap_or(0);
        for (index, members) in members.into_iter().enumerate().take(largest + 1) {
            waiting.extend(members);
            if waiting.len() >= batch {
                buckets.push((index, std::mem::take(&mut waiting)));
            }
        }
        if !waiting.is_empty() {
            let before = buckets.pop().map(|(_, members)| members);
            waiting.splice(0..0, before.unwrap_or_default());
            buckets.push((largest, waiting));
        }
        buckets
    }

    /// The order in which batches of `batch` hold pairs.
    pub(super) fn order(&self, batch: usize, seed: u64) -> Order {
        Order::Buckets(Buckets::new(self.buckets(batch), seed))
    }

    /// Share of the pairs that are trained on with each tape, in batches of `batch`.
    pub(super) fn shares(&self, batch: usize) -> Vec<f64> {
        let mut shares = vec![0.0; self.bounds.0.len()];
        for (tape, members) in self.buckets(batch) {
            shares[tape] += members.len() as f64 / self.len() as f64;
        }
        shares
    }

    /// The tape whose batches hold all of `pairs`.
    pub(super) fn tape_for(&self, pairs: &[u32]) -> usize {
        let largest = pairs.iter().map(|pair| self.bound(*pair as usize)).max();
        self.bounds.index_of(largest.unwrap_or(0))
    }

    /// The tape in which translations of the sources of `pairs` may be half as long again as these:
    /// how long the right ones are is not known then.
    pub(super) fn tape_to_write(&self, pairs: &[u32]) -> usize {
        let longest = pairs.iter().map(|pair| self.shape(*pair as usize).source).max();
        let wanted = bound_of(longest.unwrap_or(0) * 3 / 2 + 4);
        self.bounds.index_of(wanted)
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

/// Gives all of `sets` the bounds that their pairs need; returns the shape of the batches of each: no
/// sequence is padded beyond the longest of its kind.
pub(super) fn find_bounds(sets: &mut [&mut PairSet]) -> Vec<PairShape> {
    let mut bounds: Vec<usize> = Vec::new();
    let mut longest = PairShape { source: 1, target: 1 };
    for set in sets.iter() {
        for pair in 0..set.len() {
            bounds.push(set.bound(pair));
            let shape = set.shape(pair);
            longest.source = longest.source.max(shape.source);
            longest.target = longest.target.max(shape.target);
        }
    }
    bounds.sort_unstable();
    bounds.dedup();
    let shape = |bound: &usize| PairShape {
        source: longest.source.min(*bound),
        target: longest.target.min(*bound),
    };
    let shapes = bounds.iter().map(shape).collect();
    for set in sets {
        set.bounds = Bounds(bounds.clone());
    }
    shapes
}

impl Bounds {
    /// The tape of `bound`, or of the next larger one.
    fn index_of(&self, bound: usize) -> usize {
        self.0.partition_point(|own| *own < bound).min(self.0.len().saturating_sub(1))
    }
}
