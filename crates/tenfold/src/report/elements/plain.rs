//! Converts facts to JSON.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Serialises facts, with whole numbers as integers and `null` for values that JSON cannot hold.
pub(crate) fn value(facts: &impl Serialize) -> Value {
    // Facts are maps with names and lists, which always serialise.
    let mut value = serde_json::to_value(facts).unwrap_or_default();
    make_plain(&mut value);
    value
}

/// The fields of facts that are a struct; empty for others.
pub(crate) fn fields(facts: &impl Serialize) -> Map<String, Value> {
    match value(facts) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn make_plain(value: &mut Value) {
    match value {
        Value::Number(found) if found.is_f64() => {
            *value = found.as_f64().map_or(Value::Null, number);
        }
        Value::Array(values) => values.iter_mut().for_each(make_plain),
        Value::Object(fields) => fields.values_mut().for_each(make_plain),
        _ => {}
    }
}

/// A number in JSON: a whole number as an integer, others in full, `null` if JSON cannot hold it.
pub(crate) fn number(value: f64) -> Value {
    /// Largest integer up to which every integer is an `f64`.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT { json!(value as i64) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    use tenfold_core::decide::PurchaseLimit;
    use tenfold_core::{FindingLevel, FitWarning, ForecastOf, MetricKind, Verdict};

    use super::*;

    #[test]
    fn facts_are_serialised_under_their_names_in_results() {
        for kind in [MetricKind::ErrorRate, MetricKind::Loss, MetricKind::Unbounded] {
            assert_eq!(value(&kind), kind.name());
        }
        for level in [FindingLevel::Ok, FindingLevel::Warn, FindingLevel::Fail] {
            assert_eq!(value(&level), level.name());
        }
        for verdict in Verdict::ALL {
            assert_eq!(value(&verdict), verdict.name());
        }
        assert_eq!(value(&ForecastOf::NextMeasurement), "next-measurement");
        assert_eq!(value(&PurchaseLimit::OutOfReach), "out-of-reach");
        let few = FitWarning::FewSizes { sizes: 2, has_bounds: false };
        let target = FitWarning::TargetMayNeverBeReached { target: 0.1, probability: 1.0 };
        for warning in [few, target, FitWarning::SizesLookLikeEpochs] {
            assert_eq!(value(&warning)["kind"], warning.kind().name());
        }
        assert_eq!(value(&target)["probability"].to_string(), "1", "whole numbers are integers");
    }

    #[test]
    fn what_json_cannot_hold_is_null() {
        assert_eq!(value(&[f64::NAN, f64::INFINITY, 0.5]), json!([null, null, 0.5]));
    }
}
