//! The walk through the file: lines to rows.

use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};
use std::ops::Range;
use std::path::Path;

use super::columns::{self, Columns, OPTIONAL};
use super::findings::{Findings, Line};
use super::row::{Cell, Cells, Row, row};
use super::{ReadOptions, fields, json_row};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// Bytes of the longest line; a longer one is no measurement.
const LONGEST_LINE: u64 = 1 << 20;

/// All rows of a file and the names of their curves.
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// In order of appearance; [`Row::curve`] counts in it.
    pub(super) names: Vec<Box<str>>,
}

/// What the lines are, once the first one is read.
enum Format {
    Unknown,
    Csv { separator: u8, columns: Box<Columns> },
    Jsonl,
}

struct Walk<'o> {
    options: &'o ReadOptions,
    findings: Findings,
    format: Format,
    rows: Vec<Row>,
    names: Names,
    fields: Vec<Range<usize>>,
}

/// Reads all lines.
pub(super) fn rows(
    mut source: impl BufRead,
    path: &Path,
    options: &ReadOptions,
) -> Result<Rows, Problems> {
    let whole = |message: &str, hint: &str| {
        let place = Place::file(path);
        Problems::from(Problem::new(ProblemKind::Curve, message).at(place).hint(hint))
    };
    let beginning = source.fill_buf().map_err(|error| super::unreadable(path, &error))?;
    if let Some((message, hint)) = not_text(beginning) {
        return Err(whole(message, hint));
    }
    let mut walk = Walk {
        options,
        findings: Findings::new(path),
        format: Format::Unknown,
        rows: Vec::new(),
        names: Names { default: default_name(path), ..Names::default() },
        fields: Vec::new(),
    };
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        bytes.clear();
        let read = source.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut bytes);
        if read.map_err(|error| super::unreadable(path, &error))? == 0 {
            break;
        }
        number += 1;
        if bytes.len() as u64 > LONGEST_LINE {
            let message = format!("the line has more than {} MiB", LONGEST_LINE >> 20);
            walk.findings.add_line(number, message, None);
            break;
        }
        let start = if number == 1 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let Ok(text) = std::str::from_utf8(&bytes[start..]) else {
            let hint = Some("save the file as UTF-8");
            walk.findings.add_line(number, "the line is not text in UTF-8".to_owned(), hint);
            continue;
        };
        let text = text.trim_end_matches(['\n', '\r']);
        if !text.trim().is_empty() && !walk.line(Line { number, text }) {
            break;
        }
    }
    if !walk.findings.is_empty() {
        return Err(walk.findings.into_problems());
    }
    match (walk.format, walk.rows.is_empty()) {
        (Format::Unknown, _) => {
            let hint = "a curve file starts with `size,error` and has a measurement a line";
            Err(whole("the curve file is empty", hint))
        }
        (_, true) => {
            let hint = "add a line for each measurement: `1000,0.25`";
            Err(whole("the curve file has a header and no measurements", hint))
        }
        (_, false) => Ok(Rows { rows: walk.rows, names: walk.names.in_order }),
    }
}

/// What a file is that is not text, by its first bytes.
fn not_text(beginning: &[u8]) -> Option<(&'static str, &'static str)> {
    let text = "a curve file is text: CSV or JSONL";
    if beginning.starts_with(b"PAR1") {
        Some(("the file is Parquet, text was expected", "export the table as CSV"))
    } else if beginning.starts_with(b"\x1f\x8b") {
        Some(("the file is compressed", "`gunzip -c FILE | tenfold fit -`"))
    } else if beginning.starts_with(b"PK\x03\x04") {
        Some(("the file is an archive or a spreadsheet", "save the sheet as CSV"))
    } else if beginning.iter().take(8192).any(|byte| *byte == 0) {
        Some(("the file is binary, text was expected", text))
    } else {
        None
    }
}

/// Name of the curve of a file that does not name its curves.
fn default_name(path: &Path) -> String {
    match path.file_stem() {
        Some(stem) if path != Path::new("-") => stem.to_string_lossy().into_owned(),
        _ => "curve".to_owned(),
    }
}

impl Walk<'_> {
    /// Reads one line that is not blank; whether it makes sense to go on.
    fn line(&mut self, line: Line<'_>) -> bool {
        match &self.format {
            Format::Unknown => self.first_line(line),
            Format::Csv { .. } => {
                self.csv_line(line);
                true
            }
            Format::Jsonl => {
                self.json_line(line);
                true
            }
        }
    }

    fn first_line(&mut self, line: Line<'_>) -> bool {
        let first = line.text.trim_start();
        if first.starts_with('{') {
            self.format = Format::Jsonl;
            self.json_line(line);
            return true;
        }
        if first.starts_with('[') {
            self.findings.add(line, 0..1, "a list", || {
                let hint = "`jq -c '.[]' FILE | tenfold fit -`".to_owned();
                ("the file is a JSON list, one object a line is needed".to_owned(), Some(hint))
            });
            return false;
        }
        // A header names its columns, so the separator it holds is the file's.
        let separator = [b',', b'\t', b';']
            .into_iter()
            .find(|separator| line.text.bytes().any(|byte| byte == *separator));
        let separator = separator.unwrap_or(b',');
        if !self.split(line, separator) {
            return false;
        }
        let found = columns::columns(line, &self.fields, self.options, &mut self.findings);
        match found {
            Some(columns) => {
                self.format = Format::Csv { separator, columns: Box::new(columns) };
                true
            }
            None => false,
        }
    }

    fn split(&mut self, line: Line<'_>, separator: u8) -> bool {
        match fields::split(line.text, separator, &mut self.fields) {
            Ok(()) => true,
            Err(quote) => {
                self.findings.add(line, quote.at..quote.at + 1, "opened here", || {
                    ("a quote is not closed on its line".to_owned(), None)
                });
                false
            }
        }
    }

    fn csv_line(&mut self, line: Line<'_>) {
        let Format::Csv { separator, .. } = self.format else { return };
        if !self.split(line, separator) {
            return;
        }
        let Format::Csv { columns, .. } = &self.format else { return };
        let (found, needed) = (self.fields.len(), columns.count);
        if found != needed {
            self.findings.add(line, 0..line.text.len(), "", || {
                let hint = "put quotes around names that hold a separator".to_owned();
                let hint = (found > needed).then_some(hint);
                (format!("the line has {}, the header has {needed}", counted(found)), hint)
            });
            return;
        }
        let cell = |at: usize| {
            let span = self.fields[at].clone();
            Cell { text: &line.text[span.clone()], span }
        };
        let mut optional = [const { None }; OPTIONAL.len()];
        for (slot, at) in optional.iter_mut().zip(&columns.optional) {
            *slot = at.map(cell);
        }
        let details = columns.details.map(|at| at.map(cell));
        let (size, metric) = (cell(columns.size), cell(columns.metric));
        let cells = Cells { size, metric, optional, details };
        let name = columns.curve.map(|at| fields::text(line.text, &self.fields[at]));
        let curve = self.names.position(name.as_deref());
        self.rows.extend(row(line, curve, &cells, self.options, &mut self.findings));
    }

    fn json_line(&mut self, line: Line<'_>) {
        let Some(object) = json_row::object(line, &mut self.findings) else { return };
        let Some(texts) = json_row::texts(line, &object, self.options, &mut self.findings) else {
            return;
        };
        let name = match object.get("curve") {
            Some(serde_json::Value::String(name)) => Some(name.clone()),
            Some(serde_json::Value::Null) | None => None,
            Some(other) => Some(other.to_string()),
        };
        let curve = self.names.position(name.as_deref());
        let cells = json_row::cells(line, &texts, self.options);
        self.rows.extend(row(line, curve, &cells, self.options, &mut self.findings));
    }
}

fn counted(fields: usize) -> String {
    if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") }
}

/// Curve names and their positions in order of appearance.
#[derive(Default)]
struct Names {
    default: String,
    in_order: Vec<Box<str>>,
    positions: BTreeMap<Box<str>, u32>,
    last: u32,
}

impl Names {
    fn position(&mut self, name: Option<&str>) -> u32 {
        let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(&self.default);
        // Rows of one curve mostly follow each other.
        if self.in_order.get(self.last as usize).is_some_and(|last| **last == *name) {
            return self.last;
        }
        self.last = if let Some(position) = self.positions.get(name) {
            *position
        } else {
            let position = self.in_order.len() as u32;
            self.in_order.push(name.into());
            self.positions.insert(name.into(), position);
            position
        };
        self.last
    }
}
