//! What a comparison says of two curves.

use tenfold_core::decide::{DataEquivalent, OpenEstimate, PairComparison, PairVerdict};
use tenfold_core::{ConfidenceLevel, TrainingSetSize};

use super::{ComparisonReport, measured_equivalent};
use crate::format;

/// Probability of equal exponents below which a sentence says that they differ.
const DIFFERENT: f64 = 0.05;

/// Probability from which two curves that are too close to call lean to one of them.
const LEANS: f64 = 0.6;

/// Compares the leader with another curve, one sentence per fact; the first sentence names both.
pub fn versus(
    report: &ComparisonReport<'_>,
    leader: usize,
    other: usize,
    at: TrainingSetSize,
) -> Vec<String> {
    let Some(pair) = report.pair(leader, other) else { return Vec::new() };
    let is_first = pair.a == leader;
    let names = [leader, other].map(|number| report.contenders[number].name());
    let mut sentences = vec![verdict(pair, is_first, names, at)];
    let unit = report.report.unit.as_str();
    sentences.extend(lead(pair, is_first, names, at, unit));
    sentences
        .extend(measured_equivalent(report, pair).map(|one| worth(one, is_first, names, unit)));
    sentences.extend(pair.same_exponent_p_value.map(slopes));
    sentences
}

fn verdict(
    pair: &PairComparison,
    is_first: bool,
    [leader, other]: [&str; 2],
    at: TrainingSetSize,
) -> String {
    let size = format::known_size(at.get());
    let Some(found) = pair.at.iter().find(|found| found.size == at) else { return String::new() };
    let ahead =
        if is_first { found.probability_a_better } else { 1.0 - found.probability_a_better };
    let chance = format::probability(ahead);
    match found.verdict {
        PairVerdict::TooClose if ahead >= LEANS => format!(
            "{leader} and {other} are too close to call at {size}: leans to {leader}, {chance}"
        ),
        PairVerdict::TooClose => format!(
            "{leader} and {other} are too close to call at {size}: the chance that {leader} is \
             better is {chance}"
        ),
        PairVerdict::A | PairVerdict::B => {
            format!("{leader} beats {other} at {size} with a chance of {chance}")
        }
    }
}

/// The size from which it leads, or from which it may be overtaken.
fn lead(
    pair: &PairComparison,
    is_first: bool,
    [leader, other]: [&str; 2],
    at: TrainingSetSize,
    unit: &str,
) -> Option<String> {
    let verdict = pair.at.iter().find(|found| found.size == at)?.verdict;
    let Some(crossing) = &pair.crossing else {
        let is_ahead = verdict != PairVerdict::TooClose;
        return is_ahead.then(|| format!("{leader} is ahead at every size both were measured at"));
    };
    let examples = estimated_size(&crossing.size, 1.0);
    if crossing.a_leads_beyond == is_first {
        let is_past = crossing.size.value <= at.get();
        return is_past.then(|| format!("{leader} leads from about {examples} {unit} on"));
    }
    Some(format!("{other} may overtake at about {examples} {unit}"))
}

/// How many examples the lead is worth.
fn worth(
    equivalent: &DataEquivalent,
    is_first: bool,
    [leader, other]: [&str; 2],
    unit: &str,
) -> String {
    let size = format::known_size(equivalent.size.get());
    // Equivalents count the examples of the pair's second curve.
    let (has, needs) = if is_first { (leader, other) } else { (other, leader) };
    match &equivalent.factor {
        Some(factor) => {
            let examples = estimated_size(factor, equivalent.size.get());
            format!("{has} with {size} {unit} does what {needs} does with {examples}")
        }
        None => format!("{needs} may never do what {has} does with {size} {unit}"),
    }
}

fn slopes(p_value: f64) -> String {
    let text = if p_value < 0.01 { "p < 0.01".to_owned() } else { format!("p = {p_value:.2}") };
    if p_value < DIFFERENT {
        format!("their slopes differ ({text}): the gap changes with size")
    } else {
        format!("their slopes may be the same ({text})")
    }
}

/// Formats a size as `1.3k (900–1.9k, 80%)`; words replace an end that is out of reach.
fn estimated_size(estimate: &OpenEstimate, unit: f64) -> String {
    let value = format::size(unit * estimate.value);
    let interval = estimate.interval_80;
    let range = match (interval.low, interval.high) {
        (Some(low), Some(high)) => format::size_range(unit * low, unit * high),
        (Some(low), None) => format!("{} or more", format::size(unit * low)),
        (None, Some(high)) => format!("{} or less", format::size(unit * high)),
        (None, None) => return format!("{value} (no bounds within reach)"),
    };
    format!("{value} ({range}, {})", format::level_name(ConfidenceLevel::P80))
}
