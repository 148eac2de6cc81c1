//! Writes documents with an answer for every curve: the serialised facts in full precision, with
//! `null` and a reason in place of NaN and infinity.

use serde_json::{Map, Value, json};
use tenfold_core::CurvePoint;

use super::elements::plain::{self, number};
use super::section::{Asked, Question};
use super::sections::SECTIONS;
use super::view::StudyReport;
use crate::analysis::{CurveOutcome, CurveReport};
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

/// The answer for one curve: the fields of its sections, and the facts about its measurements.
pub fn answer(curve: &CurveReport, asked: &Asked) -> Value {
    let mut fields = Map::new();
    for section in SECTIONS {
        fields.extend(section.json(curve, asked).unwrap_or_default());
    }
    fields.insert("curve".to_owned(), json!(curve.curve.name()));
    if let CurveOutcome::NotFitted { reason } = &curve.outcome {
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
        fields.insert("imported".to_owned(), plain::value(&curve.imported));
    }
    Value::Object(fields)
}

/// Adds the metric of a file: `metric`, and its values beside the errors of forecasts and plans.
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
