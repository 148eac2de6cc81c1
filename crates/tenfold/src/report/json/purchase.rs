//! What to buy and what training on it takes, beside the fields of a plan.

use serde_json::{Map, Value, json};
use tenfold_core::{Cost, Estimate, Investment, Round};

use super::{estimate, interval, number, optional};
use crate::analysis::Purchase;

/// The fields `investment`, `rounds`, `compute` and `model_size`.
pub(super) fn fields(purchase: &Purchase) -> Map<String, Value> {
    let size = number(purchase.size.get());
    let amount = |amount: &Option<Estimate>| amount.as_ref().map(estimate);
    let model_size = purchase.model_size.as_ref().map(|(law, parameters)| {
        json!({
            "size": size, "parameters": estimate(parameters), "beta_p": estimate(&law.beta_p),
            "at_least_linear": law.at_least_linear,
        })
    });
    let investment = purchase.investment.as_ref();
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("investment", investment.map_or(Value::Null, investment_of));
    if let Err(reason) = investment {
        put("investment_reason", json!(reason.to_string()));
    }
    put("rounds", purchase.rounds.iter().enumerate().map(round).collect());
    put(
        "compute",
        json!({
            "size": size, "seconds": amount(&purchase.seconds), "flop": amount(&purchase.flop),
            "cost": amount(&purchase.cost),
        }),
    );
    put("model_size", json!(model_size));
    fields
}

/// Those fields of a curve that could not be fitted.
pub(super) fn no_fields() -> Map<String, Value> {
    let nothing = [
        ("investment", Value::Null),
        ("rounds", json!([])),
        ("compute", Value::Null),
        ("model_size", Value::Null),
    ];
    nothing.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

fn money(cost: Option<Cost>) -> Value {
    optional(cost.map(|cost| cost.0))
}

fn investment_of(found: &Investment) -> Value {
    let worth = found.worth.as_ref().map(|worth| {
        json!({
            "first_example": number(worth.first_example),
            "next_example": number(worth.next_example),
            "best_size": optional(worth.best_size.map(tenfold_core::TrainingSetSize::get)),
            "gain": number(worth.gain),
            "gain_interval_80": interval(worth.gain_interval_80),
            "net_gain": optional(worth.net_gain),
        })
    });
    json!({
        "have": number(found.have.get()),
        "examples": number(found.examples),
        "size": number(found.size.get()),
        "cost": money(found.cost),
        "days": optional(found.days),
        "limit": found.limit.name(),
        "error": number(found.forecast.error),
        "interval_80": interval(found.forecast.interval_80),
        "interval_95": interval(found.forecast.interval_95),
        "probability_reached": optional(found.probability_reached),
        "worth": worth,
    })
}

fn round((index, round): (usize, &Round)) -> Value {
    json!({
        "round": index + 1,
        "size": number(round.size.get()),
        "examples": number(round.examples),
        "cost": money(round.cost),
        "days": optional(round.days),
        "error": number(round.forecast.error),
        "interval_80": interval(round.forecast.interval_80),
        "probability_reached": optional(round.probability_reached),
    })
}
