//! The method under test: the only file that knows how Tenfold forecasts, plans and compares.

use tenfold_core::decide::{Contender, HORIZON_RATIO, PairAt, compare};
use tenfold_core::{
    CurveFit, DataPlan, FitOptions, LearningCurve, PlanOptions, TrainingSetSize, fit_curve,
};

use crate::methods::{Forecaster, LeftOut, Prediction};

/// Whether forecasts depend on what is left out; without, each table has one column of ours.
pub(crate) const LEARNS: bool = false;

/// Largest size that is planned for, over the largest measured.
pub(crate) const HORIZON: f64 = HORIZON_RATIO;

/// What everything is read from.
pub(crate) type Fit = CurveFit;

/// The fit of a curve, by what was learnt without `left_out`; `None` where the curve has too few sizes.
pub(crate) fn fit(curve: &LearningCurve, _left_out: &LeftOut) -> Option<Fit> {
    fit_curve(curve, &FitOptions::default()).ok()
}

/// What is forecast of a curve, by what was learnt without `left_out`.
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

/// The error expected at a size.
pub(crate) fn median(fit: &Fit, size: TrainingSetSize) -> f64 {
    fit.predict(size)
}

/// How many examples a target needs.
pub(crate) fn plan(fit: &Fit, target: f64) -> DataPlan {
    fit.plan(target, &PlanOptions::default())
}

/// Probability that a target is reached with `size` examples.
pub(crate) fn probability_reached_by(fit: &Fit, target: f64, size: TrainingSetSize) -> f64 {
    fit.probability_reached_by(target, size)
}

/// Who of two curves is better at some sizes.
pub(crate) fn compare_two(
    a: (&LearningCurve, &Fit),
    b: (&LearningCurve, &Fit),
    at: &[TrainingSetSize],
) -> Vec<PairAt> {
    let contenders = [a, b].map(|(curve, fit)| Contender { curve, fit });
    compare(&contenders, at).pairs.remove(0).at
}

/// Numbers of curves, the best expected at a size first.
pub(crate) fn order(curves: &[(&LearningCurve, &Fit)], at: TrainingSetSize) -> Vec<usize> {
    let contenders: Vec<Contender<'_>> =
        curves.iter().map(|&(curve, fit)| Contender { curve, fit }).collect();
    compare(&contenders, &[at]).rankings.remove(0).by_forecast
}
