//! Keys of `[run]` except `executor`, which the executor setups define: how many trials run at a
//! time, and for how long.

use super::{Key, KeyKind, Section, key};

/// The keys, in the order of the documentation.
pub(in super::super) const KEYS: &[Key] = &[
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
];
