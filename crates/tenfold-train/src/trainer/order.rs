//! In which order the examples of a shard are seen.

use tenfold_data::seed::{Stream, number_at};

/// Which examples each batch holds. It follows from the number of the batch, so that a resumed run needs
/// nothing else.
pub(super) enum Order {
    /// Examples in a random order, another one each epoch.
    Shuffled(Shuffled),
    /// Windows of a circle of tokens, each behind the one before it in the same place of the batch.
    Streams {
        /// Tokens of the circle.
        tokens: u64,
        /// Tokens of a window.
        window: u64,
    },
}

impl Order {
    /// Writes the examples of batch `number`, counted from 0, to `batch`: their positions or, of windows,
    /// their first tokens.
    pub(super) fn fill(&mut self, batch: &mut [u64], number: u64) {
        match self {
            Self::Shuffled(shuffled) => shuffled.fill(batch, number * batch.len() as u64),
            Self::Streams { tokens, window } => {
                let streams = batch.len() as u64;
                for (stream, first) in (0..).zip(batch) {
                    *first = (stream * *tokens / streams + number * *window) % *tokens;
                }
            }
        }
    }
}

/// An endless sequence: one permutation of the shard after the other.
///
/// Batches run on from one epoch into the next, so that all have the same size.
pub(super) struct Shuffled {
    seed: u64,
    /// The epoch that `permutation` is of.
    epoch: Option<u64>,
    permutation: Vec<u32>,
}

impl Shuffled {
    pub(super) fn new(examples: usize, seed: u64) -> Self {
        Self { seed, epoch: None, permutation: vec![0; examples] }
    }

    /// Writes the examples from `position` of the sequence on to `batch`.
    fn fill(&mut self, batch: &mut [u64], position: u64) {
        let examples = self.permutation.len() as u64;
        for (position, example) in (position..).zip(batch) {
            self.shuffle(position / examples);
            *example = u64::from(self.permutation[(position % examples) as usize]);
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
        Shuffled::new(10, 3).fill(&mut whole, 0);
        for epoch in whole.chunks(10) {
            let mut seen = epoch.to_vec();
            seen.sort_unstable();
            assert_eq!(seen, (0..10).collect::<Vec<u64>>());
        }
        assert_ne!(whole[..10], whole[10..20]);
        let mut tail = [0; 12];
        Shuffled::new(10, 3).fill(&mut tail, 7);
        assert_eq!(tail, whole[7..19]);
    }

    #[test]
    fn streams_go_on_where_they_were_and_see_every_token_once_a_round() {
        let mut order = Order::Streams { tokens: 24, window: 3 };
        let mut seen = vec![0; 24];
        let mut last: Option<[u64; 2]> = None;
        for number in 0..4 {
            let mut batch = [0; 2];
            order.fill(&mut batch, number);
            if let Some([first, second]) = last {
                assert_eq!(batch, [(first + 3) % 24, (second + 3) % 24]);
            }
            for start in batch {
                (start..start + 3).for_each(|token| seen[token as usize % 24] += 1);
            }
            last = Some(batch);
        }
        assert_eq!(seen, [1; 24]);
        let mut batch = [0; 2];
        order.fill(&mut batch, 4);
        // Each now reads what the other began with.
        assert_eq!(batch, [12, 0]);
        let mut order = Order::Streams { tokens: 20_000_000_000, window: 64 };
        order.fill(&mut batch, 1);
        assert_eq!(batch, [64, 10_000_000_064], "more tokens than 32 bits count");
    }
}
