//! A submitted attempt, its task, and the news about both.

use std::time::Duration;

use super::batch::BatchLine;
use super::heartbeat::{Heartbeat, HeartbeatState};
use super::history::History;
use super::scheduler::{JobId, TaskReport, TaskState};
use crate::executor::{AttemptReport, AttemptState};
use crate::prepared::Prepared;
use crate::store::{AttemptEnd, Execution};
use crate::trial::{Attempt, AttemptToken, TrialId};

/// How long to wait for a task that seems to have ended.
#[derive(Clone, Copy, Debug)]
pub struct Grace {
    /// A task that the scheduler reports as ended: it may be started again, and its files may not
    /// have arrived yet.
    pub ended: Duration,
    /// A task that the scheduler does not know, as after its controller was lost.
    pub forgotten: Duration,
    /// Any task once all trials are finished: it is then cancelled, and waited for once more.
    pub closing: Duration,
    /// A cancelled task: its worker may be writing a checkpoint.
    pub cancelled: Duration,
    /// How long a running task may send no heartbeat before the user is told. Workers send one
    /// every few seconds once they have read the data.
    pub silent: Duration,
    /// How long it may send no heartbeat before its trials are submitted again; `None` to trust the
    /// scheduler.
    pub lost: Option<Duration>,
}

impl Default for Grace {
    fn default() -> Self {
        let [ended, forgotten, closing, cancelled] = [8, 30, 6, 2].map(Duration::from_secs);
        Self { ended, forgotten, closing, cancelled, silent: Duration::from_mins(1), lost: None }
    }
}

/// A submitted attempt.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) token: AttemptToken,
    pub(super) trial: TrialId,
    number: u32,
    /// `None` if the study no longer wants the trial.
    pub(super) attempt: Option<Attempt>,
    /// Whether its end was reported to the coordinator, or it is in a later batch.
    pub(super) is_over: bool,
    /// Whether it was cancelled by name.
    pub(super) is_cancelled: bool,
    /// Whether it was asked to stop because the run is paused.
    pub(super) is_put_aside: bool,
    /// Its earlier executions.
    pub(super) history: History,
    /// Since when its result is reported as published but not visible here.
    pub(super) unseen_since: Option<Duration>,
}

impl Lease {
    pub(super) fn new(attempt: Attempt, history: History) -> Self {
        Self {
            history,
            token: attempt.token.clone(),
            trial: attempt.trial.id.clone(),
            number: attempt.number,
            attempt: Some(attempt),
            is_over: false,
            is_cancelled: false,
            is_put_aside: false,
            unseen_since: None,
        }
    }

    /// The attempt of a line that an earlier run wrote; `None` if the line is invalid.
    pub(super) fn found(line: &BatchLine, data: &Prepared) -> Option<Self> {
        let (token, trial) = (AttemptToken::parse(&line.token)?, TrialId::parse(&line.trial)?);
        let number = line.number;
        let attempt = data
            .find(&line.model, line.size, line.seed, line.candidate)
            .filter(|found| found.id == trial)
            .map(|trial| Attempt { token: token.clone(), trial, number });
        let (is_over, is_cancelled, is_put_aside) = (false, false, false);
        let (history, unseen_since) = (line.history, None);
        Some(Self {
            token,
            trial,
            number,
            attempt,
            is_over,
            is_cancelled,
            is_put_aside,
            history,
            unseen_since,
        })
    }

    /// The report for the database of the execution with the heartbeat `said`. If it stopped
    /// because its trial was cancelled, it is reported as cancelled.
    pub(super) fn executed(
        &self,
        said: &Heartbeat,
        end: Option<AttemptEnd>,
    ) -> Option<AttemptReport> {
        let end = match end {
            Some(AttemptEnd::Interrupted | AttemptEnd::Requeued | AttemptEnd::Lost)
                if self.is_cancelled && !self.is_put_aside =>
            {
                Some(AttemptEnd::Cancelled)
            }
            end => end,
        };
        let execution = Execution {
            token: AttemptToken::parse(&said.execution)?,
            trial: self.trial.clone(),
            number: self.number,
            process: said.process,
            seconds: said.seconds,
            end,
            reason: said.reason.clone(),
        };
        Some(AttemptReport { token: self.token.clone(), state: AttemptState::Executed(execution) })
    }
}

/// How an execution with the state `state` has ended; `None` if it has not.
pub(super) fn end_of(state: HeartbeatState) -> Option<AttemptEnd> {
    match state {
        HeartbeatState::Started => None,
        HeartbeatState::Published => Some(AttemptEnd::Finished),
        HeartbeatState::Fenced => Some(AttemptEnd::Fenced),
        HeartbeatState::Failed => Some(AttemptEnd::Failed),
        HeartbeatState::Stale => Some(AttemptEnd::Stale),
        HeartbeatState::Interrupted => Some(AttemptEnd::Interrupted),
        HeartbeatState::Requeued => Some(AttemptEnd::Requeued),
    }
}

/// The scheduler's last report on a task.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskView {
    /// Since when it neither waits nor runs nor sends heartbeats.
    pub(super) gone_since: Option<Duration>,
    /// Since when the scheduler reports it as running.
    pub(super) running_since: Option<Duration>,
    /// Time of the last heartbeat of one of its executions.
    pub(super) heard_at: Option<Duration>,
    is_listed: bool,
    is_ended: bool,
    pub(super) is_cancelled: bool,
    words: String,
}

impl TaskView {
    /// Updates the view from the scheduler's report on `task` of `job`, found among `reports`.
    pub(super) fn hear(&mut self, job: &JobId, task: usize, reports: &[TaskReport], now: Duration) {
        let mut found = None;
        for report in reports {
            let is_of_task = report.job == *job && report.task.is_none_or(|number| number == task);
            // If a task is listed twice, the entry that is alive counts.
            if is_of_task && !found.is_some_and(is_alive) {
                found = Some(report);
            }
        }
        self.is_listed = found.is_some();
        self.is_ended = found.is_some_and(|report| report.state != TaskState::Ending);
        self.is_cancelled = found.is_some_and(|report| report.state == TaskState::Cancelled);
        if found.is_some_and(|report| report.state == TaskState::Running) {
            self.running_since.get_or_insert(now);
        } else {
            self.running_since = None;
        }
        if let Some(report) = found {
            self.words.clone_from(&report.words);
        }
        if found.is_some_and(is_alive) {
            self.gone_since = None;
        } else {
            self.gone_since.get_or_insert(now);
        }
    }

    /// Whether the task is gone for longer than `grace`, so that no more is expected of it.
    pub(super) fn is_gone_for_good(&self, now: Duration, grace: Grace) -> bool {
        let grace = if self.is_ended { grace.ended } else { grace.forgotten };
        self.gone_since.is_some_and(|since| now.saturating_sub(since) >= grace)
    }

    /// The scheduler's last message about the task.
    pub(super) fn words(&self) -> String {
        match (self.is_listed, self.words.as_str()) {
            (true, words) => words.to_owned(),
            (false, "") => "nothing is known of it".to_owned(),
            (false, words) => format!("no longer listed, last {words}"),
        }
    }
}

fn is_alive(report: &TaskReport) -> bool {
    matches!(report.state, TaskState::Waiting | TaskState::Running)
}

/// News about the attempts of a batch.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Reports for the coordinator.
    pub(super) reports: Vec<AttemptReport>,
    /// Attempts to submit again, because their task was interrupted or ended before it started
    /// them.
    pub(super) again: Vec<(Attempt, History)>,
    /// Attempts that published, with their times in seconds.
    pub(super) paces: Vec<(Attempt, f64)>,
    /// Notices for the user.
    pub(super) notices: Vec<String>,
}

impl News {
    /// Adds the report that the attempt of `lease` is in `state`.
    pub(super) fn report(&mut self, lease: &Lease, state: AttemptState) {
        self.reports.push(AttemptReport { token: lease.token.clone(), state });
    }
}
