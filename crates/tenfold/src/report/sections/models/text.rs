//! Tables of models for a terminal.

use crate::analysis::{CurveOutcome, CurveReport, Fitted};
use crate::format::table::Table;
use crate::format::{self, Digits};
use crate::report::elements::wrap::push_wrapped;
use crate::report::view::StudyReport;
use crate::report::view::phrases::{
    few_names, floor, floor_digits, floor_with, need, scale_value, slope, used_laws,
};

/// The table of fits, one line per curve: last error, slope, floor.
pub(super) fn fit_table(report: &StudyReport) -> String {
    let mut table = Table::new(&["curve", "error", "at", "slope (95%)", "floor (95%)"], &[1, 2]);
    let mut reasons = Vec::new();
    let digits = last_digits(report);
    let of_floors =
        floor_digits(report.curves.iter().filter_map(CurveReport::fitted), report.metric);
    for curve in &report.curves {
        let size = format::known_size(curve.curve.largest_size().get());
        let now = last_error(curve, digits);
        let row = match &curve.outcome {
            CurveOutcome::Fitted(fitted) => {
                [curve.name.clone(), now, size, slope_cell(fitted), floor_cell(fitted, of_floors)]
            }
            CurveOutcome::NotFitted { reason } => {
                reasons.push(format!("{}: {reason}", curve.name));
                [curve.name.clone(), now, size, "not fitted".to_owned(), String::new()]
            }
        };
        table.row(row);
    }
    reasons.insert(0, table.print().trim_end().to_owned());
    reasons.extend(laws(report));
    reasons.join("\n")
}

/// Digits with which the last errors of neighbouring curves print differently.
fn last_digits(report: &StudyReport) -> Digits {
    let mut last: Vec<f64> = report.curves.iter().map(CurveReport::last_error).collect();
    last.sort_by(f64::total_cmp);
    Digits::telling(report.metric, last.windows(2).map(|pair| (pair[0], pair[1])))
}

/// The last measured error, and its value in the metric.
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

/// The laws of the fits as equations, with the curves of each if there are several laws.
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
    // The heading of the column states the level.
    let detail = detail.trim_end_matches(" (95%)");
    if detail.is_empty() { words.value } else { format!("{} ({detail})", words.value) }
}

/// The table of models.
pub(super) fn models_table(report: &StudyReport) -> String {
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
            CurveOutcome::Fitted(fitted) => row.extend(model_cells(report, fitted)),
            CurveOutcome::NotFitted { .. } => row.push("no forecast".to_owned()),
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
