//! Examples of different lengths, put together by length.
//!
//! An example goes into batches that are padded to a *bound*: the smallest of 4, 6, 8, 12, 16, 24, …
//! that is at least its length, so that at most half of a batch is padding. There is one tape for
//! each bound, all with the same parameters.

use super::order::{Buckets, Order};

/// The lengths of the examples of a set.
pub(super) struct ByLength {
    lengths: Vec<usize>,
    /// Examples that are measured, from short to long.
    measured: Vec<u32>,
    /// Those of the run, in the order of their tapes; none until they are known.
    bounds: Vec<usize>,
}

/// The smallest bound of 4, 6, 8, 12, 16, 24, … that is at least `length`.
fn bound_of(length: usize) -> usize {
    let above = length.max(4).next_power_of_two();
    let between = above / 4 * 3;
    if length <= between && between > 4 { between } else { above }
}

/// Gives all of `sets` the bounds that their examples need; returns these.
pub(super) fn find_bounds(sets: &mut [&mut ByLength]) -> Vec<usize> {
    let lengths = sets.iter().flat_map(|set| &set.lengths);
    let mut bounds: Vec<usize> = lengths.map(|length| bound_of(*length)).collect();
    bounds.sort_unstable();
    bounds.dedup();
    for set in sets {
        set.bounds.clone_from(&bounds);
    }
    bounds
}

impl ByLength {
    /// Of examples of these lengths, of which the first `measured` are measured.
    pub(super) fn new(lengths: Vec<usize>, measured: usize) -> Self {
        let mut measured: Vec<u32> = (0..measured as u32).collect();
        measured.sort_by_key(|example| bound_of(lengths[*example as usize]));
        Self { lengths, measured, bounds: Vec::new() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Examples that are measured, in the order in which they are.
    pub(super) fn measured(&self) -> &[u32] {
        &self.measured
    }

    /// The examples of each bound with the tape of the bound, at least `batch` each: those of a bound
    /// with fewer go to the next larger one, and what is left at the end takes in the one before it.
    fn buckets(&self, batch: usize) -> Vec<(usize, Vec<u32>)> {
        let mut members = vec![Vec::new(); self.bounds.len()];
        for (example, length) in (0..).zip(&self.lengths) {
            members[self.tape_of(*length)].push(example);
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

    /// The order in which batches of `batch` hold examples.
    pub(super) fn order(&self, batch: usize, seed: u64) -> Order {
        Order::Buckets(Buckets::new(self.buckets(batch), seed))
    }

    /// Share of the examples that are trained on with each tape, in batches of `batch`.
    pub(super) fn shares(&self, batch: usize) -> Vec<f64> {
        let mut shares = vec![0.0; self.bounds.len()];
        for (tape, members) in self.buckets(batch) {
            shares[tape] += members.len() as f64 / self.len() as f64;
        }
        shares
    }

    /// The tape whose batches hold all of `examples`.
    pub(super) fn tape_for(&self, examples: &[u32]) -> usize {
        let longest = examples.iter().map(|example| self.lengths[*example as usize]).max();
        self.tape_of(longest.unwrap_or(0))
    }

    /// The tape of the smallest bound that is at least `length`, or of the largest.
    pub(super) fn tape_of(&self, length: usize) -> usize {
        let bound = bound_of(length);
        let index = self.bounds.partition_point(|own| *own < bound);
        index.min(self.bounds.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(lengths: &[usize]) -> ByLength {
        let mut set = ByLength::new(lengths.to_vec(), lengths.len());
        find_bounds(&mut [&mut set]);
        set
    }

    #[test]
    fn at_most_half_of_a_batch_is_padding() {
        let bounds: Vec<usize> = [1, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 24, 25].map(bound_of).into();
        assert_eq!(bounds, [4, 4, 6, 6, 8, 8, 12, 12, 16, 16, 24, 24, 32]);
        assert!(
            (4..5_000).all(|length| length <= bound_of(length) && bound_of(length) < 2 * length)
        );
    }

    #[test]
    fn small_buckets_go_to_the_next_larger_and_no_example_is_lost() {
        // Bounds 4, 6, 12 and 16 with 3, 1, 3 and 1 examples.
        let set = set(&[2, 9, 3, 5, 10, 4, 14, 11]);
        let buckets = set.buckets(2);
        assert_eq!(buckets, [(0, vec![0, 2, 5]), (3, vec![3, 1, 4, 7, 6])]);
        assert_eq!(set.buckets(8), [(3, vec![0, 2, 5, 3, 1, 4, 7, 6])]);
        assert_eq!(set.shares(2), [0.375, 0.0, 0.0, 0.625]);
        assert_eq!(set.measured(), [0, 2, 5, 3, 1, 4, 7, 6]);
        assert_eq!([set.tape_for(&[0, 1]), set.tape_of(7), set.tape_of(99)], [2, 2, 3]);
    }
}
