//! Holding examples out: the pool to train on, the validation set that stops training, and the test
//! set.

mod error;
mod fold;
mod group;
mod time;

pub use error::SplitError;
pub use fold::{FoldRequest, Folds, fold_splits};

use crate::dataset::{Dataset, Targets};
use crate::seed::derive;
use crate::shard::{interleave, keyed_order};

/// How held-out examples are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitMethod {
    /// At random.
    Random,
    /// At random with every class in proportion (within one example).
    Stratified,
    /// Whole groups at random: rows with equal values in this column stay together.
    Group(String),
    /// The latest rows by this column.
    Time(String),
}

/// How many examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// That many.
    Examples(u64),
    /// That part of the data set, between 0 and 1, rounded to whole examples.
    Fraction(f64),
}

/// What to hold out, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitRequest {
    /// How they are chosen.
    pub method: SplitMethod,
    /// Validation examples, which stop training and choose models.
    pub validation: Amount,
    /// Examples to report on; `None`: no test set is taken from this data set.
    pub test: Option<Amount>,
    /// Seed of the study.
    pub seed: u64,
}

/// Rows of the three parts, disjoint, together the whole data set; each in its keyed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Shards are taken from these.
    pub pool: Vec<u32>,
    /// Held out, to stop training and to choose models.
    pub validation: Vec<u32>,
    /// Held out, to report on; empty when none was asked for.
    pub test: Vec<u32>,
}

/// Examples asked for, as counts.
#[derive(Debug, Clone, Copy)]
struct Counts {
    validation: usize,
    test: usize,
}

/// Splits a data set as asked; the same request gives the same split.
///
/// # Errors
/// [`SplitError`]: a column that is not there or has gaps, amounts that leave nothing to train on.
pub fn split(dataset: &Dataset, request: &SplitRequest) -> Result<Split, SplitError> {
    let counts = Counts {
        validation: examples(request.validation, "validation", dataset.len())?,
        test: request.test.map_or(Ok(0), |test| examples(test, "test", dataset.len()))?,
    };
    if counts.validation + counts.test >= dataset.len() {
        return Err(SplitError::NothingLeft {
            validation: counts.validation as u64,
            test: counts.test as u64,
            examples: dataset.len() as u64,
        });
    }
    let all: Vec<u32> = (0..dataset.len() as u32).collect();
    let keyed = keyed_order(dataset, &all, derive(request.seed, "split", 0));
    match &request.method {
        SplitMethod::Random => Ok(first_are_held_out(&keyed, counts)),
        SplitMethod::Stratified => match &dataset.targets {
            Targets::Classes { labels, .. } => {
                Ok(first_are_held_out(&interleave(&keyed, labels), counts))
            }
            Targets::Values { name, .. } => {
                Err(SplitError::NotStratifiable { target: name.clone() })
            }
            Targets::Own { .. } | Targets::Translations { .. } | Targets::Transcripts { .. } => {
                Err(SplitError::NotStratifiable { target: "text".to_owned() })
            }
        },
        SplitMethod::Group(column) => {
            let column = find(dataset, column, "group")?;
            group::split(column, &keyed, counts, request.seed)
        }
        SplitMethod::Time(column) => time::split(find(dataset, column, "time")?, &keyed, counts),
    }
}

/// The first rows are the test set, the next ones the validation set.
fn first_are_held_out(ordered: &[u32], counts: Counts) -> Split {
    let (test, rest) = ordered.split_at(counts.test);
    let (validation, pool) = rest.split_at(counts.validation);
    Split { pool: pool.to_vec(), validation: validation.to_vec(), test: test.to_vec() }
}

fn find<'a>(
    dataset: &'a Dataset,
    wanted: &str,
    role: &'static str,
) -> Result<&'a crate::cells::SplitColumn, SplitError> {
    dataset.columns.get(wanted).ok_or_else(|| SplitError::NoSuchColumn {
        role,
        wanted: wanted.to_owned(),
        columns: dataset.columns.names(),
    })
}

fn examples(amount: Amount, part: &'static str, total: usize) -> Result<usize, SplitError> {
    let wanted = match amount {
        Amount::Examples(count) => usize::try_from(count).unwrap_or(usize::MAX),
        Amount::Fraction(fraction) if fraction > 0.0 && fraction < 1.0 => {
            (fraction * total as f64).round() as usize
        }
        Amount::Fraction(fraction) => {
            return Err(SplitError::BadFraction { part, fraction: fraction.to_string() });
        }
    };
    if wanted == 0 {
        return Err(SplitError::NothingHeldOut { part, examples: total as u64 });
    }
    if wanted >= total {
        return Err(SplitError::PartTooLarge {
            part,
            wanted: wanted as u64,
            examples: total as u64,
        });
    }
    Ok(wanted)
}
