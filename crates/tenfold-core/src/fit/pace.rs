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
        gap: gap_of(table, column, train_errors, first),
        law,
    }
}
