//! What a worker says of one execution: a small file that it replaces as it goes on.
//!
//! `said/<attempt>.<execution>.json` is written before the training starts, every few seconds while
//! it goes on, and when it ends. A coordinator that sees the file change knows that the worker is
//! alive, without comparing clocks of two machines.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tenfold_train::Progress;

use crate::store::{StoreError, write_atomically};

/// What happened to an execution, as far as its worker can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeartbeatState {
    /// It is being trained.
    Started,
    /// It published the trial's result.
    Published,
    /// Another execution had published first.
    Fenced,
    /// It ended with an error.
    Failed,
    /// A file that it depends on is not what the study was planned with.
    Stale,
    /// It was asked to stop, and left a checkpoint.
    Interrupted,
    /// It asked to be run again: its worker does so too, and the scheduler starts it anew.
    Requeued,
}

/// What a worker says of one execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// What happened.
    pub state: HeartbeatState,
    /// Token of the attempt that is executed: the line of the batch.
    pub attempt: String,
    /// Token of this execution; the one a result is published under.
    pub execution: String,
    /// Why it failed, or does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Name of the machine.
    pub host: String,
    /// Number of the process there.
    pub process: u32,
    /// Seconds since the execution began: they grow as long as the worker lives.
    pub seconds: f64,
    /// How far it is, once it was evaluated.
    #[serde(default)]
    pub progress: Option<Progress>,
    /// Executions of the attempt that had said something before this one.
    #[serde(default)]
    pub ordinal: usize,
    /// Whether it was stopped because the time of its job was over.
    #[serde(default)]
    pub is_out_of_time: bool,
    /// Whether it left more for the next execution than it found.
    #[serde(default)]
    pub has_advanced: bool,
}

impl Heartbeat {
    /// Replaces what was said of this execution in `folder`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(format!("{}.{}.json", self.attempt, self.execution));
        let text = serde_json::to_string(self)
            .map_err(|e| StoreError::writing(&path, &io::Error::other(e)))?;
        write_atomically(&path, text.as_bytes())
    }

    /// What the file at `path` says; `None` if it is not of an execution.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(serde_json::from_str(&text).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::reading(path, &error)),
        }
    }

    /// Whether nothing more is to be said of the execution.
    pub fn is_final(&self) -> bool {
        self.state != HeartbeatState::Started
    }
}

/// Names of the files in `folder` of all executions that have said anything, in order.
///
/// # Errors
/// [`StoreError`] if the folder cannot be listed.
pub fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    // On NFS a listing is asked of the server when a folder is opened; a look-up by name may be
    // answered from a cache that is a minute old.
    let listing = fs::read_dir(folder).map_err(|e| StoreError::reading(folder, &e))?;
    let mut names = Vec::new();
    for entry in listing {
        let entry = entry.map_err(|e| StoreError::reading(folder, &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A name that begins with a point is of a file that is being written.
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
