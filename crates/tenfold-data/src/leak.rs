//! Examples that are both in the training pool and in the held-out set.

use crate::dataset::{Dataset, ExampleDigest, example};

/// Pairs shown at most; the count is always complete.
const SHOWN: usize = 10;

/// What [`leak_check`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakReport {
    /// Held-out examples that are also in the pool.
    pub identical: usize,
    /// Held-out examples looked up.
    pub checked: usize,
    /// At most 10 of them: (row in the pool's data set, row in the held-out data set).
    pub pairs: Vec<(u32, u32)>,
}

/// Counts held-out examples whose content is also in the pool.
///
/// Images are compared by their pixels, whatever their class; table rows by all features and the
/// target, since rows of a few small categories repeat by chance.
pub fn leak_check(pool: (&Dataset, &[u32]), held_out: (&Dataset, &[u32])) -> LeakReport {
    let mut known: Vec<(ExampleDigest, u32)> =
        pool.1.iter().map(|row| (example(pool.0, *row), *row)).collect();
    known.sort_unstable();
    let mut report = LeakReport { identical: 0, checked: held_out.1.len(), pairs: Vec::new() };
    for row in held_out.1 {
        let wanted = example(held_out.0, *row);
        let position = known.partition_point(|(digest, _)| *digest < wanted);
        let Some((_, pool_row)) = known.get(position).filter(|(digest, _)| *digest == wanted)
        else {
            continue;
        };
        report.identical += 1;
        if report.pairs.len() < SHOWN {
            report.pairs.push((*pool_row, *row));
        }
    }
    report
}
