//! Runs the trials of a study that are wanted and not finished. It is the only writer of the
//! database.
//!
//! Each turn of the loop is one commit: the reported results and ends, the plan rows that they add,
//! and the starts that follow. An attempt starts only when its start is on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;

use super::event::{EventAttempt, RunEvent, StaleTrials};
use super::summary::{FailedTrial, RunSummary, Stop};
use super::wanted::Wanted;
use crate::executor::clock::Clock;
use crate::executor::{AttemptReport, Executor};
use crate::prepared::Prepared;
use crate::store::fault::{self, Point};
use crate::store::{Batch, Database, StudyFolder};
use crate::study::Study;
use crate::study::grid::Grid;
use crate::study::schedule::{Known, Part};
use crate::trial::{Attempt, AttemptToken, Trial, TrialId};

/// How long to wait for reports before checking again for requests to stop or to cancel.
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
    /// The clock that all times are read from.
    pub clock: &'a Clock,
    /// The flag through which the user asks to stop.
    pub stop: &'a Stop,
    /// Whether to end once a scheduler has all trials, which then go on without this process.
    pub is_detached: bool,
}

/// State of a run between two reports.
pub(super) struct Progress<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) in_flight: BTreeMap<AttemptToken, Attempt>,
    /// Attempts in flight whose trial was cancelled by name.
    pub(super) cancelling: BTreeSet<AttemptToken>,
    /// Attempts in flight that were asked to stop because the run is paused.
    pub(super) putting_aside: BTreeSet<AttemptToken>,
    pub(super) is_paused: bool,
    pub(super) failures: BTreeMap<TrialId, u32>,
    pub(super) requeues: BTreeMap<TrialId, u32>,
    pub(super) summary: RunSummary,
    pub(super) batch: Batch<'a>,
    started: Duration,
}

impl Progress<'_> {
    /// Extends the wanted trials to `part`, which contains all that was wanted before.
    ///
    /// # Errors
    /// If the plan cannot be written.
    pub(super) fn grow(&mut self, part: Part, watch: &mut dyn FnMut(&RunEvent)) -> Result<()> {
        self.wanted.grow(part);
        self.batch.set_plan(&self.wanted.take_rows())?;
        watch(&self.wanted.take_event());
        Ok(())
    }
}

impl Coordinator<'_> {
    /// Runs every trial that is wanted and not finished.
    ///
    /// # Errors
    /// If nothing more can be written or started; finished trials are kept.
    pub fn run(
        &self,
        executor: &mut dyn Executor,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<RunSummary> {
        let mut progress = self.plan(self.data.plan.everything(), executor, watch)?;
        self.run_wanted(&mut progress, executor, watch)?;
        self.conclude(progress, executor, watch)
    }

    /// Runs every trial that is wanted and not finished. Returns `false` if the run was stopped or
    /// handed over before the end.
    pub(super) fn run_wanted<'a>(
        &'a self,
        progress: &mut Progress<'a>,
        executor: &mut dyn Executor,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<bool> {
        let mut is_stopping = false;
        let mut asked_last = self.clock.elapsed();
        loop {
            if self.stop.is_asked() && !is_stopping {
                is_stopping = true;
                watch(&RunEvent::Stopping);
                executor.cancel();
            }
            if self.clock.elapsed().saturating_sub(asked_last) >= PATIENCE {
                asked_last = self.clock.elapsed();
                self.hear_requests(executor, progress, watch)?;
            }
            // An attempt that was stopped from outside means that somebody wants the whole study to
            // stop.
            let is_idle = is_stopping || progress.is_paused;
            let starting = if is_idle || progress.summary.is_interrupted {
                Vec::new()
            } else {
                self.begin_waiting(executor.capacity(), progress)?
            };
            self.commit(progress)?;
            for attempt in starting {
                fault::pass(Point::AfterLease);
                watch(&RunEvent::Started { attempt: EventAttempt::from(&attempt) });
                executor.submit(attempt)?;
            }
            let is_waiting_for_resume =
                progress.is_paused && !is_stopping && progress.wanted.is_waiting();
            if progress.in_flight.is_empty() && !is_waiting_for_resume {
                break;
            }
            self.take_reports(executor.states(PATIENCE), progress, watch)?;
            let is_leaving = self.is_detached || self.stop.is_left();
            let handed_over = if is_leaving && !is_stopping { executor.hand_over() } else { None };
            for text in executor.notices().into_iter().chain(handed_over.clone()) {
                watch(&RunEvent::Notice { text });
            }
            if handed_over.is_some() {
                self.commit(progress)?;
                progress.summary.is_handed_over = true;
                return Ok(false);
            }
        }
        let is_left = progress.wanted.is_waiting()
            || !progress.wanted.left_behind().is_empty()
            || !progress.summary.stale.is_empty();
        progress.summary.is_interrupted |= is_stopping && is_left;
        Ok(!is_stopping && !progress.summary.is_interrupted)
    }

    /// Closes the executor, unless a scheduler now has the trials, and returns the summary of the
    /// run.
    pub(super) fn conclude<'a>(
        &'a self,
        mut progress: Progress<'a>,
        executor: &mut dyn Executor,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<RunSummary> {
        if progress.summary.is_handed_over {
            return Ok(progress.summary);
        }
        self.take_reports(executor.close(), &mut progress, watch)?;
        self.commit(&mut progress)?;
        for text in executor.notices() {
            watch(&RunEvent::Notice { text });
        }
        let Progress { wanted, mut summary, started, .. } = progress;
        if !summary.is_interrupted {
            let behind = wanted.left_behind().into_iter();
            summary.failed.extend(behind.map(|(trial, after)| not_started(trial, &after)));
        }
        summary.reused = wanted.finished().saturating_sub(summary.trained);
        summary.seconds = self.clock.elapsed().saturating_sub(started).as_secs_f64();
        Ok(summary)
    }

    /// Determines the wanted trials of `part` from all that the database knows, and updates the
    /// plan.
    pub(super) fn plan(
        &self,
        part: Part,
        executor: &mut dyn Executor,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<Progress<'_>> {
        let started_at = self.clock.elapsed();
        self.forget_requests(watch)?;
        let mut under_way = executor.under_way();
        let mut known = BTreeMap::new();
        for (id, validation_error) in self.database.validation_errors()? {
            known.insert(id, Known::Finished { validation_error });
        }
        under_way.retain(|attempt| !known.contains_key(&attempt.trial.id));
        let started = under_way.iter().map(|attempt| attempt.trial.id.clone()).collect();
        let mut wanted = Wanted::new(self.data, part, known, started, &self.tried_first());
        self.note_changes(&wanted, watch)?;
        let mut batch = self.database.batch();
        batch.set_fact("study", &self.study.text)?;
        batch.set_fact("facts", &serde_json::to_string(&self.data.facts)?)?;
        batch.set_plan(&wanted.take_rows())?;
        watch(&wanted.take_event());
        let mut in_flight = BTreeMap::new();
        for attempt in under_way {
            watch(&RunEvent::Started { attempt: EventAttempt::from(&attempt) });
            in_flight.insert(attempt.token.clone(), attempt);
        }
        Ok(Progress {
            wanted,
            in_flight,
            cancelling: BTreeSet::new(),
            putting_aside: BTreeSet::new(),
            is_paused: false,
            failures: BTreeMap::new(),
            requeues: BTreeMap::new(),
            summary: RunSummary::default(),
            batch,
            started: started_at,
        })
    }

    /// Models that must finish one trial before more of their trials start: commands, which may not
    /// work at all. A detached run has none, because it hands over all trials at once.
    fn tried_first(&self) -> BTreeSet<usize> {
        let grids = self.data.plan.grids.iter().enumerate().filter(|_| !self.is_detached);
        let is_tried = |at: usize, grid: &Grid| {
            // A model that comes after another trial is tried once that trial has finished.
            grid.recipe(0).command().is_some() && self.study.models[at].after.is_none()
        };
        grids.filter(|(at, grid)| is_tried(*at, grid)).map(|(at, _)| at).collect()
    }

    /// Reports if the study file is not the one that the finished trials were made for.
    fn note_changes(&self, wanted: &Wanted<'_>, watch: &mut dyn FnMut(&RunEvent)) -> Result<()> {
        let before = self.database.fact("study")?;
        if before.is_none_or(|text| text == *self.study.text) {
            return Ok(());
        }
        // A trial is valid if the whole study wants it, even if the part wanted now does not.
        let known = wanted.known().clone();
        let (everything, none) = (self.data.plan.everything(), BTreeSet::new());
        let wanted = Wanted::new(self.data, everything, known, none, &BTreeSet::new());
        let mut stale: BTreeMap<(String, u64), usize> = BTreeMap::new();
        let mut valid = 0;
        for (id, model, size) in self.database.finished_plan()? {
            if wanted.contains(&id) {
                valid += 1;
            } else {
                *stale.entry((model, size)).or_default() += 1;
            }
        }
        let count = stale.values().sum();
        let stale_at =
            stale.into_iter().map(|((model, size), count)| StaleTrials { model, size, count });
        watch(&RunEvent::StudyChanged { valid, stale: count, stale_at: stale_at.collect() });
        Ok(())
    }

    /// Records the start of as many waiting trials as the executor has capacity for.
    fn begin_waiting(&self, capacity: usize, progress: &mut Progress<'_>) -> Result<Vec<Attempt>> {
        let mut starting = Vec::new();
        while progress.in_flight.len() < capacity {
            let Some(trial) = progress.wanted.next() else { break };
            starting.push(self.begin(trial, progress)?);
        }
        Ok(starting)
    }

    pub(super) fn begin(&self, trial: Trial, progress: &mut Progress<'_>) -> Result<Attempt> {
        let number = progress.failures.get(&trial.id).copied().unwrap_or(0) + 1;
        let token = AttemptToken::fresh(self.clock.nanoseconds_since_epoch());
        let attempt = Attempt { token, trial, number };
        progress.batch.begin_attempt(&attempt, self.clock.seconds_since_epoch())?;
        progress.in_flight.insert(attempt.token.clone(), attempt.clone());
        Ok(attempt)
    }

    /// Commits the changes since the last commit.
    fn commit<'a>(&'a self, progress: &mut Progress<'a>) -> Result<()> {
        for id in progress.wanted.take_dropped() {
            // A file that cannot be removed only takes space.
            drop(std::fs::remove_file(self.folder.checkpoint(&id)));
        }
        Ok(std::mem::replace(&mut progress.batch, self.database.batch()).commit()?)
    }

    fn take_reports<'a>(
        &'a self,
        reports: Vec<AttemptReport>,
        progress: &mut Progress<'a>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        for report in reports {
            if let Err(error) = self.handle_report(&report.token, report.state, progress, watch) {
                // Earlier reports are committed if possible; otherwise the next run reads their
                // result files.
                drop(self.commit(progress));
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The failure of a trial that was never started because the trial it comes after did not finish.
fn not_started(trial: Trial, after: &TrialId) -> FailedTrial {
    let after = after.short();
    let reason = format!("not started: trial {after}, which it comes after, did not finish");
    FailedTrial { trial, reason }
}
