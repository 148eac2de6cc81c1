//! The chart of the page, and its legend.

use maud::{Markup, PreEscaped, html};

use crate::analysis::Look;
use crate::report::scene::scene;
use crate::report::svg::{self, Canvas, Mark, Styling};
use crate::report::view::StudyReport;

/// Draws the chart three times, for a desktop, a small window and a phone; CSS shows one of them.
pub(super) fn html(report: &StudyReport) -> Markup {
    let scene = &scene(report);
    let drawn = |canvas, class: &str| {
        let svg = svg::chart(scene, canvas, Styling::Page);
        PreEscaped(svg.replacen("class=\"lc\"", &format!("class=\"lc {class}\""), 1))
    };
    let grey = report.curves.iter().filter(|curve| curve.look == Look::Grey).count();
    html! {
        figure {
            ul.legend {
                @for series in scene.series.iter().rev().filter(|each| each.look != Look::Grey) {
                    li {
                        (PreEscaped(svg::legend_mark(series.look, Mark::Measured)))
                        div { (series.name) " " span { (series.note) } }
                    }
                }
                @if grey > 0 {
                    li { (PreEscaped(svg::legend_mark(Look::Grey, Mark::Measured))) (grey) " others" }
                }
                @if scene.has_bounds() {
                    li { (PreEscaped(svg::legend_mark(Look::Grey, Mark::Bound))) (svg::PERFECT) }
                }
                @if scene.has_imported() {
                    li { (PreEscaped(svg::legend_mark(Look::Grey, Mark::Imported))) "imported" }
                }
            }
            (drawn(Canvas::Wide, "wide"))
            (drawn(Canvas::Medium, "medium"))
            (drawn(Canvas::Narrow, "narrow"))
        }
    }
}
