//! Back-tests: hide the largest sizes, forecast them, score the forecast.

use serde::Serialize;

use crate::curve::LearningCurve;
use crate::estimate::Interval;
use crate::fit::{FitError, FitOptions, fit_curve};
use crate::forecast::Forecast;
use crate::units::TrainingSetSize;

/// How well a curve's largest sizes were forecast from the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackTest {
    /// Number of sizes hidden.
    pub hidden: usize,
    /// Root mean square of log forecast minus log measured. At a hidden size where every run was
    /// perfect, only the distance counts by which the forecast lies above the bound.
    pub rmsle: f64,
    /// The same for a baseline that forecasts the error of the largest size kept at every hidden
    /// size.
    pub last_value_rmsle: f64,
    /// Hidden points inside their 80 % interval; a bound counts as inside unless the whole interval
    /// lies above it.
    pub inside_80: usize,
    /// Hidden points inside their 95 % interval.
    pub inside_95: usize,
    /// One per hidden size, smallest first.
    #[serde(skip)]
    pub points: Vec<BackTestPoint>,
}

/// One hidden size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BackTestPoint {
    /// The size.
    pub size: TrainingSetSize,
    /// Error measured there, or its upper bound.
    pub observed: f64,
    /// Whether every run was perfect there, so that the error is only known to be smaller.
    pub is_bound: bool,
    /// Its forecast from the sizes kept.
    pub forecast: Forecast,
}

/// Hides the `hidden` largest sizes of `curve`, forecasts and scores them.
///
/// # Errors
/// [`FitError::HidesTooMany`] when no size would be left or none would be hidden, and
/// the errors of [`fit_curve`] on what is left.
pub fn back_test(
    curve: &LearningCurve,
    hidden: usize,
    options: &FitOptions<'_>,
) -> Result<BackTest, FitError> {
    let sizes = curve.points().len();
    let refuse = || FitError::HidesTooMany { hidden, sizes, needed: 1 };
    if hidden == 0 || hidden + 1 > sizes {
        return Err(refuse());
    }
    let kept = curve.hide_largest(hidden).map_err(|_| refuse())?;
    let fit = fit_curve(&kept, options)?;
    let points: Vec<BackTestPoint> = curve.points()[sizes - hidden..]
        .iter()
        .map(|point| BackTestPoint {
            size: point.size,
            observed: point.error(),
            is_bound: point.is_censored,
            forecast: fit.forecast(point.size),
        })
        .collect();
    let last = kept.points()[kept.points().len() - 1].error();
    let inside = |holds: &dyn Fn(&BackTestPoint) -> bool| {
        points.iter().filter(|&point| holds(point)).count()
    };
    Ok(BackTest {
        hidden,
        rmsle: root_mean_square(points.iter().map(|one| one.log_ratio(one.forecast.error))),
        last_value_rmsle: root_mean_square(points.iter().map(|one| one.log_ratio(last))),
        inside_80: inside(&|one| one.is_inside(one.forecast.interval_80)),
        inside_95: inside(&|one| one.is_inside(one.forecast.interval_95)),
        points,
    })
}

impl BackTestPoint {
    /// Whether the measured error lies in `interval`, or its bound allows a part of `interval`.
    fn is_inside(&self, interval: Interval) -> bool {
        if self.is_bound { interval.low <= self.observed } else { interval.contains(self.observed) }
    }

    /// Log of `forecast` over the measured error; 0 where the measurement is a bound and the
    /// forecast lies below it.
    fn log_ratio(&self, forecast: f64) -> f64 {
        let ratio = forecast.ln() - self.observed.ln();
        if self.is_bound { ratio.max(0.0) } else { ratio }
    }
}

fn root_mean_square(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    (values.map(|value| value * value).sum::<f64>() / count).sqrt()
}
