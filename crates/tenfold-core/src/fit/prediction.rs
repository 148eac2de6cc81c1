//! What members say at a size: one of them, and all windows together.

use std::array::from_fn;

use crate::fit::Member;
use crate::law::{CurveFamily, LANES, LOG_LIMIT, Parameters};

/// Log error of a member at a relative log size, finite.
pub(crate) fn predict_log(family: &dyn CurveFamily, parameters: &Parameters, log_size: f64) -> f64 {
    // Beyond the limit the power is 0 or huge; the law has long left every data set behind.
    let limit = 2.0 * LOG_LIMIT;
    let size = log_size.clamp(-limit, limit).exp();
    family.predict(parameters, size).ln().clamp(-limit, limit)
}

/// Log errors at a relative log size of members with these parameters, finite.
pub(crate) fn predict_logs(
    family: &dyn CurveFamily,
    members: impl ExactSizeIterator<Item = Parameters>,
    log_size: f64,
) -> Vec<f64> {
    let limit = 2.0 * LOG_LIMIT;
    let log_size = log_size.clamp(-limit, limit);
    let mut logs = Vec::with_capacity(members.len().next_multiple_of(LANES));
    let (count, mut members) = (members.len(), members);
    while let Some(mut last) = members.next() {
        // The last member is repeated to fill the lanes.
        let lanes = from_fn(|lane| {
            if lane > 0 {
                last = members.next().unwrap_or(last);
            }
            last
        });
        let few = family.predict_logs(&lanes, log_size);
        logs.extend(few.map(|log| log.clamp(-limit, limit)));
    }
    logs.truncate(count);
    logs
}

/// Weighted mean and variance of the log predictions of `members` at a relative log size.
pub(crate) fn combined(family: &dyn CurveFamily, members: &[Member], log_size: f64) -> (f64, f64) {
    let (mut weights, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let logs = predict_logs(family, members.iter().map(|member| member.parameters), log_size);
    // Updated one by one: squares of nearly equal logs must not cancel.
    for (member, log) in members.iter().zip(logs) {
        let before = log - mean;
        weights += member.weight;
        mean += before * member.weight / weights;
        squares += member.weight * before * (log - mean);
    }
    (mean, (squares / weights).max(0.0))
}

/// Weighted mean of the log predictions of each row of `windows` members at a relative log size.
pub(crate) fn centres(
    family: &dyn CurveFamily,
    members: &[Member],
    windows: usize,
    log_size: f64,
) -> Vec<f64> {
    let logs = predict_logs(family, members.iter().map(|member| member.parameters), log_size);
    let rows = members.chunks(windows).zip(logs.chunks(windows));
    rows.map(|(members, logs)| {
        let (mut weights, mut sum) = (0.0, 0.0);
        for (member, log) in members.iter().zip(logs) {
            weights += member.weight;
            // From the first: nearly equal logs keep their digits.
            sum += member.weight * (log - logs[0]);
        }
        logs[0] + sum / weights
    })
    .collect()
}
