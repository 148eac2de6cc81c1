//! Fits of laws of model size and data together, printed.

use serde_json::{Map, Value, json};
use tenfold_core::fit::JointFit;

use super::json::estimate;
use super::text::table::Table;
use crate::format;

/// The document `tenfold.fit/1`; what only a law of one variable has is `null`.
pub fn json(fits: &[(String, JointFit)]) -> Value {
    let curves: Vec<Value> = fits
        .iter()
        .map(|(name, fit)| {
            let parameters: Map<String, Value> = fit
                .parameters
                .iter()
                .map(|parameter| (parameter.name.to_owned(), estimate(&parameter.estimate)))
                .collect();
            let unidentified: Vec<&str> = fit
                .parameters
                .iter()
                .filter(|parameter| !parameter.identified)
                .map(|parameter| parameter.name)
                .collect();
            json!({
                "curve": name, "points": fit.runs, "law": fit.law, "parameters": parameters,
                "scatter": fit.scatter, "unidentified": unidentified,
                "regions": Value::Null, "floor_identified": !unidentified.contains(&"irreducible_error"),
                "monotone": Value::Null, "warnings": [],
            })
        })
        .collect();
    json!({ "schema": "tenfold.fit/1", "curves": curves })
}

/// One table a curve, a parameter a row.
pub fn text(fits: &[(String, JointFit)]) -> String {
    let block = |(name, fit): &(String, JointFit)| {
        let mut table = Table::new(&["parameter", "value", "95% range", ""], &[1, 2]);
        for parameter in &fit.parameters {
            let range = parameter.estimate.interval_95;
            let note = if parameter.identified { "" } else { "the runs hardly tell" };
            table.row([
                parameter.name.to_owned(),
                format::full(parameter.estimate.value),
                format!("{} to {}", format::full(range.low), format::full(range.high)),
                note.to_owned(),
            ]);
        }
        let scatter = format::error(fit.scatter, tenfold_core::MetricKind::ErrorRate);
        let runs = format::count(fit.runs as f64);
        format!(
            "{name}, {}: {runs} runs scatter by {scatter} around it\n\n{}",
            fit.law,
            table.print()
        )
    };
    fits.iter().map(block).collect::<Vec<String>>().join("\n")
}
