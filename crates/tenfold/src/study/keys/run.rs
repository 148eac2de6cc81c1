//! Keys of `[goal]` and `[run]`: what it is measured for, and where.

use super::{Key, KeyKind, POSITIVE, Section, key, later};

/// The keys, in the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    Key {
        default: "none",
        doc: "The error to reach: a number, or for error rates a share.",
        example: "\"10%\"",
        ..key(Section::Goal, "target", KeyKind::Target)
    },
    Key {
        default: "none",
        doc: "What one more example costs, in any currency.",
        example: "0.05",
        ..key(Section::Goal, "cost_per_example", KeyKind::Number { above: 0.0, inclusive: true })
    },
    Key {
        default: "the largest size measured",
        doc: "Examples you have already.",
        example: "\"60k\"",
        ..key(Section::Goal, "have", POSITIVE)
    },
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
    later(Section::Run, "budget", "Time, trials or operations a study may spend."),
    later(Section::Run, "slurm", "Settings of the Slurm executor."),
    later(Section::Run, "ray", "Settings of the Ray executor."),
];
