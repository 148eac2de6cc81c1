//! JSON Lines: one object a line, its keys are the columns.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::file::read_bytes;
use super::table::{ColumnChoice, RawTable, TABLE_KEYS, columns};
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey, ends_in};
use crate::cells::{Cells, TextCells};
use crate::dataset::Dataset;
use crate::error::DataError;

/// What a file of this kind holds.
const NEEDED: &str = "one JSON object a line";

/// A column while it grows.
#[derive(Default)]
struct Growing {
    cells: TextCells,
    /// First line with a list or an object in it.
    nested: Option<u64>,
}

/// One JSON object a line, `.gz` or not.
#[derive(Debug)]
pub(super) struct JsonLines;

impl Reader for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn recognises(&self, path: &Path) -> Likeness {
        Likeness::surely(ends_in(path, &["jsonl", "ndjson"]))
    }

    fn examples(&self) -> ExampleKind {
        ExampleKind::Row
    }

    fn keys(&self) -> &'static [ReaderKey] {
        TABLE_KEYS
    }

    fn read(&self, files: &Files) -> Result<Dataset, DataError> {
        jsonl(&files.path, ColumnChoice::of(files))
    }
}

/// Reads JSON Lines. A key that a line does not have is a missing value there.
fn jsonl(path: &Path, choice: ColumnChoice<'_>) -> Result<Dataset, DataError> {
    let bytes = read_bytes(path, NEEDED)?;
    let mut growing: BTreeMap<String, Growing> = BTreeMap::new();
    let mut lines = Vec::new();
    for (line, text) in (1_u64..).zip(bytes.split(|byte| *byte == b'\n')) {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let bad = |found: String| DataError::BadLine {
            path: path.to_owned(),
            line,
            found,
            needed: "one JSON object",
        };
        let value: Value = serde_json::from_slice(text)
            .map_err(|error| bad(format!("is not JSON (column {})", error.column())))?;
        let Value::Object(object) = value else {
            return Err(bad(format!("is {}", kind(&value))));
        };
        for (key, value) in object {
            push(growing.entry(key).or_default(), &value, line, lines.len());
        }
        lines.push(line);
        for column in growing.values_mut() {
            fill(&mut column.cells, lines.len());
        }
    }
    if lines.is_empty() {
        return Err(DataError::Empty { path: path.to_owned(), needed: NEEDED });
    }
    let nested = |name| Some((name, growing.get(name)?.nested?));
    if let Some((name, line)) = choice.texts().find_map(nested) {
        return Err(DataError::BadLine {
            path: path.to_owned(),
            line,
            found: format!("has a list or an object in column `{name}`"),
            needed: "a text",
        });
    }
    let mut notes = Vec::new();
    growing.retain(|name, column| match column.nested {
        None => true,
        Some(line) => {
            notes.push(format!("`{name}` holds lists or objects (line {line}) and is left out"));
            false
        }
    });
    let (names, cells): (Vec<_>, Vec<_>) =
        growing.into_iter().map(|(name, column)| (name, Cells::Text(column.cells))).unzip();
    RawTable { path: path.to_owned(), columns: columns(names, cells), lines, notes }
        .into_dataset(choice)
}

fn push(column: &mut Growing, value: &Value, line: u64, row: usize) {
    fill(&mut column.cells, row);
    match value {
        Value::Null => column.cells.push(""),
        Value::Bool(truth) => column.cells.push(if *truth { "true" } else { "false" }),
        Value::Number(number) => column.cells.push(&number.to_string()),
        Value::String(text) => column.cells.push(text),
        Value::Array(_) | Value::Object(_) => {
            column.nested.get_or_insert(line);
            column.cells.push("");
        }
    }
}

/// Adds missing values until there are `rows` cells.
fn fill(cells: &mut TextCells, rows: usize) {
    while cells.len() < rows {
        cells.push("");
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
