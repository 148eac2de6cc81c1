//! Converts the values of a metric to errors and back, by its direction, its best value and its
//! unit.

use serde::Serialize;
use tenfold_core::MetricKind;

/// The scale of a metric as far as the user stated it; the rest is derived from its name and its
/// values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StatedScale {
    /// Whether a higher value is better.
    pub higher_is_better: Option<bool>,
    /// Its best value.
    pub best: Option<f64>,
    /// Unit of its values.
    pub unit: Option<ValueUnit>,
    /// Kind of the error.
    pub kind: Option<MetricKind>,
}

/// The unit of a metric's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueUnit {
    /// Per cent.
    Percent,
    /// The metric's own unit.
    Plain,
}

/// A summary of all values of a metric in a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    pub(super) smallest: f64,
    pub(super) largest: f64,
    /// Values that are not 0 and at most 1 away from it.
    pub(super) small: usize,
    /// Values more than 1 away from 0.
    pub(super) large: usize,
    /// Cells with a per cent sign.
    pub(super) percent: usize,
    /// Whether the metric rises from every size to the next.
    pub rises: bool,
    /// Whether sizes are those of language models: their losses lie between 1 and 12 nats.
    pub is_like_language_models: bool,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            smallest: f64::INFINITY,
            largest: f64::NEG_INFINITY,
            small: 0,
            large: 0,
            percent: 0,
            rises: false,
            is_like_language_models: false,
        }
    }
}

impl Values {
    /// Smallest size that marks a data set as that of a language model.
    pub const MANY_TOKENS: f64 = 1e7;

    /// Adds one value.
    pub fn add(&mut self, value: f64, is_percent: bool) {
        self.smallest = self.smallest.min(value);
        self.largest = self.largest.max(value);
        self.percent += usize::from(is_percent);
        if value.abs() > 1.0 {
            self.large += 1;
        } else if value.abs() > 0.0 {
            self.small += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.smallest > self.largest
    }

    pub(super) fn is_within(&self, limit: f64) -> bool {
        self.smallest >= -limit && self.largest <= limit
    }
}

/// How values of a metric become errors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scale {
    /// Name of the metric.
    pub metric: String,
    /// Whether higher is better.
    pub is_score: bool,
    /// Whether the direction was derived, because the user did not state it.
    pub is_guessed: bool,
    /// The best value it can have.
    pub best: f64,
    /// Number of its units in one unit of error: 100 if values are in per cent.
    pub per: f64,
    /// Whether cells state their unit.
    pub is_unit_written: bool,
    /// Kind of the error, if the metric alone determines it.
    pub kind: Option<MetricKind>,
}

/// Why the values cannot be read, and what the user can type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleRefusal {
    /// What is wrong.
    pub message: String,
    /// What to type.
    pub hint: String,
}

impl Scale {
    /// A metric that is the error itself.
    pub fn error_itself(metric: &str) -> Self {
        Self {
            metric: metric.to_owned(),
            is_score: false,
            is_guessed: false,
            best: 0.0,
            per: 1.0,
            is_unit_written: false,
            kind: None,
        }
    }

    /// The error of a model with this value; negative if the value is better than the best.
    pub fn error(&self, value: f64) -> f64 {
        let distance = if self.is_score { self.best - value } else { value - self.best };
        distance / self.per
    }

    /// The value of the metric for this error.
    pub fn value(&self, error: f64) -> f64 {
        let distance = error * self.per;
        if self.is_score { self.best - distance } else { self.best + distance }
    }

    /// Whether the error differs from the metric by more than its unit, so that an answer has to
    /// explain it.
    pub fn is_turned(&self) -> bool {
        self.is_score || self.best.total_cmp(&0.0).is_ne()
    }

    /// Whether values are per cent.
    pub fn is_percent(&self) -> bool {
        self.per.total_cmp(&100.0).is_eq()
    }

    /// The definition of the error, such as "the error is 1 − `val_acc`", for a metric that is
    /// turned.
    pub fn sentence(&self) -> String {
        let (best, name) = (self.best, &self.metric);
        let difference = match (self.is_score, best < 0.0) {
            (true, _) => format!("{best} − `{name}`"),
            (false, true) => format!("`{name}` + {}", -best),
            (false, false) => format!("`{name}` − {best}"),
        };
        let per = if self.is_percent() { " in per cent" } else { "" };
        format!("the error is {difference}{per}")
    }

    /// The decisions that were made without being told, one sentence each.
    pub fn notes(&self, said: &StatedScale) -> Vec<String> {
        let name = &self.metric;
        let mut notes = Vec::new();
        if self.is_score && self.is_guessed {
            let sentence = self.sentence();
            notes.push(format!(
                "`{name}` is a score: {sentence}; `--lower-is-better` if it is an error"
            ));
        }
        let is_turned = self.is_score && self.best.total_cmp(&0.0).is_eq();
        if is_turned && self.kind == Some(MetricKind::Loss) && said.kind.is_none() {
            notes.push(format!(
                "`{name}` was taken for losses turned round; `--kind unbounded` if they are errors in \
                 another unit"
            ));
        } else if !self.is_score
            && self.is_percent()
            && said.unit.is_none()
            && !self.is_unit_written
        {
            notes.push(format!("`{name}` was read as per cent; `--unit plain` if it is not"));
        }
        notes
    }
}
