//! Reads tables with one row per epoch or step, as training tools write them while they run.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use crate::import::readers::{kind_of_file, unreadable};

/// Number of bytes that are searched for the header.
const HEADER: u64 = 64 * 1024;

/// A table that may have been cut off while it was written.
pub(super) struct StepTable {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Whether its last line is incomplete.
    pub(super) is_torn: bool,
}

/// The columns in the header of a CSV file; empty if the file is not text.
pub(super) fn columns(path: &Path) -> Vec<String> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut line = Vec::new();
    if BufReader::new(file.take(HEADER)).read_until(b'\n', &mut line).is_err() {
        return Vec::new();
    }
    let Ok(line) = String::from_utf8(line) else { return Vec::new() };
    let line = line.trim_start_matches('\u{feff}');
    let separator = separator(line);
    line.split(char::from(separator)).map(|name| name.trim().trim_matches('"').to_owned()).collect()
}

fn separator(header: &str) -> u8 {
    let usual = [b',', b'\t', b';'];
    usual.into_iter().find(|byte| header.as_bytes().contains(byte)).unwrap_or(b',')
}

/// The text of a result file.
///
/// # Errors
/// A file that cannot be read, or that is no text.
pub(super) fn text(path: &Path) -> Result<String, Problems> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    if let Some((found, _)) = kind_of_file(&bytes[..bytes.len().min(4096)]) {
        let message = format!("this is {found}, text was expected");
        return Err(Problem::new(ProblemKind::Import, message).at(Place::file(path)).into());
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        let message = "the file is not text in UTF-8";
        Problem::new(ProblemKind::Import, message).at(Place::file(path)).hint("save it as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

/// The rows of a CSV file.
///
/// # Errors
/// A file that cannot be read, or a line before the last with other fields than the header.
pub(super) fn read(path: &Path) -> Result<StepTable, Problems> {
    let text = text(path)?;
    let header = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(header))
        .trim(csv::Trim::All)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut lines: Vec<(u64, Vec<String>)> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let message = format!("the table cannot be read: {error}");
            Problem::new(ProblemKind::Import, message).at(Place::file(path))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        lines.push((line, record.iter().map(str::to_owned).collect()));
    }
    if lines.is_empty() {
        return Ok(StepTable { columns: Vec::new(), rows: Vec::new(), is_torn: false });
    }
    let columns = lines.remove(0).1;
    let is_whole = |row: &[String]| row.len() == columns.len();
    let is_short = lines.last().is_some_and(|(_, row)| row.len() < columns.len());
    if is_short {
        lines.pop();
    }
    // Tools end every line with a line end; without it the last number may lack digits.
    let is_torn = is_short || !text.ends_with('\n');
    if let Some((line, row)) = lines.iter().find(|(_, row)| !is_whole(row)) {
        let message = format!(
            "the line has {} fields, the header has {}: were two runs written into one file?",
            row.len(),
            columns.len()
        );
        return Err(Problem::new(ProblemKind::Import, message).at(Place::line(path, *line)).into());
    }
    Ok(StepTable { columns, rows: lines.into_iter().map(|(_, row)| row).collect(), is_torn })
}

/// Parses a number as Python prints it.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.eq_ignore_ascii_case("nan").then_some(f64::NAN))
}
