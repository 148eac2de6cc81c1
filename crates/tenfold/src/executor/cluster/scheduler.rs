//! The interface between a study and the scheduler that starts its workers: what a scheduler has to
//! do, and which mistakes it may make.
//!
//! # The contract
//!
//! A scheduler starts `tenfold worker` for each task of a batch, on machines that see the study's
//! folder. It is asked four things, and no answer of it decides whether a trial counts: result
//! files do. So it may start a task twice, start it late, forget it, or report an unknown state. It
//! must only be honest about what it does not know:
//!
//! - [`Scheduler::submit`] may fail after the job was accepted. It then returns
//!   [`SchedulerError::Unreachable`], and [`Scheduler::find`] is called before it is called again.
//! - [`Scheduler::tasks`] is one call for all jobs, however many. A task that is missing in the
//!   answer is one that the scheduler does not know; that is not an error.
//! - [`Scheduler::cancel`] may be called for jobs that have ended, and with ids that belong to
//!   other jobs by now: a scheduler that lost its database reuses them. So every job carries a
//!   [`JobMark`], and a job without it is not ours, whatever its id.
//! - [`SchedulerError::Refused`] is for calls that cannot succeed however often they are repeated.
//!   All other calls are repeated; after [`SchedulerError::CutOff`] as another batch, because a
//!   call whose answer was not awaited may still take effect later.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use super::batch_id::BatchId;
use crate::store::FolderToken;

/// Exit code of a worker that asks to be started again: it was asked to stop and left checkpoints.
pub const REQUEUE: u8 = 75;

/// Starts workers on other machines.
///
/// A call may take long, and nobody waits for it: each runs in its own thread, and several may run
/// at the same time.
pub trait Scheduler: Send + Sync + 'static {
    /// Its name for a person, such as "Slurm".
    fn name(&self) -> &'static str;

    /// Its address, if there may be several of its kind.
    fn address(&self) -> Option<String> {
        None
    }

    /// Largest number of tasks that it accepts in one job.
    ///
    /// # Errors
    /// [`SchedulerError`] if it does not report it; it is then asked again.
    fn most_tasks(&self) -> Result<usize, SchedulerError> {
        Ok(1000)
    }

    /// Submits a batch as one job with a task for each of its ranges of lines. The job has to carry
    /// the batch's mark, so that [`Scheduler::find`] finds it.
    ///
    /// # Errors
    /// [`SchedulerError`]; after [`SchedulerError::Unreachable`] the job may have been accepted.
    fn submit(&self, submission: &Submission<'_>) -> Result<JobId, SchedulerError>;

    /// The job that carries `mark`, even if the answer to its submission was lost or another
    /// process submitted it.
    ///
    /// # Errors
    /// [`SchedulerError`] if it cannot be determined.
    fn find(&self, mark: &JobMark) -> Result<Option<JobId>, SchedulerError>;

    /// The states of the tasks of `jobs`, in one call.
    ///
    /// # Errors
    /// [`SchedulerError`] if they cannot be determined.
    fn tasks(&self, jobs: &[OwnJob]) -> Result<Vec<TaskReport>, SchedulerError>;

    /// Ends all tasks of those of `jobs` that carry their marks; running tasks get `SIGTERM` first.
    /// Returns the jobs that were asked to end.
    ///
    /// # Errors
    /// [`SchedulerError`] if the call fails, or if it cannot be determined whose the jobs are; then
    /// no job is asked to end.
    fn cancel(&self, jobs: &[OwnJob]) -> Result<Vec<JobId>, SchedulerError>;

    /// The commands with which a person looks at `job` and ends it.
    fn by_hand(&self, job: &JobId) -> String;
}

/// The mark that a job carries, by which it is found again and distinguished from the jobs of
/// others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobMark {
    /// The batch it runs.
    pub batch: BatchId,
    /// Token of the study's folder that submitted it; `None` if an earlier version of this program
    /// submitted it, whose jobs carry only the batch's name.
    pub folder: Option<FolderToken>,
}

/// A job, and the mark that it carries if it is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnJob {
    /// The scheduler's name for it.
    pub id: JobId,
    /// Its mark.
    pub mark: JobMark,
}

/// Name of a job, given by the scheduler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub String);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A batch to submit.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// The mark that its job has to carry.
    pub mark: &'a JobMark,
    /// The study's folder, absolute.
    pub study: &'a Path,
    /// The batch's own folder, absolute; logs go to its `log/`.
    pub folder: &'a Path,
    /// The program that workers run, absolute.
    pub program: &'a Path,
    /// Lines of each task, from 0.
    pub tasks: &'a [Range<usize>],
}

impl Submission<'_> {
    /// The command line that starts the worker of the lines `lines`, the program first.
    pub fn worker(&self, lines: &Range<usize>) -> Vec<String> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let lines = format!("{}..{}", lines.start, lines.end);
        let mut words = vec![path(self.program), "worker".to_owned(), path(self.study)];
        let batch = self.mark.batch.to_string();
        words.extend(["--batch".to_owned(), batch, "--lines".to_owned(), lines]);
        words
    }
}

/// A scheduler's report on a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskReport {
    /// The job of the task.
    pub job: JobId,
    /// Index of the task, from 0; `None` for all tasks of the job.
    pub task: Option<usize>,
    /// The task's state.
    pub state: TaskState,
    /// The scheduler's own message, for a person: "`NODE_FAIL` on n2".
    pub words: String,
    /// What the user has to do before the task can run, if it cannot run by itself.
    pub advice: Vec<String>,
}

/// The meaning of a scheduler's name for a task's state. An unknown name means
/// [`TaskState::Running`]: the task is waited for until the scheduler no longer lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It will start.
    Waiting,
    /// It has started and not ended, or its state is unknown.
    Running,
    /// It is about to end or to be started again; cleaning up after it may take long.
    Ending,
    /// It has ended, successfully or not; it may still be started again.
    Ended,
    /// Somebody cancelled it.
    Cancelled,
}

/// Why a scheduler did not do what it was asked to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchedulerError {
    /// It did not answer. It may answer later, and it may have done what it was asked to do.
    #[error("{reason}")]
    Unreachable {
        /// What was seen, in one line.
        reason: String,
    },
    /// The call was cut off after its time limit, and may still take effect.
    #[error("{reason}")]
    CutOff {
        /// What was seen, in one line.
        reason: String,
    },
    /// It has no capacity for so many tasks now, and did not do what it was asked to do.
    #[error("{reason}")]
    Full {
        /// What was seen, in one line.
        reason: String,
    },
    /// It never accepts so many tasks in one job.
    #[error("{message}")]
    TooLarge {
        /// What was found and what was needed.
        message: String,
        /// What to type or do.
        hint: String,
    },
    /// It will not do that, however often it is asked.
    #[error("{message}")]
    Refused {
        /// What was found and what was needed.
        message: String,
        /// What to type or do.
        hint: String,
    },
}

impl SchedulerError {
    /// What to type or do.
    pub fn hint(&self) -> &str {
        match self {
            Self::Refused { hint, .. } | Self::TooLarge { hint, .. } => hint,
            Self::Unreachable { .. } | Self::CutOff { .. } | Self::Full { .. } => {
                "try again later: what is finished is kept"
            }
        }
    }
}
