//! The curve between the sizes that were measured: a fixed-interval smoother.
//!
//! # Reference
//! Rauch, Tung and Striebel (1965), "Maximum likelihood estimates of linear dynamic systems".

use crate::posterior::dynamics::{Before, Dynamics, SAME_SIZE, Step};
use crate::posterior::filter::{Covariance, Observation};
use crate::posterior::mixture::{Mixture, Normal};
use crate::posterior::{Cell, thinned};

/// Cells that a smoothed distribution is made from: what lies between measured sizes differs less from cell
/// to cell than what lies beyond them.
const CELLS: usize = 100;

/// The distribution of the log error at `doublings`, below 0; `measured` adds the noise of a measurement to
/// a cell's variance.
pub(super) fn between(
    cells: &[Cell],
    observations: &[Observation],
    doublings: f64,
    measured: &dyn Fn(&Cell, f64) -> f64,
) -> Mixture {
    let parts = few(cells).into_iter().map(|cell| {
        let (mean, variance) = smoothed(&cell, observations, doublings);
        let deviation = measured(&cell, variance).max(f64::MIN_POSITIVE).sqrt();
        Normal { weight: cell.weight, mean, deviation }
    });
    Mixture::new(parts.collect())
}

/// Few cells that stand for all.
///
/// Thinned and not cut off: the most probable cells are those with little noise of runs, and they alone would
/// make the curve look surer than it is.
pub(super) fn few(cells: &[Cell]) -> Vec<Cell> {
    let weights: Vec<f64> = cells.iter().map(|cell| cell.weight).collect();
    let kept = thinned(&weights, CELLS).into_iter();
    kept.map(|(at, weight)| Cell { weight, ..cells[at] }).collect()
}

/// Level relative to the law and deviation of its slope, with their covariance.
#[derive(Clone, Copy)]
struct State {
    level: f64,
    slope: f64,
    covariance: Covariance,
}

impl State {
    fn ahead(&self, step: &Step) -> Self {
        let [level, both, slope] = self.covariance;
        let Step { persistence, gain, noise } = step;
        Self {
            level: self.level + gain * self.slope,
            slope: persistence * self.slope,
            covariance: [
                level + 2.0 * gain * both + gain * gain * slope + noise[0],
                persistence * (both + gain * slope) + noise[1],
                persistence * persistence * slope + noise[2],
            ],
        }
    }

    fn updated(&self, observed: f64, variance: f64) -> Self {
        let [level, both, slope] = self.covariance;
        let whole = level + variance;
        let (of_level, of_slope) = (level / whole, both / whole);
        let miss = observed - self.level;
        Self {
            level: self.level + of_level * miss,
            slope: self.slope + of_slope * miss,
            covariance: [
                level * (1.0 - of_level),
                both * (1.0 - of_level),
                slope - of_slope * both,
            ],
        }
    }

    /// This filtered state, given what is known of the state a step later: `ahead` predicted from this one,
    /// `later` smoothed.
    fn smoothed(&self, step: &Step, ahead: &Self, later: &Self) -> Self {
        let [p11, p12, p22] = self.covariance;
        let Step { persistence, gain, .. } = *step;
        // Covariance of this state with the one ahead: P F', F = [[1, gain], [0, persistence]].
        let cross = [[p11 + gain * p12, persistence * p12], [p12 + gain * p22, persistence * p22]];
        let [a, b, d] = ahead.covariance;
        let determinant = (a * d - b * b).max(f64::MIN_POSITIVE);
        let inverse = [[d / determinant, -b / determinant], [-b / determinant, a / determinant]];
        let g: [[f64; 2]; 2] = std::array::from_fn(|i| {
            std::array::from_fn(|j| cross[i][0] * inverse[0][j] + cross[i][1] * inverse[1][j])
        });
        let miss = [later.level - ahead.level, later.slope - ahead.slope];
        let change: [f64; 3] = std::array::from_fn(|k| later.covariance[k] - ahead.covariance[k]);
        let quadratic = |i: usize, j: usize| {
            g[i][0] * (change[0] * g[j][0] + change[1] * g[j][1])
                + g[i][1] * (change[1] * g[j][0] + change[2] * g[j][1])
        };
        Self {
            level: self.level + g[0][0] * miss[0] + g[0][1] * miss[1],
            slope: self.slope + g[1][0] * miss[0] + g[1][1] * miss[1],
            covariance: [
                (p11 + quadratic(0, 0)).max(0.0),
                p12 + quadratic(0, 1),
                (p22 + quadratic(1, 1)).max(0.0),
            ],
        }
    }
}

/// Mean and variance of the curve at `doublings` under one cell.
pub(super) fn smoothed(cell: &Cell, observations: &[Observation], doublings: f64) -> (f64, f64) {
    let dynamics = &cell.dynamics;
    let is_unrelated = matches!(dynamics.before, Before::Unrelated(_));
    if is_unrelated && dynamics.is_before(doublings) && observations.len() > 1 {
        return interpolated(dynamics, observations, doublings);
    }
    let within: Vec<&Observation> = observations
        .iter()
        .filter(|one| !(is_unrelated && dynamics.is_before(one.doublings)))
        .collect();
    // Sizes in order, with the one asked about among them: measured or not.
    let mut stops: Vec<(f64, Option<&Observation>)> =
        within.iter().map(|one| (one.doublings, Some(*one))).collect();
    let same = stops.iter().position(|stop| (stop.0 - doublings).abs() <= SAME_SIZE);
    let asked = same.unwrap_or_else(|| {
        let at = stops.partition_point(|stop| stop.0 < doublings);
        stops.insert(at, (doublings, None));
        at
    });
    let law = |at: f64| cell.shape.log_ratio(at);
    let first = stops.iter().position(|stop| stop.1.is_some()).unwrap_or(0);
    if asked < first {
        let state = at_stop(cell, &stops[first..], 0, &law);
        let step = step_between(cell, doublings, stops[first].0);
        let mean = state.level + law(doublings) - step.gain * state.slope;
        let [level, both, slope] = state.covariance;
        let variance =
            level - 2.0 * step.gain * both + step.gain * step.gain * slope + step.noise[0];
        return (mean, variance.max(0.0));
    }
    let state = at_stop(cell, &stops, asked, &law);
    (state.level + law(doublings), state.covariance[0])
}

/// The step of a cell from one size to the next.
fn step_between(cell: &Cell, from: f64, to: f64) -> Step {
    let deviation = cell.dynamics.deviation_at(to, cell.moves);
    Step::of(cell.dynamics.persistence, to - from).scaled(deviation)
}

/// The smoothed state at stop number `asked`; the first stop was measured.
fn at_stop(
    cell: &Cell,
    stops: &[(f64, Option<&Observation>)],
    asked: usize,
    law: &dyn Fn(f64) -> f64,
) -> State {
    let relative = |one: &Observation| one.log_error - law(one.doublings);
    let dynamics = &cell.dynamics;
    let deviation = dynamics.deviation_at(stops[0].0, cell.moves);
    let (level, variance) =
        stops[0].1.map_or((0.0, 1.0), |one| (relative(one), dynamics.variance_of(one.variance)));
    let mut state = State { level, slope: 0.0, covariance: [variance, 0.0, deviation * deviation] };
    let mut filtered = vec![state];
    let mut ahead = Vec::new();
    for pair in stops.windows(2) {
        let step = step_between(cell, pair[0].0, pair[1].0);
        let predicted = state.ahead(&step);
        state = match pair[1].1 {
            Some(one) => predicted.updated(relative(one), dynamics.variance_of(one.variance)),
            None => predicted,
        };
        filtered.push(state);
        ahead.push((step, predicted));
    }
    for at in (asked..ahead.len()).rev() {
        let (step, predicted) = &ahead[at];
        state = filtered[at].smoothed(step, predicted, &state);
    }
    state
}

/// Between sizes that nothing relates, errors are joined by straight lines.
fn interpolated(dynamics: &Dynamics, observations: &[Observation], doublings: f64) -> (f64, f64) {
    let after = observations.partition_point(|one| one.doublings < doublings);
    let after = after.clamp(1, observations.len() - 1);
    let (low, high) = (&observations[after - 1], &observations[after]);
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
            .map(|(&doublings, log_error)| Observation { doublings, log_error, variance: 0.001 })
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
        // Leaving a point out and asking for it is what a filter over the others says there: the two ways
        // from both sides agree when the curve is turned around, since the process is reversible.
        let (mean, variance) = smoothed(&cell, &observations, -2.2);
        let turned: Vec<Observation> = observations
            .iter()
            .rev()
            .map(|one| Observation { doublings: -4.0 - one.doublings, ..*one })
            .collect();
        let (back, same) = smoothed(&cell, &turned, -1.8);
        assert!((mean - back).abs() < 1e-3, "{mean} {back}");
        assert!((variance / same - 1.0).abs() < 0.05, "{variance} {same}");
        // By the joint normal distribution of all points, with the covariance of the process integrated twice
        // and a level of variance 1e5.
        assert!((mean - 0.481_661_5).abs() < 1e-6, "{mean}");
        assert!((variance - 0.000_877_496).abs() < 1e-8, "{variance}");
        // At the largest size smoothing is filtering, and far below the smallest all is uncertain.
        let (_, far) = smoothed(&cell, &observations, -9.0);
        assert!(far > 10.0 * variance, "{far}");
    }
}
