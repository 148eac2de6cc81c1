//! Brings a study from what is finished to what is wanted: the only writer of the database.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Result;

use super::pace::Pace;
use crate::executor::clock::Clock;
use crate::executor::{AttemptState, Executor};
use crate::prepared::{LaterTrials, Prepared, StudyFacts};
use crate::store::fault::{self, Point};
use crate::store::{AttemptEnd, Database, StoreError, StudyFolder};
use crate::study::Study;
use crate::study::schedule::{Known, Place, Schedule};
use crate::trial::{Attempt, AttemptToken, Outcome, Trial, TrialId};

/// Executions of one trial in one run of the program: the first and one retry.
const ATTEMPTS: u32 = 2;

/// How long to wait for news before looking whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Counts how often the user asked to stop.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicU32>);

impl Stop {
    /// Asks to stop; gives how often it was asked before.
    pub fn ask(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
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
    },
    /// The study file is not the one the finished trials were made for.
    StudyChanged {
        /// Finished trials the study still wants.
        valid: usize,
        /// Finished trials it no longer wants, by model and size.
        stale: BTreeMap<(String, u64), usize>,
    },
    /// The trials wanted are known, as far as the results tell.
    Scheduled {
        /// Trials finished, of those wanted.
        finished: Vec<Trial>,
        /// Trials wanted and not finished.
        waiting: Vec<Trial>,
        /// About what more will be wanted.
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
    },
    /// The user asked to stop; checkpoints are being written.
    Stopping,
}

/// A trial that failed for good in this run.
#[derive(Clone, Debug)]
pub struct FailedTrial {
    /// Which.
    pub trial: Trial,
    /// Why its last execution failed.
    pub reason: String,
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
    /// Attempts that failed and were tried again.
    pub retried: usize,
    /// Whether the user stopped it before the end.
    pub is_interrupted: bool,
    /// Wall-clock seconds of the training.
    pub seconds: f64,
}

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
}

/// Opens the database; a damaged one is set aside and a new one made, to be filled from the
/// result files by [`recover`].
///
/// # Errors
/// [`StoreError`] if it cannot be opened for another reason.
pub fn open_database(
    folder: &StudyFolder,
    clock: &Clock,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<Database, StoreError> {
    match Database::open(folder) {
        Err(StoreError::Damaged { path, .. }) => {
            let kept = format!("study.sqlite.damaged-{:.0}", clock.seconds_since_epoch());
            for suffix in ["", "-wal", "-shm"] {
                let from = folder.root().join(format!("study.sqlite{suffix}"));
                let to = folder.root().join(format!("{kept}{suffix}"));
                if from.exists() {
                    fs::rename(&from, &to).map_err(|e| StoreError::writing(&path, &e))?;
                }
            }
            watch(&RunEvent::Rebuilt { kept });
            Database::open(folder)
        }
        opened => opened,
    }
}

/// Puts in order what an interrupted run left: takes in results that were published and not
/// read, forgets results whose file is gone, closes attempts that never ended, removes parts.
///
/// # Errors
/// [`StoreError`] if the folder cannot be read or written.
pub fn recover(
    folder: &StudyFolder,
    database: &Database,
    clock: &Clock,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<(), StoreError> {
    let now = clock.seconds_since_epoch();
    let lost = database.end_lost_attempts(now)?;
    let mut ingested: BTreeSet<TrialId> = database.finished_ids()?.into_iter().collect();
    let (mut results, mut torn) = (0, 0);
    for id in folder.trial_ids()? {
        folder.remove_parts(&id)?;
        let is_ingested = ingested.remove(&id);
        let Some(text) = folder.read_result(&id)? else {
            if is_ingested {
                database.forget_result(&id)?;
            }
            continue;
        };
        if is_ingested {
            continue;
        }
        if let Ok(outcome) = Outcome::parse(&text, &id) {
            database.ingest(&outcome, &text)?;
            database.end_attempt(&outcome.attempt, AttemptEnd::Finished, None, now)?;
            results += 1;
        } else {
            folder.set_aside_result(&id, now)?;
            torn += 1;
        }
    }
    for id in ingested {
        database.forget_result(&id)?;
    }
    if lost + results + torn > 0 {
        watch(&RunEvent::Recovered { results, lost, torn });
    }
    Ok(())
}

/// What the coordinator remembers between two events.
#[derive(Default)]
struct Progress {
    known: BTreeMap<TrialId, Known>,
    in_flight: BTreeMap<AttemptToken, Attempt>,
    failures: BTreeMap<TrialId, u32>,
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
        let schedule = self.reschedule(&mut progress, watch)?;
        let is_known = |trial: &&Trial| progress.known.contains_key(&trial.id);
        progress.summary.reused = schedule.trials.iter().filter(is_known).count();
        let mut is_stopping = false;
        loop {
            if self.stop.is_asked() && !is_stopping {
                is_stopping = true;
                watch(&RunEvent::Stopping);
                executor.cancel();
            }
            while !is_stopping && progress.in_flight.len() < executor.capacity() {
                let Some(trial) = progress.waiting.pop() else { break };
                self.start(trial, executor, &mut progress, watch)?;
            }
            if progress.in_flight.is_empty() {
                break;
            }
            for report in executor.states(PATIENCE) {
                self.take_report(&report.token, report.state, &mut progress, watch)?;
            }
        }
        progress.summary.is_interrupted =
            is_stopping && !progress.waiting.is_empty() || progress.summary.is_interrupted;
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

    fn reschedule(
        &self,
        progress: &mut Progress,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<Schedule> {
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
        Ok(schedule)
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
        let Some(attempt) = progress.in_flight.remove(token) else { return Ok(()) };
        match state {
            AttemptState::Running { .. } => Ok(()),
            AttemptState::Published => self.ingest(&attempt, AttemptEnd::Finished, progress, watch),
            AttemptState::Fenced => self.ingest(&attempt, AttemptEnd::Fenced, progress, watch),
            AttemptState::Failed { reason } => self.fail(attempt, reason, progress, watch),
            AttemptState::Interrupted => {
                progress.summary.is_interrupted = true;
                self.end(&attempt, AttemptEnd::Interrupted, None)
            }
            AttemptState::StoreBroken(error) => Err(error.into()),
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
        self.database.ingest(&outcome, &text)?;
        self.end(attempt, end, None)?;
        let known = Known::Finished { validation_error: outcome.validation_error };
        progress.known.insert(id.clone(), known);
        progress.summary.trained += 1;
        let trial = attempt.trial.clone();
        let outcome = Box::new(outcome);
        watch(&RunEvent::Finished { trial, outcome });
        self.reschedule_after(&attempt.trial, progress, watch)
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
        let will_retry = *failures < ATTEMPTS;
        let trial = attempt.trial.clone();
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
