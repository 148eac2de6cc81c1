//! CSV and TSV: a header line, then one row a line, whatever separates its cells.

use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::decimal::with_points;
use super::file::read_bytes;
use super::table::{ColumnChoice, RawTable, TABLE_KEYS, columns};
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey, ends_in};
use crate::cells::{Cells, TextCells};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::separated::{decoded, separator_of};

/// Content of a file of this kind, for the errors of `read_bytes`.
const NEEDED: &str = "a header line and rows";

/// Bytes at the beginning of a file from which its separator is determined.
const BEGINNING: usize = 1 << 16;

/// Values separated by commas, semicolons or tabs, with a header line, `.gz` or not; by two names.
#[derive(Debug)]
pub(super) struct Delimited {
    pub(super) name: &'static str,
    pub(super) ending: &'static str,
}

impl Reader for Delimited {
    fn name(&self) -> &'static str {
        self.name
    }

    fn recognises(&self, path: &Path) -> Likeness {
        Likeness::surely(ends_in(path, &[self.ending]))
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Row
    }

    fn keys(&self) -> &'static [ReaderKey] {
        TABLE_KEYS
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        delimited(&files.path, ColumnChoice::of(files))
    }
}

/// Reads separated values; the separator is determined from the first lines.
fn delimited(path: &Path, choice: ColumnChoice<'_>) -> Result<Dataset, DataError> {
    let bytes = read_bytes(path, NEEDED)?;
    delimited_bytes(&decoded(&bytes), path, choice)
}

/// Reads separated values from `bytes`; `path` is only named in messages.
fn delimited_bytes(
    bytes: &[u8],
    path: &Path,
    choice: ColumnChoice<'_>,
) -> Result<Dataset, DataError> {
    let found = separator_of(&bytes[..bytes.len().min(BEGINNING)]);
    // In a column of sentences, spaces look like separators, but they are not.
    let separator = if found.byte == b' ' { b',' } else { found.byte };
    let said = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    let (bytes, lines_before) = if found.is_said { (&bytes[said..], 1) } else { (bytes, 0) };
    let line_of = |record: &ByteRecord| {
        record.position().map_or(0, |position| position.line() + lines_before)
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    if !next(&mut reader, &mut record, path, lines_before)? {
        return Err(DataError::Empty { path: path.to_owned(), needed: NEEDED });
    }
    let mut names = Vec::with_capacity(record.len());
    for cell in &record {
        names.push(text(cell, 1 + lines_before, path)?.trim().to_owned());
    }
    let mut cells = vec![TextCells::default(); names.len()];
    let (mut lines, mut empty) = (Vec::new(), 0);
    while next(&mut reader, &mut record, path, lines_before)? {
        let line = line_of(&record);
        // Spreadsheets write the rows below a table as separators and nothing else.
        if record.len() > 1 && record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            empty += 1;
            continue;
        }
        // A blank line is one empty cell; the csv crate skips fully empty lines by itself.
        if record.len() != names.len() {
            return Err(DataError::RaggedRow {
                path: path.to_owned(),
                line,
                found: record.len(),
                needed: names.len(),
            });
        }
        for (column, cell) in cells.iter_mut().zip(&record) {
            column.push(text(cell, line, path)?);
        }
        lines.push(line);
    }
    let mut notes = Vec::new();
    if empty > 0 {
        let rows = if empty == 1 { "1 row".to_owned() } else { format!("{empty} rows") };
        notes.push(format!("{rows} without any value left out"));
    }
    with_points(separator, &names, &mut cells, &mut notes);
    let columns = columns(names, cells.into_iter().map(Cells::Text));
    RawTable { path: path.to_owned(), columns, lines, notes }.into_dataset(choice)
}

fn next(
    reader: &mut csv::Reader<&[u8]>,
    record: &mut ByteRecord,
    path: &Path,
    lines_before: u64,
) -> Result<bool, DataError> {
    reader.read_byte_record(record).map_err(|error| {
        let line = error.position().map_or(0, |position| position.line() + lines_before);
        let found = match error.kind() {
            ErrorKind::Io(error) => format!("cannot be read ({})", error.kind()),
            _ => "cannot be read as a row".to_owned(),
        };
        DataError::BadLine { path: path.to_owned(), line, found, needed: "separated values" }
    })
}

fn text<'a>(cell: &'a [u8], line: u64, path: &Path) -> Result<&'a str, DataError> {
    std::str::from_utf8(cell).map_err(|_| DataError::BadLine {
        path: path.to_owned(),
        line,
        found: "has bytes that are not UTF-8".to_owned(),
        needed: "UTF-8 text",
    })
}
