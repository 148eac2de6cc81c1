//! Calls of the scheduler. Each runs in its own thread, so that a call that hangs delays neither
//! results nor Ctrl-C.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::batch::BatchFolder;
use super::scheduler::{JobId, OwnJob, Scheduler, SchedulerError, Submission, TaskReport};
use super::site::ClusterSite;

/// Makes calls and receives their answers.
#[derive(Debug)]
pub(super) struct Desk<S> {
    pub(super) scheduler: Arc<S>,
    to_us: Sender<Answer>,
    answers: Receiver<Answer>,
}

/// The answer to a call.
#[derive(Debug)]
pub(super) enum Answer {
    /// The states of the tasks of `jobs`.
    Tasks { jobs: Vec<OwnJob>, found: Result<Vec<TaskReport>, SchedulerError> },
    /// The outcome of submitting or searching for a batch.
    HandIn { folder: BatchFolder, end: HandIn },
    /// Which of `jobs` the scheduler was asked to end.
    Cancelled { jobs: Vec<OwnJob>, asked: Result<Vec<JobId>, SchedulerError> },
    /// How many tasks the scheduler accepts in one job.
    Most(Result<usize, SchedulerError>),
}

/// The outcome of submitting or searching for a batch.
#[derive(Debug)]
pub(super) enum HandIn {
    /// The batch is this job.
    Job(JobId),
    /// The batch was only searched for, and the scheduler does not have it.
    Unknown,
    /// The call failed.
    Failed(SchedulerError),
}

/// How a batch is submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// The batch is submitted for the first time.
    New,
    /// An earlier submission may have been accepted: the batch is submitted only if the scheduler
    /// does not have it.
    Again,
    /// An earlier submission may still be accepted: the batch is searched for and not submitted.
    Search,
}

impl<S: Scheduler> Desk<S> {
    pub(super) fn new(scheduler: S) -> Self {
        let (to_us, answers) = channel();
        Self { scheduler: Arc::new(scheduler), to_us, answers }
    }

    /// The answers that have arrived since the last call.
    pub(super) fn answers(&self) -> Vec<Answer> {
        self.answers.try_iter().collect()
    }

    pub(super) fn ask_tasks(&self, jobs: Vec<OwnJob>) {
        self.call(move |scheduler| {
            let found = scheduler.tasks(&jobs);
            Answer::Tasks { jobs, found }
        });
    }

    pub(super) fn ask_most(&self) {
        self.call(|scheduler| Answer::Most(scheduler.most_tasks()));
    }

    pub(super) fn cancel(&self, jobs: Vec<OwnJob>) {
        self.call(move |scheduler| {
            let asked = scheduler.cancel(&jobs);
            Answer::Cancelled { jobs, asked }
        });
    }

    /// Submits the batch in `folder`, or searches for it, according to `manner`.
    pub(super) fn hand_in(
        &self,
        folder: &BatchFolder,
        tasks: &[Range<usize>],
        site: &ClusterSite,
        manner: Manner,
    ) {
        let (folder, tasks) = (folder.clone(), tasks.to_vec());
        let (study, program): (PathBuf, PathBuf) = (site.study.clone(), site.program.clone());
        self.call(move |scheduler| {
            let mark = folder.mark();
            let found = if manner == Manner::New { Ok(None) } else { scheduler.find(&mark) };
            let end = match found {
                Ok(Some(job)) => HandIn::Job(job),
                Ok(None) if manner == Manner::Search => HandIn::Unknown,
                Ok(None) => {
                    let submission = Submission {
                        mark: &mark,
                        study: &study,
                        folder: &folder.path,
                        program: &program,
                        tasks: &tasks,
                    };
                    scheduler.submit(&submission).map_or_else(HandIn::Failed, HandIn::Job)
                }
                Err(error) => HandIn::Failed(error),
            };
            Answer::HandIn { folder, end }
        });
    }

    fn call(&self, call: impl FnOnce(&S) -> Answer + Send + 'static) {
        let (scheduler, to_us) = (Arc::clone(&self.scheduler), self.to_us.clone());
        // Sending fails only if the executor has been dropped; then nobody needs the answer.
        thread::spawn(move || drop(to_us.send(call(&scheduler))));
    }
}
