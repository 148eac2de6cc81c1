//! The table of forecasts.

use maud::{Markup, html};
use tenfold_core::Forecast;

use crate::analysis::CurveReport;
use crate::format;
use crate::report::elements::table::{name_cell, scroller};
use crate::report::view::StudyReport;
use crate::report::view::phrases::{scale_range, scale_value};

/// The forecasts at the requested sizes.
pub(super) fn html(report: &StudyReport) -> Markup {
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

fn forecast_row(report: &StudyReport, curve: &CurveReport, forecast: &Forecast) -> Markup {
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
