//! Members of a family around the one that fits a curve best: the laws of a posterior that is held to it.

use crate::curve::LearningCurve;
use crate::law::{
    CurveFamily, ErrorColumn, FULL_SEARCH, FitPoints, MAX_PARAMETERS, Parameters, PowerTable,
    finite_exp,
};
use crate::posterior::{Observation, Shape};
use crate::stats::normal;

/// Members drawn around each fit.
const MEMBERS: usize = 300;

/// Standard deviation of the members in units of a parameter's standard error by the curve. The
/// members are spread wider than the posterior, which then weights them.
const WIDTH: f64 = 2.5;

/// Least standard deviation of a curve's log errors around a law: as for the noise of a run.
const LEAST_SCATTER: f64 = 0.002;

/// Members of `family` with log prior weights, in units of the largest size.
///
/// Around the least-squares fits to all sizes at which errors were seen and to the larger half of
/// these, members are spread as a normal distribution in the logarithms of the parameters,
/// [`WIDTH`] times as wide as least squares leaves them, at the points of a Halton sequence; a
/// weight is one over that density, so that the prior is uniform.
pub(super) fn members_near(
    family: &'static dyn CurveFamily,
    curve: &LearningCurve,
    observations: &[Observation],
) -> Vec<(Shape, f64)> {
    // Least squares cannot use upper bounds; the posterior takes them into account when it weights
    // the members.
    let observations: Vec<Observation> =
        observations.iter().copied().filter(|one| !one.is_bound).collect();
    let logs = observations.iter().map(|one| one.doublings * std::f64::consts::LN_2);
    let table = PowerTable::new(logs.collect());
    let mut column = ErrorColumn::default();
    column.set(observations.iter().map(|one| one.log_error));
    let level = curve.points()[curve.points().len() - 1].error();
    let best_guess = curve.best_guess().map(|guess| guess / level);
    let half = observations.len() / 2;
    let starts = if half >= 5 { vec![0, half] } else { vec![0] };
    starts
        .into_iter()
        .flat_map(|first| {
            let points = FitPoints::new(&table, &column, first, FULL_SEARCH);
            let fitted = family.fit(&points.with_best_guess(best_guess));
            let degrees = (observations.len() - first).saturating_sub(family.minimum_sizes());
            let scatter = (fitted.sum_of_squares / degrees.max(1) as f64).sqrt();
            spread(family, &fitted.parameters, &observations[first..], scatter.max(LEAST_SCATTER))
        })
        .collect()
}

/// Members around `centre`, each with its log weight.
fn spread(
    family: &'static dyn CurveFamily,
    centre: &Parameters,
    observations: &[Observation],
    scatter: f64,
) -> Vec<(Shape, f64)> {
    let free: Vec<usize> =
        (0..family.parameter_names().len()).filter(|&at| centre[at].abs() > 0.0).collect();
    let factor = lower_factor(&gram(family, centre, observations, &free), scatter * WIDTH);
    let member = |number: usize| {
        let drawn: Vec<f64> =
            (0..free.len()).map(|axis| normal::quantile(halton(number + 1, axis))).collect();
        let mut parameters = *centre;
        for (row, &at) in free.iter().enumerate() {
            let moved: f64 = factor[row].iter().zip(&drawn).map(|(part, one)| part * one).sum();
            let factor = finite_exp(moved.clamp(-3.0, 3.0));
            parameters[at] *= factor;
        }
        let square: f64 = drawn.iter().map(|one| one * one).sum();
        (Shape::Member { family, parameters }, 0.5 * square)
    };
    std::iter::once((Shape::Member { family, parameters: *centre }, 0.0))
        .chain((0..MEMBERS).map(member))
        .collect()
}

type Matrix = [[f64; MAX_PARAMETERS]; MAX_PARAMETERS];

/// Products of the derivatives of log error by the logs of the `free` parameters, summed over points.
fn gram(
    family: &dyn CurveFamily,
    centre: &Parameters,
    observations: &[Observation],
    free: &[usize],
) -> Matrix {
    let mut gram = Matrix::default();
    let mut gradient = [0.0; MAX_PARAMETERS];
    for one in observations {
        let size = one.doublings.exp2();
        let error = family.predict_and_gradient(centre, size, &mut gradient);
        let slopes: Vec<f64> = free.iter().map(|&at| gradient[at] * centre[at] / error).collect();
        for (row, a) in slopes.iter().enumerate() {
            for (cell, b) in gram[row].iter_mut().zip(&slopes) {
                *cell += a * b;
            }
        }
    }
    for (at, row) in gram.iter_mut().enumerate() {
        row[at] += RIDGE;
    }
    gram
}

/// Prior information on every log parameter, in units of one point: it keeps the spread of a
/// parameter finite that the curve does not determine.
const RIDGE: f64 = 1e-3;

/// A matrix F with F F' = `scale`² G⁻¹: the inverse of the transposed Cholesky factor.
fn lower_factor(gram: &Matrix, scale: f64) -> Matrix {
    let mut cholesky = Matrix::default();
    for i in 0..MAX_PARAMETERS {
        for j in 0..=i {
            let before: f64 = (0..j).map(|k| cholesky[i][k] * cholesky[j][k]).sum();
            cholesky[i][j] = if i == j {
                (gram[i][i] - before).max(1e-12).sqrt()
            } else {
                (gram[i][j] - before) / cholesky[j][j]
            };
        }
    }
    // Solves L' x = scale * e for every unit vector e.
    let mut factor = Matrix::default();
    for (unit, i) in
        (0..MAX_PARAMETERS).flat_map(|unit| (0..MAX_PARAMETERS).rev().map(move |i| (unit, i)))
    {
        let after: f64 = (i + 1..MAX_PARAMETERS).map(|k| cholesky[k][i] * factor[k][unit]).sum();
        let right = if i == unit { scale } else { 0.0 };
        factor[i][unit] = (right - after) / cholesky[i][i];
    }
    factor
}

/// Bases of the Halton sequence.
const BASES: [usize; MAX_PARAMETERS] = [2, 3, 5, 7, 11];

/// Number `index` of the Halton sequence along an axis, between 0 and 1.
///
/// # Reference
/// Halton (1960), "On the efficiency of certain quasi-random sequences of points".
fn halton(index: usize, axis: usize) -> f64 {
    let base = BASES[axis];
    let (mut left, mut share, mut value) = (index, 1.0, 0.0);
    while left > 0 {
        share /= base as f64;
        value += share * (left % base) as f64;
        left /= base;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_is_a_root_of_the_inverse() {
        const ALL: std::ops::Range<usize> = 0..MAX_PARAMETERS;
        let cell = |i: usize, j: usize| {
            0.5_f64.powf(i.abs_diff(j) as f64) + if i == j { 1.0 } else { 0.0 }
        };
        let gram: Matrix = std::array::from_fn(|i| std::array::from_fn(|j| cell(i, j)));
        let factor = lower_factor(&gram, 2.0);
        // F' G F = 4 I.
        for (a, b) in ALL.flat_map(|a| ALL.map(move |b| (a, b))) {
            let row = |i: usize| ALL.map(|j| gram[i][j] * factor[j][b]).sum::<f64>();
            let sum = ALL.map(|i| factor[i][a] * row(i)).sum::<f64>();
            let expected = if a == b { 4.0 } else { 0.0 };
            assert!((sum - expected).abs() < 1e-9, "{a} {b}: {sum}");
        }
    }

    #[test]
    fn the_sequence_fills_the_interval() {
        let mean = (1..=1_000).map(|k| halton(k, 1)).sum::<f64>() / 1_000.0;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
        assert!((halton(1, 0) - 0.5).abs() < 1e-15 && (halton(3, 0) - 0.75).abs() < 1e-15);
    }
}
