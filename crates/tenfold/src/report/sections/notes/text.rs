//! What to know before trusting a table: the warnings of its fits, each once for all curves it holds for.

use std::collections::BTreeMap;

use tenfold_core::{FitWarning, WarningKind};

use crate::report::elements::wrap::push_wrapped;
use crate::report::section::Question;
use crate::report::view::StudyReport;
use crate::report::view::phrases::few_names;
use crate::words;

/// One note for each of the warnings of one curve, but for what a table without a floor leaves open.
pub(crate) fn notes_of(warnings: &[FitWarning]) -> String {
    let mut text = String::new();
    for warning in warnings.iter().filter(|each| each.kind() != WarningKind::FloorNotIdentified) {
        push_wrapped(&mut text, "note: ", &words::warning(warning));
    }
    text
}

/// The notes below the answer to `question`, but for what that says itself.
pub(super) fn text(report: &StudyReport, question: Question) -> Option<String> {
    let said: &[WarningKind] = match question {
        Question::Overview => return None,
        // That no floor is seen stands in its column.
        Question::Fit | Question::Plan => &[WarningKind::FloorNotIdentified],
        Question::Forecast => &[WarningKind::FloorNotIdentified, WarningKind::NotMonotone],
    };
    Some(notes(report, said)).filter(|notes| !notes.is_empty())
}

/// One note a warning, in the order of the curves, but for those of the kinds that are `said` already.
fn notes(report: &StudyReport, said: &[WarningKind]) -> String {
    let mut grouped: Vec<(String, Vec<&str>)> = Vec::new();
    // Where each message is: a file may have a hundred thousand curves, each with one of its own.
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for curve in &report.curves {
        let warnings = curve.fitted().into_iter().flat_map(|fitted| &fitted.fit.warnings);
        for warning in warnings.filter(|warning| !said.contains(&warning.kind())) {
            let message = words::warning(warning);
            let place = *places.entry(message.clone()).or_insert_with(|| {
                grouped.push((message, Vec::new()));
                grouped.len() - 1
            });
            grouped[place].1.push(&curve.name);
        }
    }
    let mut text = String::new();
    for (message, names) in grouped {
        let of_which = if names.len() == report.curves.len() {
            String::new()
        } else {
            format!(" ({})", few_names(&names))
        };
        push_wrapped(&mut text, "note: ", &format!("{message}{of_which}"));
    }
    text
}
