//! The fields of one line of separated values.

use std::borrow::Cow;
use std::ops::Range;

/// A quote was opened and not closed on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenQuote {
    /// Byte of the opening quote.
    pub at: usize,
}

/// Bytes of each field in `line`, quotes and the spaces around a field left out.
///
/// A quoted field may hold separators, line ends and doubled quotes. A space as the separator stands for
/// any number of spaces and tabs.
///
/// # Errors
/// A quote that is not closed.
pub fn split_fields(
    line: &str,
    separator: u8,
    fields: &mut Vec<Range<usize>>,
) -> Result<(), OpenQuote> {
    fields.clear();
    let bytes = line.as_bytes();
    let mut at = 0;
    if separator == b' ' {
        words(line, fields);
        return Ok(());
    }
    loop {
        let start = skip_spaces(bytes, at, separator);
        if bytes.get(start) == Some(&b'"') {
            let end = closing_quote(bytes, start + 1).ok_or(OpenQuote { at: start })?;
            fields.push(start + 1..end);
            at = end + 1;
            while at < bytes.len() && bytes[at] != separator {
                at += 1;
            }
        } else {
            at = start;
            while at < bytes.len() && bytes[at] != separator {
                at += 1;
            }
            fields.push(start..start + line[start..at].trim_end().len());
        }
        if at >= bytes.len() {
            return Ok(());
        }
        at += 1;
    }
}

/// The words of a line that is separated by spaces; quotes mean nothing there.
fn words(line: &str, fields: &mut Vec<Range<usize>>) {
    let mut rest = 0;
    for word in line.split([' ', '\t']) {
        if !word.is_empty() {
            fields.push(rest..rest + word.len());
        }
        rest += word.len() + 1;
    }
}

/// The text of a field, doubled quotes made single.
pub fn field_text<'a>(line: &'a str, field: &Range<usize>) -> Cow<'a, str> {
    let raw = &line[field.clone()];
    if raw.contains("\"\"") { raw.replace("\"\"", "\"").into() } else { raw.into() }
}

fn skip_spaces(bytes: &[u8], mut at: usize, separator: u8) -> usize {
    while at < bytes.len() && bytes[at] != separator && matches!(bytes[at], b' ' | b'\t') {
        at += 1;
    }
    at
}

fn closing_quote(bytes: &[u8], mut at: usize) -> Option<usize> {
    while at < bytes.len() {
        if bytes[at] == b'"' {
            if bytes.get(at + 1) != Some(&b'"') {
                return Some(at);
            }
            at += 1;
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, separator: u8, expected: &[&str]) {
        let mut fields = Vec::new();
        split_fields(line, separator, &mut fields).unwrap();
        let texts: Vec<Cow<'_, str>> = fields.iter().map(|field| field_text(line, field)).collect();
        assert_eq!(texts, expected, "{line}");
    }

    #[test]
    fn separators_cut_and_quotes_hold_together() {
        check("a,b,c", b',', &["a", "b", "c"]);
        check(" a , b ", b',', &["a", "b"]);
        check("a,,", b',', &["a", "", ""]);
        check("\"x, y\",2", b',', &["x, y", "2"]);
        check("\"say \"\"hi\"\"\",2", b',', &["say \"hi\"", "2"]);
        check("a\t\tb", b'\t', &["a", "", "b"]);
        check("é;漢", b';', &["é", "漢"]);
        check("", b',', &[""]);
        check("\"two\nlines\",2", b',', &["two\nlines", "2"]);
        check("  size   error\t7 ", b' ', &["size", "error", "7"]);
    }

    #[test]
    fn an_open_quote_is_refused() {
        assert_eq!(split_fields("a,\"b", b',', &mut Vec::new()), Err(OpenQuote { at: 2 }));
    }
}
