//! What to buy, in which rounds, and what training on it takes, of the leading curve.

use maud::{Markup, html};

use super::{ROUNDS_INTRODUCTION, purchase_lines, round_cells, round_headings, training_lines};
use crate::report::elements::table::scroller;
use crate::report::view::StudyReport;
use crate::report::view::phrases::scale_value;

/// The section; `None` if it adds nothing to the plan.
pub(super) fn html(report: &StudyReport) -> Option<Markup> {
    let lead = report.lead_curve()?;
    let fitted = lead.fitted()?;
    let mut lines = purchase_lines(report, fitted);
    lines.extend(training_lines(fitted));
    let rounds = &fitted.purchase.rounds;
    let has_rounds = rounds.len() > 1;
    if lines.is_empty() && !has_rounds {
        return None;
    }
    let figures = html! {
        table {
            tbody {
                @for line in &lines {
                    tr {
                        th scope="row" { (line.label) }
                        td { (line.value) }
                        td.words { (line.detail) }
                    }
                }
            }
        }
    };
    let table = html! {
        table {
            caption { (ROUNDS_INTRODUCTION) }
            thead {
                tr {
                    @for heading in round_headings(report) { th scope="col" { (heading) } }
                    @if let Some(scale) = lead.turned() { th scope="col" { (scale.metric) } }
                }
            }
            tbody {
                @for (index, round) in rounds.iter().enumerate() {
                    tr {
                        @for cell in round_cells(report, index, round) { td { (cell) } }
                        @if let Some(scale) = lead.turned() {
                            td { (scale_value(scale, round.forecast.error)) }
                        }
                    }
                }
            }
        }
    };
    Some(html! {
        section aria-labelledby="purchase" {
            h2 id="purchase" { "More data for " (lead.name) }
            @if !lines.is_empty() { (scroller("What more data is worth", &figures)) }
            @if has_rounds { (scroller("Rounds of buying", &table)) }
        }
    })
}
