//! Results for programs: full precision, no NaN or infinity, `null` with a reason instead.

mod purchase;

use serde_json::{Map, Value, json};
use tenfold_core::{
    BackTest, CurvePoint, DataPlan, Diagnosis, Estimate, FitWarning, Forecast, ForecastOf,
    Interval, MetricKind, OptionalInterval,
};

use super::view::StudyReport;
use crate::analysis::epochs_warning;
use crate::analysis::{CurveReport, Fitted, Goal, Outcome};
use crate::format;
use crate::meaning::scale::Scale;
use crate::measured::{ImportedRun, MeasuredCurve};
use crate::words;

/// The document `tenfold.fit/1`.
pub fn fit(report: &StudyReport) -> Value {
    Document::Fit.of(report)
}

/// The document `tenfold.forecast/1`.
pub fn forecast(report: &StudyReport) -> Value {
    Document::Forecast.of(report)
}

/// The document `tenfold.plan/1`.
pub fn plan(report: &StudyReport) -> Value {
    Document::Plan { goal: report.goal, metric: report.metric }.of(report)
}

/// A document with an answer for every curve.
#[derive(Clone, Copy, Debug)]
pub enum Document {
    /// The laws.
    Fit,
    /// Errors at the sizes asked for.
    Forecast,
    /// Sizes for the error asked for.
    Plan {
        /// What the user wants to know.
        goal: Goal,
        /// Kind of error of the first curve.
        metric: MetricKind,
    },
}

impl Document {
    /// Name and version of the document.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Fit => "tenfold.fit/1",
            Self::Forecast => "tenfold.forecast/1",
            Self::Plan { .. } => "tenfold.plan/1",
        }
    }

    fn of(self, report: &StudyReport) -> Value {
        let curves: Vec<Value> = report.curves.iter().map(|curve| self.answer(curve)).collect();
        json!({ "schema": self.schema(), "curves": curves })
    }

    /// What it says of one curve.
    pub fn answer(self, curve: &CurveReport) -> Value {
        let mut value = match (&curve.outcome, self) {
            (Outcome::NotFitted { reason }, _) => self.not_fitted(curve, reason),
            (Outcome::Fitted(fitted), Self::Fit) => fit_of(curve, fitted),
            (Outcome::Fitted(fitted), Self::Forecast) => forecasts_of(curve, fitted),
            (Outcome::Fitted(fitted), Self::Plan { goal, metric }) => {
                plan_and_purchase(curve, fitted, &goal, metric)
            }
        };
        if let (Value::Object(value), Some(scale)) =
            (&mut value, curve.scale.as_ref().filter(|scale| scale.is_turned()))
        {
            in_metric(value, scale);
        }
        let bounds = upper_bounds(curve);
        if let (Value::Object(value), false) = (&mut value, bounds.is_empty()) {
            value.insert("upper_bounds".to_owned(), Value::Array(bounds));
        }
        if let (Value::Object(value), false) = (&mut value, curve.imported.is_empty()) {
            value.insert("imported".to_owned(), imported(&curve.imported));
        }
        value
    }

    /// The fields a reader expects, all without a value, and why.
    fn not_fitted(self, curve: &CurveReport, reason: &str) -> Value {
        let mut value = json!({ "curve": curve.curve.name(), "reason": reason, "warnings": [] });
        let fields = match self {
            Self::Fit => json!({
                "points": curve.curve.points().len(), "sizes_used": [], "law": null,
                "formula": null, "parameters": {},
                "regions": {"small_data_ends": null, "irreducible_begins": null},
                "floor_identified": false, "monotone": null,
            }),
            Self::Forecast => json!({ "forecasts": [], "back_test": null }),
            Self::Plan { goal, .. } => {
                let mut fields = no_plan(&goal);
                fields.extend(purchase::no_fields());
                fields.remove("reason");
                Value::Object(fields)
            }
        };
        if let (Value::Object(value), Value::Object(fields)) = (&mut value, fields) {
            value.extend(fields);
        }
        value
    }
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

fn forecasts_of(curve: &CurveReport, fitted: &Fitted) -> Value {
    let far = fitted.at.iter().filter_map(|forecast| fitted.fit.warning_at(forecast.size));
    let all: Vec<FitWarning> = fitted.fit.warnings.iter().copied().chain(far).collect();
    json!({
        "curve": curve.curve.name(),
        "forecasts": fitted.at.iter().map(|at| forecast_of(at, fitted.of)).collect::<Vec<_>>(),
        "back_test": fitted.back_test.as_ref().map(back_test_of),
        "warnings": warnings(&all),
    })
}

fn plan_and_purchase(
    curve: &CurveReport,
    fitted: &Fitted,
    goal: &Goal,
    metric: MetricKind,
) -> Value {
    let mut value = match &fitted.plan {
        Some(plan) => plan_of(plan, metric),
        None => no_plan(goal),
    };
    value.extend(purchase::fields(&fitted.purchase));
    value.insert("curve".to_owned(), json!(curve.curve.name()));
    value.insert("warnings".to_owned(), warnings(fitted.warnings()));
    Value::Object(value)
}

/// The document `tenfold.diagnose/1`.
///
/// `unit`: what sizes count, in the plural.
pub fn diagnosis<'a>(
    diagnoses: impl Iterator<Item = (&'a MeasuredCurve, &'a Diagnosis)>,
    unit: &str,
) -> Value {
    let curves: Vec<Value> = diagnoses
        .map(|(measured, diagnosis)| {
            let findings = diagnosis.findings.iter().map(|finding| {
                let evidence = finding.evidence().into_iter();
                let evidence: Map<String, Value> =
                    evidence.map(|(name, value)| (name.to_owned(), number(value))).collect();
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
                    "cost": optional(next.cost.map(|cost| cost.0)),
                },
            })
        })
        .collect();
    json!({ "schema": "tenfold.diagnose/1", "curves": curves })
}

/// The measurements that another tool made: `[{"size", "seed", "error", "run", "source"}]`.
fn imported(runs: &[ImportedRun]) -> Value {
    let one = |run: &ImportedRun| {
        json!({
            "size": number(run.size.get()), "seed": run.seed, "error": number(run.error),
            "run": run.run, "source": run.source,
        })
    };
    runs.iter().map(one).collect()
}

/// Sizes at which every run was perfect: `[{"size", "error"}]`, with the error below which that there lies.
fn upper_bounds(curve: &CurveReport) -> Vec<Value> {
    let perfect = curve.curve.points().iter().filter(|point| point.is_censored);
    let one = |point: &CurvePoint| json!({ "size": number(point.size.get()), "error": number(point.error()) });
    perfect.map(one).collect()
}

/// The fields of a plan without a target.
fn no_plan(goal: &Goal) -> Map<String, Value> {
    let fields = json!({
        "target": goal.target.map(number), "size": null, "interval_80": [null, null],
        "probability_reached": null, "examples_to_add": null, "cost": null, "safe_size": null,
        "reason": "no target was given",
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn fit_of(curve: &CurveReport, fitted: &Fitted) -> Value {
    let fit = &fitted.fit;
    let parameters: Map<String, Value> = fit
        .parameters
        .iter()
        .map(|parameter| (parameter.name.to_owned(), estimate(&parameter.estimate)))
        .collect();
    json!({
        "curve": curve.curve.name(),
        "points": curve.curve.points().len(),
        "sizes_used": fit.sizes_used.iter().map(|size| number(size.get())).collect::<Vec<_>>(),
        "law": fit.law,
        "formula": fit.formula(),
        "parameters": parameters,
        "regions": {
            "small_data_ends": fit.regions.small_data_ends.as_ref().map(estimate),
            "irreducible_begins": fit.regions.irreducible_begins.as_ref().map(estimate),
        },
        "floor_identified": fit.floor_identified,
        "monotone": fit.monotone,
        "warnings": warnings(&fit.warnings),
    })
}

/// How the last sizes were forecast from the others.
fn back_test_of(test: &BackTest) -> Value {
    json!({
        "hidden": test.hidden,
        "rmsle": number(test.rmsle),
        "last_value_rmsle": number(test.last_value_rmsle),
        "inside_80": test.inside_80,
        "inside_95": test.inside_95,
    })
}

/// A forecast of what is asked for.
pub(super) fn forecast_of(forecast: &Forecast, of: ForecastOf) -> Value {
    json!({
        "size": number(forecast.size.get()),
        "error": number(forecast.error),
        "interval_80": interval(forecast.interval_80),
        "interval_95": interval(forecast.interval_95),
        "times_beyond_data": number(forecast.times_beyond_data),
        "interval_scale": forecast.interval_scale.to_string(),
        "of": of.name(),
    })
}

fn plan_of(plan: &DataPlan, metric: MetricKind) -> Map<String, Value> {
    let size = plan.size.map(tenfold_core::TrainingSetSize::get);
    let mut value = Map::from_iter(
        [
            ("target", number(plan.target)),
            ("have", number(plan.have.get())),
            ("already_reached", json!(plan.already_reached)),
            ("size", optional(size)),
            ("interval_80", optional_interval(plan.interval_80)),
            ("probability_reached", number(plan.probability_reached)),
            ("examples_to_add", optional(plan.examples_to_add)),
            ("cost", optional(plan.cost.map(|cost| cost.0))),
            ("cost_interval_80", optional_interval(plan.cost_interval_80)),
            ("safe_size", optional(plan.safe_size.map(tenfold_core::TrainingSetSize::get))),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    if size.is_none() && !plan.already_reached {
        let target = format::target(plan.target, metric);
        let chance = format::probability(plan.probability_reached);
        let reason =
            format!("may never reach {target}: the chance that more data does is {chance}");
        value.insert("reason".to_owned(), json!(reason));
    }
    value
}

/// `{"value", "interval_80", "interval_95"}`.
pub fn estimate(estimate: &Estimate) -> Value {
    json!({
        "value": number(estimate.value),
        "interval_80": interval(estimate.interval_80),
        "interval_95": interval(estimate.interval_95),
    })
}

/// `[{"kind", "message"}]`.
pub fn warnings<'a>(warnings: impl IntoIterator<Item = &'a FitWarning>) -> Value {
    warnings
        .into_iter()
        .map(|warning| json!({ "kind": warning.kind().name(), "message": words::warning(warning) }))
        .collect()
}

fn interval(interval: Interval) -> Value {
    json!([number(interval.low), number(interval.high)])
}

fn optional_interval(interval: OptionalInterval) -> Value {
    json!([optional(interval.low), optional(interval.high)])
}

fn optional(value: Option<f64>) -> Value {
    value.map_or(Value::Null, number)
}

/// Whole numbers as integers, everything else in full; `null` for what JSON cannot hold.
pub fn number(value: f64) -> Value {
    /// Largest integer up to which every integer is an `f64`.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT { json!(value as i64) } else { json!(value) }
}
