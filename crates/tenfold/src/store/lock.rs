//! One writer per study: an advisory lock on `.tenfold/lock`, which the operating system releases
//! when the process ends, for whatever reason.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::time::Duration;

use rustix::process::{Pid, test_kill_process};

use super::error::StoreError;
use super::files::StudyFolder;

/// How often, and at what interval, to try again while the lock's owner is a process that no longer
/// exists. A process that was killed while it started a command leaves a child that holds the lock
/// until the child executes the command's program; on a busy machine that takes a while.
const TRIES: (usize, Duration) = (200, Duration::from_millis(25));

/// The right to write a study's folder, until dropped.
#[derive(Debug)]
pub struct StudyLock {
    _file: File,
}

impl StudyLock {
    /// Takes the lock for this process, which runs `purpose` ("tenfold run").
    ///
    /// # Errors
    /// [`StoreError::Locked`] with the process that holds it, or the error that the lock file
    /// cannot be written.
    pub fn take(folder: &StudyFolder, purpose: &str) -> Result<Self, StoreError> {
        let path = folder.root().join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| StoreError::writing(&path, &e))?;
        let (mut tries_left, pause) = TRIES;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(e)) => return Err(StoreError::writing(&path, &e)),
            }
            let owner = owner_written(&mut file);
            if tries_left == 0 || !has_gone(&owner) {
                return Err(StoreError::Locked { folder: folder.root().to_owned(), owner });
            }
            tries_left -= 1;
            std::thread::sleep(pause);
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

/// The name that the owner wrote. An owner that has not written its name yet is "another process".
fn owner_written(file: &mut File) -> String {
    let mut owner = String::new();
    match file.rewind().and_then(|()| file.read_to_string(&mut owner)) {
        Ok(_) if !owner.trim().is_empty() => owner.trim().to_owned(),
        _ => "another process".to_owned(),
    }
}

/// Whether `owner` names a process that no longer exists.
fn has_gone(owner: &str) -> bool {
    let number = owner.strip_prefix("process ").and_then(|rest| rest.split(' ').next());
    let process = number.and_then(|number| Pid::from_raw(number.parse().ok()?));
    process.is_some_and(|id| test_kill_process(id) == Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

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

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test plays a process that was killed")]
    fn the_lock_of_a_process_that_has_gone_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let study = StudyFolder::create(folder.path()).unwrap();
        let path = study.root().join("lock");
        // No process has this number: Linux stops at 2^22, others before.
        fs::write(&path, "process 2000000000 (`tenfold run`)\n").unwrap();
        let of_its_child = File::open(&path).unwrap();
        of_its_child.lock().unwrap();
        thread::scope(|scope| {
            let taken = scope.spawn(|| StudyLock::take(&study, "tenfold run").map(drop));
            thread::sleep(TRIES.1 * 2);
            assert!(!taken.is_finished(), "the lock is held, and was not waited for");
            of_its_child.unlock().unwrap();
            assert!(taken.join().unwrap().is_ok());
        });
    }
}
