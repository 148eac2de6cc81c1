//! Options of a Slurm cluster: `[run.slurm]`.

use std::time::Duration;

use super::{QUERY_TIMEOUT, RunPlace, SUBMIT_TIMEOUT};
use crate::study::keys::{Key, KeyKind, PlaceTable, Section, key};
use crate::study::table::Table;
use crate::study::typed::Typed;

/// The place.
pub(super) static PLACE: RunPlace = RunPlace {
    name: TABLE.name,
    doc: "on a Slurm cluster",
    is_here: false,
    table: Some(&TABLE),
    keys: KEYS,
};

static TABLE: PlaceTable = PlaceTable {
    name: "slurm",
    doc: "What a task asks of a Slurm cluster; used with `executor = \"slurm\"`, see \
          docs/slurm.md. What is left out is left to the cluster.",
};

const SECTION: Section = Section::Place(&TABLE);

const KEYS: &[Key] = &[
    Key {
        default: "the cluster's own",
        doc: "Queue that takes the trials.",
        example: "\"gpu\"",
        ..key(SECTION, "partition", KeyKind::Text)
    },
    Key {
        default: "your own",
        doc: "Account that is charged.",
        example: "\"vision\"",
        ..key(SECTION, "account", KeyKind::Text)
    },
    Key {
        default: "the partition's",
        doc: "Longest time of a task. A minute before it a worker leaves a checkpoint and is \
              started again.",
        example: "\"4h\"",
        ..key(SECTION, "time", KeyKind::Duration)
    },
    Key {
        default: "none",
        doc: "Graphics processors of a task, on each of its nodes.",
        example: "1",
        ..key(SECTION, "gpus", KeyKind::Count { from: 0, to: 1024 })
    },
    Key {
        default: "the partition's",
        doc: "Memory of a task, on each of its nodes.",
        example: "\"8G\"",
        ..key(SECTION, "memory", KeyKind::Bytes)
    },
    Key {
        default: "1",
        doc: "Cores of a task. A built-in learner trains on one.",
        example: "4",
        ..key(SECTION, "cpus", KeyKind::Count { from: 1, to: 4096 })
    },
    Key {
        default: "1",
        doc: "Nodes of a task, for commands that use several through `srun`.",
        example: "2",
        ..key(SECTION, "nodes", KeyKind::Count { from: 1, to: 100_000 })
    },
    Key {
        default: "none",
        doc: "More options of `sbatch`.",
        example: "[\"--qos=long\", \"--exclude=n7\"]",
        ..key(SECTION, "extra", KeyKind::Words)
    },
    Key {
        default: "none",
        doc: "Tasks that run at the same time, of each batch of trials.",
        example: "20",
        ..key(SECTION, "array_limit", KeyKind::Count { from: 1, to: 100_000 })
    },
    Key {
        default: "as many as take about a minute, once a model's pace is known",
        doc: "Trials that one task runs, one after another, at most.",
        example: "8",
        ..key(SECTION, "pack", KeyKind::Count { from: 1, to: 100_000 })
    },
    Key {
        default: "\"30s\"",
        doc: "How long `squeue`, `scancel`, `sinfo` and `scontrol` may take; then they are killed, and \
              called again later.",
        example: "\"1m\"",
        ..key(SECTION, "query_timeout", KeyKind::Duration)
    },
    Key {
        default: "\"2m\"",
        doc: "How long `sbatch` may take; then it is killed, and the queue is searched for the job \
              before trials are handed in again.",
        example: "\"5m\"",
        ..key(SECTION, "submit_timeout", KeyKind::Duration)
    },
];

/// Options of a Slurm cluster; where an option is `None`, the cluster's default holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlurmOptions {
    /// Queue that takes the trials.
    pub partition: Option<String>,
    /// Account that is charged.
    pub account: Option<String>,
    /// Longest time of a task.
    pub time: Option<Duration>,
    /// GPUs of a task, on each of its nodes.
    pub gpus: Option<u64>,
    /// Bytes of memory of a task, on each of its nodes.
    pub memory: Option<u64>,
    /// Cores of a task.
    pub cpus: Option<u64>,
    /// Nodes of a task.
    pub nodes: Option<u64>,
    /// More arguments for `sbatch`.
    pub extra: Vec<String>,
    /// Largest number of tasks that run at the same time.
    pub array_limit: Option<usize>,
    /// Largest number of trials per task; `None` for as many as make a task worth starting.
    pub pack: Option<usize>,
    /// Longest wait for an answer of `squeue`, `scancel`, `sinfo` or `scontrol`.
    pub query_timeout: Duration,
    /// Longest wait for an answer of `sbatch`.
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

/// Parses the table into options.
pub(super) fn options(table: &Table) -> SlurmOptions {
    let text = |name: &str| table.text(name).map(|(text, _)| text.to_owned());
    let small = |name: &str| table.count(name).and_then(|count| usize::try_from(count).ok());
    SlurmOptions {
        partition: text("partition"),
        account: text("account"),
        time: table.duration("time"),
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
        query_timeout: table.duration("query_timeout").unwrap_or(QUERY_TIMEOUT),
        submit_timeout: table.duration("submit_timeout").unwrap_or(SUBMIT_TIMEOUT),
    }
}
