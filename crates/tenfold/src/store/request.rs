//! Wishes of another process to the one that runs the study: small files it notices and removes.

use std::fs;
use std::path::PathBuf;

use super::error::StoreError;
use super::files::{StudyFolder, write_atomically};
use super::layout::names;
use crate::trial::TrialId;

const CANCEL: &str = "cancel-";

impl StudyFolder {
    fn requests(&self) -> PathBuf {
        self.root().join("requests")
    }

    /// Asks the process that runs the study to cancel trial `id`.
    ///
    /// # Errors
    /// [`StoreError`] if the wish cannot be written.
    pub fn request_cancel(&self, id: &TrialId) -> Result<(), StoreError> {
        let folder = self.requests();
        fs::create_dir_all(&folder).map_err(|e| StoreError::writing(&folder, &e))?;
        write_atomically(&folder.join(format!("{CANCEL}{id}")), b"")
    }

    /// Trials that somebody asked to cancel, in order; the wishes are removed.
    ///
    /// # Errors
    /// [`StoreError`] if the wishes cannot be listed or removed.
    pub fn take_cancel_requests(&self) -> Result<Vec<TrialId>, StoreError> {
        let folder = self.requests();
        let asked = |name: &String| TrialId::parse(name.strip_prefix(CANCEL)?);
        let mut ids: Vec<TrialId> = names(&folder)?.iter().filter_map(asked).collect();
        ids.sort();
        for id in &ids {
            let path = folder.join(format!("{CANCEL}{id}"));
            fs::remove_file(&path).map_err(|e| StoreError::writing(&path, &e))?;
        }
        Ok(ids)
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
        assert_eq!(folder.take_cancel_requests().unwrap(), [id]);
        assert_eq!(folder.take_cancel_requests().unwrap(), []);
    }
}
