//! The lines of a text, one after the other, of which only one is in memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};

use super::documents::unread;
use super::file::{read_bytes, starts_as_gzip, unreadable};
use crate::dataset::TextPart;
use crate::error::DataError;

/// What a file of this kind holds.
const NEEDED: &str = "a text";

/// A file that is read line by line.
pub(super) struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    /// Content of a packed file, which cannot be read from its middle and stays in memory.
    unpacked: Option<Vec<u8>>,
    /// Bytes before the next line.
    offset: u64,
    /// Lines that were read.
    read: u64,
    bytes: Vec<u8>,
}

/// A line of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// Where it begins, in bytes of the unpacked file.
    pub(super) start: u64,
    /// Its text without its end; `None` if it is not UTF-8.
    pub(super) text: Option<&'a str>,
}

impl Lines {
    /// Opens `path`, packed or not.
    ///
    /// # Errors
    /// [`DataError`] for a file that cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let (reader, unpacked): (Box<dyn BufRead>, _) = if starts_as_gzip(path, NEEDED)? {
            let bytes = read_bytes(path, NEEDED)?;
            (Box::new(Cursor::new(bytes.clone())), Some(bytes))
        } else {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            (Box::new(BufReader::new(file)), None)
        };
        let path = path.to_owned();
        Ok(Self { path, reader, unpacked, offset: 0, read: 0, bytes: Vec::new() })
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, DataError> {
        self.offset += self.bytes.len() as u64;
        self.bytes.clear();
        let length = self.reader.read_until(b'\n', &mut self.bytes);
        if length.map_err(|error| unread(&self.path, &error))? == 0 {
            return Ok(None);
        }
        self.read += 1;
        // A byte order mark is no character of the first line.
        let mark = if self.read == 1 && self.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let content = self.bytes[mark..].strip_suffix(b"\n").unwrap_or(&self.bytes[mark..]);
        Ok(Some(Line {
            number: self.read,
            start: self.offset + mark as u64,
            text: str::from_utf8(content).ok(),
        }))
    }

    /// Lines that were read.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// The bytes that its lines are pieces of.
    pub(super) fn into_part(self) -> TextPart {
        match self.unpacked {
            Some(bytes) => TextPart::Memory(bytes),
            None => TextPart::File(self.path),
        }
    }
}
