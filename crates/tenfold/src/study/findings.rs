//! Problems of one study file, collected while it is read.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::{Place, Problem, ProblemKind};

/// The file that is read and the problems found in it so far.
pub(super) struct Findings {
    pub(super) file: PathBuf,
    pub(super) text: Arc<str>,
    pub(super) problems: Vec<Problem>,
}

impl Findings {
    pub(super) fn new(file: PathBuf, text: Arc<str>) -> Self {
        Self { file, text, problems: Vec::new() }
    }

    /// Adds a problem at some bytes of the file; the returned value adds a hint or a note to it.
    pub(super) fn add(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Addition<'_> {
        let place = Place::span(self.file.clone(), Arc::clone(&self.text), span).label(label);
        self.problems.push(Problem::new(ProblemKind::Config, message).at(place));
        Addition(self.problems.last_mut())
    }

    /// Adds a problem of the file as a whole.
    pub(super) fn add_whole(&mut self, message: impl Into<String>) -> Addition<'_> {
        let place = Place::file(self.file.clone());
        self.problems.push(Problem::new(ProblemKind::Config, message).at(place));
        Addition(self.problems.last_mut())
    }

    /// Line of a byte, counted from 1.
    pub(super) fn line_of(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }
}

/// The problem that was added last.
pub(super) struct Addition<'a>(Option<&'a mut Problem>);

impl Addition<'_> {
    pub(super) fn note(self, note: Option<String>) {
        if let Some(problem) = self.0 {
            problem.notes.extend(note);
        }
    }

    pub(super) fn hint(self, hint: impl Into<String>) {
        if let Some(problem) = self.0 {
            problem.hint = Some(hint.into());
        }
    }
}
