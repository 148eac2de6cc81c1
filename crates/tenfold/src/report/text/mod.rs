//! Answers and tables for a terminal, without colour and within 80 columns for usual names.

mod diagnosis;
pub(crate) mod notes;
mod purchase;
pub(crate) mod wrap;

use std::fmt::Write as _;

use tenfold_core::{
    ConfidenceLevel, CurvePoint, DataPlan, Forecast, ForecastOf, TrainingSetSize, WarningKind,
};

use super::view::headline::{line_for, nothing_measured};
use super::view::phrases::{
    added_range, back_test, cost_range, few_names, floor, floor_digits, floor_with, need,
    own_scale, plan_range, scale_value, slope, used_laws,
};
use super::view::{Headline, StudyReport};
use crate::analysis::{CurveReport, Fitted, Outcome};
use crate::format::table::Table;
use crate::format::{self, Digits};
use wrap::push_wrapped;

pub use super::braille::chart;
pub use diagnosis::diagnosis;

/// A forecast farther than this is marked: the intervals were learnt on nearer ones.
const FAR: f64 = 10.0;

/// The answer in one line.
pub fn answer(report: &StudyReport) -> String {
    report.lead_curve().map_or(nothing_measured().line, |lead| line_for(report, lead))
}

/// The answer as a report's page gives it: the sentence, then its range and the other curves.
pub fn headline(report: &StudyReport) -> String {
    let Headline { sentence, subtitle, .. } = &report.headline;
    format!("{sentence}.\n{subtitle}")
}

/// One line a curve: error now, slope, floor.
pub fn fit_table(report: &StudyReport) -> String {
    let mut table = Table::new(&["curve", "error", "at", "slope (95%)", "floor (95%)"], &[1, 2]);
    let mut reasons = Vec::new();
    let digits = last_digits(report);
    let of_floors =
        floor_digits(report.curves.iter().filter_map(CurveReport::fitted), report.metric);
    for curve in &report.curves {
        let size = format::known_size(curve.curve.largest_size().get());
        let now = last_error(curve, digits);
        let row = match &curve.outcome {
            Outcome::Fitted(fitted) => {
                [curve.name.clone(), now, size, slope_cell(fitted), floor_cell(fitted, of_floors)]
            }
            Outcome::NotFitted { reason } => {
                reasons.push(format!("{}: {reason}", curve.name));
                [curve.name.clone(), now, size, "not fitted".to_owned(), String::new()]
            }
        };
        table.row(row);
    }
    reasons.insert(0, table.print().trim_end().to_owned());
    reasons.extend(laws(report));
    // That no floor is seen stands in its column.
    let notes = notes::notes(report, &[WarningKind::FloorNotIdentified]);
    if !notes.is_empty() {
        reasons.push(format!("\n{}", notes.trim_end()));
    }
    reasons.join("\n")
}

/// Digits that tell the last errors of neighbouring curves apart.
fn last_digits(report: &StudyReport) -> Digits {
    let mut last: Vec<f64> = report.curves.iter().map(CurveReport::last_error).collect();
    last.sort_by(f64::total_cmp);
    Digits::telling(report.metric, last.windows(2).map(|pair| (pair[0], pair[1])))
}

/// The error measured last, and what the metric is there.
fn last_error(curve: &CurveReport, digits: Digits) -> String {
    let (below, above) = if curve.last_is_bound() { ("<", ">") } else { ("", "") };
    let error = format!("{below}{}", digits.error(curve.last_error()));
    match curve.turned() {
        Some(scale) => {
            let bound = if scale.is_score { above } else { below };
            let value = scale_value(scale, curve.last_error());
            format!("{error} ({} {bound}{value})", scale.metric)
        }
        None => error,
    }
}

/// The laws of the fits as equations, with the curves of each where there are several.
fn laws(report: &StudyReport) -> Option<String> {
    let mut text = String::new();
    let laws = used_laws(report);
    for law in &laws {
        let curves =
            if laws.len() > 1 { format!(": {}", few_names(&law.curves)) } else { String::new() };
        let sentence = format!("{}, {} ({}{curves})", law.formula, law.symbols, law.name);
        push_wrapped(&mut text, "law: ", &sentence);
    }
    (!laws.is_empty()).then(|| format!("\n{}", text.trim_end()))
}

fn slope_cell(fitted: &Fitted) -> String {
    slope(fitted).map_or("–".to_owned(), |(value, range)| format!("{value} ({range})"))
}

fn floor_cell(fitted: &Fitted, digits: Digits) -> String {
    let Some(words) = floor_with(fitted, digits) else { return "not seen yet".to_owned() };
    let detail = words.detail.unwrap_or_default();
    // The level stands in the column's heading.
    let detail = detail.trim_end_matches(" (95%)");
    if detail.is_empty() { words.value } else { format!("{} ({detail})", words.value) }
}

/// Forecasts at the sizes asked for, one block a curve.
pub fn forecast_table(report: &StudyReport) -> String {
    let mut blocks: Vec<String> =
        report.curves.iter().map(|curve| forecast_block(report, curve)).collect();
    let said = [WarningKind::FloorNotIdentified, WarningKind::NotMonotone];
    blocks.extend(Some(notes::notes(report, &said)).filter(|notes| !notes.is_empty()));
    blocks.join("\n")
}

fn forecast_block(report: &StudyReport, curve: &CurveReport) -> String {
    let name = &curve.name;
    let fitted = match &curve.outcome {
        Outcome::Fitted(fitted) => fitted,
        Outcome::NotFitted { reason } => return format!("{name}: no forecast, {reason}\n"),
    };
    let largest = format::known_size(curve.curve.largest_size().get());
    let what = match fitted.of {
        ForecastOf::NextMeasurement => "next measurement",
        ForecastOf::MeanCurve => "mean curve",
    };
    let mut text = format!("{name}, {what} past {largest} (the largest size measured)\n\n");
    let scale = curve.turned();
    let mut headings = vec!["size", "error", "80% range", "95% range", "beyond data", ""];
    if let Some(scale) = scale {
        headings.insert(1, &scale.metric);
    }
    let right: Vec<usize> = (0..headings.len() - 1).collect();
    let mut table = Table::new(&headings, &right);
    let bounds: Vec<[f64; 5]> = fitted.at.iter().map(in_order).collect();
    let digits = Digits::of_rows(report.metric, bounds.iter().map(<[f64; 5]>::as_slice));
    for forecast in &fitted.at {
        let mut row = Vec::from(forecast_row(digits, forecast));
        if let Some(scale) = scale {
            row.insert(1, scale_value(scale, forecast.error));
        }
        table.row(row);
    }
    text.push_str(&table.print());
    let farthest = fitted.at.iter().filter(|forecast| forecast.times_beyond_data > FAR);
    if let Some(far) = farthest.max_by(|a, b| a.times_beyond_data.total_cmp(&b.times_beyond_data)) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\nnote: {} is {} past your data. Ranges that far assume the same law.\n",
            format::known_size(far.size.get()),
            format::times(far.times_beyond_data)
        );
    }
    if let Some(sentence) = back_test(fitted) {
        // Writing to a String cannot fail.
        let sentence = sentence.replacen(" (", "\n           (", 1);
        let _ = writeln!(text, "\nback-test: {sentence}");
    }
    if let Some(sentence) = own_scale(fitted) {
        let _ = writeln!(text, "\nranges: {sentence}");
    }
    if !fitted.fit.monotone {
        text.push_str(
            "\nnote: the error rises somewhere by more than noise: ranges are widened.\n",
        );
    }
    text
}

/// The numbers of a forecast from low to high.
fn in_order(forecast: &Forecast) -> [f64; 5] {
    let (inner, outer) = (forecast.interval_80, forecast.interval_95);
    [outer.low, inner.low, forecast.error, inner.high, outer.high]
}

fn forecast_row(digits: Digits, forecast: &Forecast) -> [String; 6] {
    let range = |level| {
        let interval = match level {
            ConfidenceLevel::P80 => forecast.interval_80,
            ConfidenceLevel::P95 => forecast.interval_95,
        };
        digits.range(interval.low, interval.high)
    };
    let beyond = forecast.times_beyond_data;
    [
        format::known_size(forecast.size.get()),
        digits.error(forecast.error),
        range(ConfidenceLevel::P80),
        range(ConfidenceLevel::P95),
        if beyond > 1.0 { format::times(beyond) } else { "measured".to_owned() },
        if beyond > FAR { "far".to_owned() } else { String::new() },
    ]
}

/// What the target takes: the leading curve in full, the others in a line each.
pub fn plan_text(report: &StudyReport) -> String {
    let mut text = format!("{}\n", answer(report));
    text.push_str(&target_in_metric(report).unwrap_or_default());
    if let Some((lead, fitted)) = report.lead_curve().and_then(|lead| Some((lead, lead.fitted()?)))
    {
        if let Some(plan) = &fitted.plan {
            text.push_str(&plan_block(report, lead, fitted, plan));
        }
        text.push_str(&purchase::purchase_block(report, fitted));
    }
    for (index, curve) in report.curves.iter().enumerate() {
        if report.lead != Some(index) {
            let _ = write!(text, "\n{}\n", line_for(report, curve));
        }
    }
    let notes = notes::notes(report, &[WarningKind::FloorNotIdentified]);
    if !notes.is_empty() {
        let _ = write!(text, "\n{notes}");
    }
    text
}

/// `  30% error is mAP50 70.0.`, where a metric is turned into the error.
fn target_in_metric(report: &StudyReport) -> Option<String> {
    let scale = report.lead_curve()?.turned()?;
    let target = report.goal.target?;
    let (error, value) = (report.target_text()?, scale_value(scale, target));
    Some(format!("  An error of {error} is {} {value}.\n", scale.metric))
}

fn plan_block(
    report: &StudyReport,
    lead: &CurveReport,
    fitted: &Fitted,
    plan: &DataPlan,
) -> String {
    let metric = report.metric;
    if plan.already_reached {
        return String::new();
    }
    let Some(size) = plan.size else {
        let floor = floor(fitted, metric).filter(|_| fitted.fit.floor_identified);
        let floor = floor.map_or(String::new(), |words| {
            format!("  The floor is about {}, {}.\n", words.value, words.detail.unwrap_or_default())
        });
        return format!(
            "\n{floor}  More of the same data is unlikely to do it. What can: a better model,\n  \
             cleaner labels, new features.\n"
        );
    };
    let have_error = measured_at(lead, plan.have).map_or(String::new(), |point| {
        let error = point.error();
        if point.is_censored {
            return format!("below {} error", format::error(error, metric));
        }
        let also = lead.turned().map_or(String::new(), |scale| {
            format!(", {} {}", scale.metric, scale_value(scale, error))
        });
        format!("{} error{also}", format::error(error, metric))
    });
    let mut table = Table::new(&[], &[1]);
    table.row(["you have".to_owned(), format::known_size(plan.have.get()), have_error]);
    let added = plan.examples_to_add.map_or(String::new(), |added| {
        let range = added_range(plan).map_or(String::new(), |range| format!(" ({range})"));
        if size <= plan.have {
            return "no more than you have".to_owned();
        }
        format!("{} more{range}", format::size(added))
    });
    table.row(["you need".to_owned(), format::size(size.get()), added]);
    let price = report.goal.cost_per_example.filter(|_| size > plan.have);
    if let (Some(cost), Some(price)) = (plan.cost, price) {
        let range = cost_range(plan).map_or(String::new(), |range| format!("{range} "));
        let detail = format!("{range}at {} each", format::price(price));
        table.row(["it costs".to_owned(), format::money(cost.0), detail]);
    }
    if let Some(safe) = plan.safe_size {
        let cost = report.goal.cost_per_example.map_or(String::new(), |price| {
            let amount = (safe.get() - plan.have.get()).max(0.0) * price;
            format!(" · {}", format::money(amount))
        });
        let detail =
            format!("9 in 10 chance of {} by here{cost}", format::target(plan.target, metric));
        table.row(["safe buy".to_owned(), format::size(safe.get()), detail]);
    }
    let level = if plan_range(plan).is_some() { "\n  Ranges are 80% intervals.\n" } else { "" };
    let caution = if plan.probability_reached < 0.8 {
        format!(
            "  It may level off before: the chance to get there at all is {}.\n",
            format::probability(plan.probability_reached)
        )
    } else {
        String::new()
    };
    format!("\n{}{level}{caution}", table.print())
}

/// What was measured at exactly `size`.
fn measured_at(curve: &CurveReport, size: TrainingSetSize) -> Option<&CurvePoint> {
    curve.curve.points().iter().find(|point| point.size == size)
}

/// Models side by side.
pub fn models_table(report: &StudyReport) -> String {
    let needs = report.target_text().map(|target| format!("{target} needs (80%)"));
    let mut headings = vec!["model", "error", "at", "at 2× (80%)", "slope", "floor"];
    headings.extend(needs.as_deref());
    let mut table = Table::new(&headings, &[1, 2, 3, 4]);
    let digits = last_digits(report);
    for curve in &report.curves {
        let size = format::known_size(curve.curve.largest_size().get());
        let now = last_error(curve, digits);
        let mut row = vec![curve.name.clone(), now, size];
        match &curve.outcome {
            Outcome::Fitted(fitted) => row.extend(model_cells(report, fitted)),
            Outcome::NotFitted { .. } => row.push("no forecast".to_owned()),
        }
        table.row(row);
    }
    table.print()
}

fn model_cells(report: &StudyReport, fitted: &Fitted) -> Vec<String> {
    let metric = report.metric;
    let doubled = &fitted.doubled;
    let interval = doubled.interval_80;
    let bounds = [interval.low, doubled.error, interval.high];
    let digits = Digits::of_rows(metric, [bounds.as_slice()]);
    let range = digits.range(interval.low, interval.high);
    let mut cells = vec![
        format!("{} ({range})", digits.error(doubled.error)),
        slope(fitted).map_or("–".to_owned(), |(value, _)| value),
        floor(fitted, metric).map_or("not seen yet".to_owned(), |words| words.value),
    ];
    cells.extend(fitted.plan.as_ref().map(|plan| need(plan, metric)));
    cells
}
