//! Requests from another process to the one that runs the study, as small files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::files::{StudyFolder, write_atomically};
use super::layout::names;
use crate::trial::TrialId;

const CANCEL: &str = "cancel-";

impl StudyFolder {
    fn requests(&self) -> PathBuf {
        self.root().join("requests")
    }

    fn request(&self, name: &str) -> Result<(), StoreError> {
        let folder = self.requests();
        fs::create_dir_all(&folder).map_err(|e| StoreError::writing(&folder, &e))?;
        write_atomically(&folder.join(name), b"")
    }

    /// Asks the process that runs the study to cancel trial `id`.
    ///
    /// # Errors
    /// [`StoreError`] if the request cannot be written.
    pub fn request_cancel(&self, id: &TrialId) -> Result<(), StoreError> {
        self.request(&format!("{CANCEL}{id}"))
    }

    /// Trials whose cancellation was requested, in order. Removes the requests.
    ///
    /// # Errors
    /// [`StoreError`] if the requests cannot be listed or removed.
    pub fn take_cancel_requests(&self) -> Result<Vec<TrialId>, StoreError> {
        let folder = self.requests();
        let asked = |name: &String| TrialId::parse(name.strip_prefix(CANCEL)?);
        let mut ids: Vec<TrialId> = names(&folder)?.iter().filter_map(asked).collect();
        ids.sort();
        for id in &ids {
            remove(&folder.join(format!("{CANCEL}{id}")))?;
        }
        Ok(ids)
    }

    /// Asks the process that runs the study to stop, as Ctrl-C does.
    ///
    /// # Errors
    /// [`StoreError`] if the request cannot be written.
    pub fn request_stop(&self) -> Result<(), StoreError> {
        self.request("stop")
    }

    /// Whether a stop was requested. Removes the request.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be removed.
    pub fn take_stop_request(&self) -> Result<bool, StoreError> {
        remove(&self.requests().join("stop"))
    }

    /// Asks the process that runs the study to pause, until [`StudyFolder::lift_pause`].
    ///
    /// # Errors
    /// [`StoreError`] if the request cannot be written.
    pub fn request_pause(&self) -> Result<(), StoreError> {
        self.request("pause")
    }

    /// Whether a pause is requested. The request stays until it is lifted.
    pub fn is_pause_requested(&self) -> bool {
        self.requests().join("pause").exists()
    }

    /// Ends the pause. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] if the request cannot be removed.
    pub fn lift_pause(&self) -> Result<bool, StoreError> {
        remove(&self.requests().join("pause"))
    }
}

/// Removes the request at `path`. Returns whether it existed.
fn remove(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::writing(path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_noticed_once() {
        let place = tempfile::tempdir().unwrap();
        let folder = StudyFolder::create(place.path()).unwrap();
        assert_eq!(folder.take_cancel_requests().unwrap(), []);
        let id = TrialId::parse("0123456789abcdef0123").unwrap();
        folder.request_cancel(&id).unwrap();
        folder.request_cancel(&id).unwrap();
        folder.request_stop().unwrap();
        assert_eq!(folder.take_cancel_requests().unwrap(), [id]);
        assert_eq!(folder.take_cancel_requests().unwrap(), []);
        assert!(folder.take_stop_request().unwrap());
        assert!(!folder.take_stop_request().unwrap());
    }

    #[test]
    fn a_pause_lasts_until_it_is_lifted() {
        let place = tempfile::tempdir().unwrap();
        let folder = StudyFolder::create(place.path()).unwrap();
        assert!(!folder.is_pause_requested());
        folder.request_pause().unwrap();
        assert!(folder.is_pause_requested() && folder.is_pause_requested());
        assert!(folder.lift_pause().unwrap());
        assert!(!folder.lift_pause().unwrap() && !folder.is_pause_requested());
    }
}
