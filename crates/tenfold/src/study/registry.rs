//! The one list of all keys that a study file may have.
//!
//! The parser, "did you mean", the JSON Schema and the key reference in `docs/study-file.md` are
//! made from it. The settings of the built-in learners come from `tenfold-train`'s own registry, so
//! a setting added there is a key here. Executor setups define their own keys.

use std::collections::BTreeSet;
use std::iter;
use std::sync::LazyLock;

use tenfold_data::{ReaderKey, reader_keys};
use tenfold_train::learners::Takes;
use tenfold_train::{LEARNERS, SETTINGS, SettingGroup, SettingKey};

use super::keys::{Key, KeyKind, SECTIONS, Section, data, goal, key, lever, model, run};
use super::places::{self, PLACES};

/// Which learner needs which kind of data: "`linear` and `mlp` take images and tables".
fn what_learners_take() -> String {
    let takes: BTreeSet<Takes> = LEARNERS.iter().map(|learner| learner.takes()).collect();
    let of_kind = |takes: Takes| {
        let named = LEARNERS.iter().filter(|learner| learner.takes() == takes);
        let names: Vec<String> = named.map(|learner| format!("`{}`", learner.name())).collect();
        format!("{} {}", names.join(" and "), takes.describe())
    };
    takes.into_iter().map(of_kind).collect::<Vec<_>>().join("; ")
}

/// What a key of a reader accepts.
fn kind_of(key: &ReaderKey) -> KeyKind {
    if key.is_count() { KeyKind::Count { from: 0, to: 4_000_000_000 } } else { KeyKind::Text }
}

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let of_setting = |setting: &'static SettingKey| {
        let section = match setting.group {
            SettingGroup::Model => Section::Model,
            SettingGroup::Train => Section::Train,
        };
        [(section, KeyKind::Setting(setting)), (Section::Search, KeyKind::Axis(setting))].map(
            |(section, kind)| Key {
                default: "as the learner has it",
                doc: setting.doc,
                ..key(section, setting.name, kind)
            },
        )
    };
    let of_reader = |of_reader: &'static ReaderKey| Key {
        default: of_reader.default,
        doc: of_reader.doc,
        example: of_reader.example,
        ..key(Section::Data, of_reader.name, kind_of(of_reader))
    };
    // The keys of the formats follow the key `format`.
    let at = data::KEYS.iter().position(|key| key.name == "format").map_or(0, |at| at + 1);
    let (before, after) = data::KEYS.split_at(at);
    let mut keys = before.to_vec();
    keys.extend(reader_keys().into_iter().map(of_reader));
    keys.extend(after);
    keys.extend(model::KEYS);
    keys.extend(lever::KEYS);
    keys.extend(lever::settings());
    keys.extend(goal::KEYS);
    keys.extend(iter::once(places::executor()).chain(run::KEYS.iter().copied()));
    keys.extend(PLACES.iter().flat_map(|place| place.keys));
    keys.extend(SETTINGS.iter().flat_map(of_setting));
    // The texts are made once for the whole program, like the list.
    for key in &mut keys {
        key.doc = match (key.section, key.name) {
            (Section::Model, "learner") => format!("What learns. {}.", what_learners_take()).leak(),
            (Section::Data, "builtin") => data::builtins_doc().leak(),
            (Section::Metric, "name") => data::metrics_doc().leak(),
            (Section::Lever, "transform") => lever::transforms_doc().leak(),
            _ => key.doc,
        };
    }
    keys
});

/// Every key, in the order of the documentation within each section.
pub fn keys() -> &'static [Key] {
    &KEYS
}

/// Every section, in the order of the documentation.
pub fn sections() -> impl Iterator<Item = Section> {
    let of_places = PLACES.iter().filter_map(|place| place.table).map(Section::Place);
    SECTIONS.iter().copied().chain(of_places)
}

/// The keys of one section.
pub fn keys_of(section: Section) -> impl Iterator<Item = &'static Key> {
    keys().iter().filter(move |key| key.section == section)
}
