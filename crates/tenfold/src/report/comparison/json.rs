//! The document `tenfold.compare/1`.

use serde_json::{Value, json};
use tenfold_core::OptionalInterval;
use tenfold_core::decide::{Crossing, DataEquivalent, OpenEstimate, PairAt, PairComparison};

use super::ComparisonReport;
use crate::report::elements::plain::number;

/// Every pair at every size, and the rankings.
pub fn compare(report: &ComparisonReport<'_>) -> Value {
    let pairs: Vec<Value> = report
        .comparison
        .pairs
        .iter()
        .flat_map(|pair| pair.at.iter().map(|at| pair_at(report, pair, at)))
        .collect();
    let rankings: Vec<Value> = report
        .comparison
        .rankings
        .iter()
        .map(|ranking| {
            json!({
                "at": number(ranking.at.get()),
                "by_forecast": names(report, &ranking.by_forecast),
                "by_last_measured": names(report, &ranking.by_last_measured),
            })
        })
        .collect();
    let left_out: Vec<Value> = report
        .left_out
        .iter()
        .map(|(curve, reason)| json!({ "curve": curve, "reason": reason }))
        .collect();
    json!({
        "schema": "tenfold.compare/1",
        "at": report.at.iter().map(|size| number(size.get())).collect::<Vec<_>>(),
        "pairs": pairs,
        "rankings": rankings,
        "left_out": left_out,
    })
}

/// Names as they were given; JSON escapes their control characters.
fn names(report: &ComparisonReport<'_>, order: &[usize]) -> Vec<String> {
    order.iter().map(|&number| name(report, number)).collect()
}

fn name(report: &ComparisonReport<'_>, number: usize) -> String {
    report.contenders[number].curve.curve.name().to_owned()
}

fn pair_at(report: &ComparisonReport<'_>, pair: &PairComparison, at: &PairAt) -> Value {
    let (a, b) = (name(report, pair.a), name(report, pair.b));
    let crossing = pair.crossing.as_ref().map(|crossing| crossing_of(crossing, &a, &b));
    let equivalents: Vec<Value> =
        pair.data_equivalents.iter().map(|one| equivalent_of(one, &a, &b)).collect();
    json!({
        "a": a,
        "b": b,
        "at": number(at.size.get()),
        "probability_a_better": number(at.probability_a_better),
        "verdict": at.verdict.name(),
        "crossing": crossing,
        "same_exponent_p_value": pair.same_exponent_p_value.map(number),
        "same_test_examples": pair.is_paired,
        "data_equivalent": equivalents,
    })
}

fn crossing_of(crossing: &Crossing, a: &str, b: &str) -> Value {
    let mut value = open_estimate(&crossing.size);
    value["leads_beyond"] = json!(if crossing.a_leads_beyond { a } else { b });
    value
}

fn equivalent_of(equivalent: &DataEquivalent, a: &str, b: &str) -> Value {
    let mut value = json!({
        "size": number(equivalent.size.get()),
        "factor": equivalent.factor.as_ref().map(open_estimate),
    });
    if equivalent.factor.is_none() {
        let size = number(equivalent.size.get());
        value["reason"] = json!(format!("`{b}` may never do what `{a}` does with {size}"));
    }
    value
}

/// An estimate with its intervals; an end that is out of reach is `null`.
fn open_estimate(estimate: &OpenEstimate) -> Value {
    let interval = |interval: OptionalInterval| {
        json!([interval.low.map_or(Value::Null, number), interval.high.map_or(Value::Null, number)])
    };
    json!({
        "value": number(estimate.value),
        "interval_80": interval(estimate.interval_80),
        "interval_95": interval(estimate.interval_95),
    })
}
