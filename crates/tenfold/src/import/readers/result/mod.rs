//! Reads the files that training tools leave in a run's folder, recognised by their names; a new
//! format needs a file and a line here.

mod hugging_face;
mod keras;
mod lightning;
mod lm_eval;
mod nnunet;
mod plain;
mod python_json;
mod record;
pub(in crate::import) mod settings;
mod spacy;
mod step_table;
mod ultralytics;

use std::path::{Path, PathBuf};

use crate::diagnostic::Problems;
use crate::import::at::At;

pub(in crate::import) use record::{Best, Main, Record, is_of_test};

/// A kind of result file.
#[derive(Clone, Copy, Debug)]
pub struct ResultFormat {
    /// The tool that writes it.
    pub name: &'static str,
    /// The names of its files, for a list.
    pub files: &'static str,
    /// Meaning of "best" in this format: "the epoch of best fitness, which `best.pt` is".
    pub best: &'static str,
    /// Meaning of "last" in this format.
    pub last: &'static str,
    /// Which of the two is taken unless the user chooses.
    pub usual: At,
    /// Returns the folder of the run that the file belongs to; `None` if the file has another
    /// format.
    pub(in crate::import) run_folder: fn(&Candidate<'_>) -> Option<PathBuf>,
    /// Reads the runs in the files of one run's folder.
    pub(in crate::import) read: fn(&[PathBuf]) -> Result<Vec<Record>, Problems>,
}

/// Every format, a tool's own before those that any tool may write.
pub const RESULT_FORMATS: &[ResultFormat] = &[
    ultralytics::FORMAT,
    lightning::FORMAT,
    hugging_face::FORMAT,
    lm_eval::FORMAT,
    nnunet::FORMAT,
    spacy::FORMAT,
    keras::FORMAT,
    plain::FORMAT,
];

/// A file that may hold results.
#[derive(Debug)]
pub(in crate::import) struct Candidate<'a> {
    /// Where it is.
    pub(in crate::import) path: &'a Path,
    /// Its name.
    pub(in crate::import) name: &'a str,
    /// Whether the user named the file, so that its name need not identify the format.
    pub(in crate::import) is_named: bool,
}

impl Candidate<'_> {
    /// The folder it is in.
    fn folder(&self) -> Option<PathBuf> {
        self.path.parent().map(Path::to_owned)
    }

    /// Whether its name has this ending.
    fn ends_in(&self, ending: &str) -> bool {
        Path::new(self.name).extension().is_some_and(|own| own.eq_ignore_ascii_case(ending))
    }

    /// The columns of its header, if it is a table.
    fn columns(&self) -> Vec<String> {
        step_table::columns(self.path)
    }
}

/// The format of a file and the folder of its run.
pub(in crate::import) fn format_of(candidate: &Candidate<'_>) -> Option<(usize, PathBuf)> {
    let claim = |(at, format): (usize, &ResultFormat)| Some((at, (format.run_folder)(candidate)?));
    RESULT_FORMATS.iter().enumerate().find_map(claim)
}

/// All formats with the names of their files, for a message.
pub(in crate::import) fn known_files() -> String {
    let one = |format: &ResultFormat| format!("{} ({})", format.files, format.name);
    RESULT_FORMATS.iter().map(one).collect::<Vec<_>>().join(", ")
}
