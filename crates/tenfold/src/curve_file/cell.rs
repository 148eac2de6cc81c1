//! A cell of a curve file.

use std::ops::Range;

/// A cell as it was typed, and where.
pub(super) struct Cell<'a> {
    pub(super) text: &'a str,
    pub(super) span: Range<usize>,
}

/// What programs write for a value that was not measured.
pub(super) fn is_absent(text: &str) -> bool {
    let text = text.trim();
    let absent = ["nan", "na", "n/a", "null", "none", "-", "–"];
    text.is_empty() || absent.iter().any(|no| text.eq_ignore_ascii_case(no))
}
