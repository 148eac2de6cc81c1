//! The table of measurements.

use std::collections::BTreeSet;

use maud::{Markup, html};
use tenfold_core::CurvePoint;

use crate::analysis::CurveReport;
use crate::format;
use crate::report::elements::table::scroller;
use crate::report::view::StudyReport;

/// Rows of the data table; a curve logged during training has more sizes than anyone reads.
const MOST_ROWS: usize = 400;
/// Most seeds with a column each; more share one cell.
const SEED_COLUMNS: usize = 8;

/// Every measurement, size by size.
pub(super) fn html(report: &StudyReport) -> Markup {
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
                    // Sizes are taken from the largest down, so that the largest is always shown.
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

fn data_row(curve: &CurveReport, point: &CurvePoint, columns: &[u64]) -> Markup {
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
