//! How many examples a lead is worth.

use crate::decide::compare::crossing::boundary;
use crate::decide::compare::pair::Pair;
use crate::decide::compare::{COMPARISON_RATIO, DataEquivalent, OpenEstimate};
use crate::estimate::OptionalInterval;
use crate::law::finite_exp;
use crate::units::TrainingSetSize;

/// Steps per doubling at which the other curve is evaluated.
const STEPS_A_DOUBLING: f64 = 4.0;

/// Most steps: curves over hundreds of doublings are no real study.
const MOST_STEPS: f64 = 400.0;

/// Most measured sizes that an equivalent is given for; the largest ones.
const MOST_MEASURED: usize = 8;

/// Examples `b` needs to do what `a` does, at the largest measured sizes of `a` and at those asked
/// about, in increasing order.
///
/// A size is left out if `a` is worse there than `b` at its smallest size, because the answer would
/// lie below every measured size.
pub(super) fn data_equivalents(pair: &Pair<'_>, at: &[TrainingSetSize]) -> Vec<DataEquivalent> {
    let points = pair.a.curve().points();
    let measured = points[points.len().saturating_sub(MOST_MEASURED)..].iter();
    let mut sizes: Vec<TrainingSetSize> =
        measured.map(|point| point.size).chain(at.iter().copied()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let farthest = at.iter().map(|size| size.log()).fold(pair.a.largest(), f64::max);
    let last = farthest.max(pair.b.largest()) + COMPARISON_RATIO.ln();
    sizes.into_iter().filter_map(|size| data_equivalent(pair, size, last)).collect()
}

fn data_equivalent(pair: &Pair<'_>, size: TrainingSetSize, last: f64) -> Option<DataEquivalent> {
    let first = pair.b.smallest();
    let doublings = (last - first) / std::f64::consts::LN_2;
    let count = (doublings * STEPS_A_DOUBLING).ceil().clamp(1.0, MOST_STEPS) as usize;
    let at = |step: usize| first + (last - first) * step as f64 / count as f64;
    let of_a = pair.a.at(size.log());
    let reaches = |at_b: f64| pair.probability_b_reaches(&of_a, at_b);
    if reaches(first) >= 0.5 {
        return None;
    }
    let probabilities: Vec<f64> = (0..=count).map(|step| reaches(at(step))).collect();
    // The first step with that probability counts, because a larger data set contains the smaller
    // ones.
    let needed = |probability: f64| {
        let step = probabilities.iter().position(|&reached| reached >= probability)?;
        let log_size = if step == 0 {
            first
        } else {
            boundary(at(step - 1), at(step), |at_b| reaches(at_b) >= probability)
        };
        Some(finite_exp(log_size - size.log()))
    };
    let interval = |tail: f64| OptionalInterval { low: needed(tail), high: needed(1.0 - tail) };
    let factor = needed(0.5).map(|value| OpenEstimate {
        value,
        interval_80: interval(0.1),
        interval_95: interval(0.025),
    });
    Some(DataEquivalent { size, factor })
}
