//! Training-set sizes of a study.

use super::Study;
use crate::diagnostic::Problems;

/// Sizes of a progression within this factor of the largest size are left out.
const NEARLY: f64 = 1.1;

/// How the training-set sizes were given.
#[derive(Clone, Debug, PartialEq)]
pub enum ShardSizes {
    /// `from`, `from`·`factor`, `from`·`factor`², … and finally `to`, however small the last step.
    Range {
        /// The smallest size, at least 1.
        from: u64,
        /// The largest size; `None` for the whole pool.
        to: Option<u64>,
        /// At least 1.01, so that there are never more than a few thousand sizes.
        factor: f64,
    },
    /// The sizes, increasing.
    List(Vec<u64>),
}

impl ShardSizes {
    /// The sizes if at most `pool` examples may be used.
    ///
    /// The sizes of a progression are rounded to whole examples and end with `to` itself, because
    /// the largest size is the most informative; a size slightly smaller would add little and is
    /// left out. A list, or an explicit `to`, is not cut to the pool, so that the caller can refuse
    /// it.
    pub(super) fn up_to(&self, pool: u64) -> Vec<u64> {
        let (from, to, factor) = match self {
            Self::List(sizes) => return sizes.clone(),
            Self::Range { from, to, factor } => (*from, *to, *factor),
        };
        let end = to.unwrap_or(pool);
        let last = end as f64;
        let mut sizes = Vec::new();
        let mut exact = from as f64;
        while exact.round() <= last {
            let size = exact.round() as u64;
            // With a factor near 1, consecutive sizes may round to the same number.
            if sizes.last() != Some(&size) {
                sizes.push(size);
            }
            exact *= factor;
        }
        if sizes.len() > 1 && sizes.last().is_some_and(|size| (*size as f64) * NEARLY > last) {
            sizes.pop();
        }
        if !sizes.is_empty() && sizes.last() != Some(&end) {
            sizes.push(end);
        }
        sizes
    }
}

/// See [`Study::sizes`].
pub(super) fn in_pool(study: &Study, pool: u64) -> Result<Vec<u64>, Problems> {
    let sizes = study.shards.up_to(pool);
    let beyond = sizes.iter().copied().find(|size| *size > pool);
    // A progression whose first size exceeds the pool has no sizes.
    let none = match study.shards {
        ShardSizes::Range { from, .. } if sizes.is_empty() => Some(from),
        _ => None,
    };
    let Some(too_large) = beyond.or(none) else { return Ok(sizes) };
    let message = format!(
        "`shards.sizes` goes up to {}, but {pool} {} are left to train on",
        sizes.last().copied().unwrap_or(too_large),
        study.unit.name
    );
    let hint = match &study.shards {
        ShardSizes::Range { to: Some(_), from, .. } if *from <= pool => {
            format!("`to = {pool}`, or leave `to` out to use all there is")
        }
        ShardSizes::Range { .. } => "start from fewer: `sizes = { from = 16 }`".to_owned(),
        ShardSizes::List(sizes) => {
            let kept: Vec<String> =
                sizes.iter().filter(|size| **size <= pool).map(u64::to_string).collect();
            if kept.is_empty() {
                format!("no size may be larger than {pool}")
            } else {
                format!("`sizes = [{}]`", kept.join(", "))
            }
        }
    };
    let label = format!("{too_large} is more than {pool}");
    let problem = study
        .problem("shards.sizes", message, label, Some(hint))
        .note("validation and test examples are never trained on");
    Err(problem.into())
}

/// The sizes of a study whose commands find their own data; the file has to give all of them.
pub(super) fn without_pool(study: &Study) -> Result<Vec<u64>, Problems> {
    if let ShardSizes::Range { to: None, .. } = study.shards {
        let message = "`shards.sizes` has no end, and without `[data]` nobody knows how many \
                       examples there are";
        let hint = "`sizes = { from = 64, to = 8192, factor = 2 }`, or `examples = 50000` in \
                    `[data]`";
        return Err(study.problem("shards.sizes", message, "", Some(hint.to_owned())).into());
    }
    Ok(study.shards.up_to(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_progression_ends_exactly_at_its_end() {
        let range = |from, to, factor| ShardSizes::Range { from, to, factor };
        assert_eq!(range(64, Some(512), 2.0).up_to(9999), [64, 128, 256, 512]);
        assert_eq!(range(64, Some(400), 2.0).up_to(9999), [64, 128, 256, 400]);
        assert_eq!(range(64, None, 2.0).up_to(300), [64, 128, 256, 300]);
        assert_eq!(range(10, None, 10f64.sqrt()).up_to(1000), [10, 32, 100, 316, 1000]);
        let digits = [32, 64, 128, 256, 512, 1024, 1397];
        assert_eq!(range(32, Some(1397), 2.0).up_to(9999), digits);
        assert_eq!(range(64, Some(64), 2.0).up_to(9999), [64]);
        assert_eq!(range(64, None, 2.0).up_to(63), [0u64; 0]);
    }

    #[test]
    fn a_size_hardly_smaller_than_the_largest_makes_room() {
        let range = |to| ShardSizes::Range { from: 64, to: Some(to), factor: 2.0 };
        assert_eq!(range(281).up_to(9999), [64, 128, 281]);
        assert_eq!(range(282).up_to(9999), [64, 128, 256, 282]);
        assert_eq!(range(65).up_to(9999), [64, 65]);
    }

    #[test]
    fn a_factor_near_one_repeats_no_size() {
        let sizes = ShardSizes::Range { from: 1, to: Some(4), factor: 1.1 }.up_to(100);
        assert_eq!(sizes, [1, 2, 3, 4]);
    }
}
