//! Keys of `[run]` and its tables: where trials run.

use super::{Key, KeyKind, Section, key};

/// The keys, in the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    Key {
        default: "\"local\"",
        doc: "Where trials run. `local`: on this machine; `slurm`: on a Slurm cluster; \
              `ray`: on a Ray cluster.",
        example: "\"slurm\"",
        ..key(Section::Run, "executor", KeyKind::OneOf(|| vec!["local", "slurm", "ray"]))
    },
    Key {
        default: "the number of processors; where a trial has ranks, divided by them",
        doc: "Trials that run at the same time.",
        example: "2",
        ..key(Section::Run, "workers", KeyKind::Count { from: 1, to: 1024 })
    },
    Key {
        default: "`srun` inside a Slurm allocation, else `mpirun`",
        doc: "What starts the processes of a model with `ranks`; `{ranks}` is their number.",
        example: "[\"mpirun\", \"-n\", \"{ranks}\"]",
        ..key(Section::Run, "launcher", KeyKind::Words)
    },
    Key {
        default: "none, every seed at every size",
        doc: "What a run may spend: `\"2h\"` of wall time, `{ trials = 100 }` or `{ flops = 1e15 }`. The \
              trials that tell most are run: one seed up to the largest size the budget pays, then \
              more seeds, most of them at the largest size.",
        example: "\"2h\"",
        ..key(Section::Run, "budget", KeyKind::Budget)
    },
    Key {
        default: "the cluster's own",
        doc: "Queue that takes the trials.",
        example: "\"gpu\"",
        ..key(Section::Slurm, "partition", KeyKind::Text)
    },
    Key {
        default: "your own",
        doc: "Account that is charged.",
        example: "\"vision\"",
        ..key(Section::Slurm, "account", KeyKind::Text)
    },
    Key {
        default: "the partition's",
        doc: "Longest time of a task. A minute before it a worker leaves a checkpoint and is \
              started again.",
        example: "\"4h\"",
        ..key(Section::Slurm, "time", KeyKind::Duration)
    },
    Key {
        default: "none",
        doc: "Graphics processors of a task, on each of its nodes.",
        example: "1",
        ..key(Section::Slurm, "gpus", KeyKind::Count { from: 0, to: 1024 })
    },
    Key {
        default: "the partition's",
        doc: "Memory of a task, on each of its nodes.",
        example: "\"8G\"",
        ..key(Section::Slurm, "memory", KeyKind::Bytes)
    },
    Key {
        default: "1",
        doc: "Cores of a task. A built-in learner trains on one.",
        example: "4",
        ..key(Section::Slurm, "cpus", KeyKind::Count { from: 1, to: 4096 })
    },
    Key {
        default: "1",
        doc: "Nodes of a task, for commands that use several through `srun`.",
        example: "2",
        ..key(Section::Slurm, "nodes", KeyKind::Count { from: 1, to: 100_000 })
    },
    Key {
        default: "none",
        doc: "More options of `sbatch`.",
        example: "[\"--qos=long\", \"--exclude=n7\"]",
        ..key(Section::Slurm, "extra", KeyKind::Words)
    },
    Key {
        default: "none",
        doc: "Tasks that run at the same time, of each batch of trials.",
        example: "20",
        ..key(Section::Slurm, "array_limit", KeyKind::Count { from: 1, to: 100_000 })
    },
    Key {
        default: "as many as take about a minute, once a model's pace is known",
        doc: "Trials that one task runs, one after another, at most.",
        example: "8",
        ..key(Section::Slurm, "pack", KeyKind::Count { from: 1, to: 100_000 })
    },
    Key {
        default: "\"30s\"",
        doc: "How long `squeue`, `scancel`, `sinfo` and `scontrol` may take; then they are killed, and \
              called again later.",
        example: "\"1m\"",
        ..key(Section::Slurm, "query_timeout", KeyKind::Duration)
    },
    Key {
        default: "\"2m\"",
        doc: "How long `sbatch` may take; then it is killed, and the queue is searched for the job \
              before trials are handed in again.",
        example: "\"5m\"",
        ..key(Section::Slurm, "submit_timeout", KeyKind::Duration)
    },
];
