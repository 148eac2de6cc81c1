//! Gives the state of every trial of a study, the process that runs it, and the remaining time.

use anyhow::Result;
use serde::Serialize;

use crate::executor::cluster::batch::open_jobs;
use crate::measured::curves::read_facts;
use crate::pipeline::throughput::Throughput;
use crate::pipeline::usual_workers;
use crate::prepared::StudyFacts;
use crate::store::leftover::DiskUse;
use crate::store::{Database, ModelCounts, StudyFolder, StudyLock, TrialRow};
use crate::study::Study;

/// State of a study: its trials, its owner and the remaining time.
#[derive(Clone, Debug, Serialize)]
pub struct StudyStatus {
    /// Name of the study.
    pub study: String,
    /// Facts about its data.
    pub facts: StudyFacts,
    /// The process that runs it, if one does.
    pub owner: Option<String>,
    /// Whether that process is paused.
    pub is_paused: bool,
    /// Number of trials of each model in each state. Trials whose process is gone count as planned.
    pub models: Vec<(String, ModelCounts)>,
    /// Number of trials that had started and whose process is gone.
    pub interrupted: usize,
    /// Names of the scheduler jobs that hold trials of the study.
    pub jobs: Vec<String>,
    /// The first of the trials that failed or were cancelled.
    pub left_out: Vec<TrialRow>,
    /// Seconds the planned trials should still take, by the throughput of the finished ones; `None`
    /// if a model with trials left has no finished trial.
    pub remaining_seconds: Option<f64>,
    /// Disk space that the study uses.
    pub disk: DiskUse,
}

impl StudyStatus {
    /// Reads the state of `study`, with at most `listed` of the trials that failed or were
    /// cancelled.
    ///
    /// # Errors
    /// If nothing was run, or its folder cannot be read.
    pub fn of(study: &Study, listed: usize) -> Result<Self> {
        let folder = StudyFolder::open(&study.folder);
        let database = Database::read(&folder)?;
        let facts = read_facts(&database)?;
        let owner = StudyLock::owner(&folder);
        let mut models = database.counts()?;
        let mut interrupted = 0;
        if owner.is_none() {
            for (_, counts) in &mut models {
                interrupted += counts.open;
                counts.planned += std::mem::take(&mut counts.open);
            }
        }
        let workers = study.run.workers.unwrap_or_else(|| usual_workers(study));
        Ok(Self {
            study: study.name.clone(),
            facts,
            is_paused: owner.is_some() && folder.is_pause_requested(),
            owner,
            remaining_seconds: remaining_seconds(&models, workers),
            models,
            interrupted,
            jobs: open_jobs(&folder)?,
            left_out: database.left_out(listed)?,
            disk: folder.disk_use()?,
        })
    }

    /// Whether every trial that is wanted has ended.
    pub fn is_complete(&self) -> bool {
        self.models.iter().all(|(_, counts)| counts.planned + counts.open == 0)
    }

    /// How many trials failed or were cancelled.
    pub fn left_out_count(&self) -> usize {
        self.models.iter().map(|(_, counts)| counts.failed + counts.cancelled).sum()
    }
}

/// Seconds the planned trials should still take, from the throughput of those that finished.
fn remaining_seconds(models: &[(String, ModelCounts)], workers: usize) -> Option<f64> {
    let throughput = Throughput::of_finished(models);
    let mut seconds = 0.0;
    for (model, counts) in models.iter().filter(|(_, counts)| counts.remaining_flop > 0.0) {
        seconds += counts.remaining_flop * throughput.seconds_per_flop(model)?;
    }
    Some(seconds / workers.max(1) as f64)
}
