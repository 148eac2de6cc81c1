//! The executor setups: where a study's trials run, in threads of this process or through a
//! scheduler.
//!
//! Each setup is a file or folder here and a line in [`PLACES`]; its options in a study file are a
//! file in [`crate::study::places`] with the same name.

pub mod local;
pub mod ray;
pub mod slurm;

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Executor;
use super::cluster::pack::{ModelPace, Packing};
use super::cluster::scheduler::Scheduler;
use super::cluster::{Cluster, ClusterSite};
use crate::prepared::Prepared;
use crate::store::StudyFolder;
use crate::study::Study;

/// The executor setups, in the order of the list in [`crate::study::places`].
pub static PLACES: &[&dyn ExecutorPlace] = &[&local::Here, &slurm::SlurmCluster, &ray::RayCluster];

/// Assumed number of tasks that run at the same time on a cluster, unless the study gives one.
const TASKS_AT_ONCE: usize = 32;

/// How long to wait for an answer before checking again for a request to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Whether the time limit of a worker's job is reached, or is so near that it is the reason of a
/// stop.
pub type JobTime = dyn Fn() -> bool;

/// An executor setup: where trials run.
pub trait ExecutorPlace: Sync {
    /// Its name in study files, such as `slurm`.
    fn name(&self) -> &'static str;

    /// Name of its scheduler for a person and in the store, such as "Slurm"; `None` if it has none.
    fn scheduler(&self) -> Option<&'static str> {
        None
    }

    /// Address of the scheduler that `study` uses, if there may be several of its kind.
    fn address(&self, _study: &Study) -> Option<String> {
        None
    }

    /// Opens the executor for `role`; `None` if an earlier run cannot have left attempts with it,
    /// or if the user asked to stop before the scheduler answered.
    ///
    /// # Errors
    /// If it cannot be started, or the attempts of an earlier run cannot be found.
    fn open(&self, setting: &Setting<'_>, role: &Role) -> Result<Option<Opened>>;

    /// Measures the time limit of the job in which this process runs, which has just begun; `None`
    /// if this process is not such a job.
    fn job_time(&self, _study: &Study) -> Option<Box<JobTime>> {
        None
    }

    /// Name of this machine, if this process runs in a job of this scheduler and the scheduler
    /// gives the name.
    fn host_name(&self) -> Option<String> {
        None
    }
}

/// A study that is about to run.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The study.
    pub study: &'a Study,
    /// Its data and models.
    pub data: &'a Arc<Prepared>,
    /// The study's folder, where events and results are stored.
    pub folder: &'a StudyFolder,
    /// Number of trials at a time, if this machine runs them.
    pub workers: usize,
    /// Whether the user has asked to stop.
    pub is_stopped: &'a dyn Fn() -> bool,
    /// Seconds per floating-point operation of a model on this machine, if known.
    pub seconds_per_flop: &'a dyn Fn(&str) -> Option<f64>,
}

/// What a run uses an executor setup for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// New attempts start there.
    Main,
    /// An earlier run left attempts there, at this address if it has one: the run waits for them
    /// and submits nothing.
    Left(Option<String>),
}

/// An opened executor.
pub struct Opened {
    /// The executor.
    pub executor: Box<dyn Executor>,
    /// Notices about it for the user.
    pub notes: Vec<String>,
}

/// The executor setup called `name` in study files.
///
/// # Errors
/// If there is none.
pub fn named(name: &str) -> Result<&'static dyn ExecutorPlace> {
    let found = PLACES.iter().copied().find(|place| place.name() == name);
    found.with_context(|| format!("no executor is called `{name}`"))
}

/// The executor setup whose scheduler is called `scheduler` in the store.
pub fn scheduled_by(scheduler: &str) -> Option<&'static dyn ExecutorPlace> {
    PLACES.iter().copied().find(|place| place.scheduler() == Some(scheduler))
}

/// The time limit of the job in which this process runs, for each executor setup that knows it.
/// The process must have just begun.
pub(super) fn job_times(study: &Study) -> Vec<Box<JobTime>> {
    PLACES.iter().filter_map(|place| place.job_time(study)).collect()
}

/// Name of this machine: the one that the scheduler gives, if it gives one.
pub(super) fn host_name() -> String {
    let named = PLACES.iter().find_map(|place| place.host_name());
    let read = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = named.or_else(read).or_else(|| std::env::var("HOSTNAME").ok());
    name.map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
}

impl Setting<'_> {
    /// The executor that submits batches to `scheduler`; for attempts that an earlier run left, it
    /// submits nothing.
    fn cluster<S: Scheduler>(
        &self,
        scheduler: S,
        packing: Packing,
        role: &Role,
    ) -> Result<Cluster<S>> {
        let text = Arc::clone(&self.study.text);
        let site = ClusterSite::new(Arc::clone(self.data), self.folder, text)?;
        let mut cluster = Cluster::new(scheduler, site, packing)?;
        cluster.is_draining = *role != Role::Main;
        Ok(cluster)
    }

    /// How trials are packed into tasks, from the throughput of each model on this machine.
    fn packing(&self, most: Option<usize>, at_once: Option<usize>) -> Packing {
        let names = self.data.facts.models.iter().map(|(name, _)| name);
        let paces = names.filter_map(|name| {
            let seconds = (self.seconds_per_flop)(name)?;
            Some((name.clone(), ModelPace { flop: 1.0, seconds }))
        });
        let tasks_at_once = at_once.unwrap_or(TASKS_AT_ONCE);
        Packing { most, tasks_at_once, pace: paces.collect() }
    }
}

/// The result of `call`; `None` if the user asks to stop before it returns.
fn unless_stopped<T: Send + 'static>(
    is_stopped: &dyn Fn() -> bool,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (to_us, answer) = channel();
    // Sending fails only if the user has asked to stop; then nobody needs the result.
    thread::spawn(move || drop(to_us.send(call())));
    while !is_stopped() {
        match answer.recv_timeout(PATIENCE) {
            Ok(given) => return Some(given),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::places;

    #[test]
    fn study_files_and_executors_know_the_same_places() {
        let typed: Vec<&str> = places::PLACES.iter().map(|place| place.name).collect();
        let run: Vec<&str> = PLACES.iter().map(|place| place.name()).collect();
        assert_eq!(typed, run);
        for place in PLACES {
            assert_eq!(named(place.name()).unwrap().name(), place.name());
            let scheduled = place.scheduler().map(|name| scheduled_by(name).unwrap().name());
            assert!(scheduled.is_none_or(|name| name == place.name()));
        }
        assert!(named("abacus").is_err());
    }

    #[test]
    fn trials_run_here_exactly_where_no_scheduler_is_asked() {
        for (typed, run) in places::PLACES.iter().zip(PLACES) {
            assert_eq!(typed.is_here, run.scheduler().is_none(), "{}", typed.name);
        }
    }
}
