//! JSON Lines: one object a line, its keys are the columns.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde_json::{Map, Value};

use super::file::{Bytes, unreadable};
use super::table::{ColumnChoice, GrowingColumn, RawTable, TABLE_KEYS, TextColumn, columns};
use super::{ExampleKind, Files, Likeness, Reader, ReaderKey, ends_in};
use crate::cells::Cells;
use crate::dataset::{CellForm, Dataset, json_text};
use crate::error::DataError;

/// What a file of this kind holds.
const NEEDED: &str = "one JSON object a line";

/// A column while it grows.
struct Growing {
    cells: GrowingColumn,
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

/// The text of a line in a column that stays in the file.
struct Texts {
    column: TextColumn,
    key: String,
    nested: Option<u64>,
    is_there: bool,
}

impl Texts {
    fn new(key: &str) -> Self {
        Self { column: TextColumn::new(key), key: key.to_owned(), nested: None, is_there: false }
    }

    /// Takes the text of a line, which is in these bytes of the file, out of its object.
    fn take(&mut self, object: &mut Map<String, Value>, line: u64, bytes: Range<u64>) {
        let value = object.remove(&self.key);
        self.is_there |= value.is_some();
        let value = value.unwrap_or(Value::Null);
        let text = json_text(&value);
        if text.is_none() {
            self.nested.get_or_insert(line);
        }
        self.column.push(&text.unwrap_or_default(), bytes);
    }
}

/// Reads JSON Lines. A key that a line does not have is a missing value there.
fn jsonl(path: &Path, choice: ColumnChoice<'_>) -> Result<Dataset, DataError> {
    let mut content = Bytes::open(path, NEEDED)?;
    let mut growing: BTreeMap<String, Growing> = BTreeMap::new();
    let mut texts = choice.texts().map(Texts::new);
    let is_beside_texts = texts.is_some();
    let mut lines = Vec::new();
    let mut reader = content.reader(path, 0)?;
    let (mut text, mut end) = (Vec::new(), 0);
    for line in 1_u64.. {
        text.clear();
        let length =
            reader.read_until(b'\n', &mut text).map_err(|error| unreadable(path, &error))?;
        if length == 0 {
            break;
        }
        let start = end;
        end += length as u64;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let bad = |found: String| DataError::BadLine {
            path: path.to_owned(),
            line,
            found,
            needed: "one JSON object",
        };
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let value: Value = serde_json::from_slice(text)
            .map_err(|error| bad(format!("is not JSON (column {})", error.column())))?;
        let Value::Object(mut object) = value else {
            return Err(bad(format!("is {}", kind(&value))));
        };
        if let Some(texts) = &mut texts {
            texts.take(&mut object, line, start..end);
        }
        for (key, value) in object {
            let new = || Growing { cells: GrowingColumn::new(is_beside_texts), nested: None };
            push(growing.entry(key).or_insert_with(new), &value, line, lines.len());
        }
        lines.push(line);
        for column in growing.values_mut() {
            column.cells.fill(lines.len());
        }
    }
    drop(reader);
    if lines.is_empty() {
        return Err(DataError::Empty { path: path.to_owned(), needed: NEEDED });
    }
    let nested = |name| Some((name, growing.get(name)?.nested?));
    // A key that no line has is no column, as for any other choice.
    let texts = texts.filter(|texts| texts.is_there);
    let of_file = texts.as_ref().and_then(|one| Some((one.key.as_str(), one.nested?)));
    if let Some((key, line)) = of_file.or_else(|| choice.text_columns().find_map(nested)) {
        return Err(DataError::BadLine {
            path: path.to_owned(),
            line,
            found: format!("has a list or an object in column `{key}`"),
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
    let cells = |column: Growing| Cells::Text(column.cells.into_cells());
    let (names, cells): (Vec<_>, Vec<_>) =
        growing.into_iter().map(|(name, column)| (name, cells(column))).unzip();
    let texts = texts.map(|Texts { column, key, .. }| {
        column.in_file(content.into_part(path), CellForm::Json { key })
    });
    RawTable { path: path.to_owned(), columns: columns(names, cells), texts, lines, notes }
        .into_dataset(choice)
}

fn push(column: &mut Growing, value: &Value, line: u64, row: usize) {
    column.cells.fill(row);
    let text = json_text(value);
    if text.is_none() {
        column.nested.get_or_insert(line);
    }
    column.cells.push(&text.unwrap_or_default());
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
