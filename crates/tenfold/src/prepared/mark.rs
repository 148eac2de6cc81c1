//! A file's metadata, which changes whenever the file does. It is cheap to query before and after
//! every trial.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// Device, inode, size and times of a file.
///
/// The system sets the time of the last status change, and no user can set it. So a file that was
/// edited and then restored, including its modification time, has another mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMark {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileMark {
    /// The mark of an open file.
    ///
    /// # Errors
    /// If the metadata cannot be read.
    pub fn of(file: &File) -> io::Result<Self> {
        let facts = file.metadata()?;
        Ok(Self {
            device: facts.dev(),
            inode: facts.ino(),
            size: facts.len(),
            modified: (facts.mtime(), facts.mtime_nsec()),
            changed: (facts.ctime(), facts.ctime_nsec()),
        })
    }

    /// Opens the file at `path`, which makes a network client ask its server again, and returns its
    /// mark.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn at(path: &Path) -> io::Result<(File, Self)> {
        let file = open(path)?;
        let mark = Self::of(&file)?;
        Ok((file, mark))
    }

    /// All of the mark except the device, whose number differs between machines, as text.
    pub fn on_any_machine(&self) -> String {
        let Self { inode, size, modified, changed, .. } = self;
        format!("{inode} {size} {}.{} {}.{}", modified.0, modified.1, changed.0, changed.1)
    }
}

/// Opens whatever is at `path` for reading, without waiting (opening a pipe would wait for its
/// writer).
///
/// # Errors
/// If it cannot be opened.
pub fn open_any(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

/// Opens the file at `path` for reading.
///
/// # Errors
/// If it cannot be opened, or is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    let file = open_any(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::other("it is no regular file"))
}
