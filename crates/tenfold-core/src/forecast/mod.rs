//! Forecasts with calibrated prediction intervals.
//!
//! The centre combines the window family; the raw spread adds noise, disagreement between windows,
//! sampling and distance; a scale learnt on public curves turns it into stated coverage.

mod scale;

pub use scale::{COVERAGES, IntervalScale, Ladder, scale_for};

use crate::curve::MetricKind;
use crate::estimate::Interval;
use crate::fit::{CurveFit, FitWarning, Member, WarningKind, predict_log};
use crate::law::finite_exp;
use crate::units::TrainingSetSize;

/// The error of a new model trained on a size, with prediction intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// Expected error.
    pub error: f64,
    /// Holds the error measured at `size` in 80 % of cases.
    pub interval_80: Interval,
    /// Holds it in 95 % of cases.
    pub interval_95: Interval,
    /// `size` over the largest size measured.
    pub times_beyond_data: f64,
    /// Name and version of the scale that calibrated the intervals.
    pub interval_scale: &'static str,
}

/// A forecast before calibration, in log-error units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawForecast {
    /// Natural logarithm of the expected error.
    pub log_error: f64,
    /// Raw standard deviation of the log of a newly measured error.
    pub deviation: f64,
}

/// Part of the predicted fall of log error that may fail to happen.
const DROP_SHARE: f64 = 0.3;

/// Smallest deviation of log error: no measurement repeats to better than 0.2 %.
const SMALLEST_DEVIATION: f64 = 0.002;

/// Largest distance from the data, as a ratio of sizes, that the interval scales were learnt on.
pub const LARGEST_LEARNT_RATIO: f64 = 16.0;

impl CurveFit {
    /// Expected error after training on `size`, in error units.
    ///
    /// Extrapolates: [`CurveFit::forecast`] says how far and how surely.
    pub fn predict(&self, size: TrainingSetSize) -> f64 {
        finite_exp(self.centre(self.relative_log(size)) + self.evidence.units.log_error)
    }

    /// The error expected at `size` with calibrated prediction intervals.
    pub fn forecast(&self, size: TrainingSetSize) -> Forecast {
        let raw = self.raw_forecast(size);
        let scale = scale_for(self.evidence.metric);
        let interval = |coverage: f64| {
            let width = scale.forecast.quantile(0.5 + 0.5 * coverage) * raw.deviation;
            let high = finite_exp(raw.log_error + width);
            Interval { low: finite_exp(raw.log_error - width), high: self.possible(high) }
        };
        let error = finite_exp(raw.log_error);
        Forecast {
            size,
            error: self.possible(error),
            interval_80: interval(0.80),
            interval_95: interval(0.95),
            times_beyond_data: finite_exp(self.relative_log(size)),
            interval_scale: scale.name,
        }
    }

    /// The forecast before calibration: what scales are learnt from.
    ///
    /// `deviation^2 = noise^2 + spread over windows^2 + sampling^2 + (0.3 * predicted drop)^2 +
    /// rise^2 + 0.002^2`, all in log error.
    pub fn raw_forecast(&self, size: TrainingSetSize) -> RawForecast {
        let at = self.relative_log(size);
        let centre = self.centre(at);
        let drop = DROP_SHARE * (self.centre(0.0) - centre);
        let evidence = &self.evidence;
        let squares = evidence.noise.powi(2)
            + self.window_variance(at)
            + self.sampling_variance(at)
            + drop * drop
            + evidence.rise.powi(2)
            + SMALLEST_DEVIATION.powi(2);
        RawForecast { log_error: centre + evidence.units.log_error, deviation: squares.sqrt() }
    }

    /// The distribution of the error at `size` that plans are made from, before calibration.
    pub fn raw_plan(&self, size: TrainingSetSize) -> RawForecast {
        self.raw_forecast(size)
    }

    /// Warnings that depend on the size asked about.
    pub fn warnings_at(&self, size: TrainingSetSize) -> Vec<FitWarning> {
        let times = finite_exp(self.relative_log(size));
        if times <= LARGEST_LEARNT_RATIO {
            return Vec::new();
        }
        vec![FitWarning::new(
            WarningKind::FarExtrapolation,
            format!(
                "{} is {times:.0} times the largest size measured; intervals were calibrated up to \
                 {LARGEST_LEARNT_RATIO} times",
                size.get()
            ),
        )]
    }

    /// Log of `size` relative to the largest measured.
    pub(crate) fn relative_log(&self, size: TrainingSetSize) -> f64 {
        size.log() - self.evidence.units.log_size
    }

    /// Relative log error expected at a relative log size: the mean over windows, by weight.
    pub(crate) fn centre(&self, log_size: f64) -> f64 {
        self.combined(&self.evidence.members, log_size).0
    }

    /// Variance of the log prediction between windows.
    pub(crate) fn window_variance(&self, log_size: f64) -> f64 {
        self.combined(&self.evidence.members, log_size).1
    }

    /// Variance of the combined log prediction between resamples.
    pub(crate) fn sampling_variance(&self, log_size: f64) -> f64 {
        let rows = self.evidence.resampled.chunks(self.evidence.members.len());
        variance(rows.map(|row| self.combined(row, log_size).0))
    }

    /// Weighted mean and variance of the members' log predictions.
    fn combined(&self, members: &[Member], log_size: f64) -> (f64, f64) {
        let family = self.evidence.family;
        let (mut weights, mut mean, mut squares) = (0.0, 0.0, 0.0);
        // Updated one by one: squares of nearly equal logs must not cancel.
        for member in members {
            let log = predict_log(family, &member.parameters, log_size);
            let before = log - mean;
            weights += member.weight;
            mean += before * member.weight / weights;
            squares += member.weight * before * (log - mean);
        }
        (mean, (squares / weights).max(0.0))
    }

    /// An error held inside what the metric can take.
    fn possible(&self, error: f64) -> f64 {
        let largest = match self.evidence.metric {
            // Errors above 1 may have been measured under this name; then 1 is no bound.
            MetricKind::ErrorRate => self.evidence.largest_size_error.max(1.0),
            MetricKind::Loss | MetricKind::Unbounded => f64::MAX,
        };
        error.min(largest)
    }
}

/// Variance of a sample; 0 with fewer than 2 values.
fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    // Welford's updates: the mean of nearly equal logs must not cancel.
    for value in values {
        count += 1.0;
        let before = value - mean;
        mean += before / count;
        squares += before * (value - mean);
    }
    if count > 1.0 { squares / (count - 1.0) } else { 0.0 }
}
