//! Heartbeats: what a worker reports about one execution, in a small file that it rewrites.
//!
//! `said/<attempt>.<execution>.json` is written before the training starts, every few seconds
//! during it, and when it ends. A coordinator that sees the file change knows that the worker is
//! alive, without comparing the clocks of two machines.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tenfold_train::Progress;

use crate::store::{StoreError, write_atomically};

/// State of an execution, as far as its worker can tell.
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
    /// A file that it depends on is not the one the study was planned with.
    Stale,
    /// It was asked to stop and left a checkpoint.
    Interrupted,
    /// It asked to be run again. Its worker then asks the scheduler to be started again.
    Requeued,
}

/// What a worker reports about one execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The execution's state.
    pub state: HeartbeatState,
    /// Token of the attempt, which names the line of the batch.
    pub attempt: String,
    /// Token of this execution, under which its result is published.
    pub execution: String,
    /// Why the execution failed or does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Name of the machine.
    pub host: String,
    /// Process id of the worker on that machine.
    pub process: u32,
    /// Seconds since the execution began; the number grows as long as the worker lives.
    pub seconds: f64,
    /// Its progress at the last evaluation.
    #[serde(default)]
    pub progress: Option<Progress>,
    /// Number of earlier executions of the attempt that wrote a heartbeat.
    #[serde(default)]
    pub ordinal: usize,
    /// Whether it was stopped because the time limit of its job was reached.
    #[serde(default)]
    pub is_out_of_time: bool,
    /// Whether it left more progress for the next execution than it found.
    #[serde(default)]
    pub has_advanced: bool,
}

impl Heartbeat {
    /// Replaces the heartbeat file of this execution in `folder`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(format!("{}.{}.json", self.attempt, self.execution));
        let text = serde_json::to_string(self)
            .map_err(|e| StoreError::writing(&path, &io::Error::other(e)))?;
        write_atomically(&path, text.as_bytes())
    }

    /// The heartbeat in the file at `path`; `None` if there is no file or it holds no heartbeat.
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

    /// Whether the execution has ended, so that no more heartbeats follow.
    pub fn is_final(&self) -> bool {
        self.state != HeartbeatState::Started
    }
}

/// Names of the heartbeat files in `folder`, in order.
///
/// # Errors
/// [`StoreError`] if the folder cannot be listed.
pub fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    // On NFS, opening a folder fetches its listing from the server, while a look-up by name may be
    // answered from a cache that is a minute old.
    let listing = fs::read_dir(folder).map_err(|e| StoreError::reading(folder, &e))?;
    let mut names = Vec::new();
    for entry in listing {
        let entry = entry.map_err(|e| StoreError::reading(folder, &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A name that begins with a dot belongs to a file that is being written.
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
