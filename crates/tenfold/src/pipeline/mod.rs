//! The whole program: reads the study file, trains what is missing, and reports what happens.

pub mod budget;
mod budget_state;
pub mod coordinate;
mod elsewhere;
pub mod event;
mod first_try;
mod handle_report;
mod held_back;
mod late;
mod preflight;
mod recover;
mod requests;
mod summary;
pub mod throughput;
mod waiting;
mod wanted;

use std::sync::Arc;

use anyhow::Result;

use self::elsewhere::Elsewhere;
use crate::executor::clock::Clock;
use crate::executor::cluster::batch::open_tokens;
use crate::executor::cluster::ownership;
use crate::executor::places::{self, Role, Setting};
use crate::prepared::Prepared;
use crate::store::fault::{self, Point};
use crate::store::{Journal, StudyFolder, StudyLock, write_atomically};
use crate::study::Study;

pub use budget_state::{BudgetState, NextTrial, PricedPlan};
pub use elsewhere::OpenJobs;
pub use event::{EventAttempt, EventTrial, RunEvent, Scheduled, StoppedCommand};
pub use recover::Check;
pub use summary::{FailedTrial, RunSummary, StaleModel, Stop};

/// How a study is run.
#[derive(Clone, Copy, Debug)]
pub struct RunRequest<'a> {
    /// How many trials run at a time; `None` for one per core.
    pub workers: Option<usize>,
    /// The flag that Ctrl-C sets.
    pub stop: &'a Stop,
    /// The command that runs, as stored in the lock: "tenfold run".
    pub purpose: &'a str,
    /// Whether to end once a scheduler has all trials.
    pub is_detached: bool,
    /// Which result files are read before the run.
    pub check: Check,
    /// Whether batches that were submitted from another folder are adopted.
    pub is_adopting: bool,
    /// What becomes of jobs that hold trials while the study's executor is another one now.
    pub open_jobs: OpenJobs,
    /// Whether to end once the jobs have ended, without training anything.
    pub is_only_ending_jobs: bool,
}

/// Trains every trial of `study` that has no result yet; reports what happens to `watch` and to the
/// journal.
///
/// # Errors
/// If the data are bad, another process writes the folder, nobody can write it, or the disk is
/// full. Finished trials are kept in every case.
pub fn run(
    study: &Study,
    request: &RunRequest<'_>,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<RunSummary> {
    let clock = Clock::start();
    let folder = StudyFolder::create(&study.folder)?;
    let _lock = StudyLock::take(&folder, request.purpose)?;
    let mut journal = Journal::new(folder.events());
    let watch = &mut |event: &RunEvent| {
        // The progress of trials is in their own journals. A full disk shows when a result is
        // written, so an error here is ignored.
        if !matches!(event, RunEvent::Progress { .. }) {
            drop(journal.append(&event.entry(clock.seconds_since_epoch())));
        }
        watch(event);
    };
    watch(&RunEvent::Begun {
        study: study.name.clone(),
        purpose: request.purpose.to_owned(),
        process: std::process::id(),
        workers: request.workers.filter(|_| study.run.executor.is_here),
    });
    let ran = run_in(study, request, &folder, &clock, watch);
    let summary = ran.as_ref().ok();
    watch(&RunEvent::Ended {
        trained: summary.map_or(0, |summary| summary.trained),
        failed: summary.map_or(0, |summary| summary.failed.len()),
        is_interrupted: summary.is_some_and(|summary| summary.is_interrupted),
        is_handed_over: summary.is_some_and(|summary| summary.is_handed_over),
        error: ran.as_ref().err().map(|error| format!("{error:#}")),
    });
    ran
}

/// Runs `study` in its folder, which is locked.
fn run_in(
    study: &Study,
    request: &RunRequest<'_>,
    folder: &StudyFolder,
    clock: &Clock,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<RunSummary> {
    let elsewhere = Elsewhere::find(study, folder, request.open_jobs, request.is_adopting)?;
    if study.run.executor.is_here {
        preflight::check_commands(study)?;
    }
    if let Some(text) = ownership::claim(folder, request.is_adopting)? {
        watch(&RunEvent::Notice { text });
    }
    watch(&RunEvent::Reading);
    let data = Arc::new(Prepared::new(study)?);
    keep_vocabularies(&data, study)?;
    watch(&RunEvent::Read { facts: data.facts.clone() });
    let database = recover::open_database(folder, clock, watch)?;
    let throughput = throughput::Throughput::new(&data, &database)?;
    let setting = Setting {
        study,
        data: &data,
        folder,
        workers: request.workers.or(study.run.workers).unwrap_or_else(|| usual_workers(study)),
        is_stopped: &|| request.stop.is_asked(),
        seconds_per_flop: &|model| throughput.seconds_per_flop(model),
    };
    elsewhere.end(&setting, &database, clock, watch)?;
    if request.is_only_ending_jobs {
        late::take_in(&data, &database, clock)?;
        return Ok(RunSummary { is_interrupted: true, ..RunSummary::default() });
    }
    let place = places::named(study.run.executor.name)?;
    let Some(opened) = place.open(&setting, &Role::Main)? else {
        return Ok(RunSummary { is_interrupted: true, ..RunSummary::default() });
    };
    let mut executor = elsewhere.beside(opened.executor, &setting)?;
    late::take_in(&data, &database, clock)?;
    recover::recover(&database, request.check, &open_tokens(folder)?, clock, watch)?;
    late::say(opened.notes, watch);
    watch(&RunEvent::Paced { pace: throughput });
    let coordinator = coordinate::Coordinator {
        study,
        data: &data,
        folder,
        database: &database,
        clock,
        stop: request.stop,
        is_detached: request.is_detached,
    };
    let is_whole = study.run.budget.is_none() && study.run.until.is_none();
    let summary = if is_whole {
        coordinator.run(&mut *executor, watch)?
    } else {
        budget::run_within(&coordinator, &mut *executor, watch)?
    };
    late::take_in(&data, &database, clock)?;
    fault::pass(Point::DuringFit);
    Ok(summary)
}

/// Keeps the vocabularies that the trials are read with, so that they stay when texts are added.
fn keep_vocabularies(data: &Prepared, study: &Study) -> Result<()> {
    for (file, vocabulary) in data.vocabularies() {
        write_atomically(&study.folder.join(file), vocabulary.to_json().as_bytes())?;
    }
    Ok(())
}

/// Default number of trials at a time: one per core, fewer if a trial has several ranks.
pub fn usual_workers(study: &Study) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (cores / study.most_ranks()).max(1)
}
