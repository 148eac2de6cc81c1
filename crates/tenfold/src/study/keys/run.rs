//! Keys of `[run]`: where trials run.

use super::{Key, KeyKind, Section, key, later};

/// The keys, in the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    Key {
        default: "\"local\"",
        doc: "Where trials run.",
        example: "\"local\"",
        ..key(Section::Run, "executor", KeyKind::OneOf(|| vec!["local"]))
    },
    Key {
        default: "the number of processors",
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
    later(Section::Run, "budget", "Time, trials or operations a study may spend."),
    later(Section::Run, "slurm", "Settings of the Slurm executor."),
    later(Section::Run, "ray", "Settings of the Ray executor."),
];
