//! The power law through the last 4x of sizes, averaged with the window family for plans.
//!
//! A forecast far out is hardly hurt by a floor that is a little too high; its inverse is: the target
//! then looks unreachable. A two-parameter law has no floor, so one of the courses that plans weigh
//! averages the two by how well each meets the largest sizes.

use crate::fit::{Member, combined};
use crate::law::{CurveFamily, ErrorColumn, Parameters, PowerTable, power_law_through};

/// Ratio of the largest size to the smallest that the local law goes through.
const RATIO: f64 = 4.0;

/// Fewest sizes it goes through, where there are as many: two leave no residual.
const FEWEST: usize = 3;

/// Log error that counts as no miss at all: 0.1 %.
const NO_MISS: f64 = 0.001;

/// What is left of the share when the data show a floor, which the local law denies. Without this a
/// curve with a true floor is promised too early.
const SHARE_AGAINST_FLOOR: f64 = 0.5;

/// The local power law, with its refits.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    /// Its parameters in relative units.
    pub(crate) law: Parameters,
    /// One a resample.
    pub(crate) resampled: Vec<Parameters>,
    /// Its share in a plan; the rest is the window family's.
    pub(crate) share: f64,
}

/// What [`local_law`] looks at.
pub(crate) struct Windows<'a> {
    pub(crate) family: &'static dyn CurveFamily,
    pub(crate) members: &'a [Member],
    pub(crate) table: &'a PowerTable,
    pub(crate) column: &'a ErrorColumn,
    /// Relative log errors, one row a resample.
    pub(crate) resampled: &'a [f64],
    pub(crate) floor_identified: bool,
}

/// Fits the local law and weighs it against the window family.
///
/// A weight is `(last^2 + scatter^2 + 0.001^2)^-2` as between windows, both taken on the local sizes.
pub(crate) fn local_law(windows: &Windows<'_>) -> Local {
    let Windows { family, members, table, column, resampled, floor_identified } = windows;
    let sizes = table.log_sizes();
    let limit = -RATIO.ln() - 1e-9;
    let inside = sizes.iter().take_while(|&&log_size| log_size < limit).count();
    let first = inside.min(sizes.len().saturating_sub(FEWEST));
    let fit = |log_errors: &[f64]| power_law_through(&sizes[first..], &log_errors[first..]);
    let fitted = fit(column.log_errors());
    let degrees = (sizes.len() - first).saturating_sub(2).max(1) as f64;
    let last_error = column.log_errors().last().copied().unwrap_or(0.0);
    let weight =
        |last: f64, squares: f64| (last * last + squares / degrees + NO_MISS * NO_MISS).powi(-2);
    let local = weight(fitted.parameters[0].ln() - last_error, fitted.sum_of_squares);
    let miss =
        |(&log_size, &log_error): (&f64, &f64)| combined(*family, members, log_size).0 - log_error;
    let misses: Vec<f64> =
        sizes[first..].iter().zip(&column.log_errors()[first..]).map(miss).collect();
    let last_miss = misses.last().copied().unwrap_or(0.0);
    let family_weight = weight(last_miss, misses.iter().map(|miss| miss * miss).sum());
    let trust = if *floor_identified { SHARE_AGAINST_FLOOR } else { 1.0 };
    let refits = resampled.chunks(sizes.len()).map(|row| fit(row).parameters);
    Local {
        law: fitted.parameters,
        resampled: refits.collect(),
        share: trust * local / (local + family_weight),
    }
}
