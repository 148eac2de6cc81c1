//! The table of models.

use maud::{Markup, html};

use crate::analysis::{CurveOutcome, CurveReport, Fitted};
use crate::format;
use crate::report::elements::table::{name_cell, scroller};
use crate::report::imported;
use crate::report::view::StudyReport;
use crate::report::view::phrases::{floor, need, scale_value, slope};

/// Error now, slope, floor and need of every model.
pub(super) fn html(report: &StudyReport) -> Markup {
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
                CurveOutcome::Fitted(fitted) => (fit_cells(report, curve, fitted)),
                CurveOutcome::NotFitted { reason } => {
                    td.words colspan=(if report.goal.target.is_some() { 4 } else { 3 }) {
                        "no forecast: " (reason)
                    }
                }
            }
        }
    }
}

/// The value in the metric, such as `mAP50 70.0`, on a line of its own; empty if the metric is the
/// error.
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
