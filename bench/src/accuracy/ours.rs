//! The method under test: the only file that knows how Tenfold forecasts.

use tenfold_core::{CurveFit, FitOptions, LearningCurve, fit_curve};

use crate::methods::{Forecaster, LeftOut, Prediction};

/// Whether forecasts depend on what is left out; without, each table has one column of ours.
pub(crate) const LEARNS: bool = false;

/// The fit of a curve, by what was learnt without `left_out`; `None` where the curve has too few sizes.
pub(crate) fn fit(curve: &LearningCurve, _left_out: &LeftOut) -> Option<CurveFit> {
    fit_curve(curve, &FitOptions::default()).ok()
}

/// What Tenfold forecasts of a curve, by what was learnt without `left_out`.
pub(crate) fn forecaster(curve: &LearningCurve, left_out: &LeftOut) -> Option<Forecaster> {
    let fit = fit(curve, left_out)?;
    Some(Box::new(move |size| {
        let forecast = fit.forecast(size);
        Prediction {
            median: forecast.error,
            intervals: Some([forecast.interval_80, forecast.interval_95]),
        }
    }))
}
