//! Paths of the trials' folders: `trials/3f/3f2a…`. There are 256 parent folders of a few hundred
//! trials each instead of one folder of a hundred thousand, which would be slow with many file
//! systems and with `ls`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::StoreError;
use super::files::StudyFolder;
use crate::trial::TrialId;

/// Leading digits of a trial's id that name the parent of its folder.
const FOLDER_DIGITS: usize = 2;

impl StudyFolder {
    /// The folder of all trials.
    pub fn trials(&self) -> PathBuf {
        self.root().join("trials")
    }

    /// Folder of one trial.
    pub fn trial(&self, id: &TrialId) -> PathBuf {
        self.trials().join(&id.as_str()[..FOLDER_DIGITS]).join(id.as_str())
    }

    /// Path of a trial's folder relative to the study's folder, as shown to a person.
    pub fn shown_trial(id: &TrialId) -> String {
        format!(".tenfold/trials/{}/{id}", &id.as_str()[..FOLDER_DIGITS])
    }

    /// Name and bytes of each file of trial `id`, by name; none if it has not started.
    ///
    /// # Errors
    /// [`StoreError`] if its folder cannot be listed.
    pub fn files_of(&self, id: &TrialId) -> Result<Vec<(String, u64)>, StoreError> {
        let folder = self.trial(id);
        let mut names = names(&folder)?;
        names.sort();
        let size = |name: String| {
            let bytes = fs::metadata(folder.join(&name)).map_or(0, |file| file.len());
            (name, bytes)
        };
        Ok(names.into_iter().map(size).collect())
    }

    /// Whether trial `id` has a result. Lists its folder first, because NFS may answer a look-up by
    /// name from an outdated cache.
    pub fn shows_result(&self, id: &TrialId) -> bool {
        let is_listed = fs::read_dir(self.trial(id)).is_ok_and(|listing| listing.count() > 0);
        is_listed && self.result(id).exists()
    }

    /// Files that executions of trial `id` left for the next one: path, size and modification time
    /// of its checkpoint and of each file in its folder `work`.
    pub fn left_by(&self, id: &TrialId) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
        let mut left = Vec::new();
        let mut paths = vec![self.checkpoint(id), self.trial(id).join("work")];
        while let Some(path) = paths.pop() {
            let Ok(facts) = fs::symlink_metadata(&path) else {
                continue;
            };
            if facts.is_dir() {
                // A folder that cannot be listed holds nothing that an execution could use.
                let inside = names(&path).unwrap_or_default();
                paths.extend(inside.into_iter().map(|name| path.join(name)));
            } else {
                left.push((path, facts.len(), facts.modified().ok()));
            }
        }
        left.sort();
        left
    }

    /// Ids of all trials that have a folder, in order. Lists the parent folders, not those of the
    /// trials.
    ///
    /// # Errors
    /// [`StoreError`] if a folder cannot be listed.
    pub fn trial_ids(&self) -> Result<Vec<TrialId>, StoreError> {
        let trials = self.trials();
        let mut ids = Vec::new();
        for name in names(&trials)?.iter().filter(|name| name.len() == FOLDER_DIGITS) {
            let inner = names(&trials.join(name))?;
            ids.extend(inner.iter().filter_map(|name| TrialId::parse(name)));
        }
        ids.sort();
        Ok(ids)
    }
}

/// Names in `folder` that are valid Unicode; none if the folder does not exist.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |e: io::Error| StoreError::reading(folder, &e);
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().into_string().ok());
    listing.filter_map(|entry| name(entry).transpose()).collect::<io::Result<_>>().map_err(failed)
}
