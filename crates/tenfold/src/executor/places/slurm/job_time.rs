//! Whether the time limit of a worker's job is reached. This distinguishes a stop that would happen
//! again from one that somebody asked for.

use std::time::Duration;

use super::time_left;
use crate::executor::clock::Clock;
use crate::executor::places::JobTime;

/// How long before its end a job may be stopped because of its time limit: Slurm warns a minute
/// before the end and checks once a minute.
const BEFORE: Duration = Duration::from_secs(125);

/// Measures the time limit of the job in which this process runs, which has just begun; `limit` is
/// what the study asks for. `None` if this process is not a Slurm job.
pub(super) fn of_this_job(limit: Option<Duration>) -> Option<Box<JobTime>> {
    let variable = |name: &str| std::env::var(name).ok();
    let clock = Clock::start();
    let job = variable("SLURM_JOB_ID")?;
    // Seconds since 1970, if Slurm gives them.
    let end: Option<f64> = variable("SLURM_JOB_END_TIME").and_then(|text| text.parse().ok());
    Some(Box::new(move || {
        let left = match (end, limit) {
            (Some(end), _) => Some(end - clock.seconds_since_epoch()),
            (None, Some(limit)) => Some(limit.as_secs_f64() - clock.elapsed().as_secs_f64()),
            (None, None) => time_left(&job).map(|left| left.as_secs_f64()),
        };
        left.is_some_and(|left| left < BEFORE.as_secs_f64())
    }))
}
