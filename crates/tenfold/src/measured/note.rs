//! Findings about a study: its data, its training and its measurement.

use serde::Serialize;

/// A finding about the study.
#[derive(Clone, Debug, Serialize)]
pub struct Note {
    /// How much it matters.
    pub level: NoteLevel,
    /// One sentence.
    pub text: String,
}

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteLevel {
    /// Checked and fine.
    Ok,
    /// Read before trusting the numbers.
    Warn,
    /// The numbers are not to be trusted.
    Fail,
}

impl NoteLevel {
    /// The word printed before the note.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}
