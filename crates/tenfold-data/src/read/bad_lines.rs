//! Lines that cannot be used: an error for all of them, or as many left out as the study allows.

use super::{Files, ReaderKey};
use crate::error::DataError;

/// The key that says how many may be left out.
pub(super) const SKIP_BAD: ReaderKey = ReaderKey {
    name: "skip_bad",
    default: "0",
    doc: "Most lines that may be left out because they cannot be used, such as one whose translation is \
          empty. With more of them the data are refused; how many were left out, and the first of them, \
          stands in the report.",
    example: "20",
};

/// Lines that cannot be used.
pub(super) struct BadLines {
    allowed: u64,
    first: Option<DataError>,
    lines: u64,
}

impl BadLines {
    /// None yet, and as many as `files` allow.
    pub(super) fn of(files: &Files) -> Self {
        let allowed = files.key(SKIP_BAD.name).and_then(|count| count.parse().ok()).unwrap_or(0);
        Self { allowed, first: None, lines: 0 }
    }

    /// Counts a line, and what is wrong with it.
    pub(super) fn add(&mut self, error: DataError) {
        self.lines += 1;
        self.first.get_or_insert(error);
    }

    /// A note on what was left out, if anything was.
    ///
    /// # Errors
    /// The first of them, and how many there are, if there are more than are allowed.
    pub(super) fn finish(self) -> Result<Option<String>, DataError> {
        let Self { allowed, first, lines } = self;
        match first {
            None => Ok(None),
            Some(first) if lines > allowed => {
                Err(DataError::BadLines { first: Box::new(first), lines })
            }
            Some(first) => {
                let what = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
                Ok(Some(format!("{what} left out (`skip_bad`), the first because {first}")))
            }
        }
    }
}
