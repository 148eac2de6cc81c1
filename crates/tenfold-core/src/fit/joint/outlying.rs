//! Runs that a law cannot explain by the scatter of the others.

use crate::stats::student;

/// A run too far from the law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlyingRun {
    /// Position among the runs that were given.
    pub run: usize,
    /// Error that the law expects of it.
    pub expected: f64,
    /// ln measured − ln expected.
    pub log_residual: f64,
    /// Distance from the law in deviations of the usual scatter.
    pub deviations: f64,
}

/// Chance that runs which all obey the law have one or more outlying among them.
const FALSE_ALARM: f64 = 0.05;

/// Share of the degrees of freedom that counts for a deviation estimated from a median: its
/// variance is 1 / .37 times that of one estimated from squares.
const MEDIAN_EFFICIENCY: f64 = 0.37;

/// The outlying runs among `residuals`, the furthest first; the caller fills in their expected
/// errors.
///
/// The limit is that of the most distant of so many runs: each run may pass it with a chance of
/// [`FALSE_ALARM`] over their number (Bonferroni), so that more runs do not mean more false alarms.
pub(super) fn outlying(residuals: &[f64], usual_scatter: f64, degrees: usize) -> Vec<OutlyingRun> {
    let tail = 0.5 * FALSE_ALARM / residuals.len() as f64;
    let worth = (MEDIAN_EFFICIENCY * degrees as f64).round().max(1.0) as usize;
    let limit = student::quantile(1.0 - tail, worth) * usual_scatter;
    let beyond = residuals.iter().enumerate().filter(|(_, residual)| residual.abs() > limit);
    let mut found: Vec<OutlyingRun> = beyond
        .map(|(run, &log_residual)| OutlyingRun {
            run,
            expected: f64::NAN,
            log_residual,
            deviations: log_residual.abs() / usual_scatter,
        })
        .collect();
    found.sort_by(|a, b| b.deviations.total_cmp(&a.deviations));
    found
}
