//! Where and how trials are executed: the meaning of `[run]` and its tables.

use super::budget::{Budget, Until};
use super::file::StudyFile;
use super::findings::Findings;
use super::places::{self, PlaceOptions, RunPlace};
use super::ranks;

/// How trials are executed; changes no result.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The executor setup.
    pub executor: &'static RunPlace,
    /// Number of trials at the same time; `None` for one per core, fewer if a trial has several
    /// ranks.
    pub workers: Option<usize>,
    /// The command that starts the ranks of a trial, with `{ranks}` for their number; `None` for
    /// the default.
    pub launcher: Option<Vec<String>>,
    /// The most that may be spent; `None` for no limit.
    pub budget: Option<Budget>,
    /// The interval that ends the run once it is narrow enough.
    pub until: Option<Until>,
    /// Options of all executor setups that have tables, whichever of them runs the trials.
    pub places: PlaceOptions,
}

/// Parses the tables into options.
pub(super) fn options(file: &StudyFile, findings: &mut Findings) -> RunOptions {
    RunOptions {
        executor: places::chosen(file.run.text("executor").map(|(word, _)| word)),
        workers: file.run.count("workers").and_then(|count| usize::try_from(count).ok()),
        launcher: ranks::launcher(&file.run, findings),
        budget: file.run.budget("budget"),
        until: None,
        places: places::options(&file.places, findings),
    }
}
