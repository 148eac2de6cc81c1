//! Reads tables in many formats: from bytes to a header and rows of text cells.
//!
//! Reading order: `row` (the output of a format, and the trait that receives it), `lines` (bytes to
//! lines), one file per format (`separated`, `json`, `markdown`, `latex`, `workbook`), `grid`
//! (shared by the last three), `wide` (turns sizes or curves side by side into one row per
//! measurement), `panel` (the CSV that W&B exports from a chart). The caller interprets the cells.
//!
//! Separated values and JSON lines are read in one pass; the other formats are held in memory, up
//! to 64 MiB.

mod grid;
mod json;
mod json_text;
mod latex;
mod latex_text;
mod lines;
mod markdown;
pub(crate) mod panel;
mod row;
mod separated;
mod wide;
mod wide_names;
mod wide_shape;
mod workbook;

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use tenfold_data::separated::{Encoding, separator_of};

use crate::diagnostic::{Place, Problem, ProblemKind, Problems};
use lines::Lines;
use wide::Unfolding;

pub(crate) use json::rows_of_columns;
pub use row::{Fault, Quotes, Sink, SourceLine};
pub use wide::Wide;

/// Most bytes of a text that is held in memory.
pub(crate) const MOST_HELD: u64 = 64 << 20;

/// Number of bytes from which the format of a file is recognised.
const BEGINNING: u64 = 1 << 16;

/// The file to read, and the user's options for it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The file, or `-`.
    pub path: &'a Path,
    /// Kind of the problems that are reported.
    pub kind: ProblemKind,
    /// Sheet of a workbook; `None`: the first.
    pub sheet: Option<&'a str>,
    /// Meaning of the columns beside a column of sizes; `None`: derived from their names.
    pub wide: Option<Wide>,
    /// Name of the metric, if the user gave it.
    pub metric: Option<&'a str>,
    /// Whether the numbers are scores; `None` if the user did not say.
    pub is_score: Option<bool>,
    /// Name for numbers without a name, in a wide table.
    pub unnamed: &'a str,
}

impl Request<'_> {
    /// A problem with the whole file.
    fn problem(&self, message: impl Into<String>, hint: impl Into<String>) -> Problems {
        Problem::new(self.kind, message).at(Place::file(self.path)).hint(hint).into()
    }

    /// The file name to type in a hint.
    fn file(&self) -> String {
        self.path.display().to_string()
    }
}

/// Passes the header and the rows in `source` to `sink`; returns the decisions that were made
/// without being told, one sentence each.
///
/// # Errors
/// A file that is no table at all. What is wrong with single rows is told to `sink`.
pub fn read(
    source: &mut dyn BufRead,
    request: &Request<'_>,
    sink: &mut dyn Sink,
) -> Result<Vec<String>, Problems> {
    let mut notes = Vec::new();
    let mut unfolding = Unfolding::new(sink, request);
    read_any(source, request, &mut unfolding, &mut notes)?;
    unfolding.finish(&mut notes);
    Ok(notes)
}

fn read_any(
    source: &mut dyn BufRead,
    request: &Request<'_>,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) -> Result<(), Problems> {
    let beginning = beginning_of(source, request)?;
    if beginning.starts_with(b"PK\x03\x04") {
        return workbook::read(&mut (&beginning[..]).chain(source), request, sink, notes);
    }
    let (encoding, mark) = Encoding::of(&beginning);
    if encoding == Encoding::Utf8 {
        return read_text(&beginning[mark..], source, request, sink, notes);
    }
    let mut decoded = BufReader::new(encoding.read((&beginning[mark..]).chain(source)));
    let beginning = beginning_of(&mut decoded, request)?;
    read_text(&beginning, &mut decoded, request, sink, notes)
}

/// The first bytes of `source`, even if it returns them in small pieces.
fn beginning_of(source: &mut dyn BufRead, request: &Request<'_>) -> Result<Vec<u8>, Problems> {
    let mut beginning = Vec::new();
    source
        .take(BEGINNING)
        .read_to_end(&mut beginning)
        .map_err(|error| unreadable(&error, request))?;
    Ok(beginning)
}

fn unreadable(error: &std::io::Error, request: &Request<'_>) -> Problems {
    let message = format!("the file cannot be read: {error}");
    Problem::new(request.kind, message).at(Place::file(request.path)).into()
}

/// Reads a text that begins with `beginning` and continues with `rest`.
fn read_text(
    beginning: &[u8],
    rest: &mut dyn BufRead,
    request: &Request<'_>,
    sink: &mut dyn Sink,
    notes: &mut Vec<String>,
) -> Result<(), Problems> {
    if let Some((message, hint)) = not_text(beginning) {
        return Err(request.problem(message, hint));
    }
    let ending = request.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let mut source = beginning.chain(rest);
    let first = beginning.trim_ascii_start().first();
    if latex::is_latex(beginning, &ending) {
        return latex::read(&held(&mut source, request)?, request, sink, notes);
    }
    if markdown::is_markdown(beginning, &ending) {
        return markdown::read(&held(&mut source, request)?, request, sink, notes);
    }
    let mut lines = Lines::new(&mut source, beginning);
    let read = if matches!(first, Some(b'{' | b'[')) {
        json::read(&mut lines, request, sink, notes)
    } else {
        separated::read(&mut lines, separator_of(beginning), sink, notes)
    };
    read.map_err(|error| unreadable(&error, request))
}

/// Reads a whole text into memory.
fn held(source: &mut dyn BufRead, request: &Request<'_>) -> Result<String, Problems> {
    let mut bytes = Vec::new();
    let read = source.take(MOST_HELD + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(&error, request))?;
    if bytes.len() as u64 > MOST_HELD {
        let message = format!("the text has more than {} MiB", MOST_HELD >> 20);
        return Err(request.problem(message, "save the table as CSV"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count() as u64;
        Problem::new(request.kind, "the line is not text in UTF-8")
            .at(Place::line(request.path, line))
            .hint("save the file as UTF-8")
            .into()
    })
}

/// A message and a hint for a file that is not text, recognised by its first bytes.
fn not_text(beginning: &[u8]) -> Option<(&'static str, &'static str)> {
    if beginning.starts_with(b"PAR1") {
        Some(("the file is Parquet, text was expected", "export the table as CSV"))
    } else if beginning.starts_with(b"\x1f\x8b") {
        Some(("the file is compressed", "`gunzip -c FILE | tenfold fit -`"))
    } else if beginning.starts_with(b"\xd0\xcf\x11\xe0") {
        Some(("the file is a workbook of an old Excel", "save it as .xlsx or as CSV"))
    } else if beginning.starts_with(b"\x89PNG") || beginning.starts_with(b"\xff\xd8\xff") {
        Some(("the file is an image, text was expected", "give the numbers, as CSV"))
    } else if beginning.starts_with(b"%PDF") {
        Some(("the file is a PDF, text was expected", "copy the table into a text file"))
    } else if beginning.iter().take(8192).any(|byte| *byte == 0) {
        let hint = "a table is text (CSV, JSON, Markdown, LaTeX) or an Excel workbook (.xlsx)";
        Some(("the file is binary, text was expected", hint))
    } else {
        None
    }
}
