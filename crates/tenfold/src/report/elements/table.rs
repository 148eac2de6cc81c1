//! Elements that the tables of the page share; a wide table scrolls inside its own box.

use maud::{Markup, PreEscaped, html};

use crate::analysis::{CurveReport, Look};
use crate::report::svg::{self, Mark};

/// Puts `table` into a box that scrolls, with the accessible name `label`.
pub(crate) fn scroller(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (table) } }
}

/// The name of a curve, with its mark in the chart.
pub(crate) fn name_cell(curve: &CurveReport) -> Markup {
    html! {
        th scope="row" title=(curve.name) {
            @if curve.look != Look::Grey { (PreEscaped(svg::legend_mark(curve.look, Mark::Measured))) }
            (curve.name)
        }
    }
}
