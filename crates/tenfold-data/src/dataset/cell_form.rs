//! How a text is written in a row of a table, so that it can stay there until it is asked for.

use std::borrow::Cow;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;

/// How the bytes of a row hold the text of one column.
#[derive(Clone, Debug)]
pub(crate) enum CellForm {
    /// A line with a JSON object, the text under this key.
    Json {
        /// The key.
        key: String,
    },
    /// Separated values, with the end of the line before them or without.
    Separated {
        /// Between two values.
        separator: u8,
        /// Which value, from 0.
        column: usize,
    },
}

impl CellForm {
    /// The text in the bytes of a row; `None` if there is none.
    pub(super) fn text(&self, row: &[u8]) -> Option<String> {
        match self {
            Self::Json { key } => {
                let row = row.strip_prefix(b"\xef\xbb\xbf").unwrap_or(row);
                let row: Value = serde_json::from_slice(row).ok()?;
                Some(json_text(row.get(key)?)?.into_owned())
            }
            Self::Separated { separator, column } => {
                // The reader takes a mark at the very beginning for one of byte order, and here it is text.
                let row = [b"\n", row].concat();
                let mut reader = ReaderBuilder::new()
                    .delimiter(*separator)
                    .has_headers(false)
                    .flexible(true)
                    .from_reader(row.as_slice());
                let mut record = ByteRecord::new();
                reader.read_byte_record(&mut record).ok().filter(|is_there| *is_there)?;
                String::from_utf8(record.get(*column)?.to_vec()).ok()
            }
        }
    }
}

/// A value of JSON as the cell of a table, where nothing is an empty cell; `None` for lists and objects.
pub(crate) fn json_text(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Null => "".into(),
        Value::Bool(truth) => if *truth { "true" } else { "false" }.into(),
        Value::Number(number) => number.to_string().into(),
        Value::String(text) => text.into(),
        Value::Array(_) | Value::Object(_) => return None,
    })
}
