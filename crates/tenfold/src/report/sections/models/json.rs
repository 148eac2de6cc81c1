//! The law of a fit for programs.

use serde_json::{Map, Value, json};

use crate::analysis::{CurveOutcome, CurveReport};
use crate::report::elements::plain;

/// The facts of the fit; without a fit the same fields are empty.
pub(super) fn fields(curve: &CurveReport) -> Map<String, Value> {
    let mut fields = match &curve.outcome {
        CurveOutcome::Fitted(fitted) => {
            let mut fields = plain::fields(&fitted.fit);
            fields.insert("formula".to_owned(), json!(fitted.fit.formula()));
            fields
        }
        CurveOutcome::NotFitted { .. } => plain::fields(&json!({
            "sizes_used": [], "law": null, "formula": null, "parameters": {},
            "regions": {"small_data_ends": null, "irreducible_begins": null},
            "floor_identified": false, "monotone": null,
        })),
    };
    fields.insert("points".to_owned(), json!(curve.curve.points().len()));
    fields
}
