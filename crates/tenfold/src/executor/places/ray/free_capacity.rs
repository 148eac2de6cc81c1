//! How many tasks a cluster runs at a time: how trials are packed, and whether any can run at all.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::study::places::RayOptions;

/// Tasks at a time of a cluster that does not say what its nodes have.
const UNKNOWN: usize = 32;

/// A node of the cluster, as `GET /api/v0/nodes` lists it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Node {
    /// `ALIVE`, or not.
    state: String,
    /// Amounts by name: `CPU`, `GPU`, `memory`, and the cluster's own.
    #[serde(default)]
    resources_total: BTreeMap<String, f64>,
}

impl Node {
    /// Tasks that have room on the node when nothing else runs there.
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

/// What a task reserves, under Ray's names.
fn reserved(options: &RayOptions) -> Vec<(&str, f64)> {
    let memory = options.memory.map_or(0.0, |bytes| bytes as f64);
    let fixed = [("CPU", options.cpus), ("GPU", options.gpus), ("memory", memory)];
    let own = options.resources.iter().map(|(name, amount)| (name.as_str(), *amount));
    fixed.into_iter().chain(own).filter(|(_, amount)| *amount > 0.0).collect()
}

/// Room for tasks on a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Tasks that may run at a time.
    pub tasks_at_once: usize,
    /// A sentence if no node has room for even one.
    pub note: Option<String>,
}

impl Room {
    /// Room for tasks as `options` wants them on `nodes`; `None`: the cluster does not say.
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
