//! Where a study's trials run: in this process, or through somebody's scheduler.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::pace::Pace;
use super::{RunRequest, Stop, usual_workers};
use crate::executor::Executor;
use crate::executor::cluster::pack::{self, Packing};
use crate::executor::cluster::scheduler::Scheduler;
use crate::executor::cluster::{Cluster, ClusterSite};
use crate::executor::execute::Site;
use crate::executor::local::Local;
use crate::executor::ray::Ray;
use crate::executor::slurm::Slurm;
use crate::prepared::Prepared;
use crate::store::StudyFolder;
use crate::study::{DashboardAddress, ExecutorChoice, Study};

/// Tasks that are assumed to run at the same time on a cluster unless the study says.
const TASKS_AT_ONCE: usize = 32;

/// How long an answer is waited for before looking whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// A study that is about to run.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) study: &'a Study,
    pub(super) data: &'a Arc<Prepared>,
    pub(super) folder: &'a StudyFolder,
    pub(super) request: &'a RunRequest<'a>,
    pub(super) pace: &'a Pace,
}

/// What a scheduler is for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// New attempts start there.
    Main,
    /// An earlier run left attempts there, at this address if it has one.
    Left(Option<DashboardAddress>),
}

/// What runs a study's trials.
pub(super) struct Place {
    pub(super) executor: Box<dyn Executor>,
    /// What a person should hear of it.
    pub(super) notes: Vec<String>,
}

impl Setting<'_> {
    /// The executor that the study asks for; `None` if the user asked to stop before it answered.
    ///
    /// # Errors
    /// If it cannot be started, or what an earlier run left with it cannot be found.
    pub(super) fn place(&self) -> Result<Option<Place>> {
        let study = self.study;
        if study.run.executor != ExecutorChoice::Local {
            return self.scheduled(study.run.executor, &Role::Main);
        }
        let workers = self.request.workers.or(study.run.workers);
        let workers = workers.unwrap_or_else(|| usual_workers(study));
        let site = Site::new(Arc::clone(self.data), self.folder.clone());
        let executor = Box::new(Local::new(site, workers)?);
        Ok(Some(Place { executor, notes: Vec::new() }))
    }

    /// The scheduler `choice`; if its `role` is that it was left, what an earlier run left with
    /// it is waited for and nothing is handed in. `None` if there is no scheduler, or the user asked to stop before
    /// it answered.
    ///
    /// # Errors
    /// If there is no such cluster, or what an earlier run left with it cannot be found.
    pub(super) fn scheduled(&self, choice: ExecutorChoice, role: &Role) -> Result<Option<Place>> {
        let is_draining = *role != Role::Main;
        let run = &self.study.run;
        let notes;
        let executor = match choice {
            ExecutorChoice::Local => return Ok(None),
            ExecutorChoice::Slurm => {
                let packing = self.packing(run.slurm.pack, run.slurm.array_limit);
                let slurm = Slurm::new(run.slurm.clone(), self.study.most_ranks());
                notes = Vec::new();
                self.clustered(slurm, packing, (is_draining, None))?
            }
            ExecutorChoice::Ray => {
                let (mut options, folder) = (run.ray.clone(), self.folder.clone());
                if let Role::Left(Some(address)) = role {
                    options.address = Some(address.clone());
                }
                let connect = move || Ray::connect(options, folder);
                let Some(ray) = unless_stopped(self.request.stop, connect) else { return Ok(None) };
                let ray = ray?;
                notes = ray.notes();
                let packing = self.packing(run.ray.pack, Some(ray.tasks_at_once()));
                self.clustered(ray, packing, (is_draining, Some(run.ray.lost_after)))?
            }
        };
        Ok(Some(Place { executor, notes }))
    }

    fn clustered(
        &self,
        scheduler: impl Scheduler,
        packing: Packing,
        (is_draining, lost): (bool, Option<Duration>),
    ) -> Result<Box<dyn Executor>> {
        let text = Arc::clone(&self.study.text);
        let site = ClusterSite::new(Arc::clone(self.data), self.folder, text)?;
        let mut cluster = Cluster::new(scheduler, site, packing)?;
        cluster.is_draining = is_draining;
        cluster.grace.lost = lost;
        Ok(Box::new(cluster))
    }

    /// How trials are packed, by how fast this machine trains each model.
    fn packing(&self, most: Option<usize>, at_once: Option<usize>) -> Packing {
        let names = self.data.facts.models.iter().map(|(name, _)| name);
        let paces = names.filter_map(|name| {
            let seconds = self.pace.seconds_per_flop(name)?;
            Some((name.clone(), pack::Pace { flop: 1.0, seconds }))
        });
        let tasks_at_once = at_once.unwrap_or(TASKS_AT_ONCE);
        Packing { most, tasks_at_once, pace: paces.collect() }
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
