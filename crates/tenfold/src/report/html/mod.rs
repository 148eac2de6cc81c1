//! The report as one file: no scripts, nothing loaded, readable offline.
//!
//! Order of the page: the answer; four figures; the chart; the models; what more data is worth;
//! which model won at each size; why the curves are as they are; what to know; the data; how it was made.

mod diagnosis;
mod purchase;
mod style;
mod tables;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::scene::{Scene, scene};
use super::svg::{self, Canvas, Mark, Styling};
use super::view::StudyReport;
use super::view::phrases::{few_names, used_laws};
use crate::analysis::Look;
use crate::measured::Note;

/// The page. The same report gives the same bytes.
pub fn page(report: &StudyReport) -> String {
    let sheet = format!("{}{}", style::SHEET, svg::sheet());
    let scene = scene(report);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy(&sheet));
                title { (report.title) " · learning curve" }
                style { (PreEscaped(&sheet)) }
            }
            body {
                main {
                    h1 { (report.headline.sentence) }
                    p.sub { (report.headline.subtitle) }
                    (tiles(report))
                    @if !report.curves.is_empty() { (figure(report, &scene)) }
                    (tables::models(report))
                    (tables::forecasts(report))
                    (purchase::purchase(report))
                    (tables::winners(report))
                    (diagnosis::diagnosis(report))
                    (notes(&report.notes))
                    (tables::data(report))
                    (method(report))
                }
            }
        }
    };
    // Control characters have no place in HTML; a name may hold some.
    markup.into_string().replace(|letter: char| letter.is_control() && letter != '\n', "\u{fffd}")
}

/// Nothing may load or run; the one style sheet is named by its hash.
fn policy(sheet: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(sheet.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

fn tiles(report: &StudyReport) -> Markup {
    html! {
        @if !report.tiles.is_empty() {
            dl.tiles.one[report.tiles.len() == 1] {
                @for tile in &report.tiles {
                    div {
                        dt { (tile.label) }
                        dd.value { (tile.value) }
                        dd.detail { (tile.detail) }
                    }
                }
            }
        }
    }
}

/// The chart three times, for a desktop, a small window and a phone; CSS shows one.
fn figure(report: &StudyReport, scene: &Scene) -> Markup {
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

fn notes(notes: &[Note]) -> Markup {
    html! {
        @if !notes.is_empty() {
            section aria-labelledby="notes" {
                h2 id="notes" { "What to know" }
                ul.notes {
                    @for note in notes {
                        li {
                            b class=(note.level.name()) { (note.level.name()) }
                            span { (note.text) }
                        }
                    }
                }
            }
        }
    }
}

fn method(report: &StudyReport) -> Markup {
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
