//! Builds the view model from measurements.

use std::cmp::Ordering;

use tenfold_core::{DataPlan, FitOptions, MetricKind, TrainingSetSize};

use super::{ReportInput, StudyReport, headline};
use crate::analysis::{Analysis, COLOURS, CurveReport, Look, own_priors};

/// Fits every curve and makes the decisions of the report.
pub fn assemble(input: ReportInput, options: &FitOptions<'_>) -> StudyReport {
    let priors = own_priors(input.curves.iter().map(|measured| &measured.curve));
    let (goal, at, of) = (input.goal, &input.at, input.of);
    let analysis = Analysis { options, goal, at, of, priors, has_back_tests: true };
    let curves: Vec<CurveReport> =
        input.curves.into_iter().map(|measured| analysis.report(measured)).collect();
    let chart_sizes = chart_sizes(&curves, &input.at);

    let ranking = ranking(&curves);
    let metric = curves.first().map_or(MetricKind::ErrorRate, |curve| curve.curve.metric());
    let mut report = StudyReport {
        title: input.title,
        headline: headline::nothing_measured(),
        curves,
        lead: ranking.first().copied(),
        goal: input.goal,
        metric,
        metric_label: input.metric_label,
        unit: input.unit,
        chart_sizes,
        notes: input.notes,
        diagnoses: Vec::new(),
        provenance: input.provenance,
    };
    colour(&mut report.curves, &ranking);
    report.headline = headline::headline(&report);
    report
}

/// Range of sizes of the chart: everything measured or requested, and space to see the forecast.
fn chart_sizes(curves: &[CurveReport], at: &[TrainingSetSize]) -> (f64, f64) {
    let sizes = || curves.iter().flat_map(|curve| curve.curve.points());
    let smallest = sizes().map(|point| point.size.get()).fold(f64::INFINITY, f64::min);
    let largest = sizes().map(|point| point.size.get()).fold(0.0, f64::max);
    if largest <= 0.0 {
        return (100.0, 10_000.0);
    }
    // The nearest crossing is drawn. A target 1,000 times away is only named in words, because
    // drawing it would squeeze the measurements.
    let farthest = 1e3 * largest;
    let plans = curves.iter().filter_map(|curve| curve.fitted()?.plan.as_ref());
    let reached = plans.filter(|plan: &&DataPlan| !plan.already_reached);
    let nearest = reached
        .filter(|plan| plan.size.is_some_and(|size| 1.5 * size.get() < farthest))
        .min_by_key(|plan| plan.size);
    let needed = nearest.and_then(|plan| {
        let size = plan.size?.get();
        let high = plan.interval_80.high.unwrap_or(size).min(3.0 * size);
        Some(2.0 * high.max(size))
    });
    let asked = at.iter().map(|size| 1.3 * size.get());
    let high = asked
        .chain(needed)
        .filter(|size| size.is_finite())
        .fold(8.0 * largest, f64::max)
        .min(farthest);
    (smallest / 1.3, high)
}

/// Indices of the curves, sorted by how well they answer.
///
/// Fitted curves come before unfitted ones, monotone before others, those that reach the target
/// before others; then the size that the target needs decides, or the forecast at a size common to
/// all. Ties keep the order of the input.
fn ranking(curves: &[CurveReport]) -> Vec<usize> {
    let common = curves.iter().map(|curve| curve.curve.largest_size().get()).fold(0.0, f64::max);
    let common = TrainingSetSize::new(2.0 * common);
    let key = |curve: &CurveReport| -> (bool, bool, bool, f64) {
        let Some(fitted) = curve.fitted() else {
            return (true, true, true, curve.last_error());
        };
        let error = common.map_or(f64::INFINITY, |size| fitted.fit.predict(size));
        let size = fitted.plan.as_ref().and_then(|plan| plan.size);
        (false, !fitted.fit.monotone, size.is_none(), size.map_or(error, TrainingSetSize::get))
    };
    let mut order: Vec<usize> = (0..curves.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (key(&curves[a]), key(&curves[b]));
        (a.0, a.1, a.2)
            .cmp(&(b.0, b.1, b.2))
            .then_with(|| a.3.partial_cmp(&b.3).unwrap_or(Ordering::Equal))
    });
    order
}

/// Gives colours to the best curves, in the order of the input, so that a changed ranking of them
/// keeps the colours.
fn colour(curves: &mut [CurveReport], ranking: &[usize]) {
    let mut best: Vec<usize> = ranking.iter().copied().take(COLOURS).collect();
    best.sort_unstable();
    for (colour, &index) in best.iter().enumerate() {
        curves[index].look = Look::Colour(colour);
    }
}
