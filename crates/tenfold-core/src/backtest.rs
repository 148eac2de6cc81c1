//! Back-tests: hide the largest sizes, forecast them, score the forecast.

use crate::curve::LearningCurve;
use crate::fit::{FitError, FitOptions, fit_curve};
use crate::forecast::{Forecast, StandardisedMiss};
use crate::units::TrainingSetSize;

/// How well a curve's largest sizes were forecast from the others.
#[derive(Clone, Debug, PartialEq)]
pub struct BackTest {
    /// Number of sizes hidden.
    pub hidden: usize,
    /// Root mean square of log forecast minus log measured.
    pub rmsle: f64,
    /// The same when the last error kept is the forecast of all.
    pub last_value_rmsle: f64,
    /// Hidden points inside their 80 % interval.
    pub inside_80: usize,
    /// Hidden points inside their 95 % interval.
    pub inside_95: usize,
    /// One per hidden size, smallest first.
    pub points: Vec<BackTestPoint>,
}

/// One hidden size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackTestPoint {
    /// The size.
    pub size: TrainingSetSize,
    /// Error measured there.
    pub observed: f64,
    /// Its forecast from the sizes kept.
    pub forecast: Forecast,
    /// Log of the forecast, however large.
    pub log_forecast: f64,
    /// Half widths of its 80 % and 95 % interval in log error, before calibration.
    pub half_widths: [f64; 2],
}

impl BackTest {
    /// How far off each hidden size was, smallest first: what scales are learnt from.
    pub fn standardised(&self) -> Vec<StandardisedMiss> {
        let miss = |point: &BackTestPoint| {
            let miss = (point.observed.ln() - point.log_forecast).abs();
            StandardisedMiss {
                doublings: point.forecast.times_beyond_data.log2(),
                in_half_widths: point.half_widths.map(|half| miss / half),
            }
        };
        self.points.iter().map(miss).collect()
    }
}

/// Hides the `hidden` largest sizes of `curve`, forecasts and scores them.
///
/// # Errors
/// [`FitError::HidesTooMany`] when fewer than 2 sizes would be left or none would be hidden, and
/// the errors of [`fit_curve`] on what is left.
pub fn back_test(
    curve: &LearningCurve,
    hidden: usize,
    options: &FitOptions,
) -> Result<BackTest, FitError> {
    let sizes = curve.points().len();
    let refuse = || FitError::HidesTooMany { hidden, sizes, needed: 2 };
    if hidden == 0 || hidden + 2 > sizes {
        return Err(refuse());
    }
    let kept = curve.hide_largest(hidden).map_err(|_| refuse())?;
    let fit = fit_curve(&kept, options)?;
    let points: Vec<BackTestPoint> = curve.points()[sizes - hidden..]
        .iter()
        .map(|point| {
            let (forecast, half_widths) = fit.forecast_and_raw_intervals(point.size);
            let log_forecast = fit.predict(point.size).ln();
            BackTestPoint {
                size: point.size,
                observed: point.error(),
                forecast,
                log_forecast,
                half_widths,
            }
        })
        .collect();
    let last = kept.points()[kept.points().len() - 1].error();
    let inside = |holds: &dyn Fn(&BackTestPoint) -> bool| {
        points.iter().filter(|&point| holds(point)).count()
    };
    Ok(BackTest {
        hidden,
        rmsle: root_mean_square(points.iter().map(|one| log_ratio(one.forecast.error, one))),
        last_value_rmsle: root_mean_square(points.iter().map(|one| log_ratio(last, one))),
        inside_80: inside(&|one| one.forecast.interval_80.contains(one.observed)),
        inside_95: inside(&|one| one.forecast.interval_95.contains(one.observed)),
        points,
    })
}

fn log_ratio(forecast: f64, point: &BackTestPoint) -> f64 {
    forecast.ln() - point.observed.ln()
}

fn root_mean_square(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    (values.map(|value| value * value).sum::<f64>() / count).sqrt()
}
