//! Calls of the scheduler, each on a thread of its own: one that hangs holds up neither results nor
//! Ctrl-C.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::batch::BatchFolder;
use super::scheduler::{JobId, OwnJob, Scheduler, SchedulerError, Submission, TaskReport};
use super::site::ClusterSite;

/// Where calls are made and answers arrive.
#[derive(Debug)]
pub(super) struct Desk<S> {
    pub(super) scheduler: Arc<S>,
    to_us: Sender<Answer>,
    answers: Receiver<Answer>,
}

/// The answer to a call.
#[derive(Debug)]
pub(super) enum Answer {
    /// What is known of the tasks of `jobs`.
    Tasks { jobs: Vec<OwnJob>, found: Result<Vec<TaskReport>, SchedulerError> },
    /// What has become of a batch that was to be handed in or looked for.
    HandIn { folder: BatchFolder, end: HandIn },
    /// Which of `jobs` were asked to end.
    Cancelled { jobs: Vec<OwnJob>, asked: Result<Vec<JobId>, SchedulerError> },
    /// How many tasks it takes in one job.
    Most(Result<usize, SchedulerError>),
}

/// What has become of a batch that was to be handed in or looked for.
#[derive(Debug)]
pub(super) enum HandIn {
    /// It is this job.
    Job(JobId),
    /// It was looked for only, and the scheduler does not know it.
    Unknown,
    /// The call failed.
    Failed(SchedulerError),
}

/// How a batch is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// It is new to the scheduler.
    New,
    /// It may have been accepted: it is handed in only if it is not found.
    Again,
    /// It may be accepted yet: it is looked for and not handed in.
    Search,
}

impl<S: Scheduler> Desk<S> {
    pub(super) fn new(scheduler: S) -> Self {
        let (to_us, answers) = channel();
        Self { scheduler: Arc::new(scheduler), to_us, answers }
    }

    /// The answers that have arrived since the last time.
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

    /// Hands in the batch in `folder`, or looks for it, as `manner` says.
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
        // Nobody listens any more when the executor has gone.
        thread::spawn(move || drop(to_us.send(call(&scheduler))));
    }
}
