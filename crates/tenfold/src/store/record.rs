//! Rows of the database as the program sees them.

use crate::trial::{AttemptToken, TrialId};
use serde::Serialize;

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It published the trial's result.
    Finished,
    /// Another execution had published first; the result of this one was dropped.
    Fenced,
    /// It ended with an error.
    Failed,
    /// It asked to be run again.
    Requeued,
    /// It was asked to stop.
    Interrupted,
    /// It was cancelled by name.
    Cancelled,
    /// A file that it depends on changed: it does not count.
    Stale,
    /// Its process ended without reporting how.
    Lost,
}

impl AttemptEnd {
    /// Name of the variant in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Fenced => "fenced",
            Self::Failed => "failed",
            Self::Requeued => "requeued",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
            Self::Stale => "stale",
            Self::Lost => "lost",
        }
    }
}

/// One execution of an attempt on another machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// Its own token, under which it publishes its result.
    pub token: AttemptToken,
    /// The trial that it executes.
    pub trial: TrialId,
    /// Number of the attempt: 1, or 2 for the retry.
    pub number: u32,
    /// Process id on its machine.
    pub process: u32,
    /// Seconds since it began, by that machine's clock.
    pub seconds: f64,
    /// How it ended, if it has.
    pub end: Option<AttemptEnd>,
    /// Why it ended so, if a reason was given.
    pub reason: Option<String>,
}

/// One row of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedTrial {
    /// Name of the model.
    pub model: String,
    /// Training-set size, in examples.
    pub size: u64,
    /// Index of the seed, from 0.
    #[serde(rename = "repeat")]
    pub seed: u64,
    /// Index in the search grid, from 0.
    pub candidate: usize,
    /// Id of the trial.
    pub trial: String,
    /// Settings, as the text of an object; see [`Settings`](crate::trial::Settings).
    pub settings: String,
    /// Expected work, from which the remaining time is estimated: floating-point operations, for
    /// commands examples.
    pub expected_flop: f64,
}

/// The state of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrialState {
    /// Not started, or interrupted.
    Planned,
    /// Started and not ended.
    Running,
    /// Its result is in the database.
    Finished,
    /// Its last execution failed.
    Failed,
    /// Its last execution was cancelled by name.
    Cancelled,
}

impl TrialState {
    /// Name of the state, as shown to a person.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A planned trial, its state and its result.
#[derive(Clone, Debug, Serialize)]
pub struct TrialRow {
    /// The plan's row.
    pub planned: PlannedTrial,
    /// State of the trial.
    pub state: TrialState,
    /// What it measured, if finished.
    pub measured: Option<MeasuredTrial>,
    /// Why its last execution failed, if it did.
    pub reason: Option<String>,
}

/// What a finished trial measured, as far as the database holds it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredTrial {
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Error on the validation set.
    pub validation_error: f64,
    /// Error on the test set.
    pub test_error: f64,
    /// Whether validation and test error are separate measurements.
    pub is_validation_apart: bool,
    /// Hash of the examples a command says it was judged on.
    pub judged_on: Option<String>,
    /// Examples whose outcomes its result file holds.
    pub judged_examples: u64,
    /// Trainable parameters, where they are known; told with the winners.
    #[serde(skip)]
    pub parameter_count: Option<u64>,
}

impl TrialRow {
    /// Whether the curve is drawn without this trial: its last execution failed or was cancelled.
    pub fn is_left_out(&self) -> bool {
        matches!(self.state, TrialState::Failed | TrialState::Cancelled)
    }
}

/// The first seven columns of a row.
pub(super) fn planned_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PlannedTrial> {
    Ok(PlannedTrial {
        model: row.get(0)?,
        size: row.get::<_, i64>(1)?.unsigned_abs(),
        seed: row.get::<_, i64>(2)?.unsigned_abs(),
        candidate: row.get::<_, i64>(3)?.unsigned_abs() as usize,
        trial: row.get(4)?,
        settings: row.get(5)?,
        expected_flop: row.get(6)?,
    })
}

/// A row of the plan joined with its result and its last attempt.
pub(super) fn trial_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<TrialRow> {
    let planned = planned_from_row(row)?;
    let measured = measured_from_row(row)?;
    let outcome: Option<String> = row.get(13)?;
    let is_open: bool = row.get(15)?;
    let ended = |end: AttemptEnd| outcome.as_deref() == Some(end.name());
    let state = if measured.is_some() {
        TrialState::Finished
    } else if is_open {
        TrialState::Running
    } else if ended(AttemptEnd::Failed) {
        TrialState::Failed
    } else if ended(AttemptEnd::Cancelled) {
        TrialState::Cancelled
    } else {
        TrialState::Planned
    };
    let reason = if state == TrialState::Failed { row.get(14)? } else { None };
    Ok(TrialRow { planned, state, measured, reason })
}

/// The columns of a result, if the row has one.
fn measured_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<MeasuredTrial>> {
    let Some(seconds) = row.get(7)? else { return Ok(None) };
    Ok(Some(MeasuredTrial {
        seconds,
        validation_error: row.get(8)?,
        test_error: row.get(9)?,
        is_validation_apart: row.get(10)?,
        judged_on: row.get(11)?,
        judged_examples: row.get::<_, i64>(12)?.unsigned_abs(),
        parameter_count: row.get::<_, Option<i64>>(16)?.map(i64::unsigned_abs),
    }))
}

/// How many trials of a model are in each state, and how long they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ModelCounts {
    /// Not started, interrupted or lost.
    pub planned: usize,
    /// Started and not ended.
    pub open: usize,
    /// With a result.
    pub finished: usize,
    /// Whose last execution failed.
    pub failed: usize,
    /// Whose last execution was cancelled by name.
    pub cancelled: usize,
    /// Floating-point operations expected of those that finished.
    pub finished_flop: f64,
    /// Wall-clock seconds of those that finished.
    pub finished_seconds: f64,
    /// Floating-point operations expected of those planned and open.
    pub remaining_flop: f64,
}

/// One execution.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRow {
    /// Its name.
    pub token: String,
    /// Id of the process that started it.
    pub process: i64,
    /// Seconds since 1970 at its start.
    pub started: f64,
    /// Seconds since 1970 at its end, if it has ended.
    pub ended: Option<f64>,
    /// How it ended, [`AttemptEnd::name`]; `None` while it runs.
    pub outcome: Option<String>,
    /// Why it ended so, if a reason was given.
    pub reason: Option<String>,
}

/// The columns of one execution.
pub(super) fn attempt_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<AttemptRow> {
    Ok(AttemptRow {
        token: row.get(0)?,
        process: row.get(1)?,
        started: row.get(2)?,
        ended: row.get(3)?,
        outcome: row.get(4)?,
        reason: row.get(5)?,
    })
}
