//! A cell of a curve file.

use std::ops::Range;

/// The text of a cell and its position in the line.
pub(super) struct Cell<'a> {
    pub(super) text: &'a str,
    pub(super) span: Range<usize>,
}

/// Whether a cell holds a word that programs write for a value that was not measured.
pub(super) fn is_absent(text: &str) -> bool {
    let text = text.trim();
    let absent = ["nan", "na", "n/a", "null", "none", "-", "–"];
    text.is_empty() || absent.iter().any(|no| text.eq_ignore_ascii_case(no))
}
