//! Places where a study's trials run: in threads of this process, or through somebody's scheduler.
//!
//! A place is a file or folder here and a line in [`PLACES`]; what a study file may ask of it is a file
//! in [`crate::study::places`], under the same name.

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

/// The places, in the order of the list in [`crate::study::places`].
pub static PLACES: &[&dyn ExecutorPlace] = &[&local::Here, &slurm::SlurmCluster, &ray::RayCluster];

/// Tasks that are assumed to run at the same time on a cluster unless the study says.
const TASKS_AT_ONCE: usize = 32;

/// How long an answer is waited for before looking whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Tells whether the time that a worker's job may take is over, or so nearly that a stop has that reason.
pub type JobTime = dyn Fn() -> bool;

/// A place where trials run.
pub trait ExecutorPlace: Sync {
    /// Its name in study files, as `slurm`.
    fn name(&self) -> &'static str;

    /// Name of its scheduler for a person and in the books, as "Slurm"; `None` if it has none.
    fn scheduler(&self) -> Option<&'static str> {
        None
    }

    /// Where the scheduler is that `study` uses, if there may be several of its kind.
    fn address(&self, _study: &Study) -> Option<String> {
        None
    }

    /// The executor for `role`; `None` if nothing can be left with this place, or the user asked to
    /// stop before it answered.
    ///
    /// # Errors
    /// If it cannot be started, or what an earlier run left with it cannot be found.
    fn open(&self, setting: &Setting<'_>, role: &Role) -> Result<Option<Opened>>;

    /// The time of the job that this process is, which has just begun; `None` if it is no job of this
    /// place.
    fn job_time(&self, _study: &Study) -> Option<Box<JobTime>> {
        None
    }

    /// Name of this machine, if this process is a job of this place and its scheduler says so.
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
    /// Where it keeps what happens.
    pub folder: &'a StudyFolder,
    /// Trials at a time, where this machine runs them.
    pub workers: usize,
    /// Whether the user has asked to stop.
    pub is_stopped: &'a dyn Fn() -> bool,
    /// Seconds a floating-point operation of a model takes on this machine, if known.
    pub seconds_per_flop: &'a dyn Fn(&str) -> Option<f64>,
}

/// What a place is for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// New attempts start there.
    Main,
    /// An earlier run left attempts there, at this address if it has one: they are waited for, and nothing
    /// is handed in.
    Left(Option<String>),
}

/// What runs a study's trials.
pub struct Opened {
    /// The executor.
    pub executor: Box<dyn Executor>,
    /// What a person should hear of it.
    pub notes: Vec<String>,
}

/// The place called `name` in study files.
///
/// # Errors
/// If there is none.
pub fn named(name: &str) -> Result<&'static dyn ExecutorPlace> {
    let found = PLACES.iter().copied().find(|place| place.name() == name);
    found.with_context(|| format!("no executor is called `{name}`"))
}

/// The place whose scheduler is called `scheduler` in the books.
pub fn scheduled_by(scheduler: &str) -> Option<&'static dyn ExecutorPlace> {
    PLACES.iter().copied().find(|place| place.scheduler() == Some(scheduler))
}

/// The times of the job that this process is, which has just begun.
pub(super) fn job_times(study: &Study) -> Vec<Box<JobTime>> {
    PLACES.iter().filter_map(|place| place.job_time(study)).collect()
}

/// Name of this machine, as the scheduler calls it where it says so.
pub(super) fn host_name() -> String {
    let named = PLACES.iter().find_map(|place| place.host_name());
    let read = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = named.or_else(read).or_else(|| std::env::var("HOSTNAME").ok());
    name.map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
}

impl Setting<'_> {
    /// The executor that hands batches to `scheduler`; one that was left hands nothing in.
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

    /// How trials are packed, by how fast this machine trains each model.
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

/// What `call` gives; `None` if the user asks to stop before it does.
fn unless_stopped<T: Send + 'static>(
    is_stopped: &dyn Fn() -> bool,
    call: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (to_us, answer) = channel();
    // Nobody listens any more when the user has asked to stop.
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
