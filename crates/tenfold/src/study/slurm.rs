//! What a study asks of a Slurm cluster: `[run.slurm]`.

use std::time::Duration;

use super::file::Table;
use super::value::Typed;

/// Longest wait for an answer of a scheduler. A busy one takes seconds.
pub(super) const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest wait until a scheduler has accepted a job. It may look for room first.
pub(super) const SUBMIT_TIMEOUT: Duration = Duration::from_mins(2);

/// What a study asks of a Slurm cluster; what is `None` is left to the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlurmOptions {
    /// Queue that takes the trials.
    pub partition: Option<String>,
    /// Account that is charged.
    pub account: Option<String>,
    /// Longest time of a task.
    pub time: Option<Duration>,
    /// Graphics processors of a task, on each of its nodes.
    pub gpus: Option<u64>,
    /// Bytes of memory of a task, on each of its nodes.
    pub memory: Option<u64>,
    /// Cores of a task.
    pub cpus: Option<u64>,
    /// Nodes of a task.
    pub nodes: Option<u64>,
    /// More words for `sbatch`.
    pub extra: Vec<String>,
    /// Tasks at the same time.
    pub array_limit: Option<usize>,
    /// Trials a task, at most; `None`: as many as make it worth starting.
    pub pack: Option<usize>,
    /// Longest wait for `squeue`, `scancel`, `sinfo` and `scontrol`.
    pub query_timeout: Duration,
    /// Longest wait for `sbatch`.
    pub submit_timeout: Duration,
}

impl Default for SlurmOptions {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            time: None,
            gpus: None,
            memory: None,
            cpus: None,
            nodes: None,
            extra: Vec::new(),
            array_limit: None,
            pack: None,
            query_timeout: QUERY_TIMEOUT,
            submit_timeout: SUBMIT_TIMEOUT,
        }
    }
}

/// What the file asks for.
pub(super) fn options(table: &Table) -> SlurmOptions {
    let text = |name: &str| table.text(name).map(|(text, _)| text.to_owned());
    let small = |name: &str| table.count(name).and_then(|count| usize::try_from(count).ok());
    SlurmOptions {
        partition: text("partition"),
        account: text("account"),
        time: duration(table, "time"),
        gpus: table.count("gpus").filter(|count| *count > 0),
        memory: table.count("memory"),
        cpus: table.count("cpus"),
        nodes: table.count("nodes"),
        extra: match table.get("extra") {
            Some((Typed::Words(words), _)) => words.clone(),
            _ => Vec::new(),
        },
        array_limit: small("array_limit"),
        pack: small("pack"),
        query_timeout: duration(table, "query_timeout").unwrap_or(QUERY_TIMEOUT),
        submit_timeout: duration(table, "submit_timeout").unwrap_or(SUBMIT_TIMEOUT),
    }
}

/// The duration under `name`, if one is typed.
pub(super) fn duration(table: &Table, name: &str) -> Option<Duration> {
    match table.get(name) {
        Some((Typed::Duration(time), _)) => Some(*time),
        _ => None,
    }
}
