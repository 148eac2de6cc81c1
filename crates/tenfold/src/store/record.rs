//! Rows of the database as the program sees them.

use crate::trial::{AttemptToken, TrialId};

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It published the trial's result.
    Finished,
    /// Another execution had published first; this one's result was dropped.
    Fenced,
    /// It ended with an error.
    Failed,
    /// It asked to be run again.
    Requeued,
    /// It was asked to stop.
    Interrupted,
    /// Its process ended without a word.
    Lost,
}

impl AttemptEnd {
    /// Word in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Fenced => "fenced",
            Self::Failed => "failed",
            Self::Requeued => "requeued",
            Self::Interrupted => "interrupted",
            Self::Lost => "lost",
        }
    }
}

/// One execution of an attempt on another machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// Its own token, under which it publishes.
    pub token: AttemptToken,
    /// What it executes.
    pub trial: TrialId,
    /// Number of the attempt: 1, or 2 for the retry.
    pub number: u32,
    /// Number of its process, on its machine.
    pub process: u32,
    /// Seconds since it began, by that machine's clock.
    pub seconds: f64,
    /// How it ended, if it has.
    pub end: Option<AttemptEnd>,
    /// Why, if there is more to say.
    pub reason: Option<String>,
}

/// One row of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedTrial {
    /// Name of the model.
    pub model: String,
    /// Training-set size, in examples.
    pub size: u64,
    /// Which seed, from 0.
    pub repeat: u64,
    /// Place in the search grid, from 0.
    pub candidate: usize,
    /// Id of the trial.
    pub trial: String,
    /// Settings, `key=value` joined by spaces.
    pub settings: String,
    /// Expected work, for remaining time.
    pub expected_flop: f64,
}

/// Where a trial stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialState {
    /// Not started, or interrupted.
    Planned,
    /// Started and not ended.
    Running,
    /// Its result is in.
    Finished,
    /// Its last execution failed.
    Failed,
}

/// A planned trial, where it stands and what it cost.
#[derive(Clone, Debug)]
pub struct TrialRow {
    /// The plan's row.
    pub planned: PlannedTrial,
    /// Where it stands.
    pub state: TrialState,
    /// Wall-clock seconds, if finished.
    pub seconds: Option<f64>,
    /// Why its last execution failed, if it did.
    pub reason: Option<String>,
}

/// The first seven columns of a row.
pub(super) fn planned_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PlannedTrial> {
    Ok(PlannedTrial {
        model: row.get(0)?,
        size: row.get::<_, i64>(1)?.unsigned_abs(),
        repeat: row.get::<_, i64>(2)?.unsigned_abs(),
        candidate: row.get::<_, i64>(3)?.unsigned_abs() as usize,
        trial: row.get(4)?,
        settings: row.get(5)?,
        expected_flop: row.get(6)?,
    })
}

/// A row of the plan joined with its result and its last attempt.
pub(super) fn trial_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<TrialRow> {
    let planned = planned_from_row(row)?;
    let seconds: Option<f64> = row.get(7)?;
    let (started, open): (bool, bool) = (row.get(8)?, row.get(9)?);
    let outcome: Option<String> = row.get(10)?;
    let failed = outcome.as_deref() == Some(AttemptEnd::Failed.name());
    let state = match (seconds, started && open, failed) {
        (Some(_), _, _) => TrialState::Finished,
        (None, true, _) => TrialState::Running,
        (None, false, true) => TrialState::Failed,
        (None, false, false) => TrialState::Planned,
    };
    let reason = if state == TrialState::Failed { row.get(11)? } else { None };
    Ok(TrialRow { planned, state, seconds, reason })
}
