//! A fitted number with its uncertainty: no fitted number leaves this crate as a bare `f64`.

use serde::Serialize;

/// A closed interval, low to high.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(into = "[f64; 2]")]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies between the ends, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.low, interval.high]
    }
}

/// An interval whose ends may be out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(into = "[Option<f64>; 2]")]
pub struct OptionalInterval {
    /// Lower end; `None` when it is out of reach.
    pub low: Option<f64>,
    /// Upper end; `None` when it is out of reach.
    pub high: Option<f64>,
}

impl From<OptionalInterval> for [Option<f64>; 2] {
    fn from(interval: OptionalInterval) -> Self {
        [interval.low, interval.high]
    }
}

/// A fitted value with confidence intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The value itself.
    pub value: f64,
    /// Standard error, in the unit of `value`, where one was computed.
    #[serde(skip)]
    pub standard_error: Option<f64>,
    /// Interval with a stated coverage of 80 %.
    pub interval_80: Interval,
    /// Interval with a stated coverage of 95 %.
    pub interval_95: Interval,
}

impl Estimate {
    /// The interval with the coverage `level`.
    pub fn interval(&self, level: ConfidenceLevel) -> Interval {
        match level {
            ConfidenceLevel::P80 => self.interval_80,
            ConfidenceLevel::P95 => self.interval_95,
        }
    }
}

/// Stated coverage of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum ConfidenceLevel {
    /// 80 %.
    P80,
    /// 95 %.
    P95,
}

impl ConfidenceLevel {
    /// Coverage as a probability.
    pub fn coverage(self) -> f64 {
        match self {
            Self::P80 => 0.80,
            Self::P95 => 0.95,
        }
    }
}
