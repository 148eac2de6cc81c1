//! Converts changes of log error to percent of the error.

/// Percent by which a ratio of errors, given as its logarithm, exceeds 1.
pub(super) fn percent_above(log_ratio: f64) -> f64 {
    100.0 * log_ratio.exp_m1().min(1e4)
}

/// Percent by which the error falls, from the fall of log error.
pub(super) fn percent_fall(log_fall: f64) -> f64 {
    -100.0 * (-log_fall).exp_m1()
}
