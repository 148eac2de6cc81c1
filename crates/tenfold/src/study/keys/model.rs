//! Keys of `[[model]]` that are not settings of a learner.

use super::{Key, KeyKind, LEARNERS, Section, key, later};

/// The keys, in the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    Key {
        default: "the name of the learner",
        doc: "Name of the model and of its curve; each model has its own.",
        example: "\"cnn\"",
        ..key(Section::Model, "name", KeyKind::Text)
    },
    Key {
        doc: "What learns. `cnn` and `resnet` need images; `linear` and `mlp` take images and \
              tables.",
        example: "\"cnn\"",
        ..key(Section::Model, "learner", KeyKind::OneOf(|| LEARNERS.to_vec()))
    },
    later(Section::Model, "command", "A learner of your own, run as a command."),
    later(Section::Model, "inputs", "Files whose contents belong to the identity of a command."),
    later(Section::Model, "result", "How the result of a command is read."),
    later(Section::Model, "timeout", "Longest time a command may take."),
];
