//! Forecasts for programs.

use serde_json::{Map, Value, json};

use crate::analysis::{CurveOutcome, CurveReport};
use crate::report::elements::plain;

/// The forecasts at the requested sizes, and the back-test.
pub(super) fn fields(curve: &CurveReport) -> Map<String, Value> {
    match &curve.outcome {
        CurveOutcome::Fitted(fitted) => {
            plain::fields(&json!({ "forecasts": fitted.at, "back_test": fitted.back_test }))
        }
        CurveOutcome::NotFitted { .. } => {
            plain::fields(&json!({ "forecasts": [], "back_test": null }))
        }
    }
}
