//! Where and how trials are executed: what `[run]` and its tables mean.

use super::budget::{Budget, Until};
use super::file::StudyFile;
use super::findings::Findings;
use super::ranks;
use super::ray::{self, RayOptions};
use super::slurm::{self, SlurmOptions};

/// How trials are executed; changes no result.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOptions {
    /// Where.
    pub executor: ExecutorChoice,
    /// Trials at the same time; `None`: as many as processors.
    pub workers: Option<usize>,
    /// What starts the ranks of a trial, with `{ranks}` for their number; `None`: the usual one.
    pub launcher: Option<Vec<String>>,
    /// What may be spent; `None`: whatever every seed at every size takes.
    pub budget: Option<Budget>,
    /// The interval that ends the run once it is narrow enough.
    pub until: Option<Until>,
    /// What is asked of a Slurm cluster.
    pub slurm: SlurmOptions,
    /// What is asked of a Ray cluster.
    pub ray: RayOptions,
}

/// Where trials run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutorChoice {
    /// In this process.
    Local,
    /// On a Slurm cluster.
    Slurm,
    /// On a Ray cluster.
    Ray,
}

impl ExecutorChoice {
    /// Name of the scheduler for a person; `None` if there is none.
    pub const fn scheduler(self) -> Option<&'static str> {
        match self {
            Self::Local => None,
            Self::Slurm => Some("Slurm"),
            Self::Ray => Some("Ray"),
        }
    }
}

/// What the file asks for.
pub(super) fn options(file: &StudyFile, findings: &mut Findings) -> RunOptions {
    RunOptions {
        executor: match file.run.text("executor") {
            Some(("slurm", _)) => ExecutorChoice::Slurm,
            Some(("ray", _)) => ExecutorChoice::Ray,
            _ => ExecutorChoice::Local,
        },
        workers: file.run.count("workers").and_then(|count| usize::try_from(count).ok()),
        launcher: ranks::launcher(&file.run, findings),
        budget: file.run.budget("budget"),
        until: None,
        slurm: slurm::options(&file.slurm),
        ray: ray::options(&file.ray, findings),
    }
}
