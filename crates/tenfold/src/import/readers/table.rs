//! Tables from anywhere: CSV and TSV with a header, JSON with an object a row.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::steps::{Row, runs_of_rows};
use super::{kind_of_file, stem, unreadable, wrong_kind};
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::mapping::Mapping;
use crate::import::run::RunTable;

/// Runs in a CSV or TSV file.
pub(super) fn read_csv(source: &Path, mapping: &Mapping) -> Result<RunTable, Problems> {
    let text = text(source, "csv")?;
    if text.trim_start().starts_with(['{', '[']) {
        let hint = format!("tenfold import jsonl {}", source.display());
        return Err(wrong_kind(source, "JSON, a table with a header line was expected", hint));
    }
    let rows = csv_rows(&text, source)?;
    let described = format!("table with a header, {}", counted(rows.len(), "row"));
    table(rows, source, mapping, described)
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

fn table(
    rows: Vec<Row>,
    source: &Path,
    mapping: &Mapping,
    described: String,
) -> Result<RunTable, Problems> {
    let (runs, warnings) = runs_of_rows("table", rows, mapping)?;
    let run_word = "run";
    let said = crate::import::run::Said::default();
    Ok(RunTable { runs, source: described, title: stem(source), run_word, warnings, said })
}

/// The file as text without a byte order mark.
///
/// # Errors
/// A folder, a binary file, or text in another encoding.
pub(super) fn text(source: &Path, reader: &str) -> Result<String, Problems> {
    if source.is_dir() {
        let hint = format!("tenfold import {reader} {}", source.join("FILE").display());
        return Err(wrong_kind(source, "a folder, a file was expected", hint));
    }
    let bytes = fs::read(source).map_err(|error| unreadable(source, &error))?;
    if let Some((found, hint)) = kind_of_file(&bytes[..bytes.len().min(4096)]) {
        return Err(wrong_kind(source, &format!("{found}, text was expected"), hint));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count() as u64;
        Problem::new(ProblemKind::Import, "the file is not text in UTF-8")
            .at(Place::line(source, line))
            .hint("save the file as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
    if text.trim().is_empty() {
        let problem = Problem::new(ProblemKind::Import, "the file is empty");
        let hint = "give the file that your runs were written to";
        return Err(problem.at(Place::file(source)).hint(hint).into());
    }
    Ok(text)
}

/// Rows of a CSV text; the header's separator is the file's.
///
/// # Errors
/// A line with more or fewer fields than the header, or no line below it.
pub(super) fn csv_rows(text: &str, source: &Path) -> Result<Vec<Row>, Problems> {
    let header = text.lines().next().unwrap_or_default();
    let separator = [b',', b'\t', b';'].into_iter().find(|byte| header.as_bytes().contains(byte));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator.unwrap_or(b','))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let wrong = |error: &csv::Error| {
        let line = error.position().map(csv::Position::line);
        let place = line.map_or(Place::file(source), |line| Place::line(source, line));
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("the line has {len} fields, the header has {expected_len}")
            }
            _ => format!("the line cannot be read: {error}"),
        };
        let problem = Problem::new(ProblemKind::Import, message).at(place);
        problem.hint("put quotes around texts that hold a separator")
    };
    let names: Vec<String> =
        reader.headers().map_err(|error| wrong(&error))?.iter().map(str::to_owned).collect();
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        let problem = Problem::new(ProblemKind::Import, "the first line has numbers, not names");
        let hint = "make the first line name the columns: `size,seed,error`";
        return Err(problem.at(Place::line(source, 1)).hint(hint).into());
    }
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let cells = names.iter().cloned().zip(record.iter().map(str::to_owned));
                let cells: BTreeMap<String, String> =
                    cells.filter(|(_, text)| !text.is_empty()).collect();
                rows.push(Row { line: record.position().map(csv::Position::line), cells });
            }
            Err(error) if problems.len() < 8 => problems.push(wrong(&error)),
            Err(_) => break,
        }
    }
    if rows.is_empty() && problems.is_empty() {
        let problem = Problem::new(ProblemKind::Import, "the table has a header and no row");
        return Err(problem.at(Place::file(source)).hint("add a row for each run").into());
    }
    Problems::unless_empty(problems, rows)
}

/// Rows of a JSON text: a list of objects, or an object a line.
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
    let objects: Vec<(u64, Value)> = if text.trim_start().starts_with('[') {
        let list: Vec<Value> =
            serde_json::from_str(text).map_err(|error| torn(error.line() as u64, &error))?;
        list.into_iter().map(|object| (1, object)).collect()
    } else {
        let lines = (1_u64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let read = |(number, line): (u64, &str)| {
            serde_json::from_str(line)
                .map(|object| (number, object))
                .map_err(|error| torn(number, &error))
        };
        lines.map(read).collect::<Result<_, Problems>>()?
    };
    let rows = objects.into_iter().map(|(line, object)| {
        let mut cells = BTreeMap::new();
        flatten("", &object, &mut cells);
        Row { line: Some(line), cells }
    });
    Ok(rows.collect())
}

/// Members of nested objects under names with points: `config.n_train`.
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
