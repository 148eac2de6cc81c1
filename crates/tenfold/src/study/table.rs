//! The typed keys of one table of the study file, each with its value and position.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::Budget;
use super::typed::Typed;

/// The typed keys of one table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Bytes of the table, if the file has it.
    pub(super) span: Option<Range<usize>>,
    /// Whether the file has something other than a table there.
    pub(super) is_broken: bool,
    pub(super) entries: BTreeMap<String, Entry>,
}

/// One typed key.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its value; `None` if the value is invalid and the problem is reported.
    pub(super) value: Option<Typed>,
    /// Bytes of the key.
    pub(super) key: Range<usize>,
    /// Bytes of the value.
    pub(super) span: Range<usize>,
}

impl Table {
    /// Whether the key was typed, whether or not its value is valid.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// The value of a key with its position, if the value is valid.
    pub(super) fn get(&self, name: &str) -> Option<(&Typed, Range<usize>)> {
        let entry = self.entries.get(name)?;
        Some((entry.value.as_ref()?, entry.span.clone()))
    }

    pub(super) fn text(&self, name: &str) -> Option<(&str, Range<usize>)> {
        match self.get(name)? {
            (Typed::Text(text), span) => Some((text, span)),
            _ => None,
        }
    }

    pub(super) fn count(&self, name: &str) -> Option<u64> {
        match self.get(name)? {
            (Typed::Count(count), _) => Some(*count),
            _ => None,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            (Typed::Number(number), _) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn duration(&self, name: &str) -> Option<Duration> {
        match self.get(name)? {
            (Typed::Duration(time), _) => Some(*time),
            _ => None,
        }
    }

    pub(super) fn budget(&self, name: &str) -> Option<Budget> {
        match self.get(name)? {
            (Typed::Budget(budget), _) => Some(*budget),
            _ => None,
        }
    }

    /// Entries in the order they were typed.
    pub(super) fn in_order(&self) -> Vec<(&str, &Entry)> {
        let mut entries: Vec<_> =
            self.entries.iter().map(|(name, entry)| (name.as_str(), entry)).collect();
        entries.sort_by_key(|(_, entry)| entry.key.start);
        entries
    }
}
