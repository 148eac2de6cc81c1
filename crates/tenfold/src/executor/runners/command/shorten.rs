//! Shortens the texts of a JSON document while it is read, because the parser holds each text in
//! memory, and a text may have a gigabyte.

use std::io::{self, Read};

/// A reader of `from` that cuts texts.
#[derive(Debug)]
pub(super) struct Shortened<R> {
    from: R,
    texts: Shortener,
}

impl<R: Read> Shortened<R> {
    /// A reader of `from` that passes on at most `most` bytes of each text.
    pub(super) fn new(from: R, most: u64) -> Self {
        Self { from, texts: Shortener::new(most) }
    }
}

impl<R: Read> Read for Shortened<R> {
    fn read(&mut self, part: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.from.read(part)?;
            let kept = self.texts.shorten(&mut part[..length]);
            if kept > 0 || length == 0 {
                return Ok(kept);
            }
        }
    }
}

/// Position of the next byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Outside of texts.
    Outside,
    /// In a text.
    Text,
    /// After a backslash in a text.
    Escape,
    /// In the hexadecimal digits of a `\u` escape, with this many digits left.
    Digits(u8),
}

/// Drops the rest of texts beyond a length.
#[derive(Debug)]
struct Shortener {
    /// Bytes of a text that are passed on; the character at the limit is completed.
    most: u64,
    place: Place,
    /// Bytes of the current text so far.
    length: u64,
    /// Whether the rest of the current text is dropped.
    is_cut: bool,
    /// Whether the last character was the first half of a surrogate pair, written as a `\u` escape.
    is_half: bool,
    /// Whether the current `\u` escape begins as such a half does.
    may_be_half: bool,
}

impl Shortener {
    /// Passes on `most` bytes of each text.
    fn new(most: u64) -> Self {
        Self {
            most,
            place: Place::Outside,
            length: 0,
            is_cut: false,
            is_half: false,
            may_be_half: false,
        }
    }

    /// Removes what is too long from `part`, the next part of the document; returns how many bytes
    /// stay, at the beginning of `part`.
    fn shorten(&mut self, part: &mut [u8]) -> usize {
        let mut kept = 0;
        for at in 0..part.len() {
            let byte = part[at];
            if self.keeps(byte) {
                part[kept] = byte;
                kept += 1;
            }
        }
        kept
    }

    fn keeps(&mut self, byte: u8) -> bool {
        self.length += 1;
        match (self.place, byte) {
            (Place::Outside, b'"') => {
                (self.place, self.length, self.is_half) = (Place::Text, 0, false);
            }
            (Place::Outside, _) => {}
            (Place::Text, b'"') => {
                (self.place, self.length, self.is_cut) = (Place::Outside, 0, false);
            }
            (Place::Text, _) => {
                // Only complete characters are kept: no cut after the first byte of one, or between
                // the halves of a surrogate pair.
                let is_between = byte & 0xC0 != 0x80 && !self.is_half;
                self.is_cut |= self.length > self.most && is_between;
                if byte == b'\\' {
                    self.place = Place::Escape;
                } else {
                    self.is_half = false;
                }
            }
            (Place::Escape, b'u') => self.place = Place::Digits(4),
            (Place::Escape, _) => (self.place, self.is_half) = (Place::Text, false),
            (Place::Digits(left), _) => {
                let is_second = matches!(byte, b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
                match left {
                    4 => self.may_be_half = matches!(byte, b'd' | b'D'),
                    3 => self.is_half = self.may_be_half && is_second,
                    _ => {}
                }
                self.place = if left > 1 { Place::Digits(left - 1) } else { Place::Text };
            }
        }
        !self.is_cut
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// `document` passed through in parts of `length` bytes, its texts cut to `most` bytes.
    fn shortened(document: &str, most: u64, length: usize) -> String {
        let mut shortener = Shortener::new(most);
        let mut all = Vec::new();
        for part in document.as_bytes().chunks(length) {
            let mut part = part.to_vec();
            let kept = shortener.shorten(&mut part);
            all.extend_from_slice(&part[..kept]);
        }
        String::from_utf8(all).unwrap()
    }

    fn check(document: &str, most: u64, expected: &str) {
        for length in 1..=document.len() {
            let found = shortened(document, most, length);
            assert_eq!(found, expected, "in parts of {length}");
            assert!(serde_json::from_str::<Value>(&found).is_ok());
        }
    }

    #[test]
    fn short_texts_and_everything_else_stay_as_they_are() {
        let document = r#" {"a b": [1.25, true, {"c\"\\": null}], "é": "\ud83d\ude00 \u00e9"} "#;
        check(document, 100, document);
    }

    #[test]
    fn a_long_text_is_cut_behind_a_whole_character() {
        check(r#"{"abcdef": "ghijkl", "m": 1}"#, 3, r#"{"abc": "ghi", "m": 1}"#);
        check(r#"["aaé€é"]"#, 3, r#"["aaé"]"#);
        check(r#"["ab\"cd", "ab\\", "\\\\\\"]"#, 3, r#"["ab\"", "ab\\", "\\\\"]"#);
        check(r#"["a\u00e9\u00e9\u00e9"]"#, 3, r#"["a\u00e9"]"#);
        check(r#"["a\ud83d\ude00\ud83d\ude00"]"#, 3, r#"["a\ud83d\ude00"]"#);
        check(r#"["a\ud83d\ude00bc"]"#, 12, r#"["a\ud83d\ude00"]"#);
    }
}
