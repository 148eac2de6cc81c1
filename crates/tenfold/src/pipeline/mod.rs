//! The whole program: read what was typed, train what is missing, say what it means.

mod command_notes;
pub mod coordinate;
pub mod curves;
mod event;
pub mod pace;
mod preflight;
mod recover;
mod search_edges;
mod settle;
mod wanted;

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;

use crate::executor::clock::Clock;
use crate::executor::execute::Site;
use crate::executor::local::Local;
use crate::prepared::Prepared;
use crate::store::fault::{self, Point};
use crate::store::{StudyFolder, StudyLock};
use crate::study::Study;

pub use event::{FailedTrial, RunEvent, RunSummary, Stop, WantedTrials};
pub use recover::Check;

/// How a study is run.
#[derive(Clone, Copy, Debug)]
pub struct RunRequest<'a> {
    /// Trials at a time; `None` for one a core.
    pub workers: Option<usize>,
    /// Where a Ctrl-C is noticed.
    pub stop: &'a Stop,
    /// What runs, for the lock: "tenfold run".
    pub purpose: &'a str,
    /// Whether to end once all trials are with a scheduler.
    pub is_detached: bool,
    /// Which result files are read before the run.
    pub check: Check,
}

/// Trains every trial of `study` that has no result yet; tells `watch` what happens.
///
/// # Errors
/// Bad data, a folder that another process writes or nobody can write, a full disk. Finished
/// trials are kept in every case.
pub fn run(
    study: &Study,
    request: &RunRequest<'_>,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<RunSummary> {
    let clock = Clock::start();
    let folder = StudyFolder::create(&study.folder)?;
    let _lock = StudyLock::take(&folder, request.purpose)?;
    preflight::check_commands(study)?;
    watch(&RunEvent::Reading);
    let data = Arc::new(Prepared::new(study)?);
    watch(&RunEvent::Read { facts: data.facts.clone() });
    let database = recover::open_database(&folder, &clock, watch)?;
    recover::recover(&database, request.check, &BTreeSet::new(), &clock, watch)?;
    watch(&RunEvent::Paced { pace: pace::Pace::new(&data, &database)? });
    let workers = request.workers.or(study.run.workers).unwrap_or_else(available_cores);
    let site = Site::new(Arc::clone(&data), folder.clone());
    let mut executor = Local::new(site, workers)?;
    let coordinator = coordinate::Coordinator {
        study,
        data: &data,
        folder: &folder,
        database: &database,
        clock: &clock,
        stop: request.stop,
        is_detached: request.is_detached,
    };
    let summary = coordinator.run(&mut executor, watch)?;
    fault::pass(Point::DuringFit);
    Ok(summary)
}

/// Cores this process may use.
pub fn available_cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
