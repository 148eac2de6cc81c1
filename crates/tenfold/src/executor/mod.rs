//! Runs attempts. Where they run is this module's business; what they are and whether they count
//! is not.
//!
//! Reading order: [`Executor`] (what a coordinator asks), [`places`] (where attempts run, one file or
//! folder each), [`runners`] (what runs one of them, one file or folder each), [`cluster`] (the executor
//! that hands batches to somebody's scheduler), [`worker`] (what that scheduler starts).

pub mod clock;

pub mod places;

pub mod runners;

pub mod cluster;
pub mod worker;

pub mod both;

use std::time::Duration;

use anyhow::Result;
use tenfold_train::Progress;

use self::cluster::scheduler::SchedulerError;
use crate::store::{Execution, StoreError};
use crate::trial::{Attempt, AttemptToken};

/// What an executor has to say of one attempt.
#[derive(Debug)]
pub struct AttemptReport {
    /// Which attempt.
    pub token: AttemptToken,
    /// What happened.
    pub state: AttemptState,
}

/// What happened to an attempt.
#[derive(Debug)]
pub enum AttemptState {
    /// It is being trained, so far.
    Running(Progress),
    /// It published the trial's result.
    Published,
    /// Another execution had published first.
    Fenced,
    /// It ended with an error.
    Failed {
        /// Why, in one line.
        reason: String,
    },
    /// It was tried as often as it may be, in whatever ways it did not come to its end.
    GaveUp {
        /// Why no more, in one line.
        reason: String,
    },
    /// A file that it depends on is not, or did not stay, what the study was planned with: it was not
    /// started, or what it measured does not count.
    Stale {
        /// Which file and how, in one line.
        reason: String,
    },
    /// It asked to be run again, and may have left a checkpoint.
    Requeued,
    /// It was asked to stop, alone or with all others, and left a checkpoint.
    Interrupted,
    /// It could not write to the study's folder: nothing more can be published.
    StoreBroken(StoreError),
    /// The scheduler will not take it, nor any other.
    Refused(SchedulerError),
    /// One of its executions on another machine, for the books; the attempt itself goes on.
    Executed(Execution),
}

impl AttemptReport {
    /// Says what concerns every attempt, not one.
    pub fn of_all(state: AttemptState) -> Self {
        Self { token: AttemptToken::fresh(0), state }
    }
}

/// A place where attempts run.
pub trait Executor {
    /// How many attempts it takes at a time.
    fn capacity(&self) -> usize;

    /// Starts `attempt`.
    ///
    /// # Errors
    /// If it cannot be started.
    fn submit(&mut self, attempt: Attempt) -> Result<()>;

    /// What has happened since the last call; waits up to `patience` for something to happen.
    fn states(&mut self, patience: Duration) -> Vec<AttemptReport>;

    /// Asks every attempt to stop; each still reports how it ended.
    fn cancel(&mut self);

    /// Asks one attempt to stop; it still reports how it ended. One that has ended, or was never
    /// submitted here, is left alone.
    fn cancel_one(&mut self, token: &AttemptToken);

    /// Asks one attempt to stop so that its trial can go on later; as [`Executor::cancel_one`] else.
    fn put_aside(&mut self, token: &AttemptToken) {
        self.cancel_one(token);
    }

    /// Attempts of an earlier run that still run here: they are waited for, and not started again.
    fn under_way(&mut self) -> Vec<Attempt> {
        Vec::new()
    }

    /// What a person should hear, each thing once.
    fn notices(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Says where everything is that was submitted, once all of it goes on without this process;
    /// `None` before that, and of executors that need this process.
    fn hand_over(&mut self) -> Option<String> {
        None
    }

    /// Ends what still runs when nothing more is wanted; gives what is left to say of it.
    fn close(&mut self) -> Vec<AttemptReport> {
        Vec::new()
    }
}
