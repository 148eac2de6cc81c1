//! Laws of model size and data as JSON.

use serde_json::{Map, Value, json};
use tenfold_core::fit::{Allocation, AllocationExponents, JointFit};
use tenfold_core::law::joint::JointLoss;

use super::{JointReport, Minima};
use crate::report::elements::plain::{self, number};

/// The document `tenfold.fit/1`; fields that only a law of one variable has are `null`.
pub fn document(reports: &[JointReport]) -> Value {
    let curves: Vec<Value> = reports.iter().map(curve).collect();
    json!({ "schema": "tenfold.fit/1", "curves": curves })
}

fn curve(report: &JointReport) -> Value {
    let fit = &report.fit;
    let unidentified: Vec<&str> = fit
        .parameters
        .iter()
        .filter(|parameter| !parameter.identified)
        .map(|parameter| parameter.name)
        .collect();
    json!({
        "curve": report.name, "points": fit.runs, "law": fit.law, "parameters": parameters(fit),
        "scatter": fit.scatter, "unidentified": unidentified,
        "regions": Value::Null, "floor_identified": !unidentified.contains(&"irreducible_error"),
        "monotone": Value::Null, "warnings": [],
        "loss": loss(fit), "usual_scatter": fit.usual_scatter, "outlying": outlying(report),
        "compute_optimal": compute_optimal(report),
    })
}

fn parameters(fit: &JointFit) -> Map<String, Value> {
    let of_fit = fit.parameters.iter();
    of_fit.map(|parameter| (parameter.name.to_owned(), plain::value(&parameter.estimate))).collect()
}

fn loss(fit: &JointFit) -> Value {
    let delta = match fit.loss {
        JointLoss::Huber { delta } => number(delta),
        JointLoss::Squares => Value::Null,
    };
    json!({ "name": fit.loss.name(), "delta": delta, "sum": number(fit.loss_sum) })
}

fn outlying(report: &JointReport) -> Vec<Value> {
    let of_fit = report.fit.outlying.iter();
    of_fit
        .map(|outlying| {
            let run = &report.runs[outlying.run];
            json!({
                "line": run.line, "parameters": number(run.run.size.parameter_count()),
                "size": number(run.run.size.examples()), "error": run.run.log_error().exp(),
                "expected": outlying.expected, "log_residual": outlying.log_residual,
                "deviations": outlying.deviations,
            })
        })
        .collect()
}

fn compute_optimal(report: &JointReport) -> Value {
    let (minima, reason) = match &report.minima {
        Ok(minima) => (of_minima(minima), Value::Null),
        Err(error) => (Value::Null, json!(error.to_string())),
    };
    let without = report.without_embeddings.as_ref().map(|without| {
        json!({
            "parameters": parameters(&without.fit),
            "exponents": exponents(without.fit.allocation_exponents()),
            "allocations": allocations(&without.allocations),
        })
    });
    json!({
        "flop_per_parameter_token": number(report.cost.rule.flop_per_parameter_token),
        "stated_flop_per_parameter_token":
            report.cost.stated.map(|(low, high)| [number(low), number(high)]),
        "exponents": exponents(report.fit.allocation_exponents()),
        "allocations": allocations(&report.allocations),
        "isoflop_minima": minima, "isoflop_minima_reason": reason,
        "without_embeddings": without,
    })
}

fn of_minima(minima: &Minima) -> Value {
    let valleys = minima.fit.valleys.iter().map(|valley| {
        json!({
            "compute_flop": number(valley.compute_flop), "runs": valley.runs,
            "parameter_count": valley.parameter_count.map(number),
        })
    });
    let with_bias = minima.allocations.iter().zip(&minima.biases).map(|(spent, bias)| {
        let mut value = allocation(spent);
        value["parabola_bias"] = json!(bias.map(number));
        value
    });
    json!({
        "valleys": valleys.collect::<Vec<Value>>(),
        "exponents": exponents(Some(minima.fit.exponents)),
        "allocations": with_bias.collect::<Vec<Value>>(),
    })
}

fn exponents(exponents: Option<AllocationExponents>) -> Value {
    exponents.map_or(Value::Null, |exponents| {
        json!({
            "parameter_count": plain::value(&exponents.parameter_count),
            "training_tokens": plain::value(&exponents.training_tokens),
        })
    })
}

fn allocations(allocations: &[Allocation]) -> Vec<Value> {
    allocations.iter().map(allocation).collect()
}

fn allocation(allocation: &Allocation) -> Value {
    let mut value = json!({
        "compute_flop": number(allocation.compute_flop),
        "parameter_count": plain::value(&allocation.parameter_count),
        "training_tokens": plain::value(&allocation.training_tokens),
        "tokens_per_parameter": plain::value(&allocation.tokens_per_parameter),
        "error": allocation.error.as_ref().map(plain::value),
    });
    if let Some(others) = &allocation.non_embedding_parameters {
        value["non_embedding_parameters"] = plain::value(others);
    }
    value
}
