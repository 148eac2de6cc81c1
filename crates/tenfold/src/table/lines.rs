//! Splits bytes into lines, whatever their line end; lines can be put back.

use std::io::{self, BufRead, Read as _};

/// Most bytes of a line; a longer line holds no measurement.
pub(super) const LONGEST_LINE: u64 = 1 << 20;

/// The lines of a source.
pub(super) struct Lines<'s> {
    source: &'s mut dyn BufRead,
    /// The byte that ends a line.
    end: u8,
    /// Lines that were put back, and the position up to which they were read again.
    ahead: Vec<u8>,
    at: usize,
    /// Number of the last line that was read, from 1.
    pub(super) number: u64,
}

impl<'s> Lines<'s> {
    /// The lines of `source`, which begins with `beginning`.
    pub(super) fn new(source: &'s mut dyn BufRead, beginning: &[u8]) -> Self {
        let is_old_mac = beginning.contains(&b'\r') && !beginning.contains(&b'\n');
        let end = if is_old_mac { b'\r' } else { b'\n' };
        Self { source, end, ahead: Vec::new(), at: 0, number: 0 }
    }

    /// Appends the next line with its end to `into`; returns whether there was one. It reads at
    /// most one byte more than [`LONGEST_LINE`].
    pub(super) fn next(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        let read = if self.at < self.ahead.len() {
            let rest = &self.ahead[self.at..];
            let end = rest.iter().position(|byte| *byte == self.end);
            let count = end.map_or(rest.len(), |at| at + 1).min(LONGEST_LINE as usize + 1);
            into.extend_from_slice(&rest[..count]);
            self.at += count;
            count
        } else {
            self.source.take(LONGEST_LINE + 1).read_until(self.end, into)?
        };
        self.number += u64::from(read > 0);
        Ok(read > 0)
    }

    /// Puts whole lines back; they are read next.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        let mut ahead = bytes.to_vec();
        ahead.extend_from_slice(&self.ahead[self.at..]);
        let count = (bytes.split(|byte| *byte == self.end).count() - 1) as u64;
        let is_torn = bytes.last().is_some_and(|byte| *byte != self.end);
        self.number -= (count + u64::from(is_torn)).min(self.number);
        (self.ahead, self.at) = (ahead, 0);
    }

    /// Appends what is left of the source to `into`, at most `limit` bytes.
    pub(super) fn rest(&mut self, into: &mut Vec<u8>, limit: u64) -> io::Result<()> {
        into.extend_from_slice(&self.ahead[self.at..]);
        self.at = self.ahead.len();
        let before = into.len();
        self.source.take(limit).read_to_end(into)?;
        self.number += (into[before..].split(|byte| *byte == self.end).count() - 1) as u64;
        let is_torn = into.len() > before && into.last() != Some(&self.end);
        self.number += u64::from(is_torn);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(lines: &mut Lines<'_>) -> Vec<(u64, String)> {
        let mut read = Vec::new();
        let mut bytes = Vec::new();
        while lines.next(&mut bytes).unwrap() {
            read.push((lines.number, String::from_utf8(std::mem::take(&mut bytes)).unwrap()));
        }
        read
    }

    #[test]
    fn lines_end_as_on_any_machine() {
        let lines_of = |text: &str| {
            let mut source = text.as_bytes();
            all(&mut Lines::new(&mut source, text.as_bytes()))
        };
        let expected = |end: &str| [(1, format!("a{end}")), (2, "b".to_owned())];
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(lines_of(&format!("a{end}b")), expected(end));
        }
    }

    #[test]
    fn lines_that_were_put_back_come_again_with_their_numbers() {
        let text = "a\nb\nc\nd";
        let mut source = text.as_bytes();
        let mut lines = Lines::new(&mut source, text.as_bytes());
        let mut bytes = Vec::new();
        for _ in 0..3 {
            assert!(lines.next(&mut bytes).unwrap());
        }
        assert_eq!(bytes, b"a\nb\nc\n");
        lines.put_back(b"b\nc\n");
        let read = all(&mut lines);
        let expected = [(2, "b\n"), (3, "c\n"), (4, "d")];
        assert_eq!(read, expected.map(|(number, text)| (number, text.to_owned())));
    }
}
