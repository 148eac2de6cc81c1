//! How many tasks a cluster can run at a time. It determines how trials are packed, and shows
//! whether any can run at all.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::study::places::RayOptions;

/// Assumed number of tasks at a time if the cluster does not report the resources of its nodes.
const UNKNOWN: usize = 32;

/// A node of the cluster, as `GET /api/v0/nodes` lists it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Node {
    /// `ALIVE`, or another state.
    state: String,
    /// Amounts of resources by name: `CPU`, `GPU`, `memory`, and those defined by the cluster.
    #[serde(default)]
    resources_total: BTreeMap<String, f64>,
}

impl Node {
    /// Number of tasks that fit on the node when nothing else runs there.
    fn tasks(&self, options: &RayOptions) -> usize {
        if self.state != "ALIVE" {
            return 0;
        }
        let fits = |(name, asked): (&str, f64)| {
            self.resources_total.get(name).copied().unwrap_or(0.0) / asked
        };
        reserved(options).into_iter().map(fits).fold(f64::INFINITY, f64::min).min(1e6) as usize
    }
}

/// The amounts that a task reserves, with Ray's names.
fn reserved(options: &RayOptions) -> Vec<(&str, f64)> {
    let memory = options.memory.map_or(0.0, |bytes| bytes as f64);
    let fixed = [("CPU", options.cpus), ("GPU", options.gpus), ("memory", memory)];
    let own = options.resources.iter().map(|(name, amount)| (name.as_str(), *amount));
    fixed.into_iter().chain(own).filter(|(_, amount)| *amount > 0.0).collect()
}

/// Capacity of a cluster for tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Tasks that may run at a time.
    pub tasks_at_once: usize,
    /// A sentence for the user if no node has the capacity for even one task.
    pub note: Option<String>,
}

impl Room {
    /// Capacity of `nodes` for tasks with `options`; `nodes` is `None` if the cluster does not
    /// report them.
    pub fn new(nodes: Option<&[Node]>, options: &RayOptions) -> Self {
        let Some(nodes) = nodes else { return Self { tasks_at_once: UNKNOWN, note: None } };
        let tasks_at_once: usize = nodes.iter().map(|node| node.tasks(options)).sum();
        let note = (tasks_at_once == 0).then(|| {
            let asked: Vec<String> = reserved(options)
                .into_iter()
                .map(|(name, amount)| format!("{name} {amount}"))
                .collect();
            format!(
                "no node of the cluster has what a task reserves ({}): trials wait until one joins; \
                 `ray status` shows what there is, `[run.ray]` says what is reserved",
                asked.join(", ")
            )
        });
        Self { tasks_at_once: tasks_at_once.max(1), note }
    }
}
