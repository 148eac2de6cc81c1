//! Reads runs that were made elsewhere and turns them into measurements of curves.
//!
//! Reading order: [`run`] (the form into which every reader brings its runs), [`mapping`] (the
//! user's choices), [`readers`] (one file or folder per tool), `names` and `roles` (the role of
//! each name), `raw` (the values of each run), [`understand()`] (runs to measurements), [`preview`]
//! (shows what will be written, before it is written), [`joined`] (imported runs of a study).
//! Nothing is written before everything is understood.

mod at;
pub mod joined;
pub mod mapping;
mod names;
mod pattern;
pub mod preview;
mod raw;
pub mod readers;
pub mod roles;
pub mod run;
mod understand;

use std::path::Path;

use readers::Read;

use crate::diagnostic::{Problem, ProblemKind, Problems, missing_file};

pub use at::At;
pub use mapping::{Mapping, Repeated, Take};
pub use readers::{READERS, RESULT_FORMATS, Reader, ResultFormat};
pub use understand::{LeftOut, Measurement, Understood, understand};

/// Reads the runs of `source` with `reader` and interprets them by `mapping`.
///
/// # Errors
/// Nothing there, another kind of file, or runs that cannot be used.
pub fn import(reader: &Reader, source: &Path, mapping: &Mapping) -> Result<Understood, Problems> {
    let read = match reader.read {
        Read::Runs(read) => read,
        Read::Pattern(import) => return import(source, mapping),
    };
    if mapping.at.is_some() {
        let message = format!("`--at` is for `tenfold import folder`, not for `{}`", reader.name);
        return Err(Problem::new(ProblemKind::Usage, message).hint("--take min").into());
    }
    if !source.exists() {
        let missing = missing_file(ProblemKind::Import, source, "file or folder");
        return Err(missing.into());
    }
    if source.is_file() && std::fs::metadata(source).is_ok_and(|file| file.len() == 0) {
        let problem = Problem::new(ProblemKind::Import, "the file is empty");
        let place = crate::diagnostic::Place::file(source);
        let hint = "give the file or folder that your runs were written to";
        return Err(problem.at(place).hint(hint).into());
    }
    let table = read(source, mapping)?;
    understand(table, mapping, source)
}
