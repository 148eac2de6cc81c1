//! In which order the examples of a shard are seen.

use tenfold_data::seed::{Stream, number_at};

/// An endless sequence: one permutation of the shard after the other.
///
/// Batches continue from one epoch into the next, so that all have the same size. The position in
/// the sequence is one number, and a resumed run needs nothing else.
pub(super) struct Order {
    seed: u64,
    /// The epoch that `permutation` is of.
    epoch: Option<u64>,
    permutation: Vec<u32>,
}

impl Order {
    pub(super) fn new(examples: usize, seed: u64) -> Self {
        Self { seed, epoch: None, permutation: vec![0; examples] }
    }

    /// Writes the examples from `position` of the sequence on to `batch`.
    pub(super) fn fill(&mut self, batch: &mut [u32], position: u64) {
        let examples = self.permutation.len() as u64;
        for (position, example) in (position..).zip(batch) {
            self.shuffle(position / examples);
            *example = self.permutation[(position % examples) as usize];
        }
    }

    fn shuffle(&mut self, epoch: u64) {
        if self.epoch != Some(epoch) {
            for (number, example) in (0..).zip(&mut self.permutation) {
                *example = number;
            }
            Stream::new(number_at(self.seed, epoch)).shuffle(&mut self.permutation);
            self.epoch = Some(epoch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_sees_every_example_once_wherever_reading_begins() {
        let mut whole = [0; 30];
        Order::new(10, 3).fill(&mut whole, 0);
        for epoch in whole.chunks(10) {
            let mut seen = epoch.to_vec();
            seen.sort_unstable();
            assert_eq!(seen, (0..10).collect::<Vec<u32>>());
        }
        assert_ne!(whole[..10], whole[10..20]);
        let mut tail = [0; 12];
        Order::new(10, 3).fill(&mut tail, 7);
        assert_eq!(tail, whole[7..19]);
    }
}
