//! Detects the encoding of a text from its first bytes; spreadsheets save UTF-16 as "Unicode text".

use std::borrow::Cow;
use std::io::{self, Read};

/// Number of first bytes that are examined where no byte order mark gives the encoding.
const LOOKED_AT: usize = 64;

/// Bytes read at a time.
const CHUNK: usize = 1 << 14;

/// A byte that never occurs in UTF-8; it replaces units that are not characters.
const NO_CHARACTER: u8 = 0xff;

/// How the characters of a text are written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// One byte or more a character.
    Utf8,
    /// Two bytes or four, the low one first.
    Utf16LittleEndian,
    /// Two bytes or four, the high one first.
    Utf16BigEndian,
}

impl Encoding {
    /// The encoding of a text with this beginning, and the bytes of its byte order mark.
    ///
    /// Without a mark a text is UTF-16 if every second byte of it is 0, as in all that is typed on
    /// an English keyboard.
    pub fn of(beginning: &[u8]) -> (Self, usize) {
        if beginning.starts_with(b"\xef\xbb\xbf") {
            return (Self::Utf8, 3);
        }
        if beginning.starts_with(b"\xff\xfe") {
            return (Self::Utf16LittleEndian, 2);
        }
        if beginning.starts_with(b"\xfe\xff") {
            return (Self::Utf16BigEndian, 2);
        }
        let (pairs, _) = beginning[..beginning.len().min(LOOKED_AT)].as_chunks::<2>();
        let all = |is_zero: fn(&[u8; 2]) -> bool| pairs.len() >= 2 && pairs.iter().all(is_zero);
        if all(|pair| pair[0] != 0 && pair[1] == 0) {
            (Self::Utf16LittleEndian, 0)
        } else if all(|pair| pair[0] == 0 && pair[1] != 0) {
            (Self::Utf16BigEndian, 0)
        } else {
            (Self::Utf8, 0)
        }
    }

    /// `source` as UTF-8; units that are not characters become a byte that never occurs in UTF-8.
    pub fn read<R: Read>(self, source: R) -> impl Read {
        Utf8Of { source, encoding: self, high: None, odd: None, ready: Vec::new(), at: 0 }
    }
}

/// `bytes` as UTF-8 without a byte order mark.
pub fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (encoding, mark) = Encoding::of(bytes);
    let text = &bytes[mark..];
    if encoding == Encoding::Utf8 {
        return text.into();
    }
    let mut decoded = Vec::with_capacity(text.len());
    // Reading from memory cannot fail.
    encoding.read(text).read_to_end(&mut decoded).unwrap_or_default();
    decoded.into()
}

/// A source read as UTF-8.
struct Utf8Of<R> {
    source: R,
    encoding: Encoding,
    /// First half of a character whose second half is still to come.
    high: Option<u16>,
    /// First byte of a unit whose second byte is still to come.
    odd: Option<u8>,
    ready: Vec<u8>,
    at: usize,
}

impl<R: Read> Read for Utf8Of<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.encoding == Encoding::Utf8 {
            return self.source.read(into);
        }
        while self.at == self.ready.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let count = into.len().min(self.ready.len() - self.at);
        into[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl<R: Read> Utf8Of<R> {
    /// Decodes the next bytes; returns whether there were any, or a part of the earlier ones was
    /// left.
    fn fill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; CHUNK];
        let count = self.source.read(&mut chunk)?;
        self.ready.clear();
        self.at = 0;
        if count == 0 {
            let is_torn = self.odd.take().is_some() | self.high.take().is_some();
            self.ready.extend(is_torn.then_some(NO_CHARACTER));
            return Ok(is_torn);
        }
        for byte in &chunk[..count] {
            let Some(first) = self.odd.take() else {
                self.odd = Some(*byte);
                continue;
            };
            let pair = [first, *byte];
            let unit = match self.encoding {
                Encoding::Utf16BigEndian => u16::from_be_bytes(pair),
                _ => u16::from_le_bytes(pair),
            };
            self.take(unit);
        }
        Ok(true)
    }

    fn take(&mut self, unit: u16) {
        let is_high = (0xd800..0xdc00).contains(&unit);
        let units = match self.high.take() {
            None if is_high => {
                self.high = Some(unit);
                return;
            }
            None => vec![unit],
            Some(high) => vec![high, unit],
        };
        for character in char::decode_utf16(units) {
            match character {
                Ok(character) => {
                    self.ready.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Err(_) => self.ready.push(NO_CHARACTER),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark_either_way_round() {
        let text = "size;Größe;漢😀\r\n1;2\r\n";
        for mark in ["\u{feff}", ""] {
            let text = if mark.is_empty() { "size;error\r\n1;2\r\n" } else { text };
            let marked = format!("{mark}{text}");
            assert_eq!(decoded(&utf16(&marked, u16::to_le_bytes)), text.as_bytes());
            assert_eq!(decoded(&utf16(&marked, u16::to_be_bytes)), text.as_bytes());
            assert_eq!(decoded(marked.as_bytes()), text.as_bytes());
        }
    }

    #[test]
    fn halves_of_characters_are_no_text() {
        let torn = decoded(b"\xff\xfea\0\x3d\xd8b\0").into_owned();
        assert!(std::str::from_utf8(&torn).is_err() && torn.starts_with(b"a"), "{torn:?}");
        assert!(std::str::from_utf8(&decoded(b"\xff\xfea\0b")).is_err());
        assert!(std::str::from_utf8(&decoded(b"\xff\xfea\0\x3d\xd8")).is_err());
    }

    #[test]
    fn bytes_with_a_zero_here_and_there_stay_what_they_are() {
        assert_eq!(Encoding::of(b"PAR1\x15\0\x15\0"), (Encoding::Utf8, 0));
        assert_eq!(Encoding::of(b"\x7fELF\x02\x01\0\0"), (Encoding::Utf8, 0));
        assert_eq!(Encoding::of(b""), (Encoding::Utf8, 0));
    }
}
