//! Collects the problems of a curve file: the first twenty in full, the others as a count.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// Number of problems reported in full. A file with more usually has one cause for all of them.
const TOLD: usize = 20;

/// Most characters of a line that are shown.
const SHOWN: usize = 1000;

/// Problems of one file so far.
pub(super) struct Findings {
    path: PathBuf,
    told: Vec<Problem>,
    count: usize,
}

pub(super) use crate::table::SourceLine;

impl Findings {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), told: Vec::new(), count: 0 }
    }

    /// Whether nothing was found wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Reports a problem with some bytes of a line. `message` is called only for problems reported
    /// in full.
    pub(super) fn add(
        &mut self,
        line: SourceLine<'_>,
        span: Range<usize>,
        label: &str,
        message: impl FnOnce() -> (String, Option<String>),
    ) {
        self.count += 1;
        if self.told.len() >= TOLD {
            return;
        }
        let (message, hint) = message();
        let shown = line.text.char_indices().nth(SHOWN).map_or(line.text.len(), |(at, _)| at);
        let place = Place {
            line: Some(line.number),
            counted: line.counted.map(Into::into),
            ..Place::span(&self.path, line.text[..shown].into(), span)
        };
        let problem = Problem::new(ProblemKind::Curve, message).at(place.label(label));
        self.told.push(Problem { hint, ..problem });
    }

    /// Reports a problem with a line whose text cannot be shown.
    pub(super) fn add_line(&mut self, number: u64, message: String, hint: Option<&str>) {
        self.count += 1;
        if self.told.len() < TOLD {
            let place = Place::line(&self.path, number);
            let problem = Problem::new(ProblemKind::Curve, message).at(place);
            self.told.push(Problem { hint: hint.map(str::to_owned), ..problem });
        }
    }

    /// All problems; the last one gives the number of those not reported in full.
    pub(super) fn into_problems(self) -> Problems {
        let mut problems = self.told;
        let more = self.count - problems.len();
        if more > 0 {
            let message = format!("{more} more of {} problems are not shown", self.count);
            problems.push(Problem::new(ProblemKind::Curve, message).at(Place::file(self.path)));
        }
        Problems(problems)
    }
}
