//! What is measured on held-out examples, and the outcome of each.

use std::str::FromStr;

use crate::settings::{SettingError, unknown_choice};

/// What the learning curve shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MetricName {
    /// Share of examples given the wrong class.
    ErrorRate,
    /// Mean of −log of the probability given to the right class, in nats.
    CrossEntropy,
    /// Root of the mean squared error, in units of the target.
    Rmse,
}

impl MetricName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ErrorRate, Self::CrossEntropy, Self::Rmse];

    /// Its name in a study file.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::CrossEntropy => "cross_entropy",
            Self::Rmse => "rmse",
        }
    }

    /// Whether it is about classes; otherwise it is about values.
    pub fn is_for_classes(self) -> bool {
        self != Self::Rmse
    }

    /// The error that outcomes of single examples amount to: their mean, or its root for `rmse`.
    pub fn error_from_outcomes(self, outcomes: &[f32]) -> f64 {
        let sum: f64 = outcomes.iter().map(|outcome| f64::from(*outcome)).sum();
        let mean = sum / outcomes.len().max(1) as f64;
        if self == Self::Rmse { mean.sqrt() } else { mean }
    }

    /// Standard error of that error from the spread of the outcomes; 0 for a single outcome.
    pub(crate) fn standard_error(self, outcomes: &[f32]) -> f64 {
        let count = outcomes.len() as f64;
        if outcomes.len() < 2 {
            return 0.0;
        }
        let mean = outcomes.iter().map(|outcome| f64::from(*outcome)).sum::<f64>() / count;
        let squares: f64 =
            outcomes.iter().map(|outcome| (f64::from(*outcome) - mean).powi(2)).sum();
        let of_mean = (squares / (count - 1.0) / count).sqrt();
        // d√x = dx / (2√x)
        if self == Self::Rmse && mean > 0.0 { of_mean / (2.0 * mean.sqrt()) } else { of_mean }
    }
}

impl FromStr for MetricName {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let found = Self::ALL.into_iter().find(|metric| metric.name() == text);
        found.ok_or_else(|| unknown_choice("metric", text, Self::ALL.map(Self::name).to_vec()))
    }
}
