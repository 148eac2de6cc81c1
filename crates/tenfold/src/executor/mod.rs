//! Runs attempts. This module decides where they run; what they are and whether they count is
//! decided elsewhere.
//!
//! Reading order: [`Executor`] (what a coordinator calls), [`places`] (the executor setups, one
//! file or folder each), [`runners`] (the code that runs one attempt, one file or folder for each
//! kind of trial), [`cluster`] (the executor that submits batches to a scheduler), [`worker`] (what
//! that scheduler starts).

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

/// An executor's report on one attempt.
#[derive(Debug)]
pub struct AttemptReport {
    /// Token of the attempt.
    pub token: AttemptToken,
    /// The attempt's state.
    pub state: AttemptState,
}

/// What happened to an attempt.
#[derive(Debug)]
pub enum AttemptState {
    /// It is being trained and has made this progress.
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
    /// It did not finish and has reached the limit of its executions.
    GaveUp {
        /// Why it is not executed again, in one line.
        reason: String,
    },
    /// A file that it depends on is not the one the study was planned with, or changed during the
    /// training: it was not started, or its result does not count.
    Stale {
        /// Which file changed and how, in one line.
        reason: String,
    },
    /// It asked to be run again and may have left a checkpoint.
    Requeued,
    /// It was asked to stop, alone or with all others, and left a checkpoint.
    Interrupted,
    /// It could not write to the study's folder: nothing more can be published.
    StoreBroken(StoreError),
    /// The scheduler accepts neither this attempt nor any other.
    Refused(SchedulerError),
    /// A report for the database on one of its executions on another machine; the attempt itself
    /// continues.
    Executed(Execution),
}

impl AttemptReport {
    /// A report that concerns every attempt, not one.
    pub fn of_all(state: AttemptState) -> Self {
        Self { token: AttemptToken::fresh(0), state }
    }
}

/// Runs attempts in one place: on this machine or through a scheduler.
pub trait Executor {
    /// Number of attempts that it takes at a time.
    fn capacity(&self) -> usize;

    /// Starts `attempt`.
    ///
    /// # Errors
    /// If it cannot be started.
    fn submit(&mut self, attempt: Attempt) -> Result<()>;

    /// The reports since the last call; waits up to `patience` if there are none.
    fn states(&mut self, patience: Duration) -> Vec<AttemptReport>;

    /// Asks every attempt to stop; each still reports how it ended.
    fn cancel(&mut self);

    /// Asks one attempt to stop; it still reports how it ended. Does nothing if the attempt has
    /// ended or was never submitted here.
    fn cancel_one(&mut self, token: &AttemptToken);

    /// Asks one attempt to stop so that its trial can continue later; otherwise like
    /// [`Executor::cancel_one`].
    fn put_aside(&mut self, token: &AttemptToken) {
        self.cancel_one(token);
    }

    /// Attempts of an earlier run that still run here: the run waits for them and does not start
    /// them again.
    fn under_way(&mut self) -> Vec<Attempt> {
        Vec::new()
    }

    /// Notices for the user, each once.
    fn notices(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Describes where all submitted attempts are, once they can all continue without this process;
    /// `None` before that, and for executors that need this process.
    fn hand_over(&mut self) -> Option<String> {
        None
    }

    /// Ends the attempts that still run when no more are wanted; returns their last reports.
    fn close(&mut self) -> Vec<AttemptReport> {
        Vec::new()
    }
}
