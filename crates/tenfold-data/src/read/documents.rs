//! A text cut into documents while it is read, line by line, so that only a line is in memory.

use std::io::{self, BufRead};
use std::path::Path;
use std::str::FromStr;

use crate::dataset::{GrowingText, TextRow};
use crate::error::DataError;

/// What ends a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Documents {
    /// The end of its file.
    Files,
    /// A line without a character that is not white space.
    BlankLines,
    /// The end of its line.
    Lines,
    /// A line that is this text, white space at its ends aside.
    Marker(String),
}

impl FromStr for Documents {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "files" => Self::Files,
            "blank-lines" => Self::BlankLines,
            "lines" => Self::Lines,
            marker => Self::Marker(marker.trim().to_owned()),
        })
    }
}

/// The role of a line in its document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// It is part of the document and has text.
    Full,
    /// It is part of the document if text follows.
    Blank,
    /// It separates documents and is part of none.
    Between,
}

/// A document that is being read.
struct Open {
    start: u64,
    text: GrowingText,
    /// What followed the last full line: its end, and blank lines.
    held_back: String,
}

/// Appends the documents of the part numbered `part`, which is read from `reader` and called `path`
/// in messages, to `rows`. Blank lines and line ends at the ends of a document are no part of it.
///
/// # Errors
/// [`DataError::BadLine`] for a line that is not UTF-8, and what the system says.
pub(super) fn documents(
    reader: &mut dyn BufRead,
    part: u32,
    path: &Path,
    documents: &Documents,
    rows: &mut Vec<TextRow>,
) -> Result<(), DataError> {
    let mut offset = 0;
    let mut bytes = Vec::new();
    let mut open: Option<Open> = None;
    for number in 1_u64.. {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes).map_err(|error| unread(path, &error))?;
        if length == 0 {
            break;
        }
        // A byte order mark is no character of the first document.
        let mark = if number == 1 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let line = std::str::from_utf8(&bytes[mark..]).map_err(|_| DataError::BadLine {
            path: path.to_owned(),
            line: number,
            found: "has bytes that are not UTF-8".to_owned(),
            needed: "UTF-8 text",
        })?;
        let kind = documents.kind_of(line);
        if kind == Line::Between || *documents == Documents::Lines {
            rows.extend(open.take().map(|open| open.text.finish(part, open.start)));
        }
        match (kind, &mut open) {
            (Line::Full, Some(open)) => {
                let (content, end) = without_end(line);
                open.text.push(&std::mem::take(&mut open.held_back));
                open.text.push(content);
                open.held_back.push_str(end);
            }
            (Line::Full, None) => {
                let (content, end) = without_end(line);
                let mut text = GrowingText::default();
                text.push(content);
                let start = offset + mark as u64;
                open = Some(Open { start, text, held_back: end.to_owned() });
            }
            (Line::Blank, Some(open)) => open.held_back.push_str(line),
            (Line::Blank, None) | (Line::Between, _) => {}
        }
        offset += length as u64;
    }
    rows.extend(open.map(|open| open.text.finish(part, open.start)));
    Ok(())
}

impl Documents {
    fn kind_of(&self, line: &str) -> Line {
        let is_blank = line.trim().is_empty();
        match self {
            Self::BlankLines | Self::Lines if is_blank => Line::Between,
            Self::Marker(marker) if line.trim() == marker => Line::Between,
            Self::Files | Self::Marker(_) if is_blank => Line::Blank,
            Self::Files | Self::BlankLines | Self::Lines | Self::Marker(_) => Line::Full,
        }
    }
}

/// Splits a line into its content and the `\n` or `\r\n` at its end.
fn without_end(line: &str) -> (&str, &str) {
    let content = line.strip_suffix('\n').unwrap_or(line);
    let content = content.strip_suffix('\r').unwrap_or(content);
    line.split_at(content.len())
}

pub(super) fn unread(path: &Path, error: &io::Error) -> DataError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            DataError::Corrupt { path, needed: "a whole gzip file", reason: error.to_string() }
        }
        io::ErrorKind::UnexpectedEof => DataError::Corrupt {
            path,
            needed: "a whole gzip file",
            reason: "it stops in the middle".to_owned(),
        },
        kind => DataError::Unreadable { path, reason: kind.to_string() },
    }
}
