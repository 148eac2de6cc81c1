//! The rows of a table of recordings, whatever they are written as: separated values, or one JSON object a line.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::super::ends_in;
use super::super::file::read_bytes;
use crate::dataset::json_text;
use crate::error::DataError;
use crate::separated::{decoded, separator_of};

/// What a file of this kind holds.
const NEEDED: &str = "a header line and a line for each recording";

/// A table of recordings in memory; its cells are taken from it row by row.
pub(super) struct SpeechRows {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Names of the columns.
    pub(super) names: Vec<String>,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Separated { by: u8, is_quoted: bool },
    JsonLines,
}

/// What is done with a row: its line in the file, from 1, and its cells.
type Visit<'a> = &'a mut dyn FnMut(u64, &[&str]) -> Result<(), DataError>;

/// The same with an object.
type VisitObject<'a> = &'a mut dyn FnMut(u64, &Map<String, Value>) -> Result<(), DataError>;

impl SpeechRows {
    /// Opens the table at `path`, CSV, TSV or JSON lines, `.gz` or not.
    ///
    /// # Errors
    /// A file that cannot be read or has no columns.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let bytes = read_bytes(path, NEEDED)?;
        let bytes = decoded(&bytes).into_owned();
        let is_tabbed = ends_in(path, &["tsv"]);
        let form = if ends_in(path, &["jsonl", "ndjson"]) {
            Form::JsonLines
        } else {
            let by = if is_tabbed { b'\t' } else { separator_of(&bytes).byte };
            // A quote in a table with tabs is one that somebody said, as in Common Voice.
            Form::Separated { by, is_quoted: !is_tabbed }
        };
        let mut rows = Self { path: path.to_owned(), bytes, names: Vec::new(), form };
        rows.names = match form {
            Form::JsonLines => rows.keys()?,
            Form::Separated { .. } => rows.header()?,
        };
        if rows.names.is_empty() {
            return Err(DataError::Empty { path: path.to_owned(), needed: NEEDED });
        }
        Ok(rows)
    }

    /// Calls `visit` for each row, with a cell for each column.
    ///
    /// # Errors
    /// A row that cannot be read, and what `visit` returns.
    pub(super) fn for_each(&self, visit: Visit<'_>) -> Result<(), DataError> {
        match self.form {
            Form::Separated { by, is_quoted } => self.separated(by, is_quoted, visit),
            Form::JsonLines => self.objects(&mut |line, object| {
                let text = |name: &String| object.get(name).and_then(json_text).unwrap_or_default();
                let cells: Vec<Cow<'_, str>> = self.names.iter().map(text).collect();
                visit(line, &cells.iter().map(|cell| &**cell).collect::<Vec<_>>())
            }),
        }
    }

    fn reader(&self, by: u8, is_quoted: bool) -> csv::Reader<&[u8]> {
        ReaderBuilder::new()
            .delimiter(by)
            .quoting(is_quoted)
            .has_headers(false)
            .flexible(true)
            .from_reader(&*self.bytes)
    }

    fn header(&self) -> Result<Vec<String>, DataError> {
        let Form::Separated { by, is_quoted } = self.form else { return Ok(Vec::new()) };
        let mut record = StringRecord::new();
        self.next(&mut self.reader(by, is_quoted), &mut record)?;
        Ok(record.iter().map(|name| name.trim().to_owned()).collect())
    }

    /// Reads the next line into `record`; false at the end.
    fn next(
        &self,
        reader: &mut csv::Reader<&[u8]>,
        record: &mut StringRecord,
    ) -> Result<bool, DataError> {
        reader.read_record(record).map_err(|error| DataError::BadLine {
            path: self.path.clone(),
            line: error.position().map_or(0, csv::Position::line),
            found: "cannot be read as a row of UTF-8".to_owned(),
            needed: "separated values",
        })
    }

    fn separated(&self, by: u8, is_quoted: bool, visit: Visit<'_>) -> Result<(), DataError> {
        let mut reader = self.reader(by, is_quoted);
        let mut record = StringRecord::new();
        self.next(&mut reader, &mut record)?;
        while self.next(&mut reader, &mut record)? {
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != self.names.len() {
                return Err(DataError::RaggedRow {
                    path: self.path.clone(),
                    line,
                    found: record.len(),
                    needed: self.names.len(),
                });
            }
            visit(line, &record.iter().collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// The keys of all objects, in the order in which they first appear.
    fn keys(&self) -> Result<Vec<String>, DataError> {
        let mut names: Vec<String> = Vec::new();
        self.objects(&mut |_, object| {
            let new: Vec<&String> = object.keys().filter(|key| !names.contains(key)).collect();
            let new: Vec<String> = new.into_iter().cloned().collect();
            names.extend(new);
            Ok(())
        })?;
        Ok(names)
    }

    fn objects(&self, visit: VisitObject<'_>) -> Result<(), DataError> {
        for (line, text) in (1..).zip(self.bytes.split(|byte| *byte == b'\n')) {
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let object = serde_json::from_slice(text).map_err(|_| DataError::BadLine {
                path: self.path.clone(),
                line,
                found: "is no JSON object".to_owned(),
                needed: "one JSON object",
            })?;
            visit(line, &object)?;
        }
        Ok(())
    }
}
