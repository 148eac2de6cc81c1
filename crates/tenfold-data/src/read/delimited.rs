//! CSV and TSV: a header line, then one row a line.

use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::file::read_bytes;
use super::table::{RawTable, TargetChoice, columns};
use crate::cells::{Cells, TextCells};
use crate::dataset::Dataset;
use crate::error::DataError;

/// What `read_bytes` says a file of this kind holds.
const NEEDED: &str = "a header line and rows";

/// Reads comma- or tab-separated values.
pub(crate) fn delimited(
    path: &Path,
    separator: u8,
    choice: TargetChoice<'_>,
) -> Result<Dataset, DataError> {
    let bytes = read_bytes(path, NEEDED)?;
    delimited_bytes(&bytes, path, separator, choice)
}

/// The same from bytes; `path` is only named in messages.
fn delimited_bytes(
    bytes: &[u8],
    path: &Path,
    separator: u8,
    choice: TargetChoice<'_>,
) -> Result<Dataset, DataError> {
    // Spreadsheets put a byte-order mark first; it is not part of the first name.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    if !next(&mut reader, &mut record, path)? {
        return Err(DataError::Empty { path: path.to_owned(), needed: NEEDED });
    }
    let mut names = Vec::with_capacity(record.len());
    for cell in &record {
        names.push(text(cell, 1, path)?.trim().to_owned());
    }
    let mut cells = vec![TextCells::default(); names.len()];
    let mut lines = Vec::new();
    while next(&mut reader, &mut record, path)? {
        let line = record.position().map_or(0, csv::Position::line);
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
    RawTable {
        path: path.to_owned(),
        columns: columns(names, cells.into_iter().map(Cells::Text)),
        lines,
        notes: Vec::new(),
    }
    .into_dataset(choice)
}

fn next(
    reader: &mut csv::Reader<&[u8]>,
    record: &mut ByteRecord,
    path: &Path,
) -> Result<bool, DataError> {
    reader.read_byte_record(record).map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
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
