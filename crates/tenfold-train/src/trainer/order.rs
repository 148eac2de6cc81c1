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
    /// Examples of about one length together, in a random order.
    Buckets(Buckets),
}

impl Order {
    /// Writes the examples of batch `number`, counted from 0, to `batch`: their positions or, of windows,
    /// their first tokens. Returns the tape of a batch of their length, 0 where there is one only.
    pub(super) fn fill(&mut self, batch: &mut [u64], number: u64) -> usize {
        match self {
            Self::Shuffled(shuffled) => shuffled.fill(batch, number * batch.len() as u64),
            Self::Buckets(buckets) => return buckets.fill(batch, number),
            Self::Streams { tokens, window } => {
                let streams = batch.len() as u64;
                for (stream, first) in (0..).zip(batch) {
                    *first = (stream * *tokens / streams + number * *window) % *tokens;
                }
            }
        }
        0
    }
}

/// Batches of one bucket each. After e epochs bucket k has given ⌊e · examples of k / batch⌋ batches:
/// as many as its share of the shard. Which bucket comes when is drawn anew each epoch; a bucket goes
/// through its own examples as [`Shuffled`] does.
pub(super) struct Buckets {
    seed: u64,
    all: Vec<Bucket>,
    epoch: BucketEpoch,
}

/// Examples that fit into batches of one shape.
struct Bucket {
    /// The tape of such batches.
    tape: usize,
    members: Vec<u32>,
    order: Shuffled,
}

/// The batches of one epoch.
#[derive(Default)]
struct BucketEpoch {
    /// Which epoch, counted from 0.
    number: u64,
    /// Number of its first batch.
    first: u64,
    /// Bucket of each of its batches, and which of that bucket's batches it is.
    batches: Vec<(usize, u64)>,
}

impl Buckets {
    /// `buckets` are, for each, its tape and its examples, at least a batch of them.
    pub(super) fn new(buckets: Vec<(usize, Vec<u32>)>, seed: u64) -> Self {
        let bucket = |(index, (tape, members)): (u64, (usize, Vec<u32>))| Bucket {
            tape,
            order: Shuffled::new(members.len(), number_at(seed, u64::MAX - index)),
            members,
        };
        let all = (0..).zip(buckets).map(bucket).collect();
        Self { seed, all, epoch: BucketEpoch::default() }
    }

    /// Writes the examples of batch `number`; returns their tape.
    fn fill(&mut self, batch: &mut [u64], number: u64) -> usize {
        self.find_epoch(batch.len() as u64, number);
        let (index, own) = self.epoch.batches[(number - self.epoch.first) as usize];
        let bucket = &mut self.all[index];
        bucket.order.fill(batch, own * batch.len() as u64);
        for example in batch {
            *example = u64::from(bucket.members[*example as usize]);
        }
        bucket.tape
    }

    /// Lists the batches of the epoch that batch `number` is in.
    fn find_epoch(&mut self, batch: u64, number: u64) {
        if number < self.epoch.first || self.epoch.batches.is_empty() {
            self.epoch = self.list(batch, 0, 0);
        }
        while number - self.epoch.first >= self.epoch.batches.len() as u64 {
            let first = self.epoch.first + self.epoch.batches.len() as u64;
            self.epoch = self.list(batch, self.epoch.number + 1, first);
        }
    }

    fn list(&self, batch: u64, epoch: u64, first: u64) -> BucketEpoch {
        let mut batches = Vec::new();
        for (index, bucket) in self.all.iter().enumerate() {
            let given = |epoch: u64| epoch * bucket.members.len() as u64 / batch;
            batches.extend((given(epoch)..given(epoch + 1)).map(|own| (index, own)));
        }
        Stream::new(number_at(self.seed, epoch)).shuffle(&mut batches);
        BucketEpoch { number: epoch, first, batches }
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
    fn buckets_give_batches_of_one_length_and_every_example_as_often() {
        let members = [0..7, 7..30, 30..34_u32];
        let buckets = || members.iter().cloned().map(Iterator::collect).enumerate().collect();
        let mut order = Order::Buckets(Buckets::new(buckets(), 5));
        let mut seen = [0_u32; 34];
        let mut batches = Vec::new();
        // 8 epochs of 34 examples in batches of 4 are 68 batches, of which rounding may shift a few.
        for number in 0..68 {
            let mut batch = [0; 4];
            let bucket = order.fill(&mut batch, number);
            assert!(batch.iter().all(|example| members[bucket].contains(&(*example as u32))));
            for example in batch {
                seen[example as usize] += 1;
            }
            batches.push((bucket, batch));
        }
        assert!(seen.iter().all(|times| (7..=9).contains(times)), "{seen:?}");
        assert!(batches.windows(2).any(|pair| pair[0].0 > pair[1].0), "lengths are mixed");
        // Wherever reading begins, the same batches come.
        let mut again = Order::Buckets(Buckets::new(buckets(), 5));
        for number in [40, 3, 67, 0, 41] {
            let mut batch = [0; 4];
            let bucket = again.fill(&mut batch, number as u64);
            assert_eq!((bucket, batch), batches[number]);
        }
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
