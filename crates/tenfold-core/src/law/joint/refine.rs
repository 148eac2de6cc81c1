//! Damped Newton steps on all parameters of a joint law.

use crate::law::joint::{
    JointFamily, JointFitted, JointLoss, JointParameters, MAX_JOINT_PARAMETERS, Relative,
    SHARED_NAMES,
};
use crate::stats::linear;

/// How far a refinement goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refinement {
    /// Multiples of `delta` that are used first, in order.
    rounder: &'static [f64],
    /// Most steps with each of them.
    rounder_steps: usize,
    /// Most steps with the loss itself; steps end earlier where the loss no longer falls.
    steps: usize,
}

/// Refinement from the best of a grid, which may be far from the minimum.
pub(super) const FROM_GRID: Refinement =
    Refinement { rounder: &[64.0, 16.0, 4.0], rounder_steps: 30, steps: 500 };

/// Refinement from the fit of nearly the same data.
pub(super) const FROM_NEARBY: Refinement =
    Refinement { rounder: &[8.0], rounder_steps: 10, steps: 60 };

/// Relative fall of the loss below which the refinement stops.
const SMALLEST_FALL: f64 = 1e-12;

/// Lowest and highest value of each parameter in relative units: amplitudes start at 0, exponents
/// range as far as sizes can tell them apart, and the law's own parameter has a wide range.
const BOUNDS: [(f64, f64); MAX_JOINT_PARAMETERS] =
    [(0.0, 1e3), (0.0, 1e6), (0.01, 3.0), (0.0, 1e6), (0.01, 3.0), (0.05, 1e4)];

/// Step of the numerical derivative by the law's own parameter, relative to it.
const DERIVATIVE_STEP: f64 = 1e-6;

/// Smallest damping and the one a refinement starts with.
const SMALLEST_DAMPING: f64 = 1e-12;
const FIRST_DAMPING: f64 = 1e-4;

/// Largest damping; steps are then too short to change anything.
const LARGEST_DAMPING: f64 = 1e12;

/// Smallest share of the runs beyond `delta` in a step, so that the step is determined even where
/// few runs are near.
const SMALLEST_SHARE: f64 = 1e-6;

/// Position of a law's own parameter.
const OWN: usize = SHARED_NAMES.len();

/// The member that steps reach from `start`.
///
/// # Reference
/// Marquardt (1963), "An algorithm for least-squares estimation of nonlinear parameters"; Madsen and
/// Nielsen (1990), "Finite algorithms for robust linear regression", for steps of the Huber loss.
pub(super) fn refine(
    family: &dyn JointFamily,
    runs: &Relative,
    loss: JointLoss,
    refinement: &Refinement,
    start: JointParameters,
) -> JointFitted {
    let mut parameters = start;
    let count = family.parameter_names().len();
    for (parameter, (low, high)) in parameters.iter_mut().zip(BOUNDS).take(count) {
        *parameter = parameter.clamp(low, high);
    }
    let mut fitted = JointFitted { parameters, loss: f64::INFINITY };
    for step in loss.path(refinement.rounder) {
        let is_last = step == loss;
        let steps = if is_last { refinement.steps } else { refinement.rounder_steps };
        let descent = Descent { family, runs, loss: step, count };
        fitted = descend(&descent, fitted.parameters, steps);
    }
    fitted
}

/// The minimisation of one loss.
struct Descent<'r> {
    family: &'r dyn JointFamily,
    runs: &'r Relative,
    loss: JointLoss,
    /// Parameters of the law.
    count: usize,
}

type Square = [[f64; MAX_JOINT_PARAMETERS]; MAX_JOINT_PARAMETERS];

/// The matrix of the normal equations, of runs near the law and of runs beyond `delta`, and the right side.
struct System {
    near: Square,
    beyond: Square,
    right: JointParameters,
}

/// Damping of a step, and its share of reweighted squares.
#[derive(Clone, Copy)]
struct Trust {
    damping: f64,
    /// Share of the reweighted squares of runs beyond `delta`, which have no curvature of their
    /// own: with a share of 1 a step never raises the loss by much, with 0 it is Newton's step.
    share: f64,
}

impl Trust {
    fn after_a_fall(self) -> Self {
        let damping = (0.2 * self.damping).max(SMALLEST_DAMPING);
        Self { damping, share: (0.3 * self.share).max(SMALLEST_SHARE) }
    }

    fn after_a_climb(self) -> Self {
        let factor = if self.share < 1.0 { 2.0 } else { 10.0 };
        Self { damping: factor * self.damping, share: (10.0 * self.share).min(1.0) }
    }
}

fn descend(descent: &Descent<'_>, start: JointParameters, steps: usize) -> JointFitted {
    let mut fitted = JointFitted { parameters: start, loss: lost(descent, &start) };
    let mut trust = Trust { damping: FIRST_DAMPING, share: 1.0 };
    let mut system = system(descent, &start);
    let mut small_falls = 0;
    for _ in 0..steps {
        let parameters = stepped(&system, &fitted.parameters, descent.count, trust);
        let trial = JointFitted { parameters, loss: lost(descent, &parameters) };
        // A loss that is not a number counts as a rise.
        let falls = trial.loss <= fitted.loss;
        if falls {
            let is_small = fitted.loss - trial.loss <= SMALLEST_FALL * fitted.loss;
            small_falls = if is_small { small_falls + 1 } else { 0 };
            fitted = trial;
            trust = trust.after_a_fall();
        } else {
            trust = trust.after_a_climb();
        }
        if small_falls > 1 || trust.damping > LARGEST_DAMPING {
            break;
        }
        if falls {
            system = self::system(descent, &fitted.parameters);
        }
    }
    fitted
}

/// Sum of the loss over the runs.
fn lost(descent: &Descent<'_>, parameters: &JointParameters) -> f64 {
    let [floor, scale, exponent, data_scale, data_exponent, own] = *parameters;
    let (family, runs) = (descent.family, descent.runs);
    let mut lost = 0.0;
    for (at, size) in runs.sizes.iter().enumerate() {
        let model = (-exponent * runs.log_parameters[at]).exp();
        let data = (-data_exponent * family.worth(size, own).ln()).exp();
        let error = family.error(floor + scale * model + data_scale * data, own);
        lost += descent.loss.of(error.ln() - runs.log_errors[at]);
    }
    lost
}

fn system(descent: &Descent<'_>, parameters: &JointParameters) -> System {
    let [floor, scale, exponent, data_scale, data_exponent, own] = *parameters;
    let (family, runs) = (descent.family, descent.runs);
    let zero = [[0.0; MAX_JOINT_PARAMETERS]; MAX_JOINT_PARAMETERS];
    let mut system = System { near: zero, beyond: zero, right: [0.0; MAX_JOINT_PARAMETERS] };
    for (at, size) in runs.sizes.iter().enumerate() {
        let log_worth = family.worth(size, own).ln();
        let model = (-exponent * runs.log_parameters[at]).exp();
        let data = (-data_exponent * log_worth).exp();
        let sum = floor + scale * model + data_scale * data;
        let log_error = family.error(sum, own).ln();
        let slope = family.log_error_slope(sum, own);
        let mut slopes = [
            slope,
            slope * model,
            -slope * scale * model * runs.log_parameters[at],
            slope * data,
            -slope * data_scale * data * log_worth,
            0.0,
        ];
        if descent.count > OWN {
            let mut moved = *parameters;
            let step = DERIVATIVE_STEP * own;
            moved[OWN] += step;
            slopes[OWN] = (family.predict(&moved, size).ln() - log_error) / step;
        }
        let residual = runs.log_errors[at] - log_error;
        let weight = descent.loss.weight(residual);
        let matrix = if weight < 1.0 { &mut system.beyond } else { &mut system.near };
        add_square(matrix, &slopes, weight);
        for (right, slope) in system.right.iter_mut().zip(slopes) {
            *right += weight * slope * residual;
        }
    }
    system
}

/// Adds `weight` times the products of all pairs of `slopes`.
fn add_square(matrix: &mut Square, slopes: &JointParameters, weight: f64) {
    for (row, slope) in matrix.iter_mut().zip(slopes) {
        for (entry, other) in row.iter_mut().zip(slopes) {
            *entry += weight * slope * other;
        }
    }
}

/// The parameters after a damped step; those at a bound that the data push outwards stay there.
fn stepped(
    system: &System,
    parameters: &JointParameters,
    count: usize,
    trust: Trust,
) -> JointParameters {
    let (mut matrix, mut right) = (system.near, system.right);
    for (row, beyond) in matrix.iter_mut().zip(&system.beyond) {
        for (entry, beyond) in row.iter_mut().zip(beyond) {
            *entry += trust.share * beyond;
        }
    }
    for at in 0..MAX_JOINT_PARAMETERS {
        let (low, high) = BOUNDS[at];
        let outwards = (parameters[at] <= low && right[at] < 0.0)
            || (parameters[at] >= high && right[at] > 0.0);
        let diagonal = system.near[at][at] + system.beyond[at][at];
        let is_flat = diagonal <= 0.0 || !diagonal.is_finite();
        if at >= count || outwards || is_flat {
            for row in &mut matrix {
                row[at] = 0.0;
            }
            matrix[at] = [0.0; MAX_JOINT_PARAMETERS];
            (matrix[at][at], right[at]) = (1.0, 0.0);
        } else {
            matrix[at][at] += trust.damping * diagonal;
        }
    }
    let step = linear::solve(matrix, right);
    let mut trial = *parameters;
    for ((value, step), (low, high)) in trial.iter_mut().zip(step).zip(BOUNDS).take(count) {
        let moved = *value + step;
        *value = if moved.is_finite() { moved.clamp(low, high) } else { *value };
    }
    trial
}
