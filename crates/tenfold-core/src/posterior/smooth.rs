//! The curve between the sizes that were measured: a fixed-interval smoother.
//!
//! # Reference
//! Rauch, Tung and Striebel (1965), "Maximum likelihood estimates of linear dynamic systems".

use crate::posterior::dynamics::{Before, Dynamics, DynamicsStep, SAME_SIZE};
use crate::posterior::filter::{Observation, first_in_law};
use crate::posterior::mixture::{Mixture, Normal};
use crate::posterior::state::State;
use crate::posterior::{Cell, thinned};

/// Number of cells that a smoothed distribution is made from. Between measured sizes, cells differ
/// less than beyond them.
const CELLS: usize = 100;

/// The distribution of the log error at `doublings`, below 0; `measured` adds the noise of a measurement to
/// a cell's variance.
pub(super) fn between(
    cells: &[Cell],
    observations: &[Observation],
    doublings: f64,
    measured: &dyn Fn(&Cell, f64) -> f64,
) -> Mixture {
    // Perfect sizes leave cells far apart; with few of them, the distribution would jump at the
    // largest size.
    let has_bounds = observations.iter().any(|one| one.is_bound);
    let cells = if has_bounds { cells.to_vec() } else { few(cells) };
    let parts = cells.into_iter().map(|cell| {
        let (mean, variance) = smoothed(&cell, observations, doublings);
        let deviation = measured(&cell, variance).max(f64::MIN_POSITIVE).sqrt();
        Normal { weight: cell.weight, mean, deviation }
    });
    Mixture::new(parts.collect())
}

/// A few cells that represent all.
///
/// The cells are thinned; it would be wrong to keep only the most probable ones. Those have little
/// noise of runs, and they alone would make the curve look more certain than it is.
pub(super) fn few(cells: &[Cell]) -> Vec<Cell> {
    let weights: Vec<f64> = cells.iter().map(|cell| cell.weight).collect();
    let kept = thinned(&weights, CELLS).into_iter();
    kept.map(|(at, weight)| Cell { weight, ..cells[at] }).collect()
}

/// Mean and variance of the curve at `doublings` under one cell.
pub(super) fn smoothed(cell: &Cell, observations: &[Observation], doublings: f64) -> (f64, f64) {
    let dynamics = &cell.dynamics;
    let is_unrelated = matches!(dynamics.before, Before::Unrelated(_));
    let in_law = first_in_law(dynamics, observations);
    let is_below_law = doublings < observations[in_law.start].doublings;
    if is_unrelated && dynamics.is_before(doublings) && is_below_law && observations.len() > 1 {
        return interpolated(dynamics, observations, doublings);
    }
    let within = &observations[in_law.related()..];
    // The sizes in order, including the requested one, whether it was measured or not.
    let mut stops: Vec<(f64, Option<&Observation>)> =
        within.iter().map(|one| (one.doublings, Some(one))).collect();
    let same = stops.iter().position(|stop| (stop.0 - doublings).abs() <= SAME_SIZE);
    let asked = same.unwrap_or_else(|| {
        let at = stops.partition_point(|stop| stop.0 < doublings);
        stops.insert(at, (doublings, None));
        at
    });
    let law = |at: f64| cell.shape.log_ratio(at);
    let is_seen = |stop: &(f64, Option<&Observation>)| stop.1.is_some_and(|one| !one.is_bound);
    let first = stops.iter().position(is_seen).unwrap_or(0);
    if asked < first {
        let state = at_stop(cell, &stops, first, first, &law);
        let step = step_between(cell, doublings, stops[first].0);
        let mean = state.level + law(doublings) - step.gain * state.slope;
        return (mean, state.before(&step).1);
    }
    let state = at_stop(cell, &stops, first, asked, &law);
    (state.level + law(doublings), state.covariance[0])
}

/// The step of a cell from one size to the next.
fn step_between(cell: &Cell, from: f64, to: f64) -> DynamicsStep {
    let deviation = cell.dynamics.deviation_at(to, cell.moves);
    DynamicsStep::of(cell.dynamics.persistence, to - from).scaled(deviation)
}

/// The smoothed state at stop number `asked`; stop number `first` is the first at which an error
/// was seen.
fn at_stop(
    cell: &Cell,
    stops: &[(f64, Option<&Observation>)],
    first: usize,
    asked: usize,
    law: &dyn Fn(f64) -> f64,
) -> State {
    let relative = |one: &Observation| one.log_error - law(one.doublings);
    let dynamics = &cell.dynamics;
    let (before, stops) = stops.split_at(first);
    let deviation = dynamics.deviation_at(stops[0].0, cell.moves);
    let (level, variance) =
        stops[0].1.map_or((0.0, 1.0), |one| (relative(one), dynamics.variance_of(one.variance)));
    let mut state = State { level, slope: 0.0, covariance: [variance, 0.0, deviation * deviation] };
    for one in before.iter().rev().filter_map(|stop| stop.1) {
        let step = step_between(cell, one.doublings, stops[0].0);
        let noise = dynamics.variance_of(one.variance);
        state = state.below_before(&step, relative(one), noise).0;
    }
    let mut filtered = vec![state];
    let mut ahead = Vec::new();
    for pair in stops.windows(2) {
        let step = step_between(cell, pair[0].0, pair[1].0);
        let predicted = state.ahead(&step);
        state = match pair[1].1 {
            Some(one) if one.is_bound => {
                predicted.below(relative(one), dynamics.variance_of(one.variance)).0
            }
            Some(one) => predicted.updated(relative(one), dynamics.variance_of(one.variance)),
            None => predicted,
        };
        filtered.push(state);
        ahead.push((step, predicted));
    }
    for at in (asked - first..ahead.len()).rev() {
        let (step, predicted) = &ahead[at];
        state = filtered[at].smoothed(step, predicted, &state);
    }
    state
}

/// Interpolates log errors by straight lines between sizes that the law is not related to; bounds
/// are skipped.
fn interpolated(dynamics: &Dynamics, observations: &[Observation], doublings: f64) -> (f64, f64) {
    let seen: Vec<&Observation> = observations.iter().filter(|one| !one.is_bound).collect();
    if let [one] = seen[..] {
        return (one.log_error, dynamics.variance_of(one.variance));
    }
    let after = seen.partition_point(|one| one.doublings < doublings);
    let after = after.clamp(1, seen.len() - 1);
    let (low, high) = (seen[after - 1], seen[after]);
    let share = (doublings - low.doublings) / (high.doublings - low.doublings);
    let mean = low.log_error + share * (high.log_error - low.log_error);
    (mean, dynamics.variance_of(low.variance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posterior::Shape;

    fn dynamics() -> Dynamics {
        Dynamics {
            slope_deviation: 0.1,
            persistence: 0.8,
            run_noise: 0.02,
            noise_share: 1.0,
            reach: f64::INFINITY,
            before: Before::Wandering(0.4),
        }
    }

    #[test]
    fn smoothing_is_conditioning_on_all_points() {
        let observed = [0.9, 0.55, 0.5, 0.1, 0.05];
        let sizes = [-4.0, -3.0, -1.5, -1.0, 0.0];
        let observations: Vec<Observation> = sizes
            .iter()
            .zip(observed)
            .map(|(&doublings, log_error)| Observation {
                doublings,
                log_error,
                variance: 0.001,
                is_bound: false,
            })
            .collect();
        let flat = Shape::Floor { exponent: 0.0, floor_share: 0.0 };
        let cell = Cell {
            weight: 1.0,
            shape: flat,
            moves: 1.0,
            dynamics: dynamics(),
            level: 0.0,
            slope: 0.0,
            covariance: [0.0; 3],
        };
        // The distribution at a size that was not measured is the same when the curve is reversed,
        // since the process is reversible.
        let (mean, variance) = smoothed(&cell, &observations, -2.2);
        let turned: Vec<Observation> = observations
            .iter()
            .rev()
            .map(|one| Observation { doublings: -4.0 - one.doublings, ..*one })
            .collect();
        let (back, same) = smoothed(&cell, &turned, -1.8);
        assert!((mean - back).abs() < 1e-3, "{mean} {back}");
        assert!((variance / same - 1.0).abs() < 0.05, "{variance} {same}");
        // The expected values come from the joint normal distribution of all points, with the
        // covariance of the process integrated twice and a level of variance 1e5.
        assert!((mean - 0.481_661_5).abs() < 1e-6, "{mean}");
        assert!((variance - 0.000_877_496).abs() < 1e-8, "{variance}");
        // Far below the smallest size, the error is uncertain.
        let (_, far) = smoothed(&cell, &observations, -9.0);
        assert!(far > 10.0 * variance, "{far}");
    }
}
