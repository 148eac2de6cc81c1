//! What a run did, and the wish to stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::budget_state::BudgetState;
use super::event::StoppedCommand;
use crate::trial::Trial;

/// Counts how often the user asked to stop, and remembers whether to leave trials that are elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicU32>,
    is_left: Arc<AtomicBool>,
}

impl Stop {
    /// Asks to stop; gives how often it was asked before.
    pub fn ask(&self) -> u32 {
        self.asked.fetch_add(1, Ordering::SeqCst)
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst) > 0
    }

    /// Asks to end as soon as all trials go on without this process.
    pub fn leave(&self) {
        self.is_left.store(true, Ordering::SeqCst);
    }

    /// Whether that was asked.
    pub fn is_left(&self) -> bool {
        self.is_left.load(Ordering::SeqCst)
    }
}

/// A trial that failed for good in this run.
#[derive(Clone, Debug)]
pub struct FailedTrial {
    /// Which.
    pub trial: Trial,
    /// Why its last execution failed.
    pub reason: String,
}

/// A model of which a file changed while the study ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleModel {
    /// Name of the model.
    pub model: String,
    /// Which file and how.
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
    /// Models of which a file changed.
    pub stale: Vec<StaleModel>,
    /// Trials that were cancelled by name.
    pub cancelled: usize,
    /// Attempts that failed and were tried again.
    pub retried: usize,
    /// Whether the user stopped it before the end.
    pub is_interrupted: bool,
    /// Whether it ended while trials go on without it.
    pub is_handed_over: bool,
    /// Wall-clock seconds of the training.
    pub seconds: f64,
    /// Where the budget stands, if there is one.
    pub budget: Option<BudgetState>,
}
