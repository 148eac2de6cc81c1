//! Checks whether a later measurement agrees with its forecast, and by how much it differs.

use serde::Serialize;

use crate::curve::MetricKind;
use crate::estimate::{ConfidenceLevel, Interval};
use crate::fit::CurveFit;
use crate::forecast::Forecast;
use crate::law::finite_exp;
use crate::stats::normal;
use crate::units::TrainingSetSize;

/// A measurement compared with its forecast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Error measured, in error units.
    pub error: f64,
    /// The forecast at its size; the intervals include the extra variance.
    pub forecast: Forecast,
    /// The error over the one forecast.
    pub factor: f64,
    /// Where the error lies.
    pub finding: CheckFinding,
}

/// Where a measurement lies relative to the intervals of its forecast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckFinding {
    /// Inside the interval of this level, and of no narrower one.
    Inside(ConfidenceLevel),
    /// Outside the 95 % interval.
    Outside {
        /// On which side.
        side: Side,
        /// Ratio, above 1, of the error and the nearer end of the interval.
        factor: f64,
    },
}

/// A side of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Above: worse than forecast.
    Above,
    /// Below: better than forecast.
    Below,
}

impl CurveFit {
    /// Compares `error`, measured after training on `size`, with its forecast.
    ///
    /// `extra_variance` is the variance of the log error from noise that this measurement has and
    /// the curve's own measurements do not have, such as that of another test set
    /// ([`test_set_variance`]); 0 for none. It widens both sides of the intervals, in log error, as
    /// independent deviations add.
    ///
    /// Assumes that `error` played no part in the fit.
    pub fn check(&self, size: TrainingSetSize, error: f64, extra_variance: f64) -> Check {
        let before = self.forecast(size);
        let largest = match self.evidence.metric {
            // A metric that counts as an error rate may still have values above 1; then 1 is no
            // upper bound.
            MetricKind::ErrorRate => before.interval_95.high.max(1.0),
            MetricKind::Loss | MetricKind::Unbounded => f64::MAX,
        };
        let widened = |level: ConfidenceLevel, interval: Interval| {
            let added = normal::quantile(0.5 + 0.5 * level.coverage()) * extra_variance.sqrt();
            widened(interval, before.error, added, largest)
        };
        let forecast = Forecast {
            interval_80: widened(ConfidenceLevel::P80, before.interval_80),
            interval_95: widened(ConfidenceLevel::P95, before.interval_95),
            ..before
        };
        let outer = forecast.interval_95;
        let finding = if forecast.interval_80.contains(error) {
            CheckFinding::Inside(ConfidenceLevel::P80)
        } else if outer.contains(error) {
            CheckFinding::Inside(ConfidenceLevel::P95)
        } else if error > outer.high {
            CheckFinding::Outside { side: Side::Above, factor: ratio(error, outer.high) }
        } else {
            CheckFinding::Outside { side: Side::Below, factor: ratio(outer.low, error) }
        };
        Check { error, forecast, factor: ratio(error, forecast.error), finding }
    }
}

/// `a` over `b`, finite.
fn ratio(a: f64, b: f64) -> f64 {
    (a / b).min(f64::MAX)
}

/// Widens `interval` around `centre` by `added` log error on each side; deviations add as the root
/// of the sum of squares.
fn widened(interval: Interval, centre: f64, added: f64, largest: f64) -> Interval {
    if added <= 0.0 {
        // The interval stays the same, to the last bit.
        return interval;
    }
    let low = (centre / interval.low).ln().hypot(added);
    let high = (interval.high / centre).ln().hypot(added);
    Interval {
        low: finite_exp(centre.ln() - low),
        high: finite_exp(centre.ln() + high).min(largest),
    }
}

/// Variance of the logarithm of an error rate that is `error_rate` on average, measured on
/// `test_examples` independent examples: (1 − p)/(p·N), to first order.
///
/// This is the square of the binomial deviation √(p(1 − p)/N) as a share of p. For a check, p is
/// the forecast error and not the measured one: a test set that is easy by chance would otherwise
/// make its own noise look smaller.
pub fn test_set_variance(error_rate: f64, test_examples: u64) -> f64 {
    let wrong = error_rate.clamp(f64::MIN_POSITIVE, 1.0);
    (1.0 - wrong) / (wrong * test_examples.max(1) as f64)
}
