//! The output of a table format: a header, rows and faults, each with its position.

use std::borrow::Cow;
use std::ops::Range;

use tenfold_data::separated::field_text;

/// How quotes and other special characters are escaped within a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// A quote is doubled.
    Doubled,
    /// A backslash escapes, as in JSON.
    Json,
}

/// One row of a table, as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct SourceLine<'a> {
    /// Line number in the file, from 1, or the number in the unit of [`SourceLine::counted`].
    pub number: u64,
    /// The text into which the spans of cells point. It is text of the file unless rows are counted
    /// in another unit.
    pub text: &'a str,
    /// Unit of the number where the text is not part of the file, such as `index`.
    pub counted: Option<&'a str>,
    /// How quotes are escaped in its cells.
    pub quotes: Quotes,
}

impl<'a> SourceLine<'a> {
    /// A line of a text file.
    pub fn of_file(number: u64, text: &'a str) -> Self {
        Self { number, text, counted: None, quotes: Quotes::Doubled }
    }

    /// The text of a cell.
    pub fn cell(&self, span: &Range<usize>) -> Cow<'a, str> {
        let raw = &self.text[span.clone()];
        match self.quotes {
            Quotes::Doubled => field_text(self.text, span),
            Quotes::Json if raw == "null" => "".into(),
            Quotes::Json if raw.contains('\\') => {
                serde_json::from_str(&format!("\"{raw}\"")).map_or_else(|_| raw.into(), Cow::Owned)
            }
            Quotes::Json => raw.into(),
        }
    }

    /// Position of the row: `line 3`, `index 2`.
    pub fn name(&self) -> String {
        format!("{} {}", self.counted.unwrap_or("line"), self.number)
    }
}

/// A problem with a row.
#[derive(Debug)]
pub struct Fault<'a> {
    /// The row; its text is empty if it cannot be shown.
    pub line: SourceLine<'a>,
    /// Bytes of its text to underline.
    pub span: Range<usize>,
    /// Text to print beside them.
    pub label: &'static str,
    /// What was found and what was needed.
    pub message: String,
    /// What to type.
    pub hint: Option<String>,
}

impl<'a> Fault<'a> {
    /// A problem with a whole row.
    pub fn of_row(
        line: SourceLine<'a>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let (message, hint) = (message.into(), Some(hint.into()));
        Self { line, span: 0..line.text.len(), label: "", message, hint }
    }
}

/// Receives the rows of a table, one after the other.
pub trait Sink {
    /// Receives the names of the columns, and again when later rows have more columns. Returns
    /// whether rows are wanted.
    fn header(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) -> bool;

    /// Receives a row with as many cells as the header.
    fn row(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]);

    /// Receives a row that cannot be cut into cells.
    fn fault(&mut self, fault: Fault<'_>);
}
