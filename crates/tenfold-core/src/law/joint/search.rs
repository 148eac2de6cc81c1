//! Where refinement starts: a grid of exponents with floor and scales in closed form.

use crate::law::joint::{JointFamily, JointParameters, JointRun};
use crate::stats::linear::{self, Matrix3};

/// Exponents on the grid: 24 from .03 to 2, neighbours 20 % apart.
const EXPONENTS: usize = 24;

/// The exponent at grid position `position`.
fn exponent_at(position: usize) -> f64 {
    0.03 * (2.0_f64 / 0.03).powf(position as f64 / (EXPONENTS - 1) as f64)
}

/// The best member of the grid for `runs` in relative units.
pub(super) fn best_of_grid(family: &dyn JointFamily, runs: &[JointRun]) -> JointParameters {
    let mut best = ([0.0; 6], f64::INFINITY);
    let powers = |value: &dyn Fn(&JointRun) -> f64| -> Vec<Vec<f64>> {
        let at = |exponent: f64| runs.iter().map(|run| value(run).powf(-exponent)).collect();
        (0..EXPONENTS).map(|position| at(exponent_at(position))).collect()
    };
    let model_powers = powers(&|run| run.size.parameter_count());
    for &own in family.own_grid() {
        let sums = runs.iter().map(|run| family.sum(run.log_error().exp(), own));
        let Some(sums) = sums.collect::<Option<Vec<f64>>>() else { continue };
        let data_powers = powers(&|run| family.worth(&run.size, own));
        let pairs = model_powers.iter().enumerate().flat_map(|(model, columns)| {
            let with_data = data_powers.iter().enumerate();
            with_data.map(move |(data, others)| (model, columns, data, others))
        });
        for (model, columns, data, others) in pairs {
            let ([floor, scale, data_scale], squares) = amplitudes(&sums, columns, others);
            if squares < best.1 {
                let (of_model, of_data) = (exponent_at(model), exponent_at(data));
                best = ([floor, scale, of_model, data_scale, of_data, own], squares);
            }
        }
    }
    best.0
}

/// Floor and two scales, none below 0, with their weighted sum of squares.
///
/// Residuals are relative to the sum to be met, so they are log residuals to first order. With three
/// amplitudes every choice of those above 0 can be looked at.
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
