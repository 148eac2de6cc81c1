//! Lines no longer than a terminal is wide.

/// Width of a terminal that lines are broken for.
const WIDTH: usize = 80;

/// Adds `words` after `start`, broken into lines that begin below the first word.
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
