//! What went wrong, as text for a person: what, where, then a hint that can be typed.
//!
//! A [`Problem`] is one broken rule and where it was broken. [`Problems`] holds all problems found
//! in one pass, because a file is reported whole and not one mistake at a time. Every error of the
//! application is written by [`render`], or as JSON by [`json`].
//!
//! Reading order: the types below, [`closest`] ("did you mean"), `source` (bytes to lines and
//! columns), [`render`], [`json`].

pub mod closest;
mod document;
mod missing;
mod render;
mod source;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use document::json;
pub use missing::{missing_file, what_is_there};
pub use render::{Style, render};

/// The subject of a problem, for programs that read the JSON form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The command line asks for something that does not exist or contradicts itself.
    Usage,
    /// `study.toml` breaks a rule.
    Config,
    /// A data set cannot be read, or does not fit the study.
    Data,
    /// A curve file breaks a rule.
    Curve,
    /// A curve cannot be fitted.
    Fit,
    /// The study's folder, its store or a result cannot be read or written.
    Store,
    /// A trial cannot be trained.
    Trial,
    /// Runs made elsewhere cannot be read or understood.
    Import,
}

impl ProblemKind {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Config => "config",
            Self::Data => "data",
            Self::Curve => "curve",
            Self::Fit => "fit",
            Self::Store => "store",
            Self::Trial => "trial",
            Self::Import => "import",
        }
    }
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The subject of the problem.
    pub kind: ProblemKind,
    /// What was found and what was needed: lower case, no full stop, literals in backticks.
    pub message: String,
    /// Where in a file the problem is, if it is in one.
    pub place: Option<Place>,
    /// Further facts, one line each, such as what a folder holds instead.
    pub notes: Vec<String>,
    /// What to type.
    pub hint: Option<String>,
}

impl Problem {
    /// Creates a problem without a place, notes or a hint.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), place: None, notes: Vec::new(), hint: None }
    }

    /// Adds the place where the problem was found.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a hint: something that the user can type.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// A position in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The file as it was typed.
    pub file: PathBuf,
    /// The file's text, or an excerpt of it that starts at the beginning of line [`Place::line`].
    pub source: Option<Arc<str>>,
    /// Bytes of `source` to underline. Out-of-range bytes are cut to the text.
    pub span: Option<Range<usize>>,
    /// The number of the first line of `source` (1 if `None`), or, without a source, the line
    /// meant.
    pub line: Option<u64>,
    /// The unit of [`Place::line`] where it does not count lines of the file, such as `index`. The
    /// text is then not the file's own, and no column is shown.
    pub counted: Option<Arc<str>>,
    /// Text to print beside the underlined bytes; may be empty.
    pub label: String,
}

impl Place {
    /// The file as a whole.
    pub fn file(file: impl Into<PathBuf>) -> Self {
        let (source, span, line, counted) = (None, None, None, None);
        Self { file: file.into(), source, span, line, counted, label: String::new() }
    }

    /// One line of a file, counted from 1, without its text.
    pub fn line(file: impl Into<PathBuf>, line: u64) -> Self {
        Self { line: Some(line), ..Self::file(file) }
    }

    /// Some bytes of a file, given the whole text of the file.
    pub fn span(file: impl Into<PathBuf>, source: Arc<str>, span: Range<usize>) -> Self {
        Self { source: Some(source), span: Some(span), ..Self::file(file) }
    }

    /// Adds text to print beside the underlined bytes.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// The address in the file, such as `study.toml:14:22`, as far as it is known; columns count
    /// characters from 1. It is `runs.json: index 3` where rows are counted in another unit.
    pub fn address(&self) -> String {
        let file = shown_path(&self.file);
        if let (Some(counted), Some(line)) = (&self.counted, self.line) {
            return format!("{file}: {counted} {line}");
        }
        match source::locate(self) {
            Some(found) => format!("{file}:{}:{}", found.line, found.column),
            None => match self.line {
                Some(line) => format!("{file}:{line}"),
                None => file,
            },
        }
    }
}

/// The name to print for a file: standard input by that name, every other path as typed.
fn shown_path(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// All problems found in one pass, in reading order.
#[derive(Clone, Debug, PartialEq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Returns `value` if there are no problems.
    ///
    /// # Errors
    /// The problems, sorted by their place in the file, if there are any.
    pub fn unless_empty<T>(problems: Vec<Problem>, value: T) -> Result<T, Self> {
        if problems.is_empty() { Ok(value) } else { Err(Self::sorted(problems)) }
    }

    /// The problems in the order of their places; those without a place last.
    pub fn sorted(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| {
            let place = problem.place.as_ref();
            let line = place.and_then(|place| place.line);
            let start = place.and_then(|place| place.span.as_ref().map(|span| span.start));
            (line, start.unwrap_or(usize::MAX))
        });
        Self(problems)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(render(self, Style::plain()).trim_end())
    }
}

impl std::error::Error for Problems {}
