//! Keys of `[[model]]` that are not settings of a learner.

use super::{Key, KeyKind, Section, key, learners};

/// The keys, in the order of the documentation.
pub(in super::super) const KEYS: &[Key] = &[
    Key {
        default: "the name of the learner, or of the command's program",
        doc: "Name of the model and of its curve; each model has its own.",
        example: "\"cnn\"",
        ..key(Section::Model, "name", KeyKind::Text)
    },
    Key {
        default: "none; give this, or `command`",
        example: "\"cnn\"",
        ..key(Section::Model, "learner", KeyKind::OneOf(learners))
    },
    Key {
        default: "1",
        doc: "Processes that train a trial of a built-in learner together, each some of the \
              `chunks` of a batch; changes no result. Needs MPI, see docs/data-parallel.md.",
        example: "2",
        ..key(Section::Model, "ranks", KeyKind::Count { from: 1, to: 256 })
    },
    Key {
        default: "none; give this, or `learner`",
        doc: "A learner of your own: a program and its arguments, run once a trial, without a \
              shell. `{size}`, `{seed}`, `{indices}`, `{out}` and every searched setting are \
              filled in; see docs/commands.md.",
        example: "[\"python\", \"train.py\", \"--n\", \"{size}\", \"--seed\", \"{seed}\", \"--out\", \"{out}\"]",
        ..key(Section::Model, "command", KeyKind::Words)
    },
    Key {
        default: "none",
        doc: "Another command of the study, without `[model.search]`. A trial starts when that one's at the \
              same size and seed has finished, and is told its `{work}` folder as `{after}`: to go on from \
              its weights, to learn from its answers.",
        example: "\"teacher\"",
        ..key(Section::Model, "after", KeyKind::Text)
    },
    Key {
        default: "none",
        doc: "Files whose content belongs to the identity of a command's trials: edit one, and \
              the trials are run again. Relative to `folder`.",
        example: "[\"train.py\"]",
        ..key(Section::Model, "inputs", KeyKind::Words)
    },
    Key {
        default: "\"json\"",
        doc: "How a command's result is read: `json`, a document it writes to `{out}`; or a \
              regular expression for its standard output, whose first group in its last match is \
              the error.",
        example: "'error=([0-9.]+)'",
        ..key(Section::Model, "result", KeyKind::Text)
    },
    Key {
        default: "\"1G\"",
        doc: "Longest result that is read; a longer one is no result.",
        example: "\"4G\"",
        ..key(Section::Model, "result_limit", KeyKind::Bytes)
    },
    Key {
        default: "none",
        doc: "Longest time a command may take; it is then stopped, and the trial has failed.",
        example: "\"30m\"",
        ..key(Section::Model, "timeout", KeyKind::Duration)
    },
    Key {
        default: "1",
        doc: "How often a command that failed is run again.",
        example: "1",
        ..key(Section::Model, "retries", KeyKind::Count { from: 0, to: 100 })
    },
    Key {
        default: "no limit",
        doc: "Address space a command may use.",
        example: "\"8G\"",
        ..key(Section::Model, "memory", KeyKind::Bytes)
    },
    Key {
        default: "the study's folder",
        doc: "Folder a command runs in, relative to the study's.",
        example: "\"src\"",
        ..key(Section::Model, "folder", KeyKind::Text)
    },
    Key {
        default: "none",
        doc: "Variables a command finds in its environment, beside those `tenfold` was started \
              with.",
        example: "{ OMP_NUM_THREADS = \"1\" }",
        ..key(Section::Model, "environment", KeyKind::Environment)
    },
    Key {
        default: "0",
        doc: "Graphics processors a command has to itself, by `CUDA_VISIBLE_DEVICES`.",
        example: "1",
        ..key(Section::Model, "gpus", KeyKind::Count { from: 0, to: 1024 })
    },
];
