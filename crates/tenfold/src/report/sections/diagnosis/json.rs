//! Diagnoses for programs.

use serde_json::{Map, Value, json};
use tenfold_core::Diagnosis;

use crate::analysis::epochs_warning;
use crate::measured::MeasuredCurve;
use crate::report::elements::plain;
use crate::report::sections::notes::warnings;
use crate::words;

/// The document `tenfold.diagnose/1`.
///
/// `unit`: the unit of the sizes, in the plural.
pub fn document<'a>(
    diagnoses: impl Iterator<Item = (&'a MeasuredCurve, &'a Diagnosis)>,
    unit: &str,
) -> Value {
    let curves: Vec<Value> = diagnoses
        .map(|(measured, diagnosis)| {
            let findings = diagnosis.findings.iter().map(|finding| {
                let evidence = finding.evidence().into_iter();
                let evidence: Map<String, Value> =
                    evidence.map(|(name, value)| (name.to_owned(), plain::number(value))).collect();
                json!({
                    "check": finding.check(), "level": finding.level.name(),
                    "message": words::found(&finding.found),
                    "advice": finding.advice.as_ref().map(words::advice), "evidence": evidence,
                })
            });
            let next = &diagnosis.next_experiment;
            json!({
                "curve": measured.curve.name(),
                "verdict": diagnosis.verdict.name(),
                "warnings": warnings(&epochs_warning(measured)),
                "findings": findings.collect::<Vec<_>>(),
                "next_experiment": {
                    "message": words::experiment(&next.experiment, unit),
                    "cost": plain::value(&next.cost),
                },
            })
        })
        .collect();
    json!({ "schema": "tenfold.diagnose/1", "curves": curves })
}
