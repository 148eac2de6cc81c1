//! Variable projection for laws `scale * shape(m) + constant` with any shape, on a grid of shapes.
//!
//! For a given shape the best scale and constant, both not below 0, are a closed form, so only the
//! few parameters of the shape are searched, on a grid; [`crate::law::polish`] refines the best of
//! it.
//!
//! # Reference
//! Golub and Pereyra (1973), "The differentiation of pseudo-inverses and nonlinear least squares
//! problems whose variables separate".

use std::array::from_fn;

use crate::law::lanes::Lanes;
use crate::law::points::{FitPoints, LANES};

/// The best of a grid of shapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Projection<const SHAPE: usize> {
    /// Parameters of the shape.
    pub(crate) shape: [f64; SHAPE],
    /// Factor of the shape, not below 0.
    pub(crate) scale: f64,
    /// Constant, not below 0.
    pub(crate) constant: f64,
    /// Sum of squared relative residuals; infinite where the grid is empty.
    pub(crate) sum_of_squares: f64,
}

/// The member of `grid` that fits `points` best with its best scale and constant.
///
/// `values_at(shapes, at)` gives the values, above 0, of a few shapes at the point `at`, one lane
/// per shape. `places` has the point of each size.
pub(crate) fn best_of_grid<const SHAPE: usize>(
    points: &FitPoints<'_>,
    places: &[f64],
    grid: impl Iterator<Item = [f64; SHAPE]>,
    values_at: impl Fn(&[Lanes<LANES>; SHAPE], f64) -> Lanes<LANES>,
) -> Projection<SHAPE> {
    let measured = Measured::of(points.inverse_errors());
    let mut values = vec![Lanes::all(0.0); places.len()];
    let mut best = Projection {
        shape: [0.0; SHAPE],
        scale: 0.0,
        constant: 1.0,
        sum_of_squares: f64::INFINITY,
    };
    // A grid between ends whose ratio overflows contains numbers that are not finite; they are left
    // out.
    let mut grid = grid.filter(|shape| shape.iter().all(|parameter| parameter.is_finite()));
    while let Some(first) = grid.next() {
        // The last shape is repeated to fill the lanes.
        let mut last = first;
        let shapes: [[f64; SHAPE]; LANES] = from_fn(|lane| {
            if lane > 0 {
                last = grid.next().unwrap_or(last);
            }
            last
        });
        let in_lanes = from_fn(|parameter| Lanes(shapes.map(|shape| shape[parameter])));
        for (values, &place) in values.iter_mut().zip(places) {
            *values = values_at(&in_lanes, place);
        }
        let (scale, constant, sum_of_squares) = amplitudes(&values, &measured);
        for (lane, &shape) in shapes.iter().enumerate() {
            if sum_of_squares.0[lane] < best.sum_of_squares {
                best = Projection {
                    shape,
                    scale: scale.0[lane],
                    constant: constant.0[lane],
                    sum_of_squares: sum_of_squares.0[lane],
                };
            }
        }
    }
    best
}

/// `count` numbers from `low` to `high` in equal ratios.
pub(crate) fn ratios(low: f64, high: f64, count: u32) -> impl Iterator<Item = f64> + Clone {
    let step = (high / low).ln() / f64::from(count - 1);
    (0..count).map(move |at| low * (step * f64::from(at)).exp())
}

/// One over the errors, and sums of these, which are the same for all shapes.
struct Measured<'a> {
    inverse_errors: &'a [f64],
    one_one: f64,
    one_error: f64,
}

impl<'a> Measured<'a> {
    fn of(inverse_errors: &'a [f64]) -> Self {
        let (mut one_one, mut one_error) = (0.0, 0.0);
        for inverse in inverse_errors {
            one_one += inverse * inverse;
            one_error += inverse;
        }
        Self { inverse_errors, one_one, one_error }
    }
}

/// Best non-negative scales and constants for the `values` of shapes, and their sums of squares.
///
/// Residuals are relative to the measured error, `(f - y) / y`: first-order log residuals, of which
/// the best scale and constant are a closed form. The result is only the start of the refinement.
fn amplitudes<const L: usize>(
    values: &[Lanes<L>],
    measured: &Measured<'_>,
) -> (Lanes<L>, Lanes<L>, Lanes<L>) {
    let zero = Lanes::all(0.0);
    let [mut value_value, mut value_one, mut value_error] = [zero; 3];
    for (&value, &inverse) in values.iter().zip(measured.inverse_errors) {
        let weighted = Lanes::all(inverse * inverse) * value;
        value_value = value_value + weighted * value;
        value_one = value_one + weighted;
        value_error = value_error + Lanes::all(inverse) * value;
    }
    let (one_one, one_error) = (Lanes::all(measured.one_one), Lanes::all(measured.one_error));
    let product = value_value * one_one;
    let determinant = product - value_one * value_one;
    let scale = one_one * value_error - value_one * one_error;
    let constant = value_value * one_error - value_one * value_error;
    // Below this share of the product the determinant is rounding error, because all values are
    // equal.
    let rounding = Lanes::all(1e-13) * product;
    let is_sound = determinant.compare(rounding, |value, rounding| value > rounding);
    let has_constant = constant.compare(zero, |constant, zero| constant >= zero);
    let has_both = from_fn(|lane| is_sound[lane] & has_constant[lane]);
    let scale = (scale / determinant).where_else(has_both, value_error / value_value);
    let constant = (constant / determinant).where_else(has_both, zero);
    let rises = scale.compare(zero, |scale, zero| scale < zero);
    let scale = zero.where_else(rises, scale);
    let constant = (one_error / one_one).where_else(rises, constant);
    let squares = values.iter().zip(measured.inverse_errors).map(|(&value, &inverse)| {
        let ratio = (scale * value + constant) * Lanes::all(inverse);
        (ratio - Lanes::all(1.0)) * (ratio - Lanes::all(1.0))
    });
    let sum_of_squares = squares.fold(zero, |sum, square| sum + square);
    (scale, constant, sum_of_squares)
}
