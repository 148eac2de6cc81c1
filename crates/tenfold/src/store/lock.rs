//! One writer a study: an advisory lock on `.tenfold/lock`, which the system releases when the
//! process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};

use super::error::StoreError;
use super::files::StudyFolder;

/// The right to write a study's folder, until dropped.
#[derive(Debug)]
pub struct StudyLock {
    _file: File,
}

impl StudyLock {
    /// Takes the lock for this process, which does `purpose` ("tenfold run").
    ///
    /// # Errors
    /// [`StoreError::Locked`] with the process that holds it; otherwise that the file cannot be
    /// written.
    pub fn take(folder: &StudyFolder, purpose: &str) -> Result<Self, StoreError> {
        let path = folder.root().join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| StoreError::writing(&path, &e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let owner = owner_written(&mut file);
                return Err(StoreError::Locked { folder: folder.root().to_owned(), owner });
            }
            Err(TryLockError::Error(e)) => return Err(StoreError::writing(&path, &e)),
        }
        let owner = format!("process {} (`{purpose}`)\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(owner.as_bytes()))
            .map_err(|e| StoreError::writing(&path, &e))?;
        Ok(Self { _file: file })
    }

    /// Who holds the lock of `folder`, if anybody does.
    pub fn owner(folder: &StudyFolder) -> Option<String> {
        let mut file = File::open(folder.root().join("lock")).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(owner_written(&mut file)),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

/// What the owner wrote; an owner that has not yet written its name is still an owner.
fn owner_written(file: &mut File) -> String {
    let mut owner = String::new();
    match file.read_to_string(&mut owner) {
        Ok(_) if !owner.trim().is_empty() => owner.trim().to_owned(),
        _ => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_writer_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let study = StudyFolder::create(folder.path()).unwrap();
        let first = StudyLock::take(&study, "tenfold run").unwrap();
        let refused = StudyLock::take(&study, "tenfold run").unwrap_err().to_string();
        let expected =
            format!("is being written by process {} (`tenfold run`)", std::process::id());
        assert!(refused.ends_with(&expected), "{refused}");
        drop(first);
        assert!(StudyLock::take(&study, "tenfold run").is_ok());
    }
}
