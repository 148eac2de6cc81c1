//! What a form gives: a header, rows and faults, each with its place.

use std::borrow::Cow;
use std::ops::Range;

use tenfold_data::separated::field_text;

/// How quotes and their like are written within a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// Two stand for one.
    Doubled,
    /// As in JSON.
    Json,
}

/// One row of a table, as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct SourceLine<'a> {
    /// Line of the file from 1, or what [`SourceLine::counted`] says.
    pub number: u64,
    /// The text whose bytes the cells are. It stands in the file unless rows are counted otherwise.
    pub text: &'a str,
    /// What the number counts where the text does not stand in the file: `index`, say.
    pub counted: Option<&'a str>,
    /// How quotes are written in its cells.
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

    /// Where the row stands: `line 3`, `index 2`.
    pub fn name(&self) -> String {
        format!("{} {}", self.counted.unwrap_or("line"), self.number)
    }
}

/// Something wrong with a row.
#[derive(Debug)]
pub struct Fault<'a> {
    /// The row; an empty text cannot be shown.
    pub line: SourceLine<'a>,
    /// Bytes of its text.
    pub span: Range<usize>,
    /// What stands beside them.
    pub label: &'static str,
    /// What was found and what was needed.
    pub message: String,
    /// What to type.
    pub hint: Option<String>,
}

impl<'a> Fault<'a> {
    /// A fault of a row as a whole.
    pub fn of_row(
        line: SourceLine<'a>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let (message, hint) = (message.into(), Some(hint.into()));
        Self { line, span: 0..line.text.len(), label: "", message, hint }
    }
}

/// Takes the rows of a table, one after the other.
pub trait Sink {
    /// The names of the columns; comes again when later rows have more of them. Whether rows are
    /// wanted.
    fn header(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]) -> bool;

    /// A row with as many cells as the header.
    fn row(&mut self, line: SourceLine<'_>, cells: &[Range<usize>]);

    /// A row that cannot be cut.
    fn fault(&mut self, fault: Fault<'_>);
}
