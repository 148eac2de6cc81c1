//! The last step of every fit without a closed form: all parameters at once, in log residuals.

use crate::law::points::FitPoints;
use crate::law::{CurveFamily, Fitted, MAX_PARAMETERS, Parameters};

/// Lowest and highest value of a parameter in relative units.
pub(crate) type Bounds = (f64, f64);

/// Relative fall of the sum of squares below which the refinement stops.
const SMALLEST_FALL: f64 = 1e-10;

/// Factor on the number of steps of a fit with amplitudes in closed form, because the valleys here
/// are longer.
const STEPS: usize = 5;

/// Largest damping; steps are then too short to change anything.
const LARGEST_DAMPING: f64 = 1e12;

type Square = [[f64; MAX_PARAMETERS]; MAX_PARAMETERS];

/// The member that damped Gauss-Newton steps reach from `start`, its parameters held in `bounds`.
///
/// Least squares of log error; a parameter at a bound that the data push outwards stays there.
///
/// # Reference
/// Marquardt (1963), "An algorithm for least-squares estimation of nonlinear parameters".
pub(crate) fn polish(
    family: &dyn CurveFamily,
    points: &FitPoints<'_>,
    start: Parameters,
    bounds: &[Bounds],
) -> Fitted {
    let sizes: Vec<f64> = points.log_sizes().iter().map(|log_size| log_size.exp()).collect();
    let mut parameters = start;
    for (parameter, &(low, high)) in parameters.iter_mut().zip(bounds) {
        *parameter = parameter.clamp(low, high);
    }
    let mut system = System::at(family, points, &sizes, &parameters);
    let mut damping = 1e-6;
    for _ in 0..STEPS * points.search_steps() {
        let step = system.step(&parameters, bounds, damping);
        let mut trial = parameters;
        for ((value, step), &(low, high)) in trial.iter_mut().zip(step).zip(bounds) {
            let moved = *value + step;
            *value = if moved.is_finite() { moved.clamp(low, high) } else { *value };
        }
        let found = System::at(family, points, &sizes, &trial);
        // Not a number counts as a failure.
        if found.sum_of_squares <= system.sum_of_squares {
            let fall = system.sum_of_squares - found.sum_of_squares;
            let is_done = fall <= SMALLEST_FALL * system.sum_of_squares;
            (parameters, system) = (trial, found);
            damping = (0.2 * damping).max(1e-12);
            if is_done {
                break;
            }
        } else if damping < LARGEST_DAMPING {
            damping *= 10.0;
        } else {
            break;
        }
    }
    Fitted { parameters, sum_of_squares: system.sum_of_squares }
}

/// The normal equations of the log residuals at one member.
struct System {
    matrix: Square,
    gradient: Parameters,
    sum_of_squares: f64,
}

impl System {
    fn at(
        family: &dyn CurveFamily,
        points: &FitPoints<'_>,
        sizes: &[f64],
        parameters: &Parameters,
    ) -> Self {
        let count = family.parameter_names().len();
        let (mut matrix, mut gradient) = ([[0.0; MAX_PARAMETERS]; MAX_PARAMETERS], [0.0; _]);
        let mut sum_of_squares = 0.0;
        let mut slopes = [0.0; MAX_PARAMETERS];
        for (&size, &log_error) in sizes.iter().zip(points.log_errors()) {
            let fit = family.predict_and_gradient(parameters, size, &mut slopes[..count]);
            let residual = fit.ln() - log_error;
            sum_of_squares += residual * residual;
            add_outer(&mut matrix, &mut gradient, &slopes.map(|slope| slope / fit), residual);
        }
        Self { matrix, gradient, sum_of_squares }
    }

    /// The damped step; 0 for parameters held by a bound.
    fn step(&self, parameters: &Parameters, bounds: &[Bounds], damping: f64) -> Parameters {
        let count = bounds.len();
        let (mut matrix, mut right) = (self.matrix, self.gradient.map(|slope| -slope));
        for at in 0..count {
            let (low, high) = bounds[at];
            let outwards = (parameters[at] <= low && right[at] < 0.0)
                || (parameters[at] >= high && right[at] > 0.0);
            let is_flat = matrix[at][at] <= 0.0 || !matrix[at][at].is_finite();
            if outwards || is_flat {
                hold(&mut matrix, at);
                right[at] = 0.0;
            }
            matrix[at][at] *= 1.0 + damping;
        }
        solve(matrix, right, count)
    }
}

/// Adds one point to the lower triangle of the normal equations.
fn add_outer(matrix: &mut Square, gradient: &mut Parameters, slopes: &Parameters, residual: f64) {
    for (row, &slope) in slopes.iter().enumerate() {
        gradient[row] += slope * residual;
        for (sum, other) in matrix[row].iter_mut().zip(slopes).take(row + 1) {
            *sum += slope * other;
        }
    }
}

/// Takes parameter number `at` out of the system.
fn hold(matrix: &mut Square, at: usize) {
    for other in 0..MAX_PARAMETERS {
        matrix[at.max(other)][at.min(other)] = 0.0;
    }
    matrix[at][at] = 1.0;
}

/// Solves a symmetric positive definite system by Cholesky's factorisation, from its lower triangle.
fn solve(mut matrix: Square, mut right: Parameters, count: usize) -> Parameters {
    for row in 0..count {
        for column in 0..=row {
            let (this, other) = (matrix[row], matrix[column]);
            let products = this.iter().zip(&other).take(column).map(|(a, b)| a * b);
            let rest = this[column] - products.sum::<f64>();
            matrix[row][column] = if row == column {
                // Rounding may take a pivot of a singular matrix below 0.
                rest.max(1e-14 * this[row]).sqrt()
            } else {
                rest / other[column]
            };
        }
    }
    for row in 0..count {
        let known: f64 = matrix[row].iter().zip(&right).take(row).map(|(a, b)| a * b).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    for row in (0..count).rev() {
        let known: f64 = (row + 1..count).map(|below| matrix[below][row] * right[below]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}
