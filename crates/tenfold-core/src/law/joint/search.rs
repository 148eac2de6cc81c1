//! Where refinement starts: a grid of exponents with floor and scales in closed form.

use crate::law::joint::{JointFamily, JointLoss, JointParameters, JointSize, Relative};
use crate::stats::linear::{self, Matrix3};

/// Exponents on the grid: 24 from .03 to 2, neighbours 20 % apart.
const EXPONENTS: usize = 24;

/// The exponent at grid position `position`.
fn exponent_at(position: usize) -> f64 {
    0.03 * (2.0_f64 / 0.03).powf(position as f64 / (EXPONENTS - 1) as f64)
}

/// Members of the grid to refine: the best by the first-order squares that the projection minimises, and
/// the best by `loss`, in which runs far off count for less.
pub(super) fn starts(
    family: &dyn JointFamily,
    runs: &Relative,
    loss: JointLoss,
) -> [JointParameters; 2] {
    let errors: Vec<f64> = runs.log_errors.iter().map(|log_error| log_error.exp()).collect();
    let logs = |powers: &dyn Fn(&JointSize) -> f64| -> Vec<f64> {
        runs.sizes.iter().map(|size| powers(size).ln()).collect()
    };
    let model_powers = powers(&runs.log_parameters);
    let mut by_squares = ([0.0; 6], f64::INFINITY);
    let mut by_loss = ([0.0; 6], f64::INFINITY);
    for &own in family.own_grid() {
        let sums = errors.iter().map(|&error| family.sum(error, own));
        let Some(sums) = sums.collect::<Option<Vec<f64>>>() else { continue };
        let data_powers = powers(&logs(&|size| family.worth(size, own)));
        let pairs = model_powers.iter().enumerate().flat_map(|(model, columns)| {
            let with_data = data_powers.iter().enumerate();
            with_data.map(move |(data, others)| (model, columns, data, others))
        });
        for (model, columns, data, others) in pairs {
            let ([floor, scale, data_scale], squares) = amplitudes(&sums, columns, others);
            let (of_model, of_data) = (exponent_at(model), exponent_at(data));
            let found = [floor, scale, of_model, data_scale, of_data, own];
            if squares < by_squares.1 {
                by_squares = (found, squares);
            }
            let terms = sums.iter().zip(columns).zip(others);
            // A relative residual of the sum: the log residual to first order.
            let residual = |((sum, model), data): ((&f64, &f64), &f64)| {
                (floor + scale * model + data_scale * data) / sum - 1.0
            };
            let lost = terms.map(|term| loss.of(residual(term))).sum::<f64>();
            if lost < by_loss.1 {
                by_loss = (found, lost);
            }
        }
    }
    [by_squares.0, by_loss.0]
}

/// The values whose logarithms are `logs` to the power of minus every exponent of the grid.
fn powers(logs: &[f64]) -> Vec<Vec<f64>> {
    let at = |exponent: f64| logs.iter().map(|log| (-exponent * log).exp()).collect();
    (0..EXPONENTS).map(|position| at(exponent_at(position))).collect()
}

/// Floor and two scales, none below 0, with their weighted sum of squares.
///
/// Residuals are relative to the sum to be met, so they are log residuals to first order. With
/// three amplitudes, every subset of amplitudes above 0 can be tried.
fn amplitudes(sums: &[f64], model: &[f64], data: &[f64]) -> ([f64; 3], f64) {
    let mut matrix: Matrix3 = [[0.0; 3]; 3];
    let mut right = [0.0; 3];
    for ((&sum, &model), &data) in sums.iter().zip(model).zip(data) {
        let row = [1.0 / sum, model / sum, data / sum];
        for at in 0..3 {
            right[at] += row[at];
            for other in 0..3 {
                matrix[at][other] += row[at] * row[other];
            }
        }
    }
    let mut best = ([0.0; 3], f64::INFINITY);
    for choice in 1..8_u8 {
        let free = [choice & 1 > 0, choice & 2 > 0, choice & 4 > 0];
        let Some(inverse) = linear::inverse(matrix, free) else { continue };
        let found = inverse.map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum::<f64>());
        // The sum of squares is n minus this at a least-squares solution.
        let explained: f64 = found.iter().zip(&right).map(|(a, b)| a * b).sum();
        let squares = sums.len() as f64 - explained;
        if found.iter().all(|amplitude| *amplitude >= 0.0) && squares < best.1 {
            best = (found, squares);
        }
    }
    best
}
