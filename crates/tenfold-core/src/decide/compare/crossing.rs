//! The size from which on one of two curves leads.

use crate::decide::compare::pair::Pair;
use crate::decide::compare::{Crossing, OpenEstimate};
use crate::estimate::OptionalInterval;
use crate::forecast::LARGEST_LEARNT_RATIO;
use crate::law::finite_exp;

/// Steps per doubling at which the difference is evaluated.
const STEPS_A_DOUBLING: f64 = 4.0;

/// Most steps: curves over hundreds of doublings are no real study.
const MOST_STEPS: f64 = 400.0;

/// Bisections of one step: 2^-16 of a quarter doubling is 3e-6 of a size.
const BISECTIONS: usize = 16;

/// The last change of sign of the expected difference between the smallest size both curves were
/// measured at and 16 times the largest of either, the distance that probabilities were checked at:
/// a crossing far beyond depends on the laws that were assumed, not on the curves.
pub(super) fn last_crossing(pair: &Pair<'_>) -> Option<Crossing> {
    let first = pair.a.smallest().max(pair.b.smallest());
    let last = pair.a.largest().max(pair.b.largest()) + LARGEST_LEARNT_RATIO.ln();
    let doublings = (last - first) / std::f64::consts::LN_2;
    let count = (doublings * STEPS_A_DOUBLING).ceil().clamp(1.0, MOST_STEPS) as usize;
    let at = |step: usize| first + (last - first) * step as f64 / count as f64;
    let ratio = |size: f64| pair.log_ratio(size);
    let a_leads_beyond = ratio(last) < 0.0;
    // `lead` is above 0 where the curve that leads at the end is ahead.
    let lead = |size: f64| if a_leads_beyond { -ratio(size) } else { ratio(size) };
    if lead(last) <= 0.0 {
        return None;
    }
    let before = (0..count).rev().find(|&step| lead(at(step)) < 0.0)?;
    let crossing = boundary(at(before), at(before + 1), |size| lead(size) >= 0.0);
    let ahead = |size: f64| {
        let probability = pair.probability_a_better(size);
        if a_leads_beyond { probability } else { 1.0 - probability }
    };
    let interval = |tail: f64| {
        let below = (0..=before).rev().find(|&step| ahead(at(step)) <= tail);
        let above = (before + 1..=count).find(|&step| ahead(at(step)) >= 1.0 - tail);
        let low = below
            .map(|step| boundary(at(step), at(step + 1).min(crossing), |size| ahead(size) > tail));
        let high = above.map(|step| {
            boundary(at(step - 1).max(crossing), at(step), |size| ahead(size) >= 1.0 - tail)
        });
        OptionalInterval {
            low: low.map(|size| finite_exp(size.min(crossing))),
            high: high.map(|size| finite_exp(size.max(crossing))),
        }
    };
    let size = OpenEstimate {
        value: finite_exp(crossing),
        interval_80: interval(0.1),
        interval_95: interval(0.025),
    };
    Some(Crossing { size, a_leads_beyond })
}

/// The size between `low` and `high` from which on `holds` is true; it is false at `low`.
pub(super) fn boundary(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (low, high);
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
