//! Nested shards: one seeded order of the pool, of which every shard is a prefix.

use std::collections::BTreeMap;

use crate::dataset::{Dataset, Targets, examples};
use crate::digest;
use crate::seed::{derive, number_at};
use crate::unit::{EXAMPLES, Unit};

/// The first units of an order of examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard<'a> {
    /// Its rows.
    pub rows: &'a [u32],
    /// Units that are taken of the last row, from its beginning; `None`: all of it.
    pub units_of_last: Option<u64>,
    /// What is counted.
    pub unit: &'static Unit,
}

impl<'a> From<&'a [u32]> for Shard<'a> {
    fn from(rows: &'a [u32]) -> Self {
        Self { rows, units_of_last: None, unit: EXAMPLES }
    }
}

/// Rows in the order in which shards grow, with what they add up to in the unit of size.
#[derive(Clone, Debug)]
pub struct ShardOrder {
    rows: Vec<u32>,
    /// Parts of units up to the end of each row; empty where every row is one.
    ends: Vec<u64>,
    unit: &'static Unit,
    /// Whether the last row of a shard may end in the middle: half of a pair is no translation.
    can_be_cut: bool,
}

impl ShardOrder {
    /// The order `rows`; `None` if the examples of `dataset` cannot be counted in `unit`.
    pub fn new(dataset: &Dataset, rows: Vec<u32>, unit: &'static Unit) -> Option<Self> {
        if unit.is_example() {
            return Some(Self { rows, ends: Vec::new(), unit, can_be_cut: false });
        }
        let mut end = 0;
        let mut ends = Vec::with_capacity(rows.len());
        for row in &rows {
            end += unit.of_example(dataset, *row)?;
            ends.push(end);
        }
        let can_be_cut = unit.can_be_cut && dataset.texts().is_some();
        Some(Self { rows, ends, unit, can_be_cut })
    }

    /// Units of all rows.
    pub fn units(&self) -> u64 {
        self.ends.last().map_or(self.rows.len() as u64, |end| end / self.unit.parts)
    }

    /// The shortest prefix that holds `size` units, or all there are; its last row is cut where the
    /// unit can be cut.
    pub fn shard(&self, size: u64) -> Shard<'_> {
        if self.ends.is_empty() {
            let count = self.rows.len().min(usize::try_from(size).unwrap_or(usize::MAX));
            return self.rows[..count].into();
        }
        let size = size.saturating_mul(self.unit.parts);
        let before = self.ends.partition_point(|end| *end < size);
        let count = (before + 1).min(self.rows.len());
        let rows = &self.rows[..count];
        let end = rows.len().checked_sub(1).map_or(0, |last| self.ends[last]);
        if !self.can_be_cut || end <= size {
            return Shard { rows, units_of_last: None, unit: self.unit };
        }
        let before_last = if before == 0 { 0 } else { self.ends[before - 1] };
        Shard { rows, units_of_last: Some(size - before_last), unit: self.unit }
    }
}

/// The pool in the order in which shards grow: the shard of size m is the first m rows.
///
/// The order is keyed by (study seed, repeat, example key), so it does not depend on the order of
/// `pool`, and examples appended to the data leave the relative order of the others as it was. For
/// classes that holds within each class; between classes the rows are interleaved so that in every
/// prefix the count of each class is within 1 of its share in the pool.
pub fn shard_order(dataset: &Dataset, pool: &[u32], study_seed: u64, seed: u64) -> Vec<u32> {
    let ordered = keyed_order(dataset, pool, derive(study_seed, "shard order", seed));
    match &dataset.targets {
        Targets::Classes { labels, .. } => interleave(&ordered, labels),
        Targets::Values { .. }
        | Targets::Own { .. }
        | Targets::Translations { .. }
        | Targets::Transcripts { .. } => ordered,
    }
}

/// Hash of a shard's rows in their order, 64 hex digits. Rows only: see [`shard_content_hash`].
pub fn shard_hash(rows: &[u32]) -> String {
    digest::row_numbers(rows).0
}

/// Hash of the examples of a shard, in their order: fields and targets, whatever else is in the
/// data set. It stays the same when examples are appended, so it shows which trials are stale.
pub fn shard_content_hash(dataset: &Dataset, shard: Shard<'_>) -> String {
    examples(dataset, shard.rows, shard.units_of_last).0
}

/// `rows` by their keyed random numbers; the key itself breaks ties.
pub(crate) fn keyed_order(dataset: &Dataset, rows: &[u32], seed: u64) -> Vec<u32> {
    let mut keyed: Vec<(u64, u64, u32)> = rows
        .iter()
        .map(|row| {
            let key = dataset.keys[*row as usize];
            (number_at(seed, key), key, *row)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, _, row)| row).collect()
}

/// Interleaves classes so that every prefix holds each of them within 1 of its share.
///
/// At step n a class may be chosen when its deficit n·share − count is at least 1/(2K − 2); of those
/// the one that has to come soonest is taken. The deficits then stay within 1 − 1/(2K − 2).
///
/// # Reference
/// Tijdeman (1980), *The chairman assignment problem*, Discrete Mathematics 32, theorem 1.
pub(crate) fn interleave(ordered: &[u32], labels: &[u32]) -> Vec<u32> {
    // Classes that tie come in the order of their first keyed row, which differs between repeats.
    let mut positions: BTreeMap<u32, usize> = BTreeMap::new();
    let mut queues: Vec<Vec<u32>> = Vec::new();
    for row in ordered {
        let position = *positions.entry(labels[*row as usize]).or_insert_with(|| {
            queues.push(Vec::new());
            queues.len() - 1
        });
        queues[position].push(*row);
    }
    if queues.len() < 2 {
        return ordered.to_vec();
    }
    // All quantities times (2K − 2)·N are whole numbers, so nothing is rounded.
    let classes = queues.len() as i128;
    let total = ordered.len() as i128;
    let scale = 2 * classes - 2;
    let sizes: Vec<i128> = queues.iter().map(|queue| queue.len() as i128).collect();
    let mut counts = vec![0_i128; queues.len()];
    let mut queues: Vec<_> = queues.into_iter().map(Vec::into_iter).collect();
    let mut result = Vec::with_capacity(ordered.len());
    for step in 1..=total {
        let mut chosen: Option<(i128, i128, usize)> = None;
        for class in 0..queues.len() {
            let deficit = scale * (step * sizes[class] - counts[class] * total);
            if deficit < total || queues[class].len() == 0 {
                continue;
            }
            // Steps until the class must come: ((scale − 1)·N − deficit) / size, compared as fractions.
            let slack = (scale - 1) * total - deficit;
            let sooner = match chosen {
                None => true,
                Some((best_slack, best_size, _)) => slack * best_size < best_slack * sizes[class],
            };
            if sooner {
                chosen = Some((slack, sizes[class], class));
            }
        }
        // The theorem promises a class at every step; should it fail, the rows left follow class by class.
        let Some((_, _, class)) = chosen else { break };
        counts[class] += 1;
        result.extend(queues[class].next());
    }
    if result.len() < ordered.len() {
        result.extend(queues.into_iter().flatten());
    }
    result
}
