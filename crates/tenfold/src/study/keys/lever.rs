//! Keys of `[[lever]]`, which adds a curve to each model, with something changed other than the
//! amount of data.

use tenfold_data::transforms::{TRANSFORMS, TransformSetting, transform_settings};

use super::{Key, KeyKind, Section, key};

/// The keys that are not settings of a transform, in the order of the documentation.
pub(in super::super) const KEYS: &[Key] = &[
    Key {
        default: "the name of the transform",
        doc: "Name of the lever; the curve of a model with it is called MODEL+NAME.",
        example: "\"careless\"",
        ..key(Section::Lever, "name", KeyKind::Text)
    },
    Key {
        example: "\"wrong-labels\"",
        ..key(Section::Lever, "transform", KeyKind::OneOf(transforms))
    },
    Key {
        default: "all that have a built-in learner",
        doc: "Names of the models it is tried on.",
        example: "[\"cnn\"]",
        ..key(Section::Lever, "models", KeyKind::Words)
    },
];

/// One key for each setting of a transform.
pub(in super::super) fn settings() -> impl Iterator<Item = Key> {
    let key_of = |setting: &'static TransformSetting| Key {
        default: "none, a transform needs its own",
        doc: setting.doc,
        example: setting.example,
        ..key(
            Section::Lever,
            setting.name,
            KeyKind::Number { above: setting.neutral, inclusive: true },
        )
    };
    transform_settings().into_iter().map(key_of)
}

/// Documentation of `transform`, made from the list of transforms.
pub(in super::super) fn transforms_doc() -> String {
    let each = |name: &str, doc: &str| format!("`{name}` {doc}");
    let all: Vec<String> =
        TRANSFORMS.iter().map(|transform| each(transform.name(), transform.doc())).collect();
    format!("What is done to each shard before it is learnt from. {}.", all.join("; "))
}

fn transforms() -> Vec<&'static str> {
    TRANSFORMS.iter().map(|transform| transform.name()).collect()
}
