//! Variable projection for `scale * m^-exponent + constant`, by least squares of log error.
//!
//! Without a constant, or without a power, the best fit is a closed form. Between the two the
//! exponent is searched on a grid, where at a fixed exponent the best scale and constant are a
//! closed form too, and the best of the grid is refined in all three together. The search needs no
//! start values and is deterministic.
//!
//! # Reference
//! Golub and Pereyra (1973), "The differentiation of pseudo-inverses and nonlinear least squares
//! problems whose variables separate".

#![expect(clippy::inline_always, reason = "a call inside the innermost loop would end the vector")]

use crate::law::exponents::{EXPONENTS, FLATTEST, STEEPEST, exponent_at};
use crate::law::lanes::{Lanes, Mask};
use crate::law::points::{FitPoints, LANES};
use crate::law::refine::{End, Laws, refine};

/// Most steps of a refinement, which ends earlier where the sum of squares no longer falls.
pub(crate) const FULL_SEARCH: usize = 40;

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

/// The best `scale * m^-exponent + constant` for `points`.
pub fn fit_power_and_constant(points: &FitPoints<'_>) -> Projected {
    let (power, constant) = (power_alone(points), constant_alone(points));
    let edge = if power.sum_of_squares < constant.sum_of_squares { power } else { constant };
    let between = match best_of_grid(points) {
        Some(start) => refined(points, start),
        // The grid weights residuals slightly differently, so a small constant may help even if the
        // grid finds none.
        None if constant_would_help(points, &power) => refined(points, power),
        None => edge,
    };
    if between.sum_of_squares < edge.sum_of_squares { between } else { edge }
}

/// The least sum of squares that is reached from `start`.
fn refined(points: &FitPoints<'_>, start: Projected) -> Projected {
    let errors = points.log_errors().iter().map(|&log_error| Lanes([log_error]));
    let [scale, exponent, constant] =
        [start.scale, start.exponent, start.constant].map(|value| Lanes([value]));
    let start = Laws { scale, exponent, constant, sum_of_squares: Lanes([f64::INFINITY]) };
    let end = End { steps: points.search_steps(), smallest_fall: SMALLEST_FALL };
    let points_of = points.log_sizes().iter().copied().zip(errors);
    let laws = refine(&points_of, start, [true], end);
    Projected {
        scale: laws.scale.0[0],
        exponent: laws.exponent.0[0],
        constant: laws.constant.0[0],
        sum_of_squares: laws.sum_of_squares.0[0],
    }
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
        let sums = sums_of_block(powers, inverse_errors).map(Lanes);
        let found = Amplitudes::of(sums, Lanes::all(one_one), Lanes::all(one_error));
        let is_better = found.explain_more_than(Lanes::all(most));
        for lane in (0..LANES).filter(|&lane| is_better[lane]) {
            if found.explained.0[lane] > most {
                most = found.explained.0[lane];
                best = Some(Projected {
                    scale: found.scale.0[lane] / found.determinant.0[lane],
                    exponent: exponent_at((block * LANES + lane) as f64),
                    constant: found.constant.0[lane] / found.determinant.0[lane],
                    sum_of_squares: f64::INFINITY,
                });
            }
        }
    }
    best
}

/// Best scale and constant for powers whose sums are known, each times the determinant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amplitudes<const L: usize> {
    pub(crate) scale: Lanes<L>,
    pub(crate) constant: Lanes<L>,
    pub(crate) determinant: Lanes<L>,
    /// Reduction of the sum of squares of relative residuals by scale and constant.
    pub(crate) explained: Lanes<L>,
    product: Lanes<L>,
}

impl<const L: usize> Amplitudes<L> {
    /// Computes them from weighted sums of power squared, power, and power times error, and of 1
    /// and the error.
    #[inline(always)]
    pub(crate) fn of(sums: [Lanes<L>; 3], one_one: Lanes<L>, one_error: Lanes<L>) -> Self {
        let [power_power, power_one, power_error] = sums;
        let product = power_power * one_one;
        let determinant = product - power_one * power_one;
        let scale = one_one * power_error - power_one * one_error;
        let constant = power_power * one_error - power_one * power_error;
        let explained = (scale * power_error + constant * one_error) / determinant;
        Self { scale, constant, determinant, explained, product }
    }

    /// Where both are above 0 and explain more than `most`.
    #[inline(always)]
    pub(crate) fn explain_more_than(&self, most: Lanes<L>) -> Mask<L> {
        let is_positive =
            |value: Lanes<L>| value.compare(Lanes::all(0.0), |value, zero| value > zero);
        let (scale, constant) = (is_positive(self.scale), is_positive(self.constant));
        // Below this share of the product the determinant is rounding error, because all powers are
        // equal.
        let rounding = Lanes::all(1e-13) * self.product;
        let is_sound = self.determinant.compare(rounding, |value, rounding| value > rounding);
        let more = self.explained.compare(most, |value, most| value > most);
        let finite =
            self.explained.compare(Lanes::all(f64::INFINITY), |value, limit| value < limit);
        std::array::from_fn(|lane| {
            scale[lane] & constant[lane] & is_sound[lane] & more[lane] & finite[lane]
        })
    }
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
