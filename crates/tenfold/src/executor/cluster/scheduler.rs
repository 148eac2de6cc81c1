//! The seam between a study and whoever starts its workers: what a scheduler has to do, and what
//! it may get wrong.
//!
//! # The contract
//!
//! A scheduler starts `tenfold worker` for each task of a batch, on machines that see the study's
//! folder. It is asked four things, and nothing of what it answers decides whether a trial counts:
//! result files do. So it may start a task twice, start it late, forget it, or name a state nobody
//! has heard of. It must only be honest about what it does not know:
//!
//! - [`Scheduler::submit`] may fail after the job was accepted. It then says
//!   [`SchedulerError::Unreachable`], and is asked [`Scheduler::find`] before it is asked again.
//! - [`Scheduler::tasks`] is one call for all jobs, however many. A task that is not in the answer
//!   is one that the scheduler does not know; that is no error.
//! - [`Scheduler::cancel`] may be asked for jobs that have ended, and for numbers that are those of
//!   other jobs by now: a scheduler that lost its books gives them out again. So every job carries a
//!   [`JobMark`], and a job without it is not ours, whatever its number.
//! - [`SchedulerError::Refused`] is for what will not work however often it is tried; everything
//!   else is tried again, after [`SchedulerError::CutOff`] as another batch: a call that was not
//!   waited for may be obeyed when nobody looks any more.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use super::batch_id::BatchId;
use crate::store::FolderToken;

/// Exit code of a worker that wants to be started again: it was asked to stop and left checkpoints.
pub const REQUEUE: u8 = 75;

/// Starts workers somewhere else.
///
/// A call may take long and is then not waited for: each is made on a thread of its own, and several
/// at the same time.
pub trait Scheduler: Send + Sync + 'static {
    /// Its name for a person, as "Slurm".
    fn name(&self) -> &'static str;

    /// Where it is, if there may be several of its kind.
    fn address(&self) -> Option<String> {
        None
    }

    /// Tasks that it takes in one job, at most.
    ///
    /// # Errors
    /// [`SchedulerError`] if it does not say; it is asked again.
    fn most_tasks(&self) -> Result<usize, SchedulerError> {
        Ok(1000)
    }

    /// Hands a batch in as one job with a task for each of its ranges of lines. The job has to
    /// carry the batch's mark, so that [`Scheduler::find`] finds it.
    ///
    /// # Errors
    /// [`SchedulerError`]; after [`SchedulerError::Unreachable`] the job may have been accepted.
    fn submit(&self, submission: &Submission<'_>) -> Result<JobId, SchedulerError>;

    /// The job that carries `mark`, also if its answer was lost or another process handed it in.
    ///
    /// # Errors
    /// [`SchedulerError`] if it cannot be told.
    fn find(&self, mark: &JobMark) -> Result<Option<JobId>, SchedulerError>;

    /// What is known of the tasks of `jobs`, in one call.
    ///
    /// # Errors
    /// [`SchedulerError`] if it cannot be told.
    fn tasks(&self, jobs: &[OwnJob]) -> Result<Vec<TaskReport>, SchedulerError>;

    /// Ends all tasks of those of `jobs` that carry their marks: those that run get `SIGTERM` first.
    /// Gives the jobs that were asked to end.
    ///
    /// # Errors
    /// [`SchedulerError`] if it cannot be asked for, or cannot be told whose the jobs are; then
    /// none is asked to end.
    fn cancel(&self, jobs: &[OwnJob]) -> Result<Vec<JobId>, SchedulerError>;

    /// What a person types to look at `job` and to end it.
    fn by_hand(&self, job: &JobId) -> String;
}

/// What a job carries so that it is found again and told from the jobs of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobMark {
    /// The batch it runs.
    pub batch: BatchId,
    /// Token of the study's folder that handed it in; `None` for one that an earlier version of
    /// this program handed in, whose jobs carry the batch's name alone.
    pub folder: Option<FolderToken>,
}

/// A job, and the mark that it carries if it is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnJob {
    /// The scheduler's name for it.
    pub id: JobId,
    /// What it carries.
    pub mark: JobMark,
}

/// Name of a job, the scheduler's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub String);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A batch to hand in.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// Its name, and what the job carries beside.
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
    /// The words that start the worker of lines `lines`, the program first.
    pub fn worker(&self, lines: &Range<usize>) -> Vec<String> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let lines = format!("{}..{}", lines.start, lines.end);
        let mut words = vec![path(self.program), "worker".to_owned(), path(self.study)];
        let batch = self.mark.batch.to_string();
        words.extend(["--batch".to_owned(), batch, "--lines".to_owned(), lines]);
        words
    }
}

/// What a scheduler says of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskReport {
    /// The job it is of.
    pub job: JobId,
    /// Which task, from 0; `None` for all tasks of the job.
    pub task: Option<usize>,
    /// What its word for the task's state means here.
    pub state: TaskState,
    /// Its own words, for a person: "`NODE_FAIL` on n2".
    pub words: String,
    /// What somebody has to do before the task can run, if it cannot run by itself.
    pub advice: Vec<String>,
}

/// What a scheduler's word for a task's state means here. A word that nobody has heard of is
/// [`TaskState::Running`]: the task is waited for until the scheduler no longer lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It will start.
    Waiting,
    /// It has started and not ended, or is in a state that is not known.
    Running,
    /// It is about to end, or to be started again; what it was may be cleaned up for long.
    Ending,
    /// It has ended, well or not; it may yet be started again.
    Ended,
    /// Somebody cancelled it.
    Cancelled,
}

/// Why a scheduler did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchedulerError {
    /// It did not answer; it may later, and it may have done what it was asked.
    #[error("{reason}")]
    Unreachable {
        /// What was seen, in one line.
        reason: String,
    },
    /// It was not waited for any longer, and may do yet what it was asked.
    #[error("{reason}")]
    CutOff {
        /// What was seen, in one line.
        reason: String,
    },
    /// It has no room for so many tasks now, and did not do what it was asked.
    #[error("{reason}")]
    Full {
        /// What was seen, in one line.
        reason: String,
    },
    /// It never takes so many tasks in one job.
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
