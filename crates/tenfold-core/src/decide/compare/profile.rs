//! What is known of one curve's error at any size: measured up to its largest, forecast beyond.

use crate::curve::LearningCurve;
use crate::decide::compare::Contender;
use crate::fit::CurveFit;
use crate::forecast::RawForecast;
use crate::units::TrainingSetSize;

/// Steps a doubling at which forecasts are worked out; between them they change slowly enough to
/// be interpolated.
const STEPS_A_DOUBLING: f64 = 2.0;

/// Most steps of a profile: forecasts over hundreds of doublings are no real question.
const MOST_STEPS: f64 = 200.0;

/// Smallest deviation of a measured log error, as for forecasts.
const SMALLEST_DEVIATION: f64 = 0.002;

/// The log error of a curve as a function of log size.
#[derive(Clone, Debug)]
pub(super) struct Profile<'a> {
    contender: Contender<'a>,
    /// Log size and log error, smallest size first.
    measured: Vec<(f64, f64)>,
    /// Forecasts from the largest size measured on, evenly spaced in the logarithm.
    forecasts: Vec<RawForecast>,
    /// Log size between two forecasts.
    step: f64,
}

impl<'a> Profile<'a> {
    /// The profile up to the log size `end`.
    pub(super) fn new(contender: Contender<'a>, end: f64) -> Self {
        let points = contender.curve.points().iter();
        let measured: Vec<(f64, f64)> =
            points.map(|point| (point.size.log(), point.error().ln())).collect();
        let largest = contender.curve.largest_size().log();
        let length = (end - largest).max(0.0);
        let doublings = length / std::f64::consts::LN_2;
        let steps = (doublings * STEPS_A_DOUBLING).ceil().clamp(1.0, MOST_STEPS);
        let step = length / steps;
        let forecasts = (0..=steps as usize)
            .map(|at| {
                let size = TrainingSetSize::from_log(largest + at as f64 * step);
                contender.fit.raw_forecast(size)
            })
            .collect();
        Self { contender, measured, forecasts, step }
    }

    pub(super) fn curve(&self) -> &'a LearningCurve {
        self.contender.curve
    }

    pub(super) fn fit(&self) -> &'a CurveFit {
        self.contender.fit
    }

    /// Log of the smallest size measured.
    pub(super) fn smallest(&self) -> f64 {
        self.measured.first().map_or(0.0, |point| point.0)
    }

    /// Log of the largest size measured.
    pub(super) fn largest(&self) -> f64 {
        self.measured.last().map_or(0.0, |point| point.0)
    }

    /// Log error and its deviation at the log size `at`: measured points are joined by straight
    /// lines, beyond the largest the forecast holds, below the smallest the law.
    pub(super) fn at(&self, at: f64) -> RawForecast {
        let after = self.measured.partition_point(|point| point.0 < at);
        match self.measured.get(after) {
            Some(_) if at < self.smallest() => {
                self.fit().raw_forecast(TrainingSetSize::from_log(at))
            }
            Some(&(size, log_error)) => {
                let before = self.measured[after.saturating_sub(1)];
                let share = if size > before.0 { (at - before.0) / (size - before.0) } else { 1.0 };
                let log_error = before.1 + share * (log_error - before.1);
                let deviation = self.fit().evidence.noise.max(SMALLEST_DEVIATION);
                RawForecast { log_error, deviation }
            }
            None => self.forecast(at),
        }
    }

    fn forecast(&self, at: f64) -> RawForecast {
        let last = self.forecasts.len() - 1;
        let position = if self.step > 0.0 { (at - self.largest()) / self.step } else { 0.0 };
        let position = position.clamp(0.0, last as f64);
        let below = (position.floor() as usize).min(last);
        let (low, high) = (self.forecasts[below], self.forecasts[(below + 1).min(last)]);
        let share = position - below as f64;
        let between = |low: f64, high: f64| low + share * (high - low);
        RawForecast {
            log_error: between(low.log_error, high.log_error),
            deviation: between(low.deviation, high.deviation),
        }
    }
}
