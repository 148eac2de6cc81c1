//! What members say at a size: one of them, and all windows together.

use crate::fit::Member;
use crate::law::{CurveFamily, LANES, LOG_LIMIT, Parameters};

/// Log error of a member at a relative log size, finite.
pub(crate) fn predict_log(family: &dyn CurveFamily, parameters: &Parameters, log_size: f64) -> f64 {
    // Beyond the limit the power is 0 or huge; the law has long left every data set behind.
    let limit = 2.0 * LOG_LIMIT;
    let size = log_size.clamp(-limit, limit).exp();
    family.predict(parameters, size).ln().clamp(-limit, limit)
}

/// Weighted mean and variance of the log predictions of `members` at a relative log size.
pub(crate) fn combined(family: &dyn CurveFamily, members: &[Member], log_size: f64) -> (f64, f64) {
    let (mut weights, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let limit = 2.0 * LOG_LIMIT;
    for few in members.chunks(LANES) {
        let lanes = std::array::from_fn(|lane| few[lane.min(few.len() - 1)].parameters);
        let logs = family.predict_logs(&lanes, log_size.clamp(-limit, limit));
        // Updated one by one: squares of nearly equal logs must not cancel.
        for (member, log) in few.iter().zip(logs) {
            let log = log.clamp(-limit, limit);
            let before = log - mean;
            weights += member.weight;
            mean += before * member.weight / weights;
            squares += member.weight * before * (log - mean);
        }
    }
    (mean, (squares / weights).max(0.0))
}
