//! The one list of keys a study file may hold.
//!
//! It drives the parser, "did you mean", the JSON Schema and the key reference in
//! `docs/study-file.md`. The settings of the built-in learners come from `tenfold-train`'s own
//! registry, so a setting added there is a key here.

mod data;
mod goal;
mod lever;
mod model;
mod ray;
mod run;
mod section;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use tenfold_data::{Format, ReaderKey, UNITS, reader_keys};
use tenfold_train::learners::Takes;
use tenfold_train::{LEARNERS, METRICS, SETTINGS, SettingGroup, SettingKey};

pub use section::{SECTIONS, Section};

/// What a key accepts.
#[derive(Clone, Copy, Debug)]
pub enum KeyKind {
    /// Any text with a character that is not a space.
    Text,
    /// One of some words.
    OneOf(fn() -> Vec<&'static str>),
    /// A whole number in a range, or such a number with a unit (`"64k"`).
    Count {
        /// Smallest value.
        from: u64,
        /// Largest value.
        to: u64,
    },
    /// A finite number above `above` or, with `inclusive`, equal to it.
    Number {
        /// Lower end.
        above: f64,
        /// Whether the lower end itself is allowed.
        inclusive: bool,
    },
    /// An error above 0: a number, or a share such as `"5%"`.
    Target,
    /// A number of examples, a fraction, a path or, where allowed, `"none"`.
    HeldOut {
        /// Whether nothing may be held out.
        may_be_nothing: bool,
    },
    /// `random`, `stratified`, `group:COLUMN` or `time:COLUMN`.
    Split,
    /// A list of sizes or `{ from, to, factor }`.
    Sizes,
    /// A table of amounts above 0, by name.
    Resources,
    /// A setting of a built-in learner.
    Setting(&'static SettingKey),
    /// A list of values of a setting.
    Axis(&'static SettingKey),
    /// A list of texts, none of them empty.
    Words,
    /// A time: seconds, or text with a unit (`"30m"`).
    Duration,
    /// An amount of memory: bytes, or text with a unit (`"4G"`).
    Bytes,
    /// A table of texts: variables of the environment.
    Environment,
    /// A time such as `"2h"`, or `{ trials = 100 }`, or `{ flops = 1e15 }`.
    Budget,
}

/// One key of the study file.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The table it stands in.
    pub section: Section,
    /// Its name in the table.
    pub name: &'static str,
    /// What it accepts.
    pub kind: KeyKind,
    /// What holds without it, in words or as typed; empty if it has to be given.
    pub default: &'static str,
    /// What it means, in one or two sentences.
    pub doc: &'static str,
    /// A value that can be typed.
    pub example: &'static str,
}

impl Key {
    /// `shards.sizes`
    pub fn path(&self) -> String {
        format!("{}.{}", self.section.path(), self.name)
    }
}

/// Names of the metrics of the built-in learners.
pub fn metrics() -> Vec<&'static str> {
    METRICS.iter().map(|metric| metric.name()).collect()
}

/// Names of the built-in learners.
pub fn learners() -> Vec<&'static str> {
    LEARNERS.iter().map(|learner| learner.name()).collect()
}

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

fn formats() -> Vec<&'static str> {
    Format::all().map(Format::name).collect()
}

fn units() -> Vec<&'static str> {
    UNITS.iter().map(|unit| unit.name).collect()
}

fn builtins() -> Vec<&'static str> {
    tenfold_data::BUILTINS.iter().map(|builtin| builtin.name).collect()
}

const POSITIVE: KeyKind = KeyKind::Count { from: 1, to: 1_000_000_000_000 };

const fn key(section: Section, name: &'static str, kind: KeyKind) -> Key {
    Key { section, name, kind, default: "", doc: "", example: "" }
}

static REGISTRY: LazyLock<Vec<Key>> = LazyLock::new(|| {
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
        ..key(Section::Data, of_reader.name, KeyKind::Text)
    };
    // What a format needs is said behind the format.
    let at = data::KEYS.iter().position(|key| key.name == "format").map_or(0, |at| at + 1);
    let (before, after) = data::KEYS.split_at(at);
    let mut keys = before.to_vec();
    keys.extend(reader_keys().into_iter().map(of_reader));
    keys.extend(after);
    for own in [model::KEYS, lever::KEYS] {
        keys.extend(own);
    }
    keys.extend(lever::settings());
    for own in [goal::KEYS, run::KEYS, ray::KEYS] {
        keys.extend(own);
    }
    keys.extend(SETTINGS.iter().flat_map(of_setting));
    // Made once for the whole program, as the list is.
    for key in &mut keys {
        key.doc = match (key.section, key.name) {
            (Section::Model, "learner") => format!("What learns. {}.", what_learners_take()).leak(),
            (Section::Metric, "name") => data::metrics_doc().leak(),
            (Section::Lever, "transform") => lever::transforms_doc().leak(),
            _ => key.doc,
        };
    }
    keys
});

/// Every key, in the order of the documentation within each section.
pub fn registry() -> &'static [Key] {
    &REGISTRY
}

/// The keys of one section.
pub fn keys_of(section: Section) -> impl Iterator<Item = &'static Key> {
    registry().iter().filter(move |key| key.section == section)
}
