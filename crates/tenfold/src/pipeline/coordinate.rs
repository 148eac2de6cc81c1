//! Brings a study from what is finished to what is wanted: the only writer of the database.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;

use super::event::{FailedTrial, RunEvent, RunSummary, Stop};
use crate::executor::clock::Clock;
use crate::executor::{AttemptState, Executor};
use crate::prepared::Prepared;
use crate::store::fault::{self, Point};
use crate::store::{AttemptEnd, Database, StudyFolder};
use crate::study::Study;
use crate::study::schedule::{Known, Place, Schedule};
use crate::trial::{Attempt, AttemptToken, Outcome, Trial, TrialId};

/// How often one trial may ask to be run again before it has failed: a command that saves its state
/// and goes on does so a few times, one that always asks would never end.
const REQUEUES: u32 = 100;

/// How long to wait for news before looking whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Everything a run needs.
#[derive(Debug)]
pub struct Coordinator<'a> {
    /// The study.
    pub study: &'a Study,
    /// Its data.
    pub data: &'a Prepared,
    /// Its folder.
    pub folder: &'a StudyFolder,
    /// Its database.
    pub database: &'a Database,
    /// The time.
    pub clock: &'a Clock,
    /// Where a wish to stop is noticed.
    pub stop: &'a Stop,
    /// Whether to end once everything goes on without this process.
    pub is_detached: bool,
}

/// What the coordinator remembers between two events.
#[derive(Default)]
struct Progress {
    known: BTreeMap<TrialId, Known>,
    in_flight: BTreeMap<AttemptToken, Attempt>,
    failures: BTreeMap<TrialId, u32>,
    requeues: BTreeMap<TrialId, u32>,
    trials: BTreeMap<Place, Trial>,
    waiting: Vec<Trial>,
    summary: RunSummary,
}

impl Coordinator<'_> {
    /// Runs every trial that is wanted and not finished.
    ///
    /// # Errors
    /// When nothing more can be written, or nothing more started; finished trials are kept.
    pub fn run(
        &self,
        executor: &mut dyn Executor,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<RunSummary> {
        let started = self.clock.elapsed();
        let mut progress = Progress::default();
        for (id, validation_error) in self.database.validation_errors()? {
            progress.known.insert(id, Known::Finished { validation_error });
        }
        self.note_changes(&mut progress, watch)?;
        self.database.set_fact("study", &self.study.text)?;
        self.database.set_fact("facts", &serde_json::to_string(&self.data.facts)?)?;
        for attempt in executor.under_way() {
            if !progress.known.contains_key(&attempt.trial.id) {
                watch(&RunEvent::Started { attempt: attempt.clone() });
                progress.in_flight.insert(attempt.token.clone(), attempt);
            }
        }
        self.reschedule(&mut progress, watch)?;
        let mut is_stopping = false;
        loop {
            if self.stop.is_asked() && !is_stopping {
                is_stopping = true;
                watch(&RunEvent::Stopping);
                executor.cancel();
            }
            // Somebody else stopped attempts of ours: they meant the study.
            if !is_stopping && !progress.summary.is_interrupted {
                self.start_waiting(executor, &mut progress, watch)?;
            }
            if progress.in_flight.is_empty() {
                break;
            }
            for report in executor.states(PATIENCE) {
                self.take_report(&report.token, report.state, &mut progress, watch)?;
            }
            let handed_over =
                if self.is_detached && !is_stopping { executor.hand_over() } else { None };
            for text in executor.notices().into_iter().chain(handed_over.clone()) {
                watch(&RunEvent::Notice { text });
            }
            if handed_over.is_some() {
                progress.summary.is_handed_over = true;
                return Ok(progress.summary);
            }
        }
        for report in executor.close() {
            self.take_report(&report.token, report.state, &mut progress, watch)?;
        }
        for text in executor.notices() {
            watch(&RunEvent::Notice { text });
        }
        progress.summary.is_interrupted =
            is_stopping && !progress.waiting.is_empty() || progress.summary.is_interrupted;
        progress.summary.reused = self.finished_trials(&mut progress) - progress.summary.trained;
        progress.summary.seconds = self.clock.elapsed().saturating_sub(started).as_secs_f64();
        Ok(progress.summary)
    }

    /// Says so if the study file is not the one the finished trials were made for.
    fn note_changes(
        &self,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        let before = self.database.fact("study")?;
        if before.is_none_or(|text| text == *self.study.text) {
            return Ok(());
        }
        let wanted: BTreeSet<TrialId> =
            self.schedule(progress).trials.into_iter().map(|trial| trial.id).collect();
        let mut stale: BTreeMap<(String, u64), usize> = BTreeMap::new();
        let mut valid = 0;
        for (planned, _) in self.database.planned_results()? {
            if TrialId::parse(&planned.trial).is_some_and(|id| wanted.contains(&id)) {
                valid += 1;
            } else {
                *stale.entry((planned.model, planned.size)).or_default() += 1;
            }
        }
        watch(&RunEvent::StudyChanged { valid, stale });
        Ok(())
    }

    fn schedule(&self, progress: &mut Progress) -> Schedule {
        let trials = &mut progress.trials;
        self.data.plan.schedule(&progress.known, &mut |place| {
            trials.entry(place).or_insert_with(|| self.data.trial(place)).clone()
        })
    }

    /// Number of different trials that are wanted and finished.
    fn finished_trials(&self, progress: &mut Progress) -> usize {
        let wanted = self.schedule(progress).trials.into_iter();
        let is_finished =
            |trial: &Trial| matches!(progress.known.get(&trial.id), Some(Known::Finished { .. }));
        let finished: BTreeSet<TrialId> =
            wanted.filter(is_finished).map(|trial| trial.id).collect();
        finished.len()
    }

    fn reschedule(&self, progress: &mut Progress, watch: &mut dyn FnMut(&RunEvent)) -> Result<()> {
        let schedule = self.schedule(progress);
        self.database.set_plan(&schedule.trials)?;
        let in_flight: BTreeSet<&TrialId> =
            progress.in_flight.values().map(|attempt| &attempt.trial.id).collect();
        let mut seen = BTreeSet::new();
        let (mut finished, mut waiting) = (Vec::new(), Vec::new());
        for trial in &schedule.trials {
            // Two models with the same settings are one trial.
            if !seen.insert(trial.id.clone()) {
                continue;
            }
            if progress.known.contains_key(&trial.id) {
                finished.push(trial.clone());
            } else if !in_flight.contains(&trial.id) {
                waiting.push(trial.clone());
            }
        }
        // Taken from the end: the longest first, so that no thread is left with a long trial
        // while the others have nothing to do.
        waiting.sort_by(|a, b| a.expected_flop.total_cmp(&b.expected_flop).then(b.id.cmp(&a.id)));
        progress.waiting.clone_from(&waiting);
        let later = schedule.later.iter().map(|later| self.data.later_trials(later)).collect();
        watch(&RunEvent::Scheduled { finished, waiting, later });
        Ok(())
    }

    fn start_waiting(
        &self,
        executor: &mut dyn Executor,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        while progress.in_flight.len() < executor.capacity() {
            let Some(trial) = progress.waiting.pop() else { break };
            self.start(trial, executor, progress, watch)?;
        }
        Ok(())
    }

    fn start(
        &self,
        trial: Trial,
        executor: &mut dyn Executor,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        let number = progress.failures.get(&trial.id).copied().unwrap_or(0) + 1;
        let attempt = Attempt {
            token: AttemptToken::fresh(self.clock.nanoseconds_since_epoch()),
            trial,
            number,
        };
        self.database.begin_attempt(&attempt, self.clock.seconds_since_epoch())?;
        fault::pass(Point::AfterLease);
        watch(&RunEvent::Started { attempt: attempt.clone() });
        progress.in_flight.insert(attempt.token.clone(), attempt.clone());
        executor.submit(attempt)
    }

    fn take_report(
        &self,
        token: &AttemptToken,
        state: AttemptState,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        if let AttemptState::Running { step, steps, validation_error } = state {
            if let Some(attempt) = progress.in_flight.get(token) {
                let share = step as f64 / steps.max(1) as f64;
                let attempt = attempt.clone();
                watch(&RunEvent::Progress { attempt, share, validation_error });
            }
            return Ok(());
        }
        match state {
            AttemptState::StoreBroken(error) => return Err(error.into()),
            AttemptState::Refused(error) => return Err(error.into()),
            AttemptState::Executed(execution) => {
                let now = self.clock.seconds_since_epoch();
                return Ok(self.database.record_execution(token, &execution, now)?);
            }
            _ => {}
        }
        // Of a trial that is finished or not wanted any more.
        let Some(attempt) = progress.in_flight.remove(token) else {
            let now = self.clock.seconds_since_epoch();
            return Ok(self.database.end_attempt(token.as_str(), AttemptEnd::Lost, None, now)?);
        };
        match state {
            AttemptState::Published => self.ingest(&attempt, AttemptEnd::Finished, progress, watch),
            AttemptState::Fenced => self.ingest(&attempt, AttemptEnd::Fenced, progress, watch),
            AttemptState::Failed { reason } => self.fail(attempt, reason, progress, watch),
            AttemptState::Requeued => self.requeue(attempt, progress, watch),
            AttemptState::Interrupted => {
                progress.summary.is_interrupted = true;
                self.end(&attempt, AttemptEnd::Interrupted, None)
            }
            _ => Ok(()),
        }
    }

    fn ingest(
        &self,
        attempt: &Attempt,
        end: AttemptEnd,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        fault::pass(Point::BeforeIngest);
        let id = &attempt.trial.id;
        let text = self.folder.read_result(id)?.unwrap_or_default();
        let outcome = match Outcome::parse(&text, id) {
            Ok(outcome) => outcome,
            Err(error) => {
                self.folder.set_aside_result(id, self.clock.seconds_since_epoch())?;
                return self.fail(attempt.clone(), error.to_string(), progress, watch);
            }
        };
        self.database.ingest(&outcome, &text, self.clock.seconds_since_epoch())?;
        if end != AttemptEnd::Finished {
            self.end(attempt, end, None)?;
        }
        let known = Known::Finished { validation_error: outcome.validation_error };
        progress.known.insert(id.clone(), known);
        progress.summary.trained += 1;
        let trial = attempt.trial.clone();
        let outcome = Box::new(outcome);
        watch(&RunEvent::Finished { trial, outcome });
        self.reschedule_after(&attempt.trial, progress, watch)
    }

    /// Runs a trial again that asked for it, so many times.
    fn requeue(
        &self,
        attempt: Attempt,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        let requeues = progress.requeues.entry(attempt.trial.id.clone()).or_default();
        *requeues += 1;
        if *requeues > REQUEUES {
            let reason = format!("asked {requeues} times to be run again (exit status 75)");
            return self.fail(attempt, reason, progress, watch);
        }
        self.end(&attempt, AttemptEnd::Requeued, None)?;
        progress.waiting.push(attempt.trial);
        Ok(())
    }

    fn fail(
        &self,
        attempt: Attempt,
        reason: String,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        self.end(&attempt, AttemptEnd::Failed, Some(&reason))?;
        let failures = progress.failures.entry(attempt.trial.id.clone()).or_default();
        *failures += 1;
        let trial = attempt.trial.clone();
        let will_retry = *failures < trial.recipe.attempts();
        watch(&RunEvent::Failed { attempt, reason: reason.clone(), will_retry });
        if will_retry {
            progress.summary.retried += 1;
            progress.waiting.push(trial);
            return Ok(());
        }
        progress.known.insert(trial.id.clone(), Known::Failed);
        progress.summary.failed.push(FailedTrial { trial: trial.clone(), reason });
        self.reschedule_after(&trial, progress, watch)
    }

    /// Only the first seed of a searched model can change what is wanted.
    fn reschedule_after(
        &self,
        trial: &Trial,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        if trial.repeat == 0 {
            self.reschedule(progress, watch)?;
        }
        Ok(())
    }

    fn end(&self, attempt: &Attempt, end: AttemptEnd, reason: Option<&str>) -> Result<()> {
        let now = self.clock.seconds_since_epoch();
        Ok(self.database.end_attempt(attempt.token.as_str(), end, reason, now)?)
    }
}
