//! The foot of the page.

use maud::{Markup, html};

use crate::report::view::StudyReport;
use crate::report::view::phrases::{few_names, used_laws};

pub(super) fn html(report: &StudyReport) -> Markup {
    let laws = used_laws(report);
    let scale = report
        .lead_curve()
        .and_then(|curve| curve.fitted())
        .map(|fitted| fitted.doubled.interval_scale);
    html! {
        section.method aria-labelledby="method" {
            h2 id="method" { "Method and versions" }
            @if !laws.is_empty() {
                p {
                    "Each point is a separately trained model: the median over seeds of its "
                    (report.metric_label) ". "
                    @for law in &laws {
                        "The law"
                        @if laws.len() > 1 { " of " (few_names(&law.curves)) }
                        ", " (law.name) ", is " (law.formula) ", " (law.symbols) ". "
                    }
                    "Solid lines are fits, dashed lines and bands are forecasts"
                    @if let Some(scale) = scale { " (prior " (scale) ")" }
                    ". Region edges are estimates and fade over their own 80% interval."
                }
            }
            dl {
                dt { "Tenfold" }
                dd { (env!("CARGO_PKG_VERSION")) }
                @for (name, value) in &report.provenance { dt { (name) } dd { (value) } }
            }
            p { "This file loads nothing from the network and runs no scripts." }
        }
    }
}
