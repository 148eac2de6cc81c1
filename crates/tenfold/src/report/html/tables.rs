//! The tables of the page; a wide one scrolls inside its own box.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};

use super::super::imported;
use super::super::svg::{self, Mark};
use super::super::view::StudyReport;
use super::super::view::phrases::{floor, need, scale_range, scale_value, slope};
use crate::analysis::{CurveReport, Fitted, Look, Outcome};
use crate::format;

/// Rows of the data table; a curve logged during training has more sizes than anyone reads.
const MOST_ROWS: usize = 400;
/// More seeds than these go into one cell instead of a column each.
const SEED_COLUMNS: usize = 8;

pub(super) fn scroller(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (table) } }
}

/// Error now, slope, floor and need of every model.
pub(super) fn models(report: &StudyReport) -> Markup {
    if report.curves.is_empty() {
        return html! {};
    }
    let target = report.target_text();
    let table = html! {
        table {
            caption { "Ranges in brackets: 95% for slope and floor, 80% for forecasts." }
            thead {
                tr {
                    th scope="col" { "Model" }
                    th scope="col" { "Error measured" }
                    th scope="col" { "at" }
                    th scope="col" { "Slope" }
                    th scope="col" { "Floor" }
                    th scope="col" { "Error at 2× data" }
                    @if let Some(target) = &target { th scope="col" { (target) " needs" } }
                }
            }
            tbody { @for curve in &report.curves { (model_row(report, curve)) } }
        }
    };
    html! {
        section aria-labelledby="models" {
            h2 id="models" { "Models" }
            (scroller("Models", &table))
        }
    }
}

fn model_row(report: &StudyReport, curve: &CurveReport) -> Markup {
    html! {
        tr {
            (name_cell(curve))
            td {
                @if curve.last_is_bound() { "<" }
                (format::error(curve.last_error(), report.metric))
                @if let Some(words) = curve.last_in_metric() { br; span.range { (words) } }
            }
            td {
                (format::known_size(curve.curve.largest_size().get()))
                @if let Some(words) = imported::share(curve) { span.range { " (" (words) ")" } }
            }
            @match &curve.outcome {
                Outcome::Fitted(fitted) => (fit_cells(report, curve, fitted)),
                Outcome::NotFitted { reason } => {
                    td.words colspan=(if report.goal.target.is_some() { 4 } else { 3 }) {
                        "no forecast: " (reason)
                    }
                }
            }
        }
    }
}

fn name_cell(curve: &CurveReport) -> Markup {
    html! {
        th scope="row" title=(curve.name) {
            @if curve.look != Look::Grey { (PreEscaped(svg::legend_mark(curve.look, Mark::Measured))) }
            (curve.name)
        }
    }
}

/// `mAP50 70.0` on a line of its own, where the error is not the metric itself.
fn in_metric(curve: &CurveReport, error: f64) -> Markup {
    html! {
        @if let Some(scale) = curve.turned() {
            br; span.range { (scale.metric) " " (scale_value(scale, error)) }
        }
    }
}

fn fit_cells(report: &StudyReport, curve: &CurveReport, fitted: &Fitted) -> Markup {
    let metric = report.metric;
    let doubled = &fitted.doubled;
    let range = format::error_range(doubled.interval_80.low, doubled.interval_80.high, metric);
    html! {
        td {
            @match slope(fitted) {
                Some((value, range)) => { (value) span.range { " (" (range) ")" } }
                None => "–",
            }
        }
        td {
            @match floor(fitted, metric) {
                Some(words) => {
                    (words.value)
                    @if let Some(detail) = &words.detail {
                        // The caption names the level.
                        span.range { " (" (detail.trim_end_matches(" (95%)")) ")" }
                    }
                }
                None => "not seen yet",
            }
        }
        td {
            (format::error(doubled.error, metric)) span.range { " (" (range) ")" }
            (in_metric(curve, doubled.error))
        }
        @if let Some(plan) = &fitted.plan { td { (need(plan, metric)) } }
    }
}

/// Forecasts at the sizes asked for.
pub(super) fn forecasts(report: &StudyReport) -> Markup {
    let has_any =
        report.curves.iter().filter_map(CurveReport::fitted).any(|fit| !fit.at.is_empty());
    if !has_any {
        return html! {};
    }
    let metric = report.curves.iter().find_map(CurveReport::turned).map(|scale| &scale.metric);
    let table = html! {
        table {
            caption { "Error expected at the sizes asked for." }
            thead {
                tr {
                    th scope="col" { "Model" }
                    th scope="col" { "Size" }
                    th scope="col" { "Error" }
                    th scope="col" { "80% range" }
                    th scope="col" { "95% range" }
                    @if let Some(metric) = metric {
                        th scope="col" { (metric) }
                        th scope="col" { "80% range" }
                    }
                    th scope="col" { "Beyond data" }
                }
            }
            tbody {
                @for curve in &report.curves {
                    @if let Some(fitted) = curve.fitted() {
                        @for forecast in &fitted.at { (forecast_row(report, curve, forecast)) }
                    }
                }
            }
        }
    };
    html! {
        section aria-labelledby="forecasts" {
            h2 id="forecasts" { "Forecasts" }
            (scroller("Forecasts", &table))
        }
    }
}

fn forecast_row(
    report: &StudyReport,
    curve: &CurveReport,
    forecast: &tenfold_core::Forecast,
) -> Markup {
    let metric = report.metric;
    let (narrow, wide) = (forecast.interval_80, forecast.interval_95);
    html! {
        tr {
            (name_cell(curve))
            td { (format::known_size(forecast.size.get())) }
            td { (format::error(forecast.error, metric)) }
            td { (format::error_range(narrow.low, narrow.high, metric)) }
            td { (format::error_range(wide.low, wide.high, metric)) }
            @if let Some(scale) = curve.turned() {
                td { (scale_value(scale, forecast.error)) }
                td { (scale_range(scale, narrow)) }
            }
            td {
                @if forecast.times_beyond_data > 1.0 {
                    (format::times(forecast.times_beyond_data))
                } @else { "measured" }
            }
        }
    }
}

/// Which settings won at each size.
pub(super) fn winners(report: &StudyReport) -> Markup {
    if report.curves.iter().all(|curve| curve.winners.is_empty()) {
        return html! {};
    }
    let has_unconverged =
        report.curves.iter().flat_map(|curve| &curve.winners).any(|row| row.unconverged > 0);
    let table = html! {
        table {
            caption { "The settings with the lowest validation error at each size." }
            thead {
                tr {
                    th scope="col" { "Model" }
                    th scope="col" { "Size" }
                    th scope="col" { "Parameters" }
                    th scope="col" { "Tuning trials" }
                    @if has_unconverged { th scope="col" { "Not converged" } }
                    th.words scope="col" { "Settings" }
                }
            }
            tbody {
                @for curve in &report.curves {
                    @for row in &curve.winners {
                        tr {
                            (name_cell(curve))
                            td { (format::known_size(row.size.get())) }
                            td { (row.parameter_count.map_or_else(|| "–".to_owned(), |n| format::count(n as f64))) }
                            td { (row.tuning_trials) }
                            @if has_unconverged { td { (row.unconverged) } }
                            td.words { (row.settings) }
                        }
                    }
                }
            }
        }
    };
    html! {
        section aria-labelledby="winners" {
            h2 id="winners" { "Which model won at each size" }
            (scroller("Which model won at each size", &table))
        }
    }
}

/// Every measurement, size by size.
pub(super) fn data(report: &StudyReport) -> Markup {
    if report.curves.is_empty() {
        return html! {};
    }
    let seeds: BTreeSet<u64> = report
        .curves
        .iter()
        .flat_map(|curve| curve.curve.points())
        .flat_map(|point| point.replicates.iter().map(|each| each.seed))
        .collect();
    let repeats_a_seed = report.curves.iter().flat_map(|curve| curve.curve.points()).any(|point| {
        let distinct: BTreeSet<u64> = point.replicates.iter().map(|each| each.seed).collect();
        distinct.len() < point.replicates.len()
    });
    let columns: Vec<u64> = if seeds.len() <= SEED_COLUMNS && !repeats_a_seed {
        seeds.into_iter().collect()
    } else {
        Vec::new()
    };
    let sizes: usize = report.curves.iter().map(|curve| curve.curve.points().len()).sum();
    let stride = sizes.div_ceil(MOST_ROWS).max(1);
    let table = html! {
        table {
            caption {
                (report.metric_label) " of every model trained, not rounded"
                @if stride > 1 { "; every " (stride) "th size of " (sizes) } "."
            }
            thead {
                tr {
                    th scope="col" { "Model" }
                    th scope="col" { "Size" }
                    th scope="col" { "Median" }
                    @for seed in &columns { th scope="col" { "Seed " (seed) } }
                    @if columns.is_empty() { th.words scope="col" { "Every seed" } }
                }
            }
            tbody {
                @for curve in &report.curves {
                    // From the largest size down, so that it is always among those shown.
                    @for point in curve.curve.points().rchunks(stride).rev() {
                        @if let Some(point) = point.last() { (data_row(curve, point, &columns)) }
                    }
                }
            }
        }
    };
    html! {
        details {
            summary { "Data table" }
            (scroller("Data table", &table))
        }
    }
}

fn data_row(curve: &CurveReport, point: &tenfold_core::CurvePoint, columns: &[u64]) -> Markup {
    html! {
        tr {
            th scope="row" { (curve.name) }
            td { (format::known_size(point.size.get())) }
            td { @if point.is_censored { "<" } (format::full(point.error())) }
            @for seed in columns {
                td {
                    @match point.replicates.iter().find(|each| each.seed == *seed) {
                        Some(_) if point.is_censored => "perfect",
                        Some(replicate) => (format::full(replicate.error)),
                        None => "–",
                    }
                }
            }
            @if columns.is_empty() {
                td.words {
                    @if point.is_censored {
                        "perfect"
                    } @else {
                        @for replicate in &point.replicates { (format::full(replicate.error)) " " }
                    }
                }
            }
        }
    }
}
