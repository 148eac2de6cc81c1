//! Data that the ranks of a run exchange.
//!
//! Everything is joined in the order of the chunks, and the settings alone fix the chunks, so that
//! the result has the same bits on one rank and on many.

use std::ops::Range;

use crate::error::TrainError;
use crate::ranks::{GradSync, Parcels, RankLost};

/// Numbers of a gradient that are summed at a time: 4 MiB per chunk. The largest number of chunks,
/// 256, then sends half the bytes that MPI can count.
const BLOCK: usize = 1 << 20;

/// Bytes of a checkpoint that are given to each rank at a time.
const PIECE: usize = 1 << 24;

/// This rank's side of all exchanges.
pub(super) struct Exchange<'a> {
    sync: &'a mut dyn GradSync,
    sent: Parcels,
    received: Parcels,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(sync: &'a mut dyn GradSync) -> Self {
        Self { sync, sent: Parcels::default(), received: Parcels::default() }
    }

    /// Whether this is the only rank.
    pub(super) fn is_alone(&self) -> bool {
        self.sync.ranks() == 1
    }

    /// Whether this is the first rank, which reads and writes the checkpoint for all.
    pub(super) fn is_first(&self) -> bool {
        self.sync.rank() == 0
    }

    /// Which of `parts` chunks this rank computes; none where there are fewer than ranks.
    pub(super) fn own_part(&self, parts: usize) -> Range<usize> {
        share(parts, self.sync.rank(), self.sync.ranks())
    }

    /// Bytes of all ranks, one after the other; `length` gives the number of bytes of each rank.
    pub(super) fn gather(
        &mut self,
        own: &[u8],
        length: impl Fn(usize) -> usize,
    ) -> Result<&[u8], RankLost> {
        let ranks = self.sync.ranks();
        self.sent.lengths.clear();
        self.sent.lengths.resize(ranks, own.len());
        self.sent.bytes.clear();
        for _ in 0..ranks {
            self.sent.bytes.extend_from_slice(own);
        }
        self.received.lengths.clear();
        self.received.lengths.extend((0..ranks).map(length));
        self.sync.exchange(&self.sent, &mut self.received)?;
        Ok(&self.received.bytes)
    }

    /// Bytes of all `parts` chunks in order. `own` holds the bytes of this rank's chunks; `length`
    /// gives the number of bytes of each chunk.
    pub(super) fn gather_chunks(
        &mut self,
        own: &[u8],
        parts: usize,
        length: impl Fn(usize) -> usize,
    ) -> Result<&[u8], RankLost> {
        let ranks = self.sync.ranks();
        self.gather(own, |rank| share(parts, rank, ranks).map(&length).sum())
    }

    /// Replaces `sum` by the sum over all `parts` chunks, added in order; `own` holds the numbers
    /// of this rank's chunks.
    ///
    /// Each rank adds up a share of the numbers and gives the sums to the others.
    pub(super) fn sum_chunks(
        &mut self,
        own: &[&[f32]],
        parts: usize,
        sum: &mut [f32],
    ) -> Result<(), RankLost> {
        for (index, sum) in sum.chunks_mut(BLOCK).enumerate() {
            let own: Vec<&[f32]> =
                own.iter().map(|chunk| &chunk[index * BLOCK..][..sum.len()]).collect();
            self.sum_block(&own, parts, sum)?;
        }
        Ok(())
    }

    fn sum_block(&mut self, own: &[&[f32]], parts: usize, sum: &mut [f32]) -> Result<(), RankLost> {
        let (rank, ranks) = (self.sync.rank(), self.sync.ranks());
        let shares: Vec<Range<usize>> =
            (0..ranks).map(|rank| share(sum.len(), rank, ranks)).collect();
        self.sent.bytes.clear();
        for share in &shares {
            for chunk in own {
                append(&mut self.sent.bytes, &chunk[share.clone()]);
            }
        }
        self.sent.lengths.clear();
        self.sent.lengths.extend(shares.iter().map(|share| 4 * share.len() * own.len()));
        let numbers = 4 * shares[rank].len();
        self.received.lengths.clear();
        self.received
            .lengths
            .extend((0..ranks).map(|from| numbers * share(parts, from, ranks).len()));
        self.sync.exchange(&self.sent, &mut self.received)?;

        let total = &mut sum[shares[rank].clone()];
        let (first, others) = self.received.bytes.split_at(numbers);
        total.iter_mut().zip(numbers_in(first)).for_each(|(total, number)| *total = number);
        for chunk in others.chunks_exact(numbers.max(1)) {
            total.iter_mut().zip(numbers_in(chunk)).for_each(|(total, number)| *total += number);
        }
        let mut own_sum = Vec::new();
        append(&mut own_sum, total);
        let all = self.gather(&own_sum, |rank| 4 * shares[rank].len())?;
        sum.iter_mut().zip(numbers_in(all)).for_each(|(sum, number)| *sum = number);
        Ok(())
    }

    /// Sends the first rank's `own` to all ranks and returns it on each.
    pub(super) fn take_from_first(
        &mut self,
        own: Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, RankLost> {
        if self.is_alone() {
            return Ok(own);
        }
        let length = own.as_ref().map_or(u64::MAX, |bytes| bytes.len() as u64);
        let lengths = self.gather(&length.to_le_bytes(), |_| 8)?;
        let length =
            lengths.as_chunks().0.first().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes));
        if length == u64::MAX {
            return Ok(None);
        }
        let own = own.filter(|_| self.is_first()).unwrap_or_default();
        let mut whole = Vec::new();
        for start in (0..length as usize).step_by(PIECE) {
            let end = (start + PIECE).min(length as usize);
            let piece = own.get(start..end).unwrap_or_default();
            let received = self.gather(piece, |rank| if rank == 0 { end - start } else { 0 })?;
            whole.extend_from_slice(received);
        }
        Ok(Some(whole))
    }

    /// Whether `own` is true on any rank.
    pub(super) fn any(&mut self, own: bool) -> Result<bool, RankLost> {
        Ok(self.gather(&[u8::from(own)], |_| 1)?.contains(&1))
    }

    /// Checks that `number`, which identifies `what`, is the same on all ranks.
    pub(super) fn check_equal(
        &mut self,
        number: u64,
        what: &'static str,
        step: u64,
    ) -> Result<(), TrainError> {
        let all = self.gather(&number.to_le_bytes(), |_| 8)?;
        let mut numbers = all.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let first = numbers.next();
        match numbers.position(|other| Some(other) != first) {
            Some(place) => Err(TrainError::RanksDiffer { rank: place + 1, what, step }),
            None => Ok(()),
        }
    }
}

/// The share of `count` things in order that falls to `rank`.
fn share(count: usize, rank: usize, ranks: usize) -> Range<usize> {
    count * rank / ranks..count * (rank + 1) / ranks
}

/// Appends numbers as little-endian bytes.
pub(super) fn append(bytes: &mut Vec<u8>, numbers: &[f32]) {
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// Numbers from little-endian bytes.
pub(super) fn numbers_in(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes))
}
