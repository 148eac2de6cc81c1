//! How runs become points: the user's choice of size, metric, direction, reduction, seed and curve.

use std::fmt;
use std::str::FromStr;

use tenfold_core::MetricKind;

use super::at::At;
use crate::meaning::number::Decimal;
use crate::meaning::scale::ValueUnit;
pub use crate::table::Wide;

/// The user's choices; a missing one is guessed, and the guess is reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// Field or metric with the training-set size.
    pub size: Option<String>,
    /// Metric that is the error, or a score from which it is computed.
    pub metric: Option<String>,
    /// Whether a higher metric is better.
    pub higher_is_better: Option<bool>,
    /// Best value of the metric.
    pub best: Option<f64>,
    /// Unit of the metric's values.
    pub unit: Option<ValueUnit>,
    /// Character before the decimals.
    pub decimal: Option<Decimal>,
    /// Number of examples of which the sizes are shares.
    pub whole: Option<f64>,
    /// How the values of one run become one number.
    pub take: Take,
    /// Value of a run that is used where its tool keeps several; `None`: the one that its format
    /// usually takes.
    pub at: Option<At>,
    /// Field with the seed.
    pub seed: Option<String>,
    /// Fields whose texts together name the curve.
    pub curve: Vec<String>,
    /// Name of the only curve.
    pub name: Option<String>,
    /// Reads fields out of a run's name: `n={size}_seed={seed}`.
    pub pattern: Option<String>,
    /// Columns that identify a run, for tables with one row per step.
    pub run: Vec<String>,
    /// Fields that a run must have with these values.
    pub only: Vec<(String, String)>,
    /// Number of runs behind each row, for a table with a spread after `±`.
    pub runs: Option<u32>,
    /// How several runs at one size and seed are treated.
    pub repeated: Option<Repeated>,
    /// Whether unusable runs are left out instead of reported as errors.
    pub skip_unusable: bool,
    /// Whether runs that did not finish are used too.
    pub unfinished: bool,
    /// Kind of error.
    pub kind: Option<MetricKind>,
    /// Sheet of a workbook; `None`: the first.
    pub sheet: Option<String>,
    /// Meaning of the columns beside a column of sizes; `None`: derived from their names.
    pub wide: Option<Wide>,
}

/// How the values of one run become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Take {
    /// The last one.
    #[default]
    Last,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The mean of this many last values.
    MeanLast(usize),
    /// The last or the best value, as the run's tool marks it; a note says which.
    OfTool,
}

impl Take {
    /// Reduces `values` to one number; NaN if there is none to take.
    pub fn of(self, values: &[f64]) -> f64 {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        match self {
            Self::Last | Self::OfTool => values.last().copied().unwrap_or(f64::NAN),
            Self::Min => finite().reduce(f64::min).unwrap_or(f64::NAN),
            Self::Max => finite().reduce(f64::max).unwrap_or(f64::NAN),
            Self::MeanLast(count) => {
                let tail = &values[values.len().saturating_sub(count)..];
                // The mean of no value is 0 / 0, which is NaN.
                tail.iter().sum::<f64>() / tail.len() as f64
            }
        }
    }

    /// Whether it needs more than the last value.
    pub fn needs_history(self) -> bool {
        self != Self::Last
    }
}

impl FromStr for Take {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let count = |text: &str| text.parse().ok().filter(|count| *count > 0);
        match text.split_once(':') {
            None if text == "last" => Ok(Self::Last),
            None if text == "min" => Ok(Self::Min),
            None if text == "max" => Ok(Self::Max),
            Some(("mean-last", number)) if count(number).is_some() => {
                Ok(count(number).map_or(Self::Last, Self::MeanLast))
            }
            _ => Err("one of `last`, `min`, `max`, `mean-last:5` is needed".to_owned()),
        }
    }
}

impl fmt::Display for Take {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last => formatter.write_str("last value of each run"),
            Self::Min => formatter.write_str("smallest value of each run"),
            Self::Max => formatter.write_str("largest value of each run"),
            Self::MeanLast(count) => write!(formatter, "mean of the last {count} values"),
            Self::OfTool => formatter.write_str("one value of each run"),
        }
    }
}

/// How several runs of one curve, size and seed are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeated {
    /// The later one replaces the earlier one.
    Last,
    /// A search: the one with the lowest error is the point.
    Best,
    /// They are kept as replicates, although their seeds agree.
    Keep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_becomes_one_number() {
        let values = [0.5, 0.2, 0.4, 0.3];
        let taken = |word: &str| word.parse::<Take>().unwrap().of(&values);
        assert!((taken("last") - 0.3).abs() < 1e-15);
        assert!((taken("min") - 0.2).abs() < 1e-15);
        assert!((taken("max") - 0.5).abs() < 1e-15);
        assert!((taken("mean-last:2") - 0.35).abs() < 1e-15);
        assert!((taken("mean-last:9") - 0.35).abs() < 1e-15);
        assert!(Take::Last.of(&[]).is_nan());
        assert!(Take::MeanLast(3).of(&[]).is_nan());
    }

    #[test]
    fn one_value_that_is_no_number_shows_where_it_counts() {
        let values = [0.5, f64::NAN];
        assert!(Take::Last.of(&values).is_nan());
        assert!((Take::Min.of(&values) - 0.5).abs() < 1e-15);
        assert!(Take::MeanLast(2).of(&values).is_nan());
    }

    #[test]
    fn other_words_are_refused() {
        for word in ["first", "mean-last", "mean-last:0", "mean-last:x", ""] {
            assert!(word.parse::<Take>().is_err(), "{word}");
        }
    }
}
