//! Whether the time that a worker's job may take is over, which tells a stop that will come again from
//! one that somebody wished.

use std::time::Duration;

use crate::executor::clock::Clock;
use crate::executor::slurm;
use crate::study::Study;

/// How long before its end a job may be stopped because of it: Slurm warns a minute before, and looks
/// once a minute.
const BEFORE: Duration = Duration::from_secs(125);

/// The time of the job this process is.
#[derive(Debug)]
pub(super) struct JobTime {
    clock: Clock,
    /// Slurm's number of the job, if it is one of Slurm's.
    job: Option<String>,
    /// Seconds since 1970 at its end, where Slurm says so.
    end: Option<f64>,
    /// As the study asks.
    limit: Option<Duration>,
}

impl JobTime {
    /// The time of this process's job, which has just begun.
    pub(super) fn of_this_job(study: &Study) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        Self {
            clock: Clock::start(),
            job: variable("SLURM_JOB_ID"),
            end: variable("SLURM_JOB_END_TIME").and_then(|text| text.parse().ok()),
            limit: study.run.slurm.time,
        }
    }

    /// Whether it is over, or so nearly that a stop has that reason.
    pub(super) fn is_over(&self) -> bool {
        let Some(job) = &self.job else { return false };
        let left = match (self.end, self.limit) {
            (Some(end), _) => Some(end - self.clock.seconds_since_epoch()),
            (None, Some(limit)) => Some(limit.as_secs_f64() - self.clock.elapsed().as_secs_f64()),
            (None, None) => slurm::time_left(job).map(|left| left.as_secs_f64()),
        };
        left.is_some_and(|left| left < BEFORE.as_secs_f64())
    }
}
