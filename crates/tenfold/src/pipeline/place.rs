//! Where a study's trials run: in this process, or through somebody's scheduler.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::pace::Pace;
use super::{RunRequest, Stop, usual_workers};
use crate::executor::Executor;
use crate::executor::cluster::batch::open_tokens;
use crate::executor::cluster::pack::{self, Packing};
use crate::executor::cluster::scheduler::Scheduler;
use crate::executor::cluster::{Cluster, ClusterSite};
use crate::executor::execute::Site;
use crate::executor::local::Local;
use crate::executor::ray::Ray;
use crate::executor::slurm::Slurm;
use crate::prepared::Prepared;
use crate::store::StudyFolder;
use crate::study::{ExecutorChoice, Study};
use crate::trial::AttemptToken;

/// Tasks that are assumed to run at the same time on a cluster unless the study says.
const TASKS_AT_ONCE: usize = 32;

/// How long an answer is waited for before looking whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// What runs a study's trials, and the attempts that it may still run from before.
pub(super) struct Place {
    pub(super) executor: Box<dyn Executor>,
    pub(super) open: BTreeSet<AttemptToken>,
    /// What a person should hear of it.
    pub(super) notes: Vec<String>,
}

/// The executor that `study` asks for; `None` if the user asked to stop before it answered.
///
/// # Errors
/// If it cannot be started, or what an earlier run left with it cannot be found.
pub(super) fn place(
    study: &Study,
    data: &Arc<Prepared>,
    folder: &StudyFolder,
    request: &RunRequest<'_>,
    pace: &Pace,
) -> Result<Option<Place>> {
    let slurm = &study.run.slurm;
    match study.run.executor {
        ExecutorChoice::Local => {
            let workers = request.workers.or(study.run.workers);
            let workers = workers.unwrap_or_else(|| usual_workers(study));
            let site = Site::new(Arc::clone(data), folder.clone());
            let executor = Box::new(Local::new(site, workers)?);
            Ok(Some(Place { executor, open: BTreeSet::new(), notes: Vec::new() }))
        }
        ExecutorChoice::Slurm => {
            let packing = packing(slurm.pack, slurm.array_limit, data, pace);
            let slurm = Slurm::new(slurm.clone(), study.most_ranks());
            clustered(slurm, study, data, folder, packing).map(Some)
        }
        ExecutorChoice::Ray => {
            let (options, of_ray) = (study.run.ray.clone(), folder.clone());
            let connect = move || Ray::connect(options, of_ray);
            let Some(ray) = unless_stopped(request.stop, connect) else { return Ok(None) };
            let ray = ray?;
            let notes = ray.notes();
            let packing = packing(study.run.ray.pack, Some(ray.tasks_at_once()), data, pace);
            Ok(Some(Place { notes, ..clustered(ray, study, data, folder, packing)? }))
        }
    }
}

/// What `call` gives; `None` if the user asks to stop before it does.
fn unless_stopped<T: Send + 'static>(
    stop: &Stop,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (to_us, answer) = channel();
    // Nobody listens any more when the user has asked to stop.
    thread::spawn(move || drop(to_us.send(call())));
    while !stop.is_asked() {
        match answer.recv_timeout(PATIENCE) {
            Ok(given) => return Some(given),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    None
}

fn clustered(
    scheduler: impl Scheduler + 'static,
    study: &Study,
    data: &Arc<Prepared>,
    folder: &StudyFolder,
    packing: Packing,
) -> Result<Place> {
    let site = ClusterSite::new(Arc::clone(data), folder, Arc::clone(&study.text))?;
    let executor = Box::new(Cluster::new(scheduler, site, packing)?);
    // Only now: batches that nobody accepted are closed.
    let open = open_tokens(folder)?;
    Ok(Place { executor, open, notes: Vec::new() })
}

/// How trials are packed, by how fast this machine trains each model.
fn packing(most: Option<usize>, at_once: Option<usize>, data: &Prepared, pace: &Pace) -> Packing {
    let names = data.facts.models.iter().map(|(name, _)| name);
    let paces = names.filter_map(|name| {
        let seconds = pace.seconds_per_flop(name)?;
        Some((name.clone(), pack::Pace { flop: 1.0, seconds }))
    });
    let tasks_at_once = at_once.unwrap_or(TASKS_AT_ONCE);
    Packing { most, tasks_at_once, pace: paces.collect() }
}
