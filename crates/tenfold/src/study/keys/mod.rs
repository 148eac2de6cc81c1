//! The type of a key of the study file, and the keys that belong neither to learners nor to
//! executor setups.

pub(super) mod data;
pub(super) mod goal;
pub(super) mod lever;
pub(super) mod model;
pub(super) mod run;
mod section;

use tenfold_data::{Format, TOKENIZERS, UNITS};
use tenfold_train::{LEARNERS, METRICS, SettingKey};

pub(super) use section::SECTIONS;
pub use section::{PlaceTable, Section};

/// What a key accepts.
#[derive(Clone, Copy, Debug)]
pub enum KeyKind {
    /// Text that does not consist of spaces only.
    Text,
    /// One of a fixed list of words.
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
    /// The table that the key belongs to.
    pub section: Section,
    /// Its name in the table.
    pub name: &'static str,
    /// What it accepts.
    pub kind: KeyKind,
    /// The default, in words or as typed; empty if the key is required.
    pub default: &'static str,
    /// What it means, in one or two sentences.
    pub doc: &'static str,
    /// A valid value, as typed.
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

fn formats() -> Vec<&'static str> {
    Format::all().map(Format::name).collect()
}

fn units() -> Vec<&'static str> {
    UNITS.iter().map(|unit| unit.name).collect()
}

fn tokenizers() -> Vec<&'static str> {
    TOKENIZERS.iter().map(|tokenizer| tokenizer.name).collect()
}

fn builtins() -> Vec<&'static str> {
    tenfold_data::BUILTINS.iter().map(|builtin| builtin.name).collect()
}

const POSITIVE: KeyKind = KeyKind::Count { from: 1, to: 1_000_000_000_000 };

pub(super) const fn key(section: Section, name: &'static str, kind: KeyKind) -> Key {
    Key { section, name, kind, default: "", doc: "", example: "" }
}
