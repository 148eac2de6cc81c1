//! Warnings for programs.

use serde_json::{Map, Value, json};
use tenfold_core::FitWarning;

use crate::analysis::CurveReport;
use crate::report::section::Question;
use crate::words;

/// The field `warnings`, as sentences; it replaces the field of facts that a fit or a plan has
/// under that name.
pub(super) fn fields(curve: &CurveReport, question: Question) -> Map<String, Value> {
    let Some(fitted) = curve.fitted() else {
        return Map::from_iter([("warnings".to_owned(), json!([]))]);
    };
    let of_fit = &fitted.fit.warnings;
    let found = match question {
        Question::Fit => warnings(of_fit),
        Question::Forecast => {
            let far = fitted.at.iter().filter_map(|at| fitted.fit.warning_at(at.size));
            warnings(&of_fit.iter().copied().chain(far).collect::<Vec<_>>())
        }
        Question::Plan | Question::Overview => warnings(fitted.warnings()),
    };
    Map::from_iter([("warnings".to_owned(), found)])
}

/// The warnings as `[{"kind", "message"}]`.
pub fn warnings<'a>(warnings: impl IntoIterator<Item = &'a FitWarning>) -> Value {
    warnings
        .into_iter()
        .map(|warning| json!({ "kind": warning.kind().name(), "message": words::warning(warning) }))
        .collect()
}
