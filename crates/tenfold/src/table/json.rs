//! Reads JSON: one object per line, a list of objects, or an object with one list per column.
//!
//! A file with one object per line is read in one pass, and its rows are numbered by line. Other
//! documents are held in memory, and their rows are numbered by index, from 0.

use std::io;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::json_text::{Member, items, members, on_one_line, within};
use super::lines::{LONGEST_LINE, Lines};
use super::row::{Fault, Quotes, Sink, SourceLine};
use super::{MOST_HELD, Request};

/// Most names of one table; a file with more uses values as names.
const MOST_NAMES: usize = 4096;

/// Reads all rows.
pub(super) fn read(
    lines: &mut Lines<'_>,
    request: &Request<'_>,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    while bytes.trim_ascii().is_empty() && lines.next(&mut bytes)? {}
    let is_list = bytes.trim_ascii().starts_with(b"[");
    let is_document = match serde_json::from_slice::<Value>(&bytes) {
        Ok(Value::Object(object)) if is_columns(&object) || list_within(&object).is_some() => {
            is_last_line(lines, &mut bytes)?
        }
        Ok(value) => !value.is_object(),
        // It may go on in the next lines, or be a document that is too long for one line.
        Err(error) => error.is_eof() || bytes.len() as u64 > LONGEST_LINE,
    };
    if is_document {
        lines.rest(&mut bytes, MOST_HELD)?;
        let is_whole = bytes.len() as u64 <= MOST_HELD;
        match std::str::from_utf8(&bytes) {
            Ok(text) if is_whole && document(text, request, sink, notes) => return Ok(()),
            Ok(text) if is_list => {
                no_list(text, is_whole, sink);
                return Ok(());
            }
            _ => {}
        }
    }
    lines.put_back(&bytes);
    read_lines(lines, sink)
}

/// Whether only blank lines follow; the lines that were read are appended to `bytes`.
fn is_last_line(lines: &mut Lines<'_>, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let before = bytes.len();
    while bytes[before..].trim_ascii().is_empty() {
        if !lines.next(bytes)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads one object per line.
fn read_lines(lines: &mut Lines<'_>, sink: &mut dyn Sink) -> io::Result<()> {
    let mut rows = Rows::default();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if !lines.next(&mut bytes)? {
            return Ok(());
        }
        let number = lines.number;
        if bytes.len() as u64 > LONGEST_LINE {
            let message = format!("the line has more than {} MiB", LONGEST_LINE >> 20);
            let hint = "a line is `{\"size\": 1000, \"error\": 0.1}`";
            sink.fault(Fault::of_row(SourceLine::of_file(number, ""), message, hint));
            return Ok(());
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            let hint = "save the file as UTF-8";
            let line = SourceLine::of_file(number, "");
            sink.fault(Fault::of_row(line, "the line is not text in UTF-8", hint));
            continue;
        };
        let text = text.trim_end_matches(['\n', '\r']);
        let line = SourceLine { quotes: Quotes::Json, ..SourceLine::of_file(number, text) };
        if !text.trim().is_empty() && !rows.object(line, sink) {
            return Ok(());
        }
    }
}

/// Reads rows from objects whose members may come in any order.
#[derive(Default)]
struct Rows {
    names: Vec<String>,
    members: Vec<Member>,
    cells: Vec<Range<usize>>,
}

impl Rows {
    /// Passes the row in `line` to `sink`; returns whether more rows are wanted.
    fn object(&mut self, line: SourceLine<'_>, sink: &mut dyn Sink) -> bool {
        let text = line.text;
        if let Err(fault) = is_object(text) {
            let (at, message) = fault;
            let nan = "JSON has no NaN, leave out lines that were not measured";
            let form = "a line is `{\"size\": 1000, \"error\": 0.1}`";
            let hint = Some(if text.contains("NaN") { nan } else { form }.to_owned());
            sink.fault(Fault { line, span: at..at + 1, label: "", message, hint });
            return true;
        }
        members(text, &mut self.members);
        self.cells.clear();
        self.cells.resize(self.names.len(), 0..0);
        let before = self.names.len();
        for (at, member) in self.members.iter().enumerate() {
            let name = line.cell(&member.name);
            // Members mostly come in the same order as in the earlier objects.
            let is_next = self.names.get(at).is_some_and(|next| *next == name);
            let found = if is_next { Some(at) } else { self.names.iter().position(|n| *n == name) };
            if found.is_none() && self.names.len() > MOST_NAMES {
                break;
            }
            let at = found.unwrap_or_else(|| {
                self.names.push(name.into_owned());
                self.cells.push(0..0);
                self.names.len() - 1
            });
            if self.cells[at] != (0..0) {
                let message = format!("`{}` stands twice in it", self.names[at]);
                let hint = Some("leave one of them out".to_owned());
                sink.fault(Fault { line, span: member.name.clone(), label: "", message, hint });
                return true;
            }
            self.cells[at] = member.value.clone();
        }
        if self.names.len() > MOST_NAMES {
            let message = format!("the objects have more than {MOST_NAMES} names");
            sink.fault(Fault::of_row(line, message, "give every row the same names"));
            return false;
        }
        if self.names.len() > before && !self.header(line, before == 0, sink) {
            return false;
        }
        sink.row(line, &self.cells);
        true
    }

    /// Passes the names to `sink`: with their positions in the first object, or as a list of all
    /// names.
    fn header(&self, line: SourceLine<'_>, is_first: bool, sink: &mut dyn Sink) -> bool {
        if is_first {
            let names: Vec<Range<usize>> =
                self.members.iter().map(|member| member.name.clone()).collect();
            return sink.header(line, &names);
        }
        let mut text = String::new();
        let mut names = Vec::new();
        for name in &self.names {
            let start = text.len();
            text.push_str(name);
            names.push(start..text.len());
            text.push_str(", ");
        }
        sink.header(SourceLine { text: &text, quotes: Quotes::Doubled, ..line }, &names)
    }
}

/// Whether `text` is one JSON object; if not, where it breaks and why.
fn is_object(text: &str) -> Result<(), (usize, String)> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) if text.trim_start().starts_with('{') => Ok(()),
        Ok(_) => Err((0, "the line is not a JSON object".to_owned())),
        // serde_json counts bytes from 1, and at the end of the line it may point past it.
        Err(error) => {
            let at = error.column().saturating_sub(1).min(text.len());
            Err((at, "the line is not a JSON object".to_owned()))
        }
    }
}

/// Whether the object holds a table by columns.
fn is_columns(object: &Map<String, Value>) -> bool {
    let is_many = |value: &Value| matches!(value, Value::Array(_) | Value::Object(_));
    object.values().filter(|value| is_many(value)).count() >= 2
        || object.contains_key("data") && object.contains_key("columns")
}

/// Reads a whole document; returns whether it holds a table.
fn document(
    text: &str,
    request: &Request<'_>,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) -> bool {
    let values: Result<Vec<Value>, _> =
        serde_json::Deserializer::from_str(text).into_iter().collect();
    let Ok(values) = values else { return false };
    match &values[..] {
        [Value::Array(list)] if list.iter().any(Value::is_array) => list_of_lists(list, sink),
        [Value::Array(list)] => {
            let items = items(text.trim());
            let objects = items.into_iter().map(|item| on_one_line(&text.trim()[item]));
            let rows = objects.collect::<Vec<String>>();
            if list.is_empty() {
                let line = SourceLine::of_file(1, text.trim());
                sink.fault(Fault::of_row(line, "the list is empty", "give a row a measurement"));
            }
            numbered(&rows, sink);
        }
        [Value::Object(object)] if list_within(object).is_some() => {
            let name = list_within(object).unwrap_or_default();
            let message = format!("the rows are a list within the object, `{name}`");
            let hint = format!("`jq -c '.{name}[]' {} > rows.jsonl`", request.file());
            sink.fault(Fault::of_row(SourceLine::of_file(1, ""), message, hint));
        }
        [Value::Object(object)] if is_columns(object) => match rows_of_columns(object) {
            Ok(rows) => {
                notes.push(format!("read the lists of one object as columns, {} rows", rows.len()));
                numbered(&rows, sink);
            }
            Err((message, hint)) => {
                let hint = hint.replace("FILE", &request.file());
                sink.fault(Fault::of_row(SourceLine::of_file(1, ""), message, hint));
            }
        },
        values if values.iter().all(Value::is_object) => {
            let rows: Vec<String> = values.iter().map(Value::to_string).collect();
            numbered(&rows, sink);
        }
        _ => return false,
    }
    true
}

/// Reads rows that are numbered by index, because they are not on lines of their own in the file.
fn numbered(rows: &[String], sink: &mut dyn Sink) {
    let mut read = Rows::default();
    for (number, text) in (0..).zip(rows) {
        let line = SourceLine { number, text, counted: Some("index"), quotes: Quotes::Json };
        if !read.object(line, sink) {
            return;
        }
    }
}

/// A list of lists, the first of which has the names.
fn list_of_lists(list: &[Value], sink: &mut dyn Sink) {
    let mut count = None;
    for (number, value) in (0..).zip(list) {
        let text = value.to_string();
        let line = SourceLine { number, text: &text, counted: Some("index"), quotes: Quotes::Json };
        let cells: Vec<Range<usize>> =
            items(&text).into_iter().map(|item| within(text.as_bytes(), item)).collect();
        let needed = *count.get_or_insert(cells.len());
        if number == 0 {
            if !sink.header(line, &cells) {
                return;
            }
        } else if cells.len() == needed && value.is_array() {
            sink.row(line, &cells);
        } else {
            let message = format!("the row has {} values, the first has {needed}", cells.len());
            sink.fault(Fault::of_row(line, message, "give every row a value for each name"));
        }
    }
}

/// Reports a document that starts like a list but cannot be read as one.
fn no_list(text: &str, is_whole: bool, sink: &mut dyn Sink) {
    if !is_whole {
        let message = format!("the list has more than {} MiB", MOST_HELD >> 20);
        let hint = "`jq -c '.[]' FILE > rows.jsonl` makes it an object a line";
        sink.fault(Fault::of_row(SourceLine::of_file(1, ""), message, hint));
        return;
    }
    let error = serde_json::from_str::<IgnoredAny>(text).err();
    let why = error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
    let number = error.map_or(1, |error| error.line() as u64);
    let hint = if text.contains("NaN") {
        "JSON has no NaN: write `null` for what was not measured"
    } else {
        "a list is `[{\"size\": 1000, \"error\": 0.1}, …]`"
    };
    let message = format!("this is not a JSON list of rows{why}");
    sink.fault(Fault::of_row(SourceLine::of_file(number, ""), message, hint));
}

/// Name of the only list of objects within an object.
fn list_within(object: &Map<String, Value>) -> Option<&str> {
    let is_list = |value: &Value| {
        value.as_array().is_some_and(|list| list.first().is_some_and(Value::is_object))
    };
    object.iter().find(|(_, value)| is_list(value)).map(|(name, _)| name.as_str())
}

/// The rows of `{"size": [1, 2], "error": [0.5, 0.4]}` as objects; a single value is used for every
/// row.
///
/// The layouts that pandas writes are read too: an object of objects by row, and `columns` beside
/// `data`.
///
/// # Errors
/// What does not fit, and what to type.
pub(crate) fn rows_of_columns(
    object: &Map<String, Value>,
) -> Result<Vec<String>, (String, String)> {
    if let (Some(Value::Array(names)), Some(Value::Array(rows))) =
        (object.get("columns"), object.get("data"))
    {
        let row = |row: &Value| {
            let cells = names.iter().zip(row.as_array().into_iter().flatten());
            let cells = cells.map(|(name, cell)| {
                let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
                (name, cell.clone())
            });
            Value::Object(cells.collect()).to_string()
        };
        return Ok(rows.iter().map(row).collect());
    }
    let mut columns: Vec<(&str, Vec<&Value>)> = Vec::new();
    let mut shared: Vec<(&str, &Value)> = Vec::new();
    let mut labels: Option<Vec<&String>> = None;
    for (name, value) in object {
        match value {
            Value::Array(list) => columns.push((name, list.iter().collect())),
            Value::Object(by_row) => {
                let keys: Vec<&String> = by_row.keys().collect();
                if *labels.get_or_insert_with(|| keys.clone()) != keys {
                    let message = format!("`{name}` has other rows than the object before it");
                    return Err((message, "give each column a value for each row".to_owned()));
                }
                columns.push((name, by_row.values().collect()));
            }
            single => shared.push((name, single)),
        }
    }
    if let Some((name, _)) =
        columns.iter().find(|(_, list)| list.iter().any(|cell| cell.is_array() || cell.is_object()))
    {
        let message = format!("`{name}` holds lists of lists, a list of numbers is needed");
        let hint = "`tenfold import sklearn FILE -o curves.csv` reads what scikit-learn's \
                    `learning_curve` returns";
        return Err((message, hint.to_owned()));
    }
    let count = columns.first().map_or(0, |(_, list)| list.len());
    if let Some((name, list)) = columns.iter().find(|(_, list)| list.len() != count) {
        let (first, length) = (columns[0].0, list.len());
        let message = format!("`{name}` has {length} values, `{first}` has {count}");
        return Err((message, "give each column a value for each row".to_owned()));
    }
    let row = |at: usize| {
        let cells = columns.iter().map(|(name, list)| ((*name).to_owned(), list[at].clone()));
        let shared = shared.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone()));
        Value::Object(cells.chain(shared).collect()).to_string()
    };
    Ok((0..count).map(row).collect())
}
