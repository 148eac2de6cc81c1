//! The pace of the last doubling of sizes: the power law through them, another opinion for plans.
//!
//! A law with a floor turns a near target into an unreachable one when the floor is a little too high.
//! The pace of the last doubling has no floor, and says where the curve gets if it just goes on.

use crate::fit::gap::{Gap, gap_of};
use crate::fit::{Member, combined, predict_log};
use crate::law::{
    CurveFamily, ErrorColumn, FULL_SEARCH, FitPoints, Parameters, PowerLaw, PowerTable,
};

/// Ratio of the largest size to the smallest that the pace is taken from.
const RATIO: f64 = 2.0;

/// Fewest sizes it is taken from.
const FEWEST: usize = 2;

/// Sizes, from the largest down, on which the window family proves itself.
const PROVEN_ON: usize = 3;

/// Log error that counts as no miss at all: 0.1 %. A family that misses by no more is the curve.
const NO_MISS: f64 = 0.001;

/// The power law through the last doubling of sizes.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// Its parameters in relative units.
    pub(crate) law: Parameters,
    /// How far plans may doubt that the window family is the curve: 0 when it meets it exactly, else 1.
    pub(crate) doubt: f64,
    /// The pace of the last doubling over that of the window family in the doubling to come.
    pub(crate) over_family: f64,
    /// Steps between the sizes it goes through: 1 where sizes are doublings.
    pub(crate) steps: usize,
    /// Variance of its slope by log size, where the noise of the errors has a variance of 1.
    pub(crate) slope_variance: f64,
    /// The course of test and training error together, where the training errors are known.
    pub(crate) gap: Option<Gap>,
}

/// What [`pace_of`] looks at.
pub(crate) struct Windows<'a> {
    pub(crate) family: &'static dyn CurveFamily,
    pub(crate) members: &'a [Member],
    pub(crate) table: &'a PowerTable,
    pub(crate) column: &'a ErrorColumn,
    /// Training errors of the sizes, relative like the errors; empty when they are not known.
    pub(crate) train_errors: &'a [f64],
}

/// Fits the law of the last doubling, and says how far the window family can be doubted.
///
/// With s^2 the mean squared log miss of the window family on the last three sizes, the doubt is
/// s^2 / (s^2 + 0.001^2).
pub(crate) fn pace_of(windows: &Windows<'_>) -> Pace {
    let Windows { family, members, table, column, train_errors } = windows;
    let sizes = table.log_sizes();
    let limit = -RATIO.ln() - 1e-9;
    let inside = sizes.iter().take_while(|&&log_size| log_size < limit).count();
    let first = inside.min(sizes.len().saturating_sub(FEWEST));
    let law = PowerLaw.fit(&FitPoints::new(table, column, first, FULL_SEARCH)).parameters;
    let family_at = |log_size| combined(*family, members, log_size).0;
    let latest = sizes.iter().zip(column.log_errors()).rev().take(PROVEN_ON);
    let squares = latest.map(|(&at, log_error)| (family_at(at) - log_error).powi(2));
    let mean_square = squares.sum::<f64>() / sizes.len().clamp(1, PROVEN_ON) as f64;
    let doubling = std::f64::consts::LN_2;
    let fall = |at: &dyn Fn(f64) -> f64| at(0.0) - at(doubling);
    let of_family = fall(&family_at).max(NO_MISS);
    Pace {
        over_family: fall(&|at| predict_log(&PowerLaw, &law, at)) / of_family,
        doubt: mean_square / (mean_square + NO_MISS * NO_MISS),
        steps: (sizes.len() - first).saturating_sub(1).max(1),
        slope_variance: slope_variance(&sizes[first..]),
        gap: gap_of(table, column, train_errors, first),
        law,
    }
}

/// Variance of the slope of a straight line through errors of variance 1; 0 for a single size.
fn slope_variance(log_sizes: &[f64]) -> f64 {
    let mean = log_sizes.iter().sum::<f64>() / log_sizes.len() as f64;
    let squares: f64 = log_sizes.iter().map(|log_size| (log_size - mean).powi(2)).sum();
    if squares > 0.0 { 1.0 / squares } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_two_errors_has_twice_their_variance_a_doubling() {
        let doubling = std::f64::consts::LN_2;
        let of_two = slope_variance(&[-doubling, 0.0]);
        assert!((of_two * doubling * doubling - 2.0).abs() < 1e-12, "{of_two}");
        // Five sizes of one doubling: sixteenths of squares 4, 1, 0, 1 and 4.
        let of_five = slope_variance(&[-4.0, -3.0, -2.0, -1.0, 0.0].map(|k| 0.25 * k * doubling));
        assert!((of_five * doubling * doubling - 1.6).abs() < 1e-12, "{of_five}");
        assert!(slope_variance(&[0.0]).abs() < f64::MIN_POSITIVE);
    }
}
