//! What the size of a shard is counted in, one line a unit.

use crate::dataset::{Dataset, Texts};
use crate::error::DataError;
use crate::vocabulary::{CHARACTERS, beginning};

/// What the size of a shard is counted in.
#[derive(Debug)]
pub struct Unit {
    /// Its name in a study file and behind a number, in the plural.
    pub name: &'static str,
    /// Whether a text can end in the middle when a shard is full; other examples cannot.
    pub can_be_cut: bool,
    /// Parts of a unit that examples are counted in.
    pub parts: u64,
    /// Parts of units that one example has; `None` if examples of this kind are not counted in it.
    count: fn(&Dataset, u32) -> Option<u64>,
}

/// Whole examples: rows, images, documents, recordings.
pub const EXAMPLES: &Unit =
    &Unit { name: "examples", can_be_cut: false, parts: 1, count: |_, _| Some(1) };

/// Every unit; units that Tenfold cannot count in its own data sets are counted by a command that
/// reads its own data.
pub const UNITS: &[&Unit] = &[
    EXAMPLES,
    &Unit {
        name: "characters",
        can_be_cut: true,
        parts: 1,
        count: |dataset, row| Some(dataset.texts()?.characters(row)),
    },
    &Unit {
        name: "tokens",
        can_be_cut: true,
        parts: 1,
        // Of a pair, those that a model writes.
        count: |dataset, row| match dataset.pairs() {
            Some(pairs) => pairs.target.tokens(row),
            None => dataset.texts()?.tokens(row),
        },
    },
    &Unit {
        name: "seconds",
        can_be_cut: false,
        // A word is said in less than one, so that recordings are added up in thousandths.
        parts: 1_000,
        count: |dataset, row| Some(dataset.recordings()?.sounds.milliseconds(row)),
    },
];

impl Eq for Unit {}

/// Units are the same if they have the same name.
impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Unit {
    /// The unit called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        UNITS.iter().find(|unit| unit.name == name).copied()
    }

    /// Whether every example is one.
    pub fn is_example(&self) -> bool {
        self == EXAMPLES
    }

    /// Units of one example, in [`Unit::parts`]; `None` if examples of this kind are not counted in it.
    pub fn of_example(&self, dataset: &Dataset, row: u32) -> Option<u64> {
        (self.count)(dataset, row)
    }

    /// The first `units` of the text in `row`; all of it where there are no more, or where a text cannot
    /// be cut in this unit.
    ///
    /// # Errors
    /// As for [`Texts::row`].
    pub fn beginning(&self, texts: &Texts, row: u32, units: u64) -> Result<String, DataError> {
        let text = texts.row(row)?;
        Ok(match (self.name, texts.vocabulary()) {
            ("characters", _) => beginning(&text, CHARACTERS.pieces(&text), units).to_owned(),
            ("tokens", Some(vocabulary)) => vocabulary.beginning(&text, units).to_owned(),
            _ => text,
        })
    }

    /// Whether the examples of `dataset` can be counted in it.
    pub fn counts(&self, dataset: &Dataset) -> bool {
        dataset.is_empty() || self.of_example(dataset, 0).is_some()
    }
}
