//! Where the folders of trials are: `trials/3f/3f2a…`, 256 folders of a few hundred each instead
//! of one of a hundred thousand, which many file systems and every `ls` are slow with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::files::StudyFolder;
use crate::trial::TrialId;

/// Leading digits of an id that name the folder its trial lies in.
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

    /// Folder of one trial, as a person finds it from the study's folder.
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

    /// Ids of all trials that have a folder, in order. Lists folders and looks into none.
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

    /// Moves trials from `trials/3f2a…`, where version 0.1 first had them, to their place; gives
    /// their number. Each is renamed whole: a kill leaves some for the next time.
    ///
    /// # Errors
    /// [`StoreError`] if a folder cannot be listed or moved.
    pub fn move_flat_trials(&self) -> Result<usize, StoreError> {
        let trials = self.trials();
        let flat: Vec<TrialId> =
            names(&trials)?.iter().filter_map(|name| TrialId::parse(name)).collect();
        for id in &flat {
            move_folder(&trials.join(id.as_str()), &self.trial(id))?;
        }
        Ok(flat.len())
    }
}

/// Moves folder `from` to `to`; where `to` is there already, only the files it lacks.
fn move_folder(from: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |e: io::Error| StoreError::writing(to, &e);
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    if !to.exists() {
        return fs::rename(from, to).map_err(failed);
    }
    for name in names(from)? {
        if !to.join(&name).exists() {
            fs::rename(from.join(&name), to.join(&name)).map_err(failed)?;
        }
    }
    fs::remove_dir_all(from).map_err(failed)
}

/// Names in `folder` that are text; none if it is not there.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn id(first: &str) -> TrialId {
        TrialId::parse(&format!("{first}{}", "0".repeat(18))).unwrap()
    }

    #[test]
    fn flat_folders_are_moved_and_found_also_after_a_kill_between() {
        let place = tempfile::tempdir().unwrap();
        let folder = StudyFolder::create(place.path()).unwrap();
        for first in ["3f", "3e", "aa"] {
            let flat = folder.trials().join(id(first).as_str());
            fs::create_dir_all(&flat).unwrap();
            fs::File::create(flat.join("result.json")).unwrap();
        }
        // As if a kill had come after the first, whose trial has run again since.
        folder.create_trial(&id("aa")).unwrap();
        fs::File::create(folder.log(&id("aa"))).unwrap();
        assert_eq!(folder.move_flat_trials().unwrap(), 3);
        assert_eq!(folder.move_flat_trials().unwrap(), 0);
        assert_eq!(folder.trial_ids().unwrap(), [id("3e"), id("3f"), id("aa")]);
        for first in ["3f", "3e", "aa"] {
            assert!(folder.result(&id(first)).exists(), "{first}");
        }
        assert!(folder.log(&id("aa")).exists());
        assert_eq!(names(&folder.trials()).unwrap().len(), 3, "nothing flat is left");
    }
}
