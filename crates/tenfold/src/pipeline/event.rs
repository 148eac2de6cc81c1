//! What happens during a run, what a run did, and the wish to stop it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::budget::{BudgetState, PricedPlan};
use super::pace::Pace;
use crate::prepared::{LaterTrials, StudyFacts};
use crate::trial::{Attempt, Outcome, Trial, TrialId};

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

/// What happens during a run, for whoever shows it.
#[derive(Debug)]
pub enum RunEvent {
    /// The data are being read.
    Reading,
    /// The data are read and split.
    Read {
        /// What is known of them.
        facts: StudyFacts,
    },
    /// It is known how fast each model trains here.
    Paced {
        /// How fast.
        pace: Pace,
    },
    /// The database was damaged and is rebuilt from the result files.
    Rebuilt {
        /// Where the damaged file is now.
        kept: String,
    },
    /// Something an interrupted run left was put in order.
    Recovered {
        /// Results that were published but not yet in the database.
        results: usize,
        /// Executions that ended without a word.
        lost: usize,
        /// Result files that could not be read; their trials run again.
        torn: usize,
        /// Results whose file has gone; their trials run again.
        gone: usize,
    },
    /// The study file is not the one the finished trials were made for.
    StudyChanged {
        /// Finished trials the study still wants.
        valid: usize,
        /// Finished trials it no longer wants, by model and size.
        stale: BTreeMap<(String, u64), usize>,
    },
    /// More trials are wanted than were known of, because of what the results tell.
    Scheduled {
        /// What is new, by model: at first everything.
        added: Vec<WantedTrials>,
        /// About what more will be wanted, all of it.
        later: Vec<LaterTrials>,
    },
    /// An attempt started.
    Started {
        /// Which.
        attempt: Attempt,
    },
    /// An attempt said how far it is.
    Progress {
        /// Which.
        attempt: Attempt,
        /// Share of its updates made, 0 to 1.
        share: f64,
        /// The latest error on the validation set.
        validation_error: Option<f64>,
    },
    /// A trial finished.
    Finished {
        /// Which.
        trial: Trial,
        /// What came out.
        outcome: Box<Outcome>,
    },
    /// An attempt failed.
    Failed {
        /// Which.
        attempt: Attempt,
        /// Why.
        reason: String,
        /// Whether the trial will be tried once more.
        will_retry: bool,
        /// Whether its command has never worked so far, so that the rest of its trials waits.
        is_first_try: bool,
    },
    /// An attempt does not count, because a file that it depends on changed.
    Stale {
        /// Which.
        attempt: Attempt,
        /// Which file and how.
        reason: String,
        /// Trials of its model that are not started because of it; `None` if another one was told of
        /// before.
        not_started: Option<usize>,
    },
    /// A command never worked: the rest of its trials is not started.
    CommandStopped {
        /// Which, and why.
        stopped: StoppedCommand,
    },
    /// A trial was cancelled by name and is left out of this run.
    Cancelled {
        /// Which.
        trial: Trial,
    },
    /// What a budget can buy, before the first trial.
    Plans {
        /// From the cheapest.
        plans: Vec<PricedPlan>,
    },
    /// Where a run within a budget stands.
    Spent {
        /// Where.
        state: BudgetState,
    },
    /// The user asked to stop; checkpoints are being written.
    Stopping,
    /// Something a person should hear of where trials run.
    Notice {
        /// What.
        text: String,
    },
}

/// Trials of one model that became wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WantedTrials {
    /// Name of the model.
    pub model: String,
    /// How many of them were finished before.
    pub finished: usize,
    /// How many of them wait to be executed.
    pub waiting: usize,
    /// Floating-point operations expected of those that wait.
    pub waiting_flop: f64,
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

/// A command that never worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedCommand {
    /// Name of the model.
    pub model: String,
    /// Sizes at which it was tried, each as often as it may be retried.
    pub tried: Vec<u64>,
    /// Trials of it that were not started.
    pub not_started: usize,
    /// Why its last execution failed.
    pub reason: String,
    /// The trial of that execution.
    pub trial: TrialId,
    /// The last lines of its log.
    pub log: Vec<String>,
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
