//! Where a study's trials run: in this process, or through somebody's scheduler.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;

use super::pace::Pace;
use super::usual_workers;
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

/// What runs a study's trials, and the attempts that it may still run from before.
pub(super) struct Place {
    pub(super) executor: Box<dyn Executor>,
    pub(super) open: BTreeSet<AttemptToken>,
    /// What a person should hear of it.
    pub(super) notes: Vec<String>,
}

/// The executor that `study` asks for; `workers` trials at a time if it is this process.
///
/// # Errors
/// If it cannot be started, or what an earlier run left with it cannot be found.
pub(super) fn place(
    study: &Study,
    data: &Arc<Prepared>,
    folder: &StudyFolder,
    workers: Option<usize>,
    pace: &Pace,
) -> Result<Place> {
    let slurm = &study.run.slurm;
    match study.run.executor {
        ExecutorChoice::Local => {
            let workers = workers.or(study.run.workers).unwrap_or_else(|| usual_workers(study));
            let site = Site::new(Arc::clone(data), folder.clone());
            let executor = Box::new(Local::new(site, workers)?);
            Ok(Place { executor, open: BTreeSet::new(), notes: Vec::new() })
        }
        ExecutorChoice::Slurm => {
            let packing = packing(slurm.pack, slurm.array_limit, data, pace);
            clustered(Slurm::new(slurm.clone(), study.most_ranks()), study, data, folder, packing)
        }
        ExecutorChoice::Ray => {
            let ray = Ray::connect(study.run.ray.clone(), folder.clone())?;
            let notes = ray.notes();
            let packing = packing(study.run.ray.pack, Some(ray.tasks_at_once()), data, pace);
            Ok(Place { notes, ..clustered(ray, study, data, folder, packing)? })
        }
    }
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
