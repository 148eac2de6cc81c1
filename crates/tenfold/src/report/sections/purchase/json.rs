//! A plan and a purchase for programs.

use serde_json::{Map, Value, json};
use tenfold_core::{DataPlan, MetricKind};

use crate::analysis::{CurveOutcome, CurveReport, Goal, Purchase};
use crate::format;
use crate::report::elements::plain;
use crate::report::section::Asked;

/// The facts of the plan and the purchase, or why there is no plan.
pub(super) fn fields(curve: &CurveReport, asked: &Asked) -> Map<String, Value> {
    let CurveOutcome::Fitted(fitted) = &curve.outcome else {
        let mut fields = no_plan(&asked.goal);
        fields.extend(plain::fields(&json!({
            "investment": null, "rounds": [], "compute": null, "model_size": null,
        })));
        return fields;
    };
    let mut fields = if let Some(plan) = &fitted.plan {
        plan_of(plan, asked.metric)
    } else {
        let mut fields = no_plan(&asked.goal);
        fields.insert("reason".to_owned(), json!("no target was given"));
        fields
    };
    fields.extend(purchase_of(&fitted.purchase));
    fields
}

fn plan_of(plan: &DataPlan, metric: MetricKind) -> Map<String, Value> {
    let mut fields = plain::fields(plan);
    if plan.size.is_none() && !plan.already_reached {
        let target = format::target(plan.target, metric);
        let chance = format::probability(plan.probability_reached);
        let reason =
            format!("may never reach {target}: the chance that more data does is {chance}");
        fields.insert("reason".to_owned(), json!(reason));
    }
    fields
}

/// The fields of a missing plan, without a target or without a fit.
fn no_plan(goal: &Goal) -> Map<String, Value> {
    plain::fields(&json!({
        "target": goal.target, "size": null, "interval_80": [null, null],
        "probability_reached": null, "examples_to_add": null, "cost": null, "safe_size": null,
    }))
}

fn purchase_of(purchase: &Purchase) -> Map<String, Value> {
    let mut fields = plain::fields(purchase);
    if let Err(reason) = &purchase.investment {
        fields.insert("investment_reason".to_owned(), json!(reason.to_string()));
    }
    let rounds = fields.get_mut("rounds").and_then(Value::as_array_mut);
    for (index, round) in rounds.into_iter().flatten().enumerate() {
        round["round"] = json!(index + 1);
    }
    fields
}
