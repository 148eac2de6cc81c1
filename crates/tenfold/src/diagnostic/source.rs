//! Converts byte offsets of a text to the line and the column that a person counts.

use super::Place;

/// The line of a place, and the position of the underlined characters in it.
pub(super) struct Located<'a> {
    /// Counted from 1 in the file.
    pub(super) line: u64,
    /// Column number, counted from 1 in characters; a tab is one character.
    pub(super) column: usize,
    /// The line without its end.
    pub(super) text: &'a str,
    /// Characters of `text` before the underlined ones.
    pub(super) before: usize,
    /// Characters to underline, at least one; stops at the end of the line.
    pub(super) underlined: usize,
}

/// Line and column of a place, if it has a source and a span.
pub(super) fn locate(place: &Place) -> Option<Located<'_>> {
    let source = place.source.as_deref()?;
    let span = place.span.as_ref()?;
    let start = floor_to_character(source, span.start);
    let end = floor_to_character(source, span.end).max(start);
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    let text = source[line_start..line_end].trim_end_matches('\r');
    let text_end = line_start + text.len();
    let newlines = source[..line_start].bytes().filter(|byte| *byte == b'\n').count() as u64;
    let before = source[line_start..start.min(text_end)].chars().count();
    let underlined = source[start.min(text_end)..end.min(text_end)].chars().count();
    Some(Located {
        line: place.line.unwrap_or(1).saturating_add(newlines),
        column: before + 1,
        text,
        before,
        underlined: underlined.max(1),
    })
}

/// The last character boundary at or before `at`.
fn floor_to_character(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
