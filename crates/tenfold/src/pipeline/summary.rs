//! The summary of a run, and the flag that stops it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::budget_state::BudgetState;
use super::event::StoppedCommand;
use crate::trial::Trial;

/// Counts how often the user asked to stop, and stores whether trials on other machines are left
/// running.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicU32>,
    is_left: Arc<AtomicBool>,
}

impl Stop {
    /// Asks to stop; returns how often that was asked before.
    pub fn ask(&self) -> u32 {
        self.asked.fetch_add(1, Ordering::SeqCst)
    }

    /// Whether the user asked to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst) > 0
    }

    /// Asks to end as soon as all trials can go on without this process.
    pub fn leave(&self) {
        self.is_left.store(true, Ordering::SeqCst);
    }

    /// Whether [`Stop::leave`] was called.
    pub fn is_left(&self) -> bool {
        self.is_left.load(Ordering::SeqCst)
    }
}

/// A trial that failed for good in this run.
#[derive(Clone, Debug)]
pub struct FailedTrial {
    /// The trial.
    pub trial: Trial,
    /// Why its last execution failed.
    pub reason: String,
}

/// A model with a file that changed while the study ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleModel {
    /// Name of the model.
    pub model: String,
    /// Which file changed and how.
    pub reason: String,
    /// Executions that were not started, or whose result does not count.
    pub executions: usize,
    /// Trials that were not started.
    pub not_started: usize,
}

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct RunSummary {
    /// Trials trained in this run.
    pub trained: usize,
    /// Trials that were finished before.
    pub reused: usize,
    /// Trials that failed twice.
    pub failed: Vec<FailedTrial>,
    /// Commands that never worked.
    pub stopped: Vec<StoppedCommand>,
    /// Models with a file that changed.
    pub stale: Vec<StaleModel>,
    /// Trials that were cancelled by name.
    pub cancelled: usize,
    /// Attempts that failed and were tried again.
    pub retried: usize,
    /// Whether the user stopped it before the end.
    pub is_interrupted: bool,
    /// Whether the run ended while trials go on without it.
    pub is_handed_over: bool,
    /// Wall-clock seconds of the training.
    pub seconds: f64,
    /// The state of the budget, if there is one.
    pub budget: Option<BudgetState>,
}
