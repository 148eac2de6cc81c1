//! Forecasts with prediction intervals: quantiles of the posterior at a size.

mod own_prior;

pub use own_prior::{FEWEST_OWN_CURVES, MOST_OWN_CURVES, own_prior};

pub use crate::posterior::ForecastOf;

use serde::Serialize;

use crate::curve::MetricKind;
use crate::estimate::Interval;
use crate::fit::{CurveFit, FitWarning};
use crate::law::finite_exp;
use crate::posterior::{Mixture, PriorName};
use crate::units::TrainingSetSize;

/// The error of a new model trained on a size, with prediction intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// Median of the error.
    pub error: f64,
    /// Contains the error at `size` in 80 % of cases.
    pub interval_80: Interval,
    /// Contains the error at `size` in 95 % of cases.
    pub interval_95: Interval,
    /// `size` over the largest size measured.
    pub times_beyond_data: f64,
    /// Where the prior comes from.
    pub interval_scale: PriorName,
    /// What is forecast.
    pub of: ForecastOf,
}

/// Largest distance from the data, as a ratio of sizes, that the intervals were checked at.
pub const LARGEST_LEARNT_RATIO: f64 = 16.0;

impl CurveFit {
    /// Median of the error of the curve itself at `size`, in error units: without the noise of a
    /// measurement.
    ///
    /// Extrapolates: [`CurveFit::forecast`] gives the distance and the intervals.
    pub fn predict(&self, size: TrainingSetSize) -> f64 {
        finite_exp(self.log_error(size, ForecastOf::MeanCurve).quantile(0.5))
    }

    /// The next error measured at `size`, with prediction intervals.
    pub fn forecast(&self, size: TrainingSetSize) -> Forecast {
        self.forecast_of(size, ForecastOf::NextMeasurement)
    }

    /// The error at `size`, of a new measurement or of the curve itself, with prediction intervals.
    pub fn forecast_of(&self, size: TrainingSetSize, of: ForecastOf) -> Forecast {
        let log_error = self.log_error(size, of);
        let error = |probability: f64| self.possible(finite_exp(log_error.quantile(probability)));
        let interval = |tail: f64| Interval { low: error(tail), high: error(1.0 - tail) };
        Forecast {
            size,
            error: error(0.5),
            interval_80: interval(0.1),
            interval_95: interval(0.025),
            times_beyond_data: self.times_beyond_data(size),
            interval_scale: self.evidence.prior,
            of,
        }
    }

    /// Distribution of the log of the error at `size`, in error units.
    pub fn log_error(&self, size: TrainingSetSize, of: ForecastOf) -> Mixture {
        let doublings = self.doublings_beyond(size);
        self.evidence
            .posterior
            .log_error(doublings, of)
            .shifted(self.evidence.largest_size_error.ln())
    }

    /// Distribution of the log of the error at `size`, with the share `noise_share` of the variance
    /// of a measurement's noise.
    pub(crate) fn log_error_with(&self, size: TrainingSetSize, noise_share: f64) -> Mixture {
        let doublings = self.doublings_beyond(size);
        let mixture = self.evidence.posterior.log_error_with(doublings, noise_share);
        mixture.shifted(self.evidence.largest_size_error.ln())
    }

    /// Probability that the error at `size` is at most `target`.
    pub fn probability_below(&self, target: f64, size: TrainingSetSize, of: ForecastOf) -> f64 {
        match target.ln() {
            log if log.is_finite() => self.log_error(size, of).cumulative(log),
            log if log > 0.0 => 1.0,
            _ => 0.0,
        }
    }

    /// The warning of a forecast at `size`, if `size` lies far from the data.
    pub fn warning_at(&self, size: TrainingSetSize) -> Option<FitWarning> {
        let times_beyond_data = self.times_beyond_data(size);
        let is_far = times_beyond_data > LARGEST_LEARNT_RATIO;
        is_far.then_some(FitWarning::FarExtrapolation { size, times_beyond_data })
    }

    /// `size` over the largest size measured.
    fn times_beyond_data(&self, size: TrainingSetSize) -> f64 {
        // Logarithms would make twice the data 1.9999999999999998 and not 2.
        (size.get() / self.evidence.largest_size.get()).clamp(f64::MIN_POSITIVE, f64::MAX)
    }

    /// Doublings from the largest size measured to `size`; below 0 for smaller ones.
    pub(crate) fn doublings_beyond(&self, size: TrainingSetSize) -> f64 {
        if size == self.evidence.largest_size {
            return 0.0;
        }
        (size.log() - self.evidence.largest_size.log()) / std::f64::consts::LN_2
    }

    /// `error`, limited to the range of the metric.
    pub(crate) fn possible(&self, error: f64) -> f64 {
        let largest = match self.evidence.metric {
            // A metric that counts as an error rate may still have values above 1; then 1 is no
            // upper bound.
            MetricKind::ErrorRate => self.evidence.largest_size_error.max(1.0),
            MetricKind::Loss | MetricKind::Unbounded => f64::MAX,
        };
        error.min(largest)
    }
}
