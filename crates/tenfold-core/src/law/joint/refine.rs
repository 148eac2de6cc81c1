//! Damped Gauss-Newton steps on all parameters of a joint law, in log residuals.

use crate::law::joint::{
    JointFamily, JointFitted, JointParameters, JointRun, MAX_JOINT_PARAMETERS,
};
use crate::stats::linear;

/// Most steps of a fit, which stops by itself where the sum of squares no longer falls.
pub(super) const FULL_STEPS: usize = 500;

/// Most steps of a refit that starts at the fit of nearly the same data.
pub(super) const REFIT_STEPS: usize = 60;

/// Relative fall of the sum of squares below which the refinement stops.
const SMALLEST_FALL: f64 = 1e-12;

/// Lowest and highest value of each parameter in relative units: amplitudes from 0, exponents as far as
/// sizes tell them apart, the law's own parameter wide.
const BOUNDS: [(f64, f64); MAX_JOINT_PARAMETERS] =
    [(0.0, 1e3), (0.0, 1e6), (0.01, 3.0), (0.0, 1e6), (0.01, 3.0), (0.05, 1e4)];

/// Step of a numerical derivative, relative to the parameter.
const DERIVATIVE_STEP: f64 = 1e-6;

/// Largest damping; steps are then too short to change anything.
const LARGEST_DAMPING: f64 = 1e12;

type Square = [[f64; MAX_JOINT_PARAMETERS]; MAX_JOINT_PARAMETERS];

/// The member that steps reach from `start`.
///
/// # Reference
/// Marquardt (1963), "An algorithm for least-squares estimation of nonlinear parameters".
pub(super) fn refine(
    family: &dyn JointFamily,
    runs: &[JointRun],
    start: JointParameters,
    steps: usize,
) -> JointFitted {
    let count = family.parameter_names().len();
    let mut parameters = start;
    for (parameter, (low, high)) in parameters.iter_mut().zip(BOUNDS).take(count) {
        *parameter = parameter.clamp(low, high);
    }
    let mut squares = sum_of_squares(family, runs, &parameters);
    let mut damping = 1e-4;
    let mut system = normal_equations(family, runs, &parameters);
    for _ in 0..steps {
        let trial = stepped(&system, &parameters, count, damping);
        let found = sum_of_squares(family, runs, &trial);
        // Not a number counts as a failure.
        if found <= squares {
            let is_done = squares - found <= SMALLEST_FALL * squares;
            (parameters, squares) = (trial, found);
            damping = (0.2 * damping).max(1e-12);
            if is_done {
                break;
            }
            system = normal_equations(family, runs, &parameters);
        } else if damping < LARGEST_DAMPING {
            damping *= 10.0;
        } else {
            break;
        }
    }
    JointFitted { parameters, sum_of_squares: squares }
}

fn sum_of_squares(
    family: &dyn JointFamily,
    runs: &[JointRun],
    parameters: &JointParameters,
) -> f64 {
    let residual = |run: &JointRun| family.predict(parameters, &run.size).ln() - run.log_error();
    runs.iter().map(|run| residual(run).powi(2)).sum()
}

/// The matrix and the right side of the normal equations.
fn normal_equations(
    family: &dyn JointFamily,
    runs: &[JointRun],
    parameters: &JointParameters,
) -> (Square, JointParameters) {
    let count = family.parameter_names().len();
    let mut matrix = [[0.0; MAX_JOINT_PARAMETERS]; MAX_JOINT_PARAMETERS];
    let mut right = [0.0; MAX_JOINT_PARAMETERS];
    for run in runs {
        let log_at = |parameters: &JointParameters| family.predict(parameters, &run.size).ln();
        let residual = run.log_error() - log_at(parameters);
        let mut slopes = [0.0; MAX_JOINT_PARAMETERS];
        for at in 0..count {
            // Forwards only: amplitudes may stand at 0.
            let step = DERIVATIVE_STEP * parameters[at].max(1e-3);
            let mut moved = *parameters;
            moved[at] += step;
            slopes[at] = (log_at(&moved) - log_at(parameters)) / step;
        }
        for at in 0..count {
            right[at] += slopes[at] * residual;
            for other in 0..count {
                matrix[at][other] += slopes[at] * slopes[other];
            }
        }
    }
    (matrix, right)
}

/// The parameters after a damped step; those at a bound that the data push outwards stay there.
fn stepped(
    (matrix, right): &(Square, JointParameters),
    parameters: &JointParameters,
    count: usize,
    damping: f64,
) -> JointParameters {
    let (mut matrix, mut right) = (*matrix, *right);
    for at in 0..MAX_JOINT_PARAMETERS {
        let (low, high) = BOUNDS[at];
        let outwards = (parameters[at] <= low && right[at] < 0.0)
            || (parameters[at] >= high && right[at] > 0.0);
        let is_flat = matrix[at][at] <= 0.0 || !matrix[at][at].is_finite();
        if at >= count || outwards || is_flat {
            for row in &mut matrix {
                row[at] = 0.0;
            }
            matrix[at] = [0.0; MAX_JOINT_PARAMETERS];
            (matrix[at][at], right[at]) = (1.0, 0.0);
        }
        matrix[at][at] *= 1.0 + damping;
    }
    let step = linear::solve(matrix, right);
    let mut trial = *parameters;
    for ((value, step), (low, high)) in trial.iter_mut().zip(step).zip(BOUNDS).take(count) {
        let moved = *value + step;
        *value = if moved.is_finite() { moved.clamp(low, high) } else { *value };
    }
    trial
}
