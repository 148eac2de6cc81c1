//! Reads runs from any table with a header, and from JSON with one object per row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use tenfold_data::separated::{Encoding, decoded};

use super::steps::{Row, runs_of_rows};
use super::{kind_of_file, stem, unreadable, wrong_kind};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::mapping::Mapping;
use crate::import::run::{Ending, Run, RunIdentity, RunTable, Said};
use crate::table::panel::{self, PanelColumn};
use crate::table::{self, Fault, Request, Sink, SourceLine, rows_of_columns};

/// Reads the runs in a table of any format that has a header.
pub(super) fn read_csv(source: &Path, mapping: &Mapping) -> Result<RunTable, Problems> {
    let beginning = beginning(source, "csv")?;
    if is_json(&beginning) {
        let hint = format!("tenfold import jsonl {}", source.display());
        return Err(wrong_kind(source, "JSON, a table with a header line was expected", hint));
    }
    let TableRows { rows, notes, panel } = table_rows(source, mapping)?;
    let described = format!("table with a header, {}", counted(rows.len(), "row"));
    if let Some(columns) = panel {
        return Ok(chart(&rows, &columns, source, described));
    }
    let mut table = table(rows, source, mapping, described)?;
    table.warnings.splice(0..0, notes);
    Ok(table)
}

/// Runs in a JSON or JSONL file.
pub(super) fn read_json(source: &Path, mapping: &Mapping) -> Result<RunTable, Problems> {
    let text = text(source, "jsonl")?;
    if !text.trim_start().starts_with(['{', '[']) {
        let hint = format!("tenfold import csv {}", source.display());
        return Err(wrong_kind(source, "not JSON, which starts with `{` or `[`", hint));
    }
    let rows = json_rows(&text, source)?;
    let described = format!("JSON, {}", counted(rows.len(), "object"));
    table(rows, source, mapping, described)
}

/// Whether a text with this beginning is JSON.
pub(super) fn is_json(beginning: &[u8]) -> bool {
    matches!(decoded(beginning).trim_ascii_start().first(), Some(b'{' | b'['))
}

fn table(
    rows: Vec<Row>,
    source: &Path,
    mapping: &Mapping,
    described: String,
) -> Result<RunTable, Problems> {
    let (runs, warnings) = runs_of_rows("table", rows, mapping)?;
    let run_word = "run";
    let said = Said::default();
    Ok(RunTable { runs, source: described, title: stem(source), run_word, warnings, said })
}

/// The first bytes of a file that may be a table.
///
/// # Errors
/// A folder, or a file of another kind.
pub(super) fn beginning(source: &Path, reader: &str) -> Result<Vec<u8>, Problems> {
    if source.is_dir() {
        let hint = format!("tenfold import {reader} {}", source.join("FILE").display());
        return Err(wrong_kind(source, "a folder, a file was expected", hint));
    }
    let mut beginning = Vec::new();
    let file = File::open(source).map_err(|error| unreadable(source, &error))?;
    file.take(4096).read_to_end(&mut beginning).map_err(|error| unreadable(source, &error))?;
    let is_utf8 = Encoding::of(&beginning).0 == Encoding::Utf8;
    // The reader of workbooks reports what an archive holds.
    if let Some((found, hint)) = kind_of_file(&beginning)
        && is_utf8
        && !beginning.starts_with(b"PK\x03\x04")
    {
        return Err(wrong_kind(source, &format!("{found}, text was expected"), hint));
    }
    Ok(beginning)
}

/// The file as text without a byte order mark.
///
/// # Errors
/// A folder, a binary file, or text in another encoding.
pub(super) fn text(source: &Path, reader: &str) -> Result<String, Problems> {
    let beginning = beginning(source, reader)?;
    if let Some((found, hint)) = kind_of_file(&beginning).filter(|_| beginning.starts_with(b"PK")) {
        return Err(wrong_kind(source, &format!("{found}, text was expected"), hint));
    }
    let bytes = fs::read(source).map_err(|error| unreadable(source, &error))?;
    let text = String::from_utf8(decoded(&bytes).into_owned()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count() as u64;
        Problem::new(ProblemKind::Import, "the file is not text in UTF-8")
            .at(Place::line(source, line))
            .hint("save the file as UTF-8")
    })?;
    if text.trim().is_empty() {
        return Err(empty(source));
    }
    Ok(text)
}

fn empty(source: &Path) -> Problems {
    let problem = Problem::new(ProblemKind::Import, "the file is empty");
    let hint = "give the file that your runs were written to";
    problem.at(Place::file(source)).hint(hint).into()
}

/// The rows of a table.
pub(super) struct TableRows {
    pub(super) rows: Vec<Row>,
    /// How the table was read, if that needed a decision.
    pub(super) notes: Vec<String>,
    /// The columns of a W&B chart, if the table is one.
    pub(super) panel: Option<Vec<PanelColumn>>,
}

/// Reads the rows of a table in any format that has a header.
///
/// # Errors
/// Rows with more or fewer fields than the header, or none below it.
pub(super) fn table_rows(source: &Path, mapping: &Mapping) -> Result<TableRows, Problems> {
    let file = File::open(source).map_err(|error| unreadable(source, &error))?;
    let request = Request {
        path: source,
        kind: ProblemKind::Import,
        sheet: mapping.sheet.as_deref(),
        wide: mapping.wide,
        metric: mapping.metric.as_deref(),
        is_score: mapping.higher_is_better,
        unnamed: if mapping.higher_is_better == Some(true) { "score" } else { "error" },
    };
    let mut taken = Taken { source, names: Vec::new(), rows: Vec::new(), problems: Vec::new() };
    let notes = table::read(&mut BufReader::new(file), &request, &mut taken)?;
    if taken.problems.is_empty() && taken.names.is_empty() {
        return Err(empty(source));
    }
    if taken.problems.is_empty() && taken.rows.is_empty() {
        let problem = Problem::new(ProblemKind::Import, "the table has a header and no row");
        return Err(problem.at(Place::file(source)).hint("add a row for each run").into());
    }
    let panel = panel::panel(&taken.names);
    Problems::unless_empty(taken.problems, TableRows { rows: taken.rows, notes, panel })
}

/// Number of problems with a table that are reported one by one.
const TOLD: usize = 8;

/// Collects the rows of a table as texts by the names of their columns.
struct Taken<'a> {
    source: &'a Path,
    names: Vec<String>,
    rows: Vec<Row>,
    problems: Vec<Problem>,
}

impl Sink for Taken<'_> {
    fn header(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) -> bool {
        self.names = cells.iter().map(|cell| line.cell(cell).trim().to_owned()).collect();
        if self.names.iter().all(|name| name.parse::<f64>().is_ok()) {
            let hint = "make the first line name the columns: `size,seed,error`";
            self.fault(Fault::of_row(line, "the first line has numbers, not names", hint));
            return false;
        }
        let mut seen = BTreeSet::new();
        let twice = self.names.iter().find(|name| !name.is_empty() && !seen.insert(name.as_str()));
        if let Some(name) = twice {
            let message = format!("two columns are called `{name}`");
            self.fault(Fault::of_row(line, message, "rename one of them"));
            return false;
        }
        true
    }

    fn row(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) {
        let texts = cells.iter().map(|cell| line.cell(cell).trim().to_owned());
        let cells = self.names.iter().cloned().zip(texts);
        let cells = cells.filter(|(name, text)| !name.is_empty() && !text.is_empty()).collect();
        let number = line.counted.is_none().then_some(line.number);
        self.rows.push(Row { line: number, name: Some(line.name()), cells });
    }

    fn fault(&mut self, fault: Fault<'_>) {
        if self.problems.len() >= TOLD {
            return;
        }
        let line = fault.line;
        let counted = line.counted.map(Into::into);
        let place = Place { counted, ..Place::line(self.source, line.number) };
        let problem = Problem::new(ProblemKind::Import, fault.message).at(place);
        self.problems.push(Problem { hint: fault.hint, ..problem });
    }
}

/// The runs of a chart, which has one column per run and one row per step.
pub(super) fn chart(
    rows: &[Row],
    columns: &[PanelColumn],
    source: &Path,
    described: String,
) -> RunTable {
    let mut runs: Vec<Run> = Vec::new();
    for column in columns {
        let name = format!("{} - {}", column.run, column.metric);
        // A text that is not a number becomes NaN, which stops the import.
        let value = |row: &Row| Some(row.cells.get(&name)?.parse().unwrap_or(f64::NAN));
        let values: Vec<f64> = rows.iter().filter_map(value).collect();
        let known = runs.iter().position(|run| run.name == column.run);
        let at = known.unwrap_or_else(|| {
            runs.push(Run {
                identity: RunIdentity::new("wandb", [column.run.as_str()]),
                name: column.run.clone(),
                line: None,
                fields: BTreeMap::new(),
                metrics: BTreeMap::new(),
                ending: Ending::Finished,
            });
            runs.len() - 1
        });
        runs[at].metrics.insert(column.metric.clone(), values);
    }
    let (title, run_word, said) = (stem(source), "run", Said::default());
    let warnings = vec!["read a chart of W&B: a column a run, a row a step".to_owned()];
    RunTable { runs, source: described, title, run_word, warnings, said }
}

/// Reads the rows of a JSON text: one object per line, a list of objects, or an object with one
/// list per column.
///
/// # Errors
/// A line that is not JSON.
pub(super) fn json_rows(text: &str, source: &Path) -> Result<Vec<Row>, Problems> {
    let torn = |line: u64, error: &serde_json::Error| {
        let message = format!("this is not JSON: {error}");
        let hint = if text.contains("NaN") {
            "JSON has no NaN: write `null` for what was not measured"
        } else {
            "a line is `{\"n_train\": 1000, \"seed\": 0, \"val_error\": 0.1}`"
        };
        let place = Place::line(source, line);
        Problems::from(Problem::new(ProblemKind::Import, message).at(place).hint(hint))
    };
    let by_index = |list: Vec<Value>| -> Vec<Row> {
        let rows = list.iter().enumerate();
        rows.map(|(index, object)| row_of(None, format!("index {index}"), object)).collect()
    };
    if text.trim_start().starts_with('[') {
        let list = serde_json::from_str(text).map_err(|error| torn(error.line() as u64, &error))?;
        return Ok(by_index(list));
    }
    if let Some(columns) = columns_of(text) {
        let rows = columns.map_err(|(message, hint)| {
            let hint = hint.replace("FILE", &source.display().to_string());
            Problem::new(ProblemKind::Import, message).at(Place::file(source)).hint(hint)
        })?;
        let rows = rows.iter().filter_map(|row| serde_json::from_str(row).ok());
        return Ok(by_index(rows.collect()));
    }
    let objects: Vec<(u64, Value)> = {
        let lines = (1_u64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let read = |(number, line): (u64, &str)| {
            serde_json::from_str(line)
                .map(|object| (number, object))
                .map_err(|error| torn(number, &error))
        };
        lines.map(read).collect::<Result<_, Problems>>()?
    };
    let rows =
        objects.iter().map(|(line, object)| row_of(Some(*line), format!("line {line}"), object));
    Ok(rows.collect())
}

fn row_of(line: Option<u64>, name: String, object: &Value) -> Row {
    let mut cells = BTreeMap::new();
    flatten("", object, &mut cells);
    Row { line, name: Some(name), cells }
}

/// The rows of a document with one list per column; `None` if it is not such a document.
fn columns_of(text: &str) -> Option<Result<Vec<String>, (String, String)>> {
    let Ok(Value::Object(object)) = serde_json::from_str(text) else { return None };
    let lists = object.values().filter(|value| value.is_array()).count();
    let is_columns = lists >= 2 && !object.values().any(Value::is_object);
    is_columns.then(|| rows_of_columns(&object))
}

/// Writes the members of nested objects to `cells`, under names joined with points:
/// `config.n_train`.
pub(super) fn flatten(prefix: &str, value: &Value, cells: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name =
                    if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&name, member, cells);
            }
        }
        Value::Null => {}
        Value::String(text) => drop(cells.insert(prefix.to_owned(), text.clone())),
        other => drop(cells.insert(prefix.to_owned(), other.to_string())),
    }
}

/// "1 row", "3 rows".
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
