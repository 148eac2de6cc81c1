//! CSV and TSV: a header line, then one row a line, whatever separates its cells.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::decimal::with_points;
use super::file::{Bytes, read_bytes};
use super::table::{ColumnChoice, GrowingColumn, RawTable, TABLE_KEYS, TextColumn, columns};
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey, ends_in};
use crate::cells::Cells;
use crate::dataset::{CellForm, Dataset};
use crate::error::DataError;
use crate::separated::{Encoding, decoded, separator_of};

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
    let mut content = Bytes::open(path, NEEDED)?;
    let beginning = content.beginning(path, BEGINNING)?;
    let (encoding, mark) = Encoding::of(&beginning);
    if encoding == Encoding::Utf8 {
        return Table { path, mark, beginning: &beginning[mark..] }.read(content, choice);
    }
    let text = decoded(&read_bytes(path, NEEDED)?).into_owned();
    let beginning = text[..text.len().min(BEGINNING)].to_vec();
    Table { path, mark: 0, beginning: &beginning }.read(Bytes::Memory(text), choice)
}

/// A table in UTF-8.
struct Table<'a> {
    /// Only named in messages.
    path: &'a Path,
    /// Bytes of the byte order mark.
    mark: usize,
    /// Its first bytes behind the mark.
    beginning: &'a [u8],
}

impl Table<'_> {
    /// Reads the table, which is all of `content`.
    fn read(&self, mut content: Bytes, choice: ColumnChoice<'_>) -> Result<Dataset, DataError> {
        let path = self.path;
        let found = separator_of(self.beginning);
        // In a column of sentences, spaces look like separators, but they are not.
        let separator = if found.byte == b' ' { b',' } else { found.byte };
        let said = self.beginning.iter().position(|byte| *byte == b'\n');
        let said = said.map_or(self.beginning.len(), |at| at + 1);
        let (said, lines_before) = if found.is_said { (said, 1) } else { (0, 0) };
        let start = (self.mark + said) as u64;
        let mut rows = Rows {
            path,
            reader: ReaderBuilder::new()
                .delimiter(separator)
                .has_headers(false)
                .flexible(true)
                .from_reader(content.reader(path, start)?),
            lines_before,
            bytes_before: start,
        };
        let mut record = ByteRecord::new();
        if !rows.next(&mut record)? {
            return Err(DataError::Empty { path: path.to_owned(), needed: NEEDED });
        }
        let mut names = Vec::with_capacity(record.len());
        for cell in &record {
            names.push(text(cell, 1 + lines_before, path)?.trim().to_owned());
        }
        let position = |wanted: &str| names.iter().position(|name| name == wanted);
        let chosen = choice.texts().and_then(|name| Some((position(name)?, TextColumn::new(name))));
        let (chosen, mut texts) = chosen.unzip();
        let new = || GrowingColumn::new(chosen.is_some());
        let mut cells: Vec<GrowingColumn> = names.iter().map(|_| new()).collect();
        let (mut lines, mut empty) = (Vec::new(), 0);
        while rows.next(&mut record)? {
            let line = rows.line_of(&record);
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
            let bytes = rows.bytes_of(&record);
            for (column, (cells, cell)) in cells.iter_mut().zip(&record).enumerate() {
                let cell = text(cell, line, path)?;
                match &mut texts {
                    Some(texts) if chosen == Some(column) => texts.push(cell, bytes.clone()),
                    _ => cells.push(cell),
                }
            }
            lines.push(line);
        }
        drop(rows);
        let mut notes = Vec::new();
        if empty > 0 {
            let rows = if empty == 1 { "1 row".to_owned() } else { format!("{empty} rows") };
            notes.push(format!("{rows} without any value left out"));
        }
        let mut cells: Vec<_> = cells.into_iter().map(GrowingColumn::into_cells).collect();
        if let Some(chosen) = chosen {
            names.remove(chosen);
            cells.remove(chosen);
        }
        with_points(separator, &names, &mut cells, &mut notes);
        let columns = columns(names, cells.into_iter().map(Cells::Text));
        let texts = chosen.zip(texts).map(|(column, texts)| {
            texts.in_file(content.into_part(path), CellForm::Separated { separator, column })
        });
        RawTable { path: path.to_owned(), columns, texts, lines, notes }.into_dataset(choice)
    }
}

/// Rows of a table, one after the other.
struct Rows<'a, R> {
    path: &'a Path,
    reader: csv::Reader<R>,
    lines_before: u64,
    bytes_before: u64,
}

impl<R: Read> Rows<'_, R> {
    /// Reads the next row; returns whether there was one.
    fn next(&mut self, record: &mut ByteRecord) -> Result<bool, DataError> {
        self.reader.read_byte_record(record).map_err(|error| {
            let line = error.position().map_or(0, |position| position.line() + self.lines_before);
            let found = match error.kind() {
                ErrorKind::Io(error) => format!("cannot be read ({})", error.kind()),
                _ => "cannot be read as a row".to_owned(),
            };
            DataError::BadLine {
                path: self.path.to_owned(),
                line,
                found,
                needed: "separated values",
            }
        })
    }

    /// The line in which a row begins.
    fn line_of(&self, record: &ByteRecord) -> u64 {
        record.position().map_or(0, |position| position.line() + self.lines_before)
    }

    /// The bytes in the file of the row that was just read, with the end of the row before it or a part of that.
    fn bytes_of(&self, record: &ByteRecord) -> Range<u64> {
        let start = record.position().map_or(0, csv::Position::byte);
        self.bytes_before + start..self.bytes_before + self.reader.position().byte()
    }
}

fn text<'a>(cell: &'a [u8], line: u64, path: &Path) -> Result<&'a str, DataError> {
    std::str::from_utf8(cell).map_err(|_| DataError::BadLine {
        path: path.to_owned(),
        line,
        found: "has bytes that are not UTF-8".to_owned(),
        needed: "UTF-8 text",
    })
}
