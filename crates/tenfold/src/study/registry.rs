//! The one list of keys a study file may hold.
//!
//! It drives the parser, "did you mean", the JSON Schema and the key reference in
//! `docs/study-file.md`. The settings of the built-in learners come from `tenfold-train`'s own
//! registry, so a setting added there is a key here; the places where trials can run bring theirs.

use std::collections::BTreeSet;
use std::iter;
use std::sync::LazyLock;

use tenfold_train::learners::Takes;
use tenfold_train::{LEARNERS, SETTINGS, SettingGroup, SettingKey};

use super::keys::{Key, KeyKind, SECTIONS, Section, data, goal, key, model, run};
use super::places::{self, PLACES};

/// Which learner needs what: "`linear` and `mlp` take images and tables".
fn what_learners_take() -> String {
    let takes: BTreeSet<Takes> = LEARNERS.iter().map(|learner| learner.takes()).collect();
    let of_kind = |takes: Takes| {
        let named = LEARNERS.iter().filter(|learner| learner.takes() == takes);
        let names: Vec<String> = named.map(|learner| format!("`{}`", learner.name())).collect();
        format!("{} {}", names.join(" and "), takes.describe())
    };
    takes.into_iter().map(of_kind).collect::<Vec<_>>().join("; ")
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
    let own = [data::KEYS, model::KEYS, goal::KEYS].into_iter().flatten().copied();
    let of_run = iter::once(places::executor()).chain(run::KEYS.iter().copied());
    let of_places = PLACES.iter().flat_map(|place| place.keys).copied();
    let of_settings = SETTINGS.iter().flat_map(of_setting);
    let mut keys: Vec<Key> = own.chain(of_run).chain(of_places).chain(of_settings).collect();
    // Made once for the whole program, as the list is.
    for key in keys.iter_mut().filter(|key| key.section == Section::Model && key.name == "learner")
    {
        key.doc = format!("What learns. {}.", what_learners_take()).leak();
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
