//! Runs attempts. Where they run is this module's business; what they are and whether they count
//! is not.

pub mod clock;
pub mod cluster;
pub mod execute;
mod learner;
pub mod local;
pub mod scripted;

use std::time::Duration;

use anyhow::Result;

use crate::store::StoreError;
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
    /// It is being trained.
    Running {
        /// Updates made.
        step: u64,
        /// Updates planned.
        steps: u64,
        /// The latest error on the validation set.
        validation_error: Option<f64>,
    },
    /// It published the trial's result.
    Published,
    /// Another execution had published first.
    Fenced,
    /// It ended with an error.
    Failed {
        /// Why, in one line.
        reason: String,
    },
    /// It was asked to stop, alone or with all others, and left a checkpoint.
    Interrupted,
    /// It could not write to the study's folder: nothing more can be published.
    StoreBroken(StoreError),
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
}
