//! Files in a study's folder that nobody needs any more, and how much disk the folder takes.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::files::StudyFolder;
use super::layout::names;
use crate::trial::TrialId;

/// A kind of thing that may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftoverKind {
    /// Trials that `study.toml` cannot ask for, whatever is measured.
    StaleTrials,
    /// Logs of trials that are finished.
    Logs,
    /// Training states of trials that are finished.
    Checkpoints,
    /// Results that were not written completely.
    TornResults,
    /// Batches whose trials are all finished.
    Batches,
    /// Databases that were damaged and have been rebuilt.
    DamagedDatabases,
}

impl LeftoverKind {
    /// Every kind, in the order shown.
    pub const ALL: [Self; 6] = [
        Self::StaleTrials,
        Self::Logs,
        Self::Checkpoints,
        Self::TornResults,
        Self::Batches,
        Self::DamagedDatabases,
    ];

    /// Name of the kind on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StaleTrials => "stale-trials",
            Self::Logs => "logs",
            Self::Checkpoints => "checkpoints",
            Self::TornResults => "torn-results",
            Self::Batches => "batches",
            Self::DamagedDatabases => "damaged-databases",
        }
    }

    /// Description of the kind for a person.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::StaleTrials => "trials that study.toml no longer wants",
            Self::Logs => "logs of finished trials",
            Self::Checkpoints => "checkpoints of finished trials",
            Self::TornResults => "results that were never whole",
            Self::Batches => "batches that are finished",
            Self::DamagedDatabases => "damaged databases that were rebuilt",
        }
    }
}

/// What can be removed, by kind.
pub type Leftovers = BTreeMap<LeftoverKind, Vec<Leftover>>;

/// One file or folder that may be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Where it is.
    pub path: PathBuf,
    /// How much disk it takes.
    pub bytes: u64,
    /// The trial, if a whole trial is removed.
    pub trial: Option<TrialId>,
}

/// Disk space that a study's folder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DiskUse {
    /// Bytes of all trials' files; an estimate unless `is_exact`.
    pub trials: u64,
    /// Bytes of the database.
    pub database: u64,
    /// Whether every trial's folder was measured, not a sample.
    pub is_exact: bool,
}

/// Number of folders measured to estimate the disk space of all trials; takes a tenth of a second.
const SAMPLE: usize = 2000;

impl StudyFolder {
    /// Disk space that the folder takes. With more trials than `SAMPLE`, every n-th is measured
    /// and the total is extrapolated; ids are hashes, so their order is random.
    ///
    /// # Errors
    /// [`StoreError`] if a folder cannot be listed.
    pub fn disk_use(&self) -> Result<DiskUse, StoreError> {
        let ids = self.trial_ids()?;
        let step = ids.len().div_ceil(SAMPLE).max(1);
        let seen = ids.iter().step_by(step);
        let mut bytes = 0;
        for id in seen.clone() {
            bytes += size_of(&self.trial(id))?;
        }
        let share = ids.len() as f64 / seen.count().max(1) as f64;
        let trials = if step == 1 { bytes } else { (bytes as f64 * share) as u64 };
        let mut database = 0;
        for name in names(self.root())?.iter().filter(|name| name.starts_with("study.sqlite")) {
            database += size_of(&self.root().join(name))?;
        }
        Ok(DiskUse { trials, database, is_exact: step == 1 })
    }

    /// Files and folders that may be removed if the study can want only the trials in `wanted`. The
    /// result of a trial in `wanted` is never among them.
    ///
    /// # Errors
    /// [`StoreError`] if a folder cannot be listed.
    pub fn leftovers(&self, wanted: &BTreeSet<TrialId>) -> Result<Leftovers, StoreError> {
        let mut found = Leftovers::new();
        for id in self.trial_ids()? {
            let folder = self.trial(&id);
            if !wanted.contains(&id) {
                let bytes = size_of(&folder)?;
                let leftover = Leftover { path: folder, bytes, trial: Some(id) };
                found.entry(LeftoverKind::StaleTrials).or_default().push(leftover);
                continue;
            }
            let inside = names(&folder)?;
            let is_finished = inside.iter().any(|name| name == "result.json");
            for name in inside {
                let kind = match name.as_str() {
                    "log.txt" if is_finished => LeftoverKind::Logs,
                    name if is_finished && name.contains("checkpoint") => LeftoverKind::Checkpoints,
                    name if name.starts_with("result.torn.") => LeftoverKind::TornResults,
                    _ => continue,
                };
                push(&mut found, kind, folder.join(name))?;
            }
        }
        for name in names(self.root())? {
            if name.starts_with("study.sqlite.damaged-") {
                push(&mut found, LeftoverKind::DamagedDatabases, self.root().join(name))?;
            }
        }
        let batches = self.root().join("batches");
        for name in names(&batches)? {
            let batch = batches.join(name);
            if self.is_finished_batch(&batch) {
                push(&mut found, LeftoverKind::Batches, batch)?;
            }
        }
        Ok(found)
    }

    /// Whether every trial of `batch` has a result; `false` if its list cannot be read.
    fn is_finished_batch(&self, batch: &Path) -> bool {
        let Ok(list) = fs::read_to_string(batch.join("attempts.jsonl")) else { return false };
        let trial = |line: &str| -> Option<TrialId> {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            TrialId::parse(line.get("trial")?.as_str()?)
        };
        list.lines().all(|line| trial(line).is_some_and(|id| self.result(&id).exists()))
    }
}

impl Leftover {
    /// Removes it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be removed.
    pub fn remove(&self) -> Result<(), StoreError> {
        let removed = if self.path.is_dir() {
            fs::remove_dir_all(&self.path)
        } else {
            fs::remove_file(&self.path)
        };
        removed.map_err(|e| StoreError::writing(&self.path, &e))
    }
}

fn push(found: &mut Leftovers, kind: LeftoverKind, path: PathBuf) -> Result<(), StoreError> {
    let bytes = size_of(&path)?;
    found.entry(kind).or_default().push(Leftover { path, bytes, trial: None });
    Ok(())
}

/// Bytes of a file, or of all files below a folder; 0 if it no longer exists.
fn size_of(path: &Path) -> Result<u64, StoreError> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(0) };
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    let mut bytes = 0;
    for name in names(path)? {
        bytes += size_of(&path.join(name))?;
    }
    Ok(bytes)
}
