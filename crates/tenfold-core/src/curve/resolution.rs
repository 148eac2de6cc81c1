//! Whether a test set can tell two errors apart, given its size and its noise.

use serde::Serialize;

use crate::curve::MetricKind;

/// Whether a test set can tell an error from a lower one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Resolution {
    /// Number of test examples, where it is known.
    pub examples: Option<f64>,
    /// Standard deviation of the log error over new test sets.
    pub deviation: f64,
    /// The error that has to be distinguished from a lower one.
    pub error: f64,
    /// Fall of log error to the lower one.
    pub fall: f64,
    /// Kind of the error.
    pub metric: MetricKind,
}

/// Number of test examples from which on [`Resolution::needed_examples`] gives no number.
const MOST_EXAMPLES: f64 = 1e9;

impl Resolution {
    /// The lower error, in error units.
    pub fn lower(&self) -> f64 {
        self.error * (-self.fall).exp()
    }

    /// Whether the noise of the test set is no larger than the fall.
    pub fn tells_apart(&self) -> bool {
        self.deviation <= self.fall
    }

    /// Whether a test set of fewer than a billion examples could tell the two errors apart; true
    /// where the number of examples is not known.
    pub fn is_possible(&self) -> bool {
        self.examples.is_none() || self.needed_examples().is_some()
    }

    /// Number of test examples whose noise is as large as the fall; `None` where the present number
    /// is not known, or a billion or more are needed.
    pub fn needed_examples(&self) -> Option<f64> {
        let needed = self.examples? * (self.deviation / self.fall).powi(2);
        (needed.is_finite() && needed < MOST_EXAMPLES).then_some(needed)
    }
}
