//! Variable projection for `scale * m^-exponent + constant`, by least squares of log error.
//!
//! Without a constant, or without a power, the best fit is a closed form. Between the two the
//! exponent is searched on a grid, where at a fixed exponent the best scale and constant are a closed
//! form too, and the best of the grid is refined in all three together. No start values to guess, and
//! the same answer every time.
//!
//! # Reference
//! Golub and Pereyra (1973), "The differentiation of pseudo-inverses and nonlinear least squares
//! problems whose variables separate"; Marquardt (1963) for the refinement.

use crate::law::points::{FitPoints, LANES, relative_power};

/// Exponents on the grid; neighbours differ by 18 %.
pub(crate) const EXPONENTS: usize = 40;

/// Flattest exponent: over 1,000-fold data it changes the error by 3 %, less than most noise.
const FLATTEST: f64 = 0.005;

/// Steepest exponent: steeper curves reach their floor within the first two doublings.
const STEEPEST: f64 = 3.0;

/// Most steps of a refinement, which stops by itself where the sum of squares no longer falls.
pub(crate) const FULL_SEARCH: usize = 40;

/// Most steps within resamples, where thousands of fits count more than the last digit of one.
pub(crate) const DRAFT_SEARCH: usize = 8;

/// Relative fall of the sum of squares below which a refinement stops.
const SMALLEST_FALL: f64 = 1e-9;

/// The law that [`fit_power_and_constant`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projected {
    /// Factor of the power, not below 0.
    pub scale: f64,
    /// Positive when the error falls.
    pub exponent: f64,
    /// Constant, not below 0.
    pub constant: f64,
    /// Sum of squared log residuals.
    pub sum_of_squares: f64,
}

/// The exponent at grid position `position`.
pub(crate) fn exponent_at(position: f64) -> f64 {
    FLATTEST * (STEEPEST / FLATTEST).powf(position / (EXPONENTS - 1) as f64)
}

/// The best `scale * m^-exponent + constant` for `points`.
pub fn fit_power_and_constant(points: &FitPoints<'_>) -> Projected {
    let (power, constant) = (power_alone(points), constant_alone(points));
    let edge = if power.sum_of_squares < constant.sum_of_squares { power } else { constant };
    let between = match best_of_grid(points) {
        Some(start) => refine(points, start),
        // The grid weighs residuals a little differently: a small constant may help all the same.
        None if constant_would_help(points, &power) => refine(points, power),
        None => edge,
    };
    if between.sum_of_squares < edge.sum_of_squares { between } else { edge }
}

/// The best power law: a straight line through the logs, its slope held in the searched range.
pub(crate) fn power_alone(points: &FitPoints<'_>) -> Projected {
    let (sizes, errors) = (points.log_sizes(), points.log_errors());
    let line = points.log_line();
    let exponent = line.slope.map_or(FLATTEST, |slope| (-slope).clamp(FLATTEST, STEEPEST));
    let log_scale = line.mean_error + exponent * line.mean_size;
    let residuals = sizes.iter().zip(errors).map(|(x, y)| log_scale - exponent * x - y);
    let sum_of_squares = residuals.map(|residual| residual * residual).sum();
    Projected { scale: log_scale.exp(), exponent, constant: 0.0, sum_of_squares }
}

/// The best constant: the geometric mean.
fn constant_alone(points: &FitPoints<'_>) -> Projected {
    let errors = points.log_errors();
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let sum_of_squares = errors.iter().map(|error| (error - mean) * (error - mean)).sum();
    Projected { scale: 0.0, exponent: FLATTEST, constant: mean.exp(), sum_of_squares }
}

/// Whether raising the constant of a power law from 0 lowers its sum of squares.
fn constant_would_help(points: &FitPoints<'_>, power: &Projected) -> bool {
    let log_scale = power.scale.ln();
    let slope = points.log_sizes().iter().zip(points.log_errors()).map(|(x, y)| {
        let log_fit = log_scale - power.exponent * x;
        (log_fit - y) * (-log_fit).exp()
    });
    slope.sum::<f64>() < 0.0
}

/// The grid exponent whose best scale and constant are both above 0 and fit best, if there is one.
///
/// Residuals are relative to the measured error here, (f - y) / y, which makes the best scale and
/// constant a closed form: with weights 1 / y^2, the normal equations of least squares on (power, 1).
fn best_of_grid(points: &FitPoints<'_>) -> Option<Projected> {
    let inverse_errors = points.inverse_errors();
    let (mut one_one, mut one_error) = (0.0, 0.0);
    for inverse in inverse_errors {
        one_one += inverse * inverse;
        one_error += inverse;
    }
    let (mut most, mut best) = (0.0, None);
    for block in 0..EXPONENTS / LANES {
        let powers = points.grid_powers(block);
        let sums = sums_of_block(powers, inverse_errors);
        for lane in 0..LANES {
            let [power_power, power_one, power_error] = sums.map(|sum| sum[lane]);
            let product = power_power * one_one;
            let determinant = product - power_one * power_one;
            let scale = one_one * power_error - power_one * one_error;
            let constant = power_power * one_error - power_one * power_error;
            let explained = (scale * power_error + constant * one_error) / determinant;
            // Below this share of the product the determinant is rounding error: powers all equal.
            let is_inside = scale > 0.0 && constant > 0.0 && determinant > 1e-13 * product;
            if is_inside && explained > most && explained < f64::INFINITY {
                let row = block * LANES + lane;
                (most, best) = (explained, Some((row, scale, constant, determinant)));
            }
        }
    }
    best.map(|(row, scale, constant, determinant)| Projected {
        scale: scale / determinant,
        exponent: exponent_at(row as f64),
        constant: constant / determinant,
        sum_of_squares: f64::INFINITY,
    })
}

/// Weighted sums of power squared, power, and power times error, for the exponents of one block.
fn sums_of_block(powers: &[[f64; LANES]], inverse_errors: &[f64]) -> [[f64; LANES]; 3] {
    let [mut power_power, mut power_one, mut power_error] = [[0.0; LANES]; 3];
    for (row, &inverse) in powers.iter().zip(inverse_errors) {
        let weight = inverse * inverse;
        for (lane, &power) in row.iter().enumerate() {
            let weighted = weight * power;
            power_power[lane] += weighted * power;
            power_one[lane] += weighted;
            power_error[lane] += inverse * power;
        }
    }
    [power_power, power_one, power_error]
}

/// Sums of the 3 by 3 normal equations of log residuals on (scale, exponent, constant).
#[derive(Clone, Copy, Debug, Default)]
struct Normal {
    matrix: [f64; 6],
    gradient: [f64; 3],
    sum_of_squares: f64,
}

/// The normal equations at a law.
fn normal_at(points: &FitPoints<'_>, law: &Projected) -> Normal {
    let mut normal = Normal::default();
    let [mut ss, mut se, mut sc, mut ee, mut ec, mut cc] = normal.matrix;
    let [mut gs, mut ge, mut gc] = normal.gradient;
    for (&log_size, &log_error) in points.log_sizes().iter().zip(points.log_errors()) {
        let power = relative_power(log_size, law.exponent);
        let fit = law.scale * power + law.constant;
        let residual = fit.ln() - log_error;
        let by_constant = 1.0 / fit;
        let by_scale = power * by_constant;
        let by_exponent = -law.scale * log_size * by_scale;
        normal.sum_of_squares += residual * residual;
        ss += by_scale * by_scale;
        se += by_scale * by_exponent;
        sc += by_scale * by_constant;
        ee += by_exponent * by_exponent;
        ec += by_exponent * by_constant;
        cc += by_constant * by_constant;
        gs += by_scale * residual;
        ge += by_exponent * residual;
        gc += by_constant * residual;
    }
    normal.matrix = [ss, se, sc, ee, ec, cc];
    normal.gradient = [gs, ge, gc];
    normal
}

impl Normal {
    /// The damped step of (scale, exponent, constant); the exponent stays where a bound stops it.
    fn step(&self, damping: f64, exponent: f64) -> [f64; 3] {
        let [ss, mut se, sc, mut ee, mut ec, cc] = self.matrix;
        let [gs, mut ge, gc] = self.gradient;
        let is_held =
            (exponent <= FLATTEST && ge > 0.0) || (exponent >= STEEPEST && ge < 0.0) || ee <= 0.0;
        if is_held {
            (se, ee, ec, ge) = (0.0, 1.0, 0.0, 0.0);
        }
        let grown = 1.0 + damping;
        let (ss, ee, cc) = (ss * grown, ee * grown, cc * grown);
        // Cramer's rule on a symmetric matrix; damping keeps the determinant above 0.
        let (first, second, third) = (ee * cc - ec * ec, se * cc - sc * ec, se * ec - sc * ee);
        let determinant = ss * first - se * second + sc * third;
        let inverse = -1.0 / determinant;
        let (middle, last) = (ss * cc - sc * sc, ss * ee - se * se);
        let cross = ss * ec - se * sc;
        [
            inverse * (first * gs - second * ge + third * gc),
            inverse * (-second * gs + middle * ge - cross * gc),
            inverse * (third * gs - cross * ge + last * gc),
        ]
    }
}

/// Part of the way to 0 that a step may take a scale or constant, which both stay above it.
const TOWARDS_ZERO: f64 = 0.9;

/// The least sum of squares that damped Gauss-Newton steps from `start` reach.
fn refine(points: &FitPoints<'_>, start: Projected) -> Projected {
    let mut law = start;
    let mut normal = normal_at(points, &law);
    let mut damping = 1e-9;
    for _ in 0..points.search_steps() {
        let step = normal.step(damping, law.exponent);
        let held = |value: f64, step: f64| (value + step).max((1.0 - TOWARDS_ZERO) * value);
        let trial = Projected {
            scale: held(law.scale, step[0]),
            exponent: (law.exponent + step[1]).clamp(FLATTEST, STEEPEST),
            constant: held(law.constant, step[2]),
            sum_of_squares: 0.0,
        };
        let found = normal_at(points, &trial);
        // Not a number counts as a failure.
        if found.sum_of_squares <= normal.sum_of_squares {
            let fall = normal.sum_of_squares - found.sum_of_squares;
            let is_done = fall <= SMALLEST_FALL * normal.sum_of_squares;
            (law, normal) = (trial, found);
            damping = (0.1 * damping).max(1e-12);
            if is_done {
                break;
            }
        } else {
            damping = (10.0 * damping).max(1e-3);
        }
    }
    Projected { sum_of_squares: normal.sum_of_squares, ..law }
}
