//! The table of winners.

use maud::{Markup, html};

use crate::format;
use crate::measured::WinnerRow;
use crate::report::elements::table::{name_cell, scroller};
use crate::report::view::StudyReport;

/// The settings that won at each size.
pub(super) fn html(report: &StudyReport) -> Markup {
    let has_unconverged =
        report.curves.iter().flat_map(|curve| &curve.winners).any(|row| row.unconverged > 0);
    let is_carried =
        report.curves.iter().flat_map(|curve| &curve.winners).any(|row| row.carried.is_some());
    let table = html! {
        table {
            caption { "The settings with the lowest validation error at each size." }
            thead {
                tr {
                    th scope="col" { "Model" }
                    th scope="col" { "Size" }
                    th scope="col" { "Parameters" }
                    th scope="col" { "Tuning trials" }
                    @if is_carried {
                        th scope="col" { "Searched at" }
                        th scope="col" { "Work, of the whole grid's" }
                        th scope="col" { "Regret" }
                    }
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
                            @if is_carried { (of_search(row)) }
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

/// The cells of the search at a smaller size that a winner was carried from.
fn of_search(row: &WinnerRow) -> Markup {
    let Some(search) = &row.carried else {
        return html! { td { "–" } td { "–" } td { "–" } };
    };
    let regret = search.regret.map(|regret| format!("{:.1}%", 100.0 * regret));
    html! {
        td { (format::known_size(search.searched_at.get())) }
        td { (format::probability(search.share_of_grid)) }
        td { (regret.unwrap_or_else(|| "–".to_owned())) }
    }
}
