//! Runs batches on a Ray cluster: one Ray job per batch, through the cluster's jobs interface.

pub mod dashboard;
mod error;
pub mod free_capacity;
mod scheduler;

use anyhow::Result;

use super::{ExecutorPlace, Opened, Role, Setting, unless_stopped};
use crate::study::Study;
use crate::study::places::DashboardAddress;

pub use dashboard::Dashboard;
pub use error::RayError;
pub use scheduler::Ray;

/// Ray, as an entry in the list of executor setups.
pub(super) struct RayCluster;

impl ExecutorPlace for RayCluster {
    fn name(&self) -> &'static str {
        "ray"
    }

    fn scheduler(&self) -> Option<&'static str> {
        Some(scheduler::NAME)
    }

    fn address(&self, study: &Study) -> Option<String> {
        Ray::address_of(&study.run.places.ray).map(|address| address.to_string())
    }

    fn open(&self, setting: &Setting<'_>, role: &Role) -> Result<Option<Opened>> {
        let mut options = setting.study.run.places.ray.clone();
        let (lost_after, pack) = (options.lost_after, options.pack);
        if let Role::Left(Some(address)) = role
            && let Ok(address) = DashboardAddress::parse(address)
        {
            options.address = Some(address);
        }
        let folder = setting.folder.clone();
        let connect = move || Ray::connect(options, folder);
        let Some(ray) = unless_stopped(setting.is_stopped, connect) else { return Ok(None) };
        let ray = ray?;
        let notes = ray.notes();
        let packing = setting.packing(pack, Some(ray.tasks_at_once()));
        let mut cluster = setting.cluster(ray, packing, role)?;
        cluster.grace.lost = Some(lost_after);
        Ok(Some(Opened { executor: Box::new(cluster), notes }))
    }
}
