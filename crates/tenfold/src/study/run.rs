//! Where and how trials are executed: what `[run]` and its tables mean.

use super::budget::{Budget, Until};
use super::file::StudyFile;
use super::findings::Findings;
use super::places::{self, PlaceOptions, RunPlace};
use super::ranks;

/// How trials are executed; changes no result.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Where.
    pub executor: &'static RunPlace,
    /// Trials at the same time; `None`: as many as processors.
    pub workers: Option<usize>,
    /// What starts the ranks of a trial, with `{ranks}` for their number; `None`: the usual one.
    pub launcher: Option<Vec<String>>,
    /// What may be spent; `None`: whatever every seed at every size takes.
    pub budget: Option<Budget>,
    /// The interval that ends the run once it is narrow enough.
    pub until: Option<Until>,
    /// What is asked of the places that have tables, whichever runs the trials.
    pub places: PlaceOptions,
}

/// What the file asks for.
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
