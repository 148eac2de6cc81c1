//! Messages to and from ranks: a job file, a line for each evaluation (the trainer's own progress),
//! and a report.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::executor::cluster::batch::BatchLine;

/// First line of the ranks' standard input. When the input ends after this line, the ranks stop.
///
/// A launcher that passes no input on gives the ranks an empty input, whose end means nothing.
pub const GO: &str = "go\n";

/// The job of every rank of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankJob {
    /// Path of the study file; data paths are relative to its folder.
    pub study_file: PathBuf,
    /// Text of the study in this run, even if the file has changed.
    pub study_text: String,
    /// The trial and its execution.
    pub attempt: BatchLine,
    /// Required number of ranks.
    pub ranks: usize,
    /// Path for the report.
    pub report: PathBuf,
}

/// How the ranks ended. The first rank writes it, or the rank that found an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankReport {
    /// They trained to the end.
    Measured {
        /// Text of the result file. It is a string, so that parsing it changes no bit of a number.
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
        /// The operating system's message.
        reason: String,
    },
}
