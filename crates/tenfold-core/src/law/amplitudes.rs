//! Variable projection for laws `scale * shape(m) + constant` with any shape, on a grid of shapes.
//!
//! For a given shape the best scale and constant, both not below 0, are a closed form, so a grid over
//! the few parameters of the shape is all the search there is; [`crate::law::polish`] refines its best.
//!
//! # Reference
//! Golub and Pereyra (1973), "The differentiation of pseudo-inverses and nonlinear least squares
//! problems whose variables separate".

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
    sum_of_squares: f64,
}

/// The member of `grid` that fits `points` best with its best scale and constant.
///
/// `values_at(shape, log_sizes)`: values of the shape, above 0, at a few log sizes.
pub(crate) fn best_of_grid<const SHAPE: usize>(
    points: &FitPoints<'_>,
    grid: impl Iterator<Item = [f64; SHAPE]>,
    values_at: impl Fn(&[f64; SHAPE], Lanes<LANES>) -> Lanes<LANES>,
) -> Projection<SHAPE> {
    let count = points.log_sizes().len();
    // The largest size is repeated to fill the lanes.
    let filled = points.log_sizes().iter().copied().chain(std::iter::repeat(0.0));
    let log_sizes: Vec<f64> = filled.take(count.next_multiple_of(LANES)).collect();
    let mut values = vec![0.0; log_sizes.len()];
    let mut best = Projection {
        shape: [0.0; SHAPE],
        scale: 0.0,
        constant: 1.0,
        sum_of_squares: f64::INFINITY,
    };
    // Between ends whose ratio overflows there is no grid.
    for shape in grid.filter(|shape| shape.iter().all(|parameter| parameter.is_finite())) {
        let in_lanes = log_sizes.as_chunks().0.iter().zip(values.as_chunks_mut().0);
        for (&log_sizes, values) in in_lanes {
            *values = values_at(&shape, Lanes(log_sizes)).0;
        }
        let (scale, constant, sum_of_squares) = amplitudes(&values[..count], points);
        if sum_of_squares < best.sum_of_squares {
            best = Projection { shape, scale, constant, sum_of_squares };
        }
    }
    best
}

/// `count` numbers from `low` to `high` in equal ratios.
pub(crate) fn ratios(low: f64, high: f64, count: u32) -> impl Iterator<Item = f64> + Clone {
    let step = (high / low).ln() / f64::from(count - 1);
    (0..count).map(move |at| low * (step * f64::from(at)).exp())
}

/// Best non-negative scale and constant for the `values` of a shape, and their sum of squares.
///
/// Residuals are relative to the measured error, `(f - y) / y`: first-order log residuals, of which
/// the best scale and constant are a closed form. They only choose where the refinement starts.
fn amplitudes(values: &[f64], points: &FitPoints<'_>) -> (f64, f64, f64) {
    let (mut value_value, mut value_one, mut value_error) = (0.0, 0.0, 0.0);
    let (mut one_one, mut one_error) = (0.0, 0.0);
    for (&value, &inverse) in values.iter().zip(points.inverse_errors()) {
        let weight = inverse * inverse;
        value_value += weight * value * value;
        value_one += weight * value;
        value_error += inverse * value;
        one_one += weight;
        one_error += inverse;
    }
    let product = value_value * one_one;
    let determinant = product - value_one * value_one;
    let mut scale = one_one * value_error - value_one * one_error;
    let mut constant = value_value * one_error - value_one * value_error;
    // Below this share of the product the determinant is rounding error: values all equal.
    if determinant > 1e-13 * product && constant >= 0.0 {
        (scale, constant) = (scale / determinant, constant / determinant);
    } else {
        (scale, constant) = (value_error / value_value, 0.0);
    }
    if scale < 0.0 {
        (scale, constant) = (0.0, one_error / one_one);
    }
    let residuals = values.iter().zip(points.inverse_errors()).map(|(&value, &inverse)| {
        let ratio = (scale * value + constant) * inverse;
        (ratio - 1.0) * (ratio - 1.0)
    });
    (scale, constant, residuals.sum())
}
