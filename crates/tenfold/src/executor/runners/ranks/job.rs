//! What ranks are told, and what they say: a job file, a line an evaluation (the trainer's own progress), a
//! report.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::executor::cluster::batch::BatchLine;

/// First line of the ranks' standard input; when the input ends after it, they stop.
///
/// A launcher that passes no input on gives them one that ends at once, which means nothing.
pub const GO: &str = "go\n";

/// What every rank of an execution is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankJob {
    /// Where the study file is; data paths count from its folder.
    pub study_file: PathBuf,
    /// The study as it is run, whatever the file says by now.
    pub study_text: String,
    /// The trial and its execution.
    pub attempt: BatchLine,
    /// How many ranks there have to be.
    pub ranks: usize,
    /// Where the report goes.
    pub report: PathBuf,
}

/// How the ranks ended: the first of them says so, or the one that found what is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankReport {
    /// They trained to the end.
    Measured {
        /// The result file's text: as text, so that reading it changes no bit of a number.
        document: String,
    },
    /// They cannot train.
    Failed {
        /// Why, in one line.
        reason: String,
    },
    /// They were asked to stop, and left a checkpoint.
    Interrupted,
    /// The checkpoint cannot be written.
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}
