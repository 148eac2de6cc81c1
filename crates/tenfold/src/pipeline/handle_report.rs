//! Handles the report of an attempt's end: its result is recorded, or it is retried, or left out.

use anyhow::Result;

use super::coordinate::{Coordinator, Progress};
use super::event::{EventAttempt, EventTrial, RunEvent, StoppedCommand};
use super::summary::{FailedTrial, StaleModel};
use crate::executor::AttemptState;
use crate::store::AttemptEnd;
use crate::store::fault::{self, Point};
use crate::study::schedule::Known;
use crate::trial::{Attempt, AttemptToken, Outcome, TrialId};

/// How often one trial may ask to be run again before it counts as failed. A command that saves its
/// state asks a few times; a command that always asks would never end.
const REQUEUES: u32 = 100;

/// How many lines of the log to show for a command that never worked: the last lines of a Python
/// traceback, which hold the error.
const LOG_LINES: usize = 8;

impl Coordinator<'_> {
    /// Handles the executor's report `state` of the attempt `token`.
    ///
    /// # Errors
    /// If nothing more can be written or started.
    pub(super) fn handle_report(
        &self,
        token: &AttemptToken,
        state: AttemptState,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        if let AttemptState::Running(so_far) = state {
            if let Some(attempt) = progress.in_flight.get(token) {
                watch(&RunEvent::Progress { attempt: attempt.into(), progress: so_far });
            }
            return Ok(());
        }
        match state {
            AttemptState::StoreBroken(error) => return Err(error.into()),
            AttemptState::Refused(error) => return Err(error.into()),
            AttemptState::Executed(execution) => {
                let now = self.clock.seconds_since_epoch();
                return Ok(progress.batch.record_execution(token, &execution, now)?);
            }
            _ => {}
        }
        // The attempt belongs to a trial that is finished or no longer wanted.
        let Some(attempt) = progress.in_flight.remove(token) else {
            let now = self.clock.seconds_since_epoch();
            return Ok(progress.batch.end_attempt(token.as_str(), AttemptEnd::Lost, None, now)?);
        };
        let was_cancelled = progress.cancelling.remove(token);
        let is_put_aside = progress.putting_aside.remove(token);
        match state {
            AttemptState::Published => self.ingest(&attempt, AttemptEnd::Finished, progress, watch),
            AttemptState::Fenced => self.ingest(&attempt, AttemptEnd::Fenced, progress, watch),
            AttemptState::Failed { .. }
            | AttemptState::GaveUp { .. }
            | AttemptState::Stale { .. }
            | AttemptState::Requeued
            | AttemptState::Interrupted
                if was_cancelled =>
            {
                self.leave_out_cancelled(&attempt, progress, watch)
            }
            AttemptState::Failed { reason } => self.fail(&attempt, reason, progress, watch),
            AttemptState::GaveUp { reason } => {
                self.fail_for_good(&attempt, reason, progress, watch)
            }
            AttemptState::Stale { reason } => self.set_aside(&attempt, reason, progress, watch),
            AttemptState::Interrupted | AttemptState::Requeued if is_put_aside => {
                self.put_aside(&attempt, progress, watch)
            }
            AttemptState::Requeued => self.requeue(&attempt, progress, watch),
            AttemptState::Interrupted => {
                progress.summary.is_interrupted = true;
                self.end(&attempt, AttemptEnd::Interrupted, None, progress)
            }
            _ => Ok(()),
        }
    }

    fn ingest(
        &self,
        attempt: &Attempt,
        end: AttemptEnd,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        fault::pass(Point::BeforeIngest);
        let id = &attempt.trial.id;
        let text = self.folder.read_result(id)?.unwrap_or_default();
        let outcome = match Outcome::parse(&text, id) {
            Ok(outcome) => outcome,
            Err(error) => {
                self.folder.set_aside_result(id, self.clock.seconds_since_epoch())?;
                return self.fail(attempt, error.to_string(), progress, watch);
            }
        };
        progress.batch.ingest(&outcome, self.clock.seconds_since_epoch())?;
        if end != AttemptEnd::Finished {
            self.end(attempt, end, None, progress)?;
        }
        progress.summary.trained += 1;
        let known = Known::Finished { validation_error: outcome.validation_error };
        watch(&RunEvent::finished(&attempt.trial, &outcome));
        learn(id, known, progress, watch)
    }

    /// Runs a trial again that asked for it, up to `REQUEUES` times.
    fn requeue(
        &self,
        attempt: &Attempt,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        let requeues = progress.requeues.entry(attempt.trial.id.clone()).or_default();
        *requeues += 1;
        if *requeues > REQUEUES {
            let reason = format!("asked {requeues} times to be run again (exit status 75)");
            return self.fail_for_good(attempt, reason, progress, watch);
        }
        self.end(attempt, AttemptEnd::Requeued, None, progress)?;
        progress.wanted.again(&attempt.trial);
        Ok(())
    }

    /// Starts no more trials of the model of `attempt`, because one of its files changed. Results
    /// measured before the change count.
    fn set_aside(
        &self,
        attempt: &Attempt,
        reason: String,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        self.end(attempt, AttemptEnd::Stale, Some(&reason), progress)?;
        let not_started = progress.wanted.stop_model_of(&attempt.trial);
        let model = attempt.trial.model.clone();
        let stale = &mut progress.summary.stale;
        let known = stale.iter_mut().find(|stale| stale.model == model);
        let not_started = if let Some(known) = known {
            known.executions += 1;
            None
        } else {
            let reason = reason.clone();
            stale.push(StaleModel { model, reason, executions: 1, not_started });
            Some(not_started)
        };
        let attempt = EventAttempt::from(attempt);
        watch(&RunEvent::Stale { attempt, reason, not_started });
        Ok(())
    }

    /// Records the failure of a trial that a retry would not finish either.
    fn fail_for_good(
        &self,
        attempt: &Attempt,
        reason: String,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        let before = attempt.trial.recipe.attempts().saturating_sub(1);
        progress.failures.insert(attempt.trial.id.clone(), before);
        self.fail(attempt, reason, progress, watch)
    }

    fn fail(
        &self,
        attempt: &Attempt,
        reason: String,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        self.end(attempt, AttemptEnd::Failed, Some(&reason), progress)?;
        let failures = progress.failures.entry(attempt.trial.id.clone()).or_default();
        *failures += 1;
        let (trial, attempt) = (attempt.trial.clone(), EventAttempt::from(attempt));
        let will_retry = *failures < trial.recipe.attempts();
        let is_first_try = progress.wanted.is_first_try(&trial);
        watch(&RunEvent::Failed { attempt, reason: reason.clone(), will_retry, is_first_try });
        if will_retry {
            progress.summary.retried += 1;
            progress.wanted.again(&trial);
            return Ok(());
        }
        progress.summary.failed.push(FailedTrial { trial: trial.clone(), reason });
        learn(&trial.id, Known::Failed, progress, watch)?;
        if let Some(not_started) = progress.wanted.fail(&trial).filter(|count| *count > 0) {
            self.give_up(&trial.id, not_started, progress, watch);
        }
        Ok(())
    }

    /// Reports that the command of trial `id`, the last to fail, never worked and is not started
    /// again.
    fn give_up(
        &self,
        id: &TrialId,
        not_started: usize,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) {
        let Some(last) = progress.summary.failed.last() else { return };
        let model = last.trial.model.clone();
        let failed = progress.summary.failed.iter().filter(|one| one.trial.model == model);
        let tried = failed.map(|one| one.trial.size).collect();
        let log = self.folder.end_of_log(id, LOG_LINES);
        let stopped = StoppedCommand {
            reason: last.reason.clone(),
            model,
            tried,
            not_started,
            log,
            trial: id.clone(),
        };
        watch(&RunEvent::CommandStopped { stopped: stopped.clone() });
        progress.summary.stopped.push(stopped);
    }

    /// Records that `attempt` was cancelled by name; its trial is not tried again in this run.
    pub(super) fn leave_out_cancelled(
        &self,
        attempt: &Attempt,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        self.end(attempt, AttemptEnd::Cancelled, None, progress)?;
        progress.summary.cancelled += 1;
        watch(&RunEvent::Cancelled { trial: EventTrial::from(&attempt.trial) });
        learn(&attempt.trial.id, Known::Failed, progress, watch)
    }

    pub(super) fn end(
        &self,
        attempt: &Attempt,
        end: AttemptEnd,
        reason: Option<&str>,
        progress: &mut Progress<'_>,
    ) -> Result<()> {
        let now = self.clock.seconds_since_epoch();
        Ok(progress.batch.end_attempt(attempt.token.as_str(), end, reason, now)?)
    }
}

/// Records the end of trial `id`, and adds the trials to the plan that are wanted because of it.
fn learn(
    id: &TrialId,
    known: Known,
    progress: &mut Progress<'_>,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<()> {
    progress.wanted.learn(id, known);
    let rows = progress.wanted.take_rows();
    if !rows.is_empty() {
        progress.batch.add_to_plan(&rows)?;
        watch(&progress.wanted.take_event());
    }
    Ok(())
}
