//! The content of a result file for one run.

use std::collections::{BTreeMap, BTreeSet};

use super::step_table::number;
use crate::import::at::At;
use crate::import::mapping::Take;
use crate::import::run::Ending;

/// One run: its settings, and its metrics with the epoch or step of each value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::import) struct Record {
    /// Name of the run within a file that holds several.
    pub(in crate::import) part: Option<String>,
    /// Settings: name to text.
    pub(in crate::import) fields: BTreeMap<String, String>,
    /// Metric to values with their positions, in order.
    pub(in crate::import) series: BTreeMap<String, Vec<(f64, f64)>>,
    /// Metrics on training data or on no data; they are never guessed to be the error.
    pub(in crate::import) of_training: BTreeSet<String>,
    /// Position of the best value.
    pub(in crate::import) best: Best,
    /// The metric by which the tool selects models.
    pub(in crate::import) main: Option<Main>,
    /// Direction of metrics, where the tool states it: whether higher is better.
    pub(in crate::import) directions: BTreeMap<String, bool>,
    /// Whether the run finished.
    pub(in crate::import) ending: Ending,
    /// Number of epochs, if they can be counted.
    pub(in crate::import) epochs: Option<usize>,
}

/// How to find the best position of a run.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::import) enum Best {
    /// The best position is this one.
    At(f64),
    /// The best position is where this metric was lowest.
    Lowest(String),
    /// The best position is where the requested metric itself was best.
    Own,
}

/// The metric by which a tool selects models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) struct Main {
    pub(in crate::import) name: String,
    pub(in crate::import) higher_is_better: bool,
}

impl Record {
    /// Creates a finished run without any values.
    pub(super) fn new() -> Self {
        Self {
            part: None,
            fields: BTreeMap::new(),
            series: BTreeMap::new(),
            of_training: BTreeSet::new(),
            best: Best::Own,
            main: None,
            directions: BTreeMap::new(),
            ending: Ending::Finished,
            epochs: None,
        }
    }

    /// Adds a value of a metric.
    pub(super) fn push(&mut self, metric: &str, position: f64, value: f64) {
        self.series.entry(metric.to_owned()).or_default().push((position, value));
    }

    /// Adds the numbers of a table row at the position in column `place`.
    pub(super) fn push_row(&mut self, columns: &[String], row: &[String], place: &str) {
        let numbers =
            || columns.iter().zip(row).filter_map(|(name, text)| Some((name, number(text)?)));
        let at = numbers().find(|(name, _)| *name == place).map_or(f64::NAN, |(_, at)| at);
        for (name, value) in numbers().filter(|(name, _)| *name != place) {
            self.push(name, at, value);
        }
    }

    /// The value of `metric` that is used; `is_score` says whether it increases as models get
    /// better.
    pub(in crate::import) fn value(&self, metric: &str, at: At, is_score: bool) -> Option<f64> {
        let series = self.series.get(metric)?;
        let last = series.last().map(|(_, value)| *value);
        let extreme = |series: &[(f64, f64)], is_score: bool| {
            let finite = series.iter().filter(|(_, value)| value.is_finite()).copied();
            let sign = if is_score { -1.0 } else { 1.0 };
            // Of equal values the first counts, since a tool keeps a model until a better one
            // comes.
            finite.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)))
        };
        if at == At::Last || series.len() == 1 || is_of_test(metric) {
            return last;
        }
        let position = match &self.best {
            Best::Own => return extreme(series, is_score).map_or(last, |(_, value)| Some(value)),
            Best::At(position) => Some(*position),
            Best::Lowest(of) => {
                let of = self.series.get(of).map_or(&[][..], Vec::as_slice);
                extreme(of, false).map(|(position, _)| position)
            }
        };
        let is_there = |one: &&(f64, f64)| position.is_some_and(|position| one.0 <= position);
        series.iter().rfind(is_there).map(|(_, value)| *value).or(last)
    }

    /// The values of `metric`, reduced by `take`.
    pub(in crate::import) fn taken(&self, metric: &str, take: Take) -> Option<f64> {
        let values: Vec<f64> = self.series.get(metric)?.iter().map(|(_, value)| *value).collect();
        Some(take.of(&values))
    }
}

/// Whether a metric of this name was computed on test data, which a run evaluates only at its end.
pub(in crate::import) fn is_of_test(metric: &str) -> bool {
    metric.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "test")
}
