//! Names of batches.

use std::fmt;

/// Name of a batch. Names sort by the time when the batches were made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchId(pub(super) String);

impl BatchId {
    /// Parses an id of digits, lower-case letters and dashes.
    pub fn parse(text: &str) -> Option<Self> {
        let is_fit = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase() || b == b'-';
        let is_id = !text.is_empty() && text.len() <= 64 && text.bytes().all(is_fit);
        is_id.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
