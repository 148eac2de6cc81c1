//! From measurements to the view model.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use tenfold_core::fit::FEWEST_IN_WINDOW;
use tenfold_core::forecast::{OwnScale, scale_for};
use tenfold_core::{
    BackTest, Cost, CurveFit, DataPlan, FAMILIES, FitOptions, FitWarning, LearningCurve,
    MetricKind, PlanOptions, TrainingSetSize, WarningKind, back_test, fit_curve,
};

use super::{
    COLOURS, CurveReport, Fitted, Goal, Look, MeasuredCurve, Note, NoteLevel, Outcome, ReportInput,
    StudyReport, headline, purchase::purchase, tiles, words,
};
use crate::format;

/// Steps of the grid on each side of the largest size; straight pieces this short look curved.
const GRID_STEPS: u32 = 36;

/// Fits every curve and decides what the report says.
pub fn assemble(input: ReportInput, options: &FitOptions) -> StudyReport {
    let back_tests: Vec<Option<BackTest>> =
        input.curves.iter().map(|measured| back_tested(&measured.curve, options)).collect();
    let scales = own_scales(&input.curves, &back_tests);
    let fits: Vec<Result<CurveFit, String>> = input
        .curves
        .iter()
        .map(|measured| {
            let fit = fit_curve(&measured.curve, options).map_err(|error| error.to_string())?;
            Ok(match scales.get(&measured.curve.metric()) {
                Some(scale) => fit.with_own_scale(scale),
                None => fit,
            })
        })
        .collect();
    let plans: Vec<Option<DataPlan>> =
        fits.iter().map(|fit| plan(fit.as_ref().ok()?, &input.goal)).collect();
    let chart_sizes = chart_sizes(&input, &plans);
    let curves: Vec<CurveReport> = input
        .curves
        .into_iter()
        .zip(fits)
        .zip(plans)
        .zip(back_tests)
        .map(|(((measured, fit), plan), back_test)| {
            let outcome = match fit {
                Ok(fit) => {
                    let request = Request { goal: input.goal, at: &input.at, chart_sizes };
                    let fitted = fitted(fit, plan, &measured.curve, &request);
                    Outcome::Fitted(Box::new(Fitted { back_test, ..fitted }))
                }
                Err(reason) => Outcome::NotFitted { reason },
            };
            CurveReport {
                name: shown_name(measured.curve.name()),
                look: Look::Grey,
                curve: measured.curve,
                winners: measured.models,
                imported: measured.imported,
                outcome,
            }
        })
        .collect();

    let ranking = ranking(&curves);
    let metric = curves.first().map_or(MetricKind::ErrorRate, |curve| curve.curve.metric());
    let mut report = StudyReport {
        title: input.title,
        headline: headline::nothing_measured(),
        tiles: Vec::new(),
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
    report.notes.extend(warning_notes(&report.curves, metric));
    report.notes.extend(back_test_notes(&report));
    report.headline = headline::headline(&report);
    report.tiles = tiles::tiles(&report);
    report
}

/// A name without control characters, which could steer a terminal.
fn shown_name(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}

fn plan(fit: &CurveFit, goal: &Goal) -> Option<DataPlan> {
    let options =
        PlanOptions { have: goal.have, cost_per_example: goal.cost_per_example.map(Cost) };
    Some(fit.plan(goal.target?, &options))
}

struct Request<'a> {
    goal: Goal,
    at: &'a [TrainingSetSize],
    chart_sizes: (f64, f64),
}

fn fitted(
    fit: CurveFit,
    plan: Option<DataPlan>,
    curve: &LearningCurve,
    request: &Request<'_>,
) -> Fitted {
    let largest = curve.largest_size();
    let first = fit.sizes_used.first().copied().unwrap_or(largest).get();
    let have = request.goal.have.unwrap_or(largest);
    let doubled_size = TrainingSetSize::new(2.0 * have.get()).unwrap_or(have);
    Fitted {
        measured_part: grid(first, largest.get())
            .map(|size| (size.get(), reported_error(&fit, size)))
            .collect(),
        forecast_part: grid(largest.get(), request.chart_sizes.1)
            .map(|size| fit.forecast(size))
            .collect(),
        at: request.at.iter().map(|&size| fit.forecast(size)).collect(),
        doubled: fit.forecast(doubled_size),
        have,
        purchase: purchase(curve, &fit, plan.as_ref(), &request.goal),
        plan,
        back_test: None,
        fit,
    }
}

/// Sizes hidden by the back-test beside every forecast.
const HIDDEN: usize = 2;

/// The forecast of the last two sizes from the others, where enough for a fit that can check itself
/// are left.
fn back_tested(curve: &LearningCurve, options: &FitOptions) -> Option<BackTest> {
    // Its centre does not depend on the number of resamples, and its deviation hardly.
    let options = FitOptions { resamples: 40, ..*options };
    let is_enough = curve.points().len() >= FEWEST_IN_WINDOW + HIDDEN;
    is_enough.then(|| back_test(curve, HIDDEN, &options).ok())?
}

/// A scale for every kind of error that enough curves have.
///
/// The back-tests are those shown beside the forecasts: two sizes hidden. Curves of one file or study
/// are taken to be exchangeable, which their own back-tests say more about than public curves do.
fn own_scales(
    curves: &[MeasuredCurve],
    back_tests: &[Option<BackTest>],
) -> BTreeMap<MetricKind, OwnScale> {
    let mut residuals: BTreeMap<MetricKind, Vec<Vec<f64>>> = BTreeMap::new();
    for (measured, test) in curves.iter().zip(back_tests) {
        let of_kind = residuals.entry(measured.curve.metric()).or_default();
        of_kind.extend(test.as_ref().map(BackTest::standardised));
    }
    let learnt = residuals.into_iter().filter_map(|(metric, residuals)| {
        Some((metric, OwnScale::learn(&residuals, scale_for(metric))?))
    });
    learnt.collect()
}

/// Error of the law with the reported parameters.
///
/// The forecast combines several windows and weighs those that meet the largest size, so below the
/// largest size it may leave the points that the reported parameters describe.
fn reported_error(fit: &CurveFit, size: TrainingSetSize) -> f64 {
    let value = |&name: &&str| fit.parameter(name).map(|named| named.estimate.value);
    let law = FAMILIES.iter().find(|family| family.name() == fit.law);
    law.and_then(|law| {
        let parameters: Option<Vec<f64>> = law.parameter_names().iter().map(value).collect();
        Some(law.predict(&parameters?, size.get()))
    })
    .unwrap_or_else(|| fit.predict(size))
}

/// Sizes evenly spaced in the logarithm, both ends included.
fn grid(low: f64, high: f64) -> impl Iterator<Item = TrainingSetSize> {
    (0..=GRID_STEPS).filter_map(move |step| {
        let share = f64::from(step) / f64::from(GRID_STEPS);
        // The ends exactly: 10^log10(x) is off by a bit.
        TrainingSetSize::new(match step {
            0 => low,
            GRID_STEPS => high,
            _ => low * (high / low).powf(share),
        })
    })
}

/// How far the chart reaches: everything measured or asked for, and room to see the forecast.
fn chart_sizes(input: &ReportInput, plans: &[Option<DataPlan>]) -> (f64, f64) {
    let sizes = || input.curves.iter().flat_map(|measured| measured.curve.points());
    let smallest = sizes().map(|point| point.size.get()).fold(f64::INFINITY, f64::min);
    let largest = sizes().map(|point| point.size.get()).fold(0.0, f64::max);
    if largest <= 0.0 {
        return (100.0, 10_000.0);
    }
    // The nearest crossing is the one drawn. A target 1,000 times away is named in words: drawing it
    // would squeeze the measurements.
    let farthest = 1e3 * largest;
    let reached = plans.iter().flatten().filter(|plan| !plan.already_reached);
    let nearest = reached
        .filter(|plan| plan.size.is_some_and(|size| 1.5 * size.get() < farthest))
        .min_by_key(|plan| plan.size);
    let needed = nearest.and_then(|plan| {
        let size = plan.size?.get();
        let high = plan.interval_80.high.unwrap_or(size).min(3.0 * size);
        Some(2.0 * high.max(size))
    });
    let asked = input.at.iter().map(|size| 1.3 * size.get());
    let high = asked
        .chain(needed)
        .filter(|size| size.is_finite())
        .fold(8.0 * largest, f64::max)
        .min(farthest);
    (smallest / 1.3, high)
}

/// Indices of the curves, the one that answers best first.
///
/// Best is fitted before not fitted, monotone before not, reached before not; then the size the
/// target needs, or the forecast at a size common to all; ties keep the order of the input.
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

/// Colours go to the best curves, in the order of the input so that they survive a re-ranking.
fn colour(curves: &mut [CurveReport], ranking: &[usize]) {
    let mut best: Vec<usize> = ranking.iter().copied().take(COLOURS).collect();
    best.sort_unstable();
    for (colour, &index) in best.iter().enumerate() {
        curves[index].look = Look::Colour(colour);
    }
}

/// How the forecasts would have done on sizes that were measured: of every curve with a colour.
fn back_test_notes(report: &StudyReport) -> Vec<Note> {
    let shown = report.curves.iter().filter(|curve| curve.look != Look::Grey);
    let sentences = shown.filter_map(|curve| {
        let sentence = words::back_test(curve.fitted()?)?;
        Some(Note { level: NoteLevel::Ok, text: format!("{}: {sentence}", curve.name) })
    });
    sentences.collect()
}

fn warning_notes(curves: &[CurveReport], metric: MetricKind) -> Vec<Note> {
    let mut notes = Vec::new();
    for curve in curves {
        match &curve.outcome {
            Outcome::Fitted(fitted) => {
                let warnings = fitted.warnings().into_iter();
                notes.extend(warnings.map(|warning| Note {
                    level: NoteLevel::Warn,
                    text: format!("{}: {}", curve.name, warning_text(warning, fitted, metric)),
                }));
            }
            Outcome::NotFitted { reason } => notes.push(Note {
                level: NoteLevel::Fail,
                text: format!("{}: no forecast, {reason}", curve.name),
            }),
        }
    }
    notes
}

/// A warning in the words of the report: what it says about the target is rounded as everywhere.
fn warning_text(warning: &FitWarning, fitted: &Fitted, metric: MetricKind) -> String {
    let Some(plan) = &fitted.plan else { return warning.message.clone() };
    let target = format::target(plan.target, metric);
    let chance = format::probability(plan.probability_reached);
    match warning.kind {
        WarningKind::TargetMayNeverBeReached => {
            format!("may never reach {target}, the chance that more data gets there is {chance}")
        }
        WarningKind::TargetUncertain => {
            format!("may level off before {target}, the chance to get there at all is {chance}")
        }
        _ => warning.message.clone(),
    }
}
