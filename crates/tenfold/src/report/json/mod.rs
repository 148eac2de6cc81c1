//! Documents with an answer for every curve: the facts, serialised, in full precision, no NaN or infinity,
//! `null` with a reason instead.

use serde::Serialize;
use serde_json::{Map, Value, json};
use tenfold_core::CurvePoint;

use super::section::{Asked, Question};
use super::sections::SECTIONS;
use super::view::StudyReport;
use crate::analysis::{CurveReport, Outcome};
use crate::meaning::scale::Scale;

/// The answer to `question`, as a document.
pub fn document(report: &StudyReport, question: Question) -> Value {
    let asked = Asked { question, goal: report.goal, metric: report.metric };
    let curves: Vec<Value> = report.curves.iter().map(|curve| answer(curve, &asked)).collect();
    json!({ "schema": schema(question), "curves": curves })
}

/// Name and version of the document that answers `question`.
pub fn schema(question: Question) -> &'static str {
    match question {
        Question::Fit => "tenfold.fit/1",
        Question::Forecast => "tenfold.forecast/1",
        Question::Plan | Question::Overview => "tenfold.plan/1",
    }
}

/// What a document says of one curve: what its sections do, and what is known of its measurements.
pub fn answer(curve: &CurveReport, asked: &Asked) -> Value {
    let mut fields = Map::new();
    for section in SECTIONS {
        fields.extend(section.json(curve, asked).unwrap_or_default());
    }
    fields.insert("curve".to_owned(), json!(curve.curve.name()));
    if let Outcome::NotFitted { reason } = &curve.outcome {
        fields.insert("reason".to_owned(), json!(reason));
    }
    if let Some(scale) = curve.scale.as_ref().filter(|scale| scale.is_turned()) {
        in_metric(&mut fields, scale);
    }
    let bounds = upper_bounds(curve);
    if !bounds.is_empty() {
        fields.insert("upper_bounds".to_owned(), Value::Array(bounds));
    }
    if !curve.imported.is_empty() {
        fields.insert("imported".to_owned(), plain(&curve.imported));
    }
    Value::Object(fields)
}

/// Adds what the metric of a file is beside its errors: `metric`, and its values in forecasts and plans.
fn in_metric(answer: &mut Map<String, Value>, scale: &Scale) {
    answer.insert(
        "metric".to_owned(),
        json!({
            "name": scale.metric, "higher_is_better": scale.is_score, "best": number(scale.best),
            "error_is": scale.sentence().trim_start_matches("the error is "),
        }),
    );
    let value =
        |error: &Value| error.as_f64().map_or(Value::Null, |error| number(scale.value(error)));
    // The lower end of an error is the upper end of a score.
    let range = |ends: &Value| {
        let mut ends: Vec<Value> = ends.as_array().into_iter().flatten().map(value).collect();
        if scale.is_score {
            ends.reverse();
        }
        Value::Array(ends)
    };
    let forecasts = answer.get_mut("forecasts").and_then(Value::as_array_mut);
    for forecast in forecasts.into_iter().flatten().filter_map(Value::as_object_mut) {
        let in_metric = json!({
            "value": value(&forecast["error"]),
            "interval_80": range(&forecast["interval_80"]),
            "interval_95": range(&forecast["interval_95"]),
        });
        forecast.insert("metric".to_owned(), in_metric);
    }
    if let Some(target) = answer.get("target").map(value) {
        answer.insert("target_metric".to_owned(), target);
    }
}

/// Sizes at which every run was perfect: `[{"size", "error"}]`, with the error below which that there lies.
fn upper_bounds(curve: &CurveReport) -> Vec<Value> {
    let perfect = curve.curve.points().iter().filter(|point| point.is_censored);
    let one = |point: &CurvePoint| json!({ "size": number(point.size.get()), "error": number(point.error()) });
    perfect.map(one).collect()
}

/// Facts as they are, with whole numbers as integers; `null` for what JSON cannot hold.
pub fn plain(facts: &impl Serialize) -> Value {
    // Facts are maps with names and lists, of which a value can always be made.
    let mut value = serde_json::to_value(facts).unwrap_or_default();
    make_plain(&mut value);
    value
}

/// The fields of facts that have some.
pub fn fields(facts: &impl Serialize) -> Map<String, Value> {
    match plain(facts) {
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

/// Whole numbers as integers, everything else in full; `null` for what JSON cannot hold.
pub fn number(value: f64) -> Value {
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
            assert_eq!(plain(&kind), kind.name());
        }
        for level in [FindingLevel::Ok, FindingLevel::Warn, FindingLevel::Fail] {
            assert_eq!(plain(&level), level.name());
        }
        for verdict in Verdict::ALL {
            assert_eq!(plain(&verdict), verdict.name());
        }
        assert_eq!(plain(&ForecastOf::NextMeasurement), "next-measurement");
        assert_eq!(plain(&PurchaseLimit::OutOfReach), "out-of-reach");
        let few = FitWarning::FewSizes { sizes: 2, has_bounds: false };
        let target = FitWarning::TargetMayNeverBeReached { target: 0.1, probability: 1.0 };
        for warning in [few, target, FitWarning::SizesLookLikeEpochs] {
            assert_eq!(plain(&warning)["kind"], warning.kind().name());
        }
        assert_eq!(plain(&target)["probability"].to_string(), "1", "whole numbers are integers");
    }

    #[test]
    fn what_json_cannot_hold_is_null() {
        assert_eq!(plain(&[f64::NAN, f64::INFINITY, 0.5]), json!([null, null, 0.5]));
    }
}
