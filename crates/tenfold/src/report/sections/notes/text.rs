//! Prints the warnings of the fits below a table, each once for all curves that have it.

use std::collections::BTreeMap;

use tenfold_core::{FitWarning, WarningKind};

use crate::report::elements::wrap::push_wrapped;
use crate::report::section::Question;
use crate::report::view::StudyReport;
use crate::report::view::phrases::few_names;
use crate::words;

/// One note for each warning of a curve, except that no floor was found, which a table without
/// floors does not need.
pub(crate) fn notes_of(warnings: &[FitWarning]) -> String {
    let mut text = String::new();
    for warning in warnings.iter().filter(|each| each.kind() != WarningKind::FloorNotIdentified) {
        push_wrapped(&mut text, "note: ", &words::warning(warning));
    }
    text
}

/// The notes below the answer to `question`, except for those that the answer itself gives.
pub(super) fn text(report: &StudyReport, question: Question) -> Option<String> {
    let said: &[WarningKind] = match question {
        Question::Overview => return None,
        // The floor column shows already that no floor was found.
        Question::Fit | Question::Plan => &[WarningKind::FloorNotIdentified],
        Question::Forecast => &[WarningKind::FloorNotIdentified, WarningKind::NotMonotone],
    };
    Some(notes(report, said)).filter(|notes| !notes.is_empty())
}

/// One note per warning, in the order of the curves, without those of the kinds in `said`.
fn notes(report: &StudyReport, said: &[WarningKind]) -> String {
    let mut grouped: Vec<(String, Vec<&str>)> = Vec::new();
    // Index of each message in `grouped`. A search would be slow: a file may have a hundred
    // thousand curves, each with a message of its own.
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
