//! Breaks text into lines no longer than the width of a terminal.

/// Longest line, in columns.
const WIDTH: usize = 80;

/// Adds `start` and `words`; later lines are indented to the first word.
pub(crate) fn push_wrapped(text: &mut String, start: &str, words: &str) {
    let indent = start.chars().count();
    text.push_str(start);
    let mut column = indent;
    for (at, word) in words.split_whitespace().enumerate() {
        let width = word.chars().count();
        if at > 0 && column + 1 + width > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
    text.push('\n');
}
