//! Changes of log error as percent of the error.

/// A ratio of errors as percent above 1.
pub(super) fn percent_above(log_ratio: f64) -> f64 {
    100.0 * log_ratio.exp_m1().min(1e4)
}

/// A fall of log error as percent of the error.
pub(super) fn percent_fall(log_fall: f64) -> f64 {
    -100.0 * (-log_fall).exp_m1()
}
