//! Cross-validation: every row is tested once a repeat, each fold by a model that has not seen it.

use super::group::{rows_of_groups, take};
use super::{Amount, Split, SplitError, SplitMethod, examples, find};
use crate::dataset::{Dataset, Targets};
use crate::digest::text_key;
use crate::seed::{derive, number_at};
use crate::shard::{interleave, keyed_order};

/// Number of folds, and the groups that stay together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    /// Number of folds, 2 or more.
    pub count: u32,
    /// Column whose equal values stay in one fold.
    pub group: Option<String>,
}

/// What to cut into folds, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldRequest {
    /// How many folds.
    pub folds: Folds,
    /// Whether classes are kept in proportion; groups are those of `folds`.
    pub method: SplitMethod,
    /// Validation examples, which stop training and choose models, taken from outside the fold;
    /// `None`: they come from another data set.
    pub validation: Option<Amount>,
    /// Seed of the study.
    pub seed: u64,
    /// Which repeat, from 0: each cuts other folds.
    pub repeat: u64,
}

/// The split of each fold of one repeat: its rows are the test set, validation and pool are cut from
/// the others. Folds differ by one row at most, or by a group.
///
/// # Errors
/// [`SplitError`]: fewer rows or groups than folds, a column that is not there or has gaps, amounts that
/// leave nothing to train on.
pub fn fold_splits(dataset: &Dataset, request: &FoldRequest) -> Result<Vec<Split>, SplitError> {
    let count = request.folds.count.max(1) as usize;
    let too_few = |what, there| SplitError::TooManyFolds { folds: count, what, there };
    if dataset.len() < count {
        return Err(too_few("examples", dataset.len()));
    }
    let validation = match request.validation {
        Some(amount) => examples(amount, "validation", dataset.len())?,
        None => 0,
    };
    let all: Vec<u32> = (0..dataset.len() as u32).collect();
    let keyed = keyed_order(dataset, &all, derive(request.seed, "folds", request.repeat));
    let splits = if let Some(column) = &request.folds.group {
        let cut = Groups::new(dataset, column, request)?;
        if cut.groups.len() < count {
            return Err(too_few("groups", cut.groups.len()));
        }
        cut.splits(&keyed, count, validation)?
    } else {
        let ordered = match (&request.method, &dataset.targets) {
            (SplitMethod::Stratified, Targets::Classes { labels, .. }) => {
                interleave(&keyed, labels)
            }
            (SplitMethod::Stratified, Targets::Values { name, .. }) => {
                return Err(SplitError::NotStratifiable { target: name.clone() });
            }
            (
                SplitMethod::Stratified,
                Targets::Own { .. } | Targets::Translations { .. } | Targets::Transcripts { .. },
            ) => {
                return Err(SplitError::NotStratifiable { target: "text".to_owned() });
            }
            _ => keyed,
        };
        rotations(&ordered, count, validation)
    };
    match splits.iter().find(|split| split.pool.is_empty()) {
        None => Ok(splits),
        Some(split) => Err(SplitError::NothingLeft {
            validation: validation as u64,
            test: split.test.len() as u64,
            examples: dataset.len() as u64,
        }),
    }
}

/// Fold f is the f-th of `count` equal parts of `ordered`, the rows after it are its validation set.
fn rotations(ordered: &[u32], count: usize, validation: usize) -> Vec<Split> {
    let start = |fold: usize| fold * ordered.len() / count;
    let of_fold = |fold: usize| {
        let mut rotated = ordered.to_vec();
        rotated.rotate_left(start(fold));
        let mut rest = rotated.split_off(start(fold + 1) - start(fold));
        let pool = rest.split_off(validation.min(rest.len()));
        Split { pool, validation: rest, test: rotated }
    };
    (0..count).map(of_fold).collect()
}

/// The groups of a data set, in keyed order.
struct Groups<'a> {
    column: &'a str,
    /// Key, name and rows.
    groups: Vec<(u64, String, Vec<u32>)>,
}

impl<'a> Groups<'a> {
    fn new(dataset: &Dataset, column: &'a str, request: &FoldRequest) -> Result<Self, SplitError> {
        let seed = derive(request.seed, "fold groups", request.repeat);
        let rows = rows_of_groups(find(dataset, column, "group")?)?.into_iter();
        let key = |name: &str| number_at(seed, text_key(name));
        let mut groups: Vec<_> = rows.map(|(name, rows)| (key(&name), name, rows)).collect();
        groups.sort_unstable();
        Ok(Self { column, groups })
    }

    /// Each group goes to the fold that has fewest rows so far.
    fn splits(
        &self,
        keyed: &[u32],
        count: usize,
        validation: usize,
    ) -> Result<Vec<Split>, SplitError> {
        let mut sizes = vec![0; count];
        let mut fold_of = Vec::new();
        for (_, _, rows) in &self.groups {
            let fold = (0..count).min_by_key(|fold| sizes[*fold]).unwrap_or(0);
            sizes[fold] += rows.len();
            fold_of.push(fold);
        }
        (0..count).map(|fold| self.split(fold, &fold_of, keyed, validation)).collect()
    }

    fn split(
        &self,
        fold: usize,
        fold_of: &[usize],
        keyed: &[u32],
        validation: usize,
    ) -> Result<Split, SplitError> {
        let mut part_of = vec![Part::Pool; keyed.len()];
        let mut set =
            |rows: &[u32], part| rows.iter().for_each(|row| part_of[*row as usize] = part);
        let mut outside = Vec::new();
        for ((key, name, rows), of) in self.groups.iter().zip(fold_of) {
            if *of == fold {
                set(rows, Part::Test);
            } else {
                outside.push((*key, name, rows.len()));
            }
        }
        let taken = take(&mut outside, validation);
        if taken.is_empty() && validation > 0 || outside.is_empty() {
            return Err(SplitError::GroupsTooLarge {
                part: "validation",
                column: self.column.to_owned(),
                groups: self.groups.len(),
                largest: self.groups.iter().map(|group| group.2.len()).max().unwrap_or(0),
                wanted: validation,
            });
        }
        for (_, _, rows) in self.groups.iter().filter(|(_, name, _)| taken.contains(&name)) {
            set(rows, Part::Validation);
        }
        let rows_in = |part| {
            keyed.iter().copied().filter(|row| part_of[*row as usize] == part).collect::<Vec<u32>>()
        };
        let (pool, test) = (rows_in(Part::Pool), rows_in(Part::Test));
        Ok(Split { pool, validation: rows_in(Part::Validation), test })
    }
}

/// Where a row goes.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Pool,
    Validation,
    Test,
}
