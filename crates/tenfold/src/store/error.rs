//! What can go wrong while writing or reading a study's folder.

use std::io;
use std::path::{Path, PathBuf};

use super::waiting;

/// Why a path where a file is expected cannot be read.
pub(super) const NOT_A_FILE: &str = "it is a pipe or a device";

/// What can go wrong while writing or reading a study's folder.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space left.
    #[error("the disk is full: could not write `{}`", path.display())]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// The file system or the folder cannot be written.
    #[error("cannot write `{}`: {reason}", path.display())]
    NotWritable {
        /// What was being written.
        path: PathBuf,
        /// The operating system's message.
        reason: String,
    },
    /// The folder cannot be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    NotReadable {
        /// What was being read.
        path: PathBuf,
        /// The operating system's message.
        reason: String,
    },
    /// Another program writes the folder.
    #[error("`{}` is being written by {owner}", folder.display())]
    Locked {
        /// The study's `.tenfold` folder.
        folder: PathBuf,
        /// Description of the lock's holder: "process 4711 (tenfold run)".
        owner: String,
    },
    /// Another program has locked the database.
    #[error(
        "another program has locked the database `{}` for {} s",
        path.display(),
        waiting::LONGEST.as_secs()
    )]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The disk or the file server fails.
    #[error("the disk of `{}` fails: {reason}", path.display())]
    Failing {
        /// What was being read or written.
        path: PathBuf,
        /// The operating system's message.
        reason: String,
    },
    /// The database is damaged.
    #[error("the database `{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// `SQLite`'s message.
        reason: String,
    },
    /// The database is of a later version of the program.
    #[error(
        "`{}` was written by a later version (format {found}, this one reads up to {known})",
        path.display()
    )]
    LaterFormat {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format this program reads.
        known: i64,
    },
    /// An earlier version of the program wrote the folder; its trials have other ids.
    #[error(
        "`{}` was written by an earlier version, which gave its trials other names: this one can \
         use none of them",
        folder.display()
    )]
    EarlierForm {
        /// The study's `.tenfold` folder.
        folder: PathBuf,
    },
    /// A result that is in the database can no longer be read from its file.
    #[error("the result `{}` can no longer be read: {reason}", path.display())]
    ResultGone {
        /// The result file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing has been run in the folder.
    #[error("`{}` holds no trials yet", folder.display())]
    NothingRun {
        /// The study's `.tenfold` folder.
        folder: PathBuf,
    },
}

impl StoreError {
    /// What to type or do next.
    pub fn hint(&self) -> String {
        match self {
            Self::DiskFull { .. } => {
                "free some space, then `tenfold run`: finished trials are kept".to_owned()
            }
            Self::NotWritable { reason, .. } | Self::NotReadable { reason, .. }
                if reason.starts_with("no such file") =>
            {
                "was its folder removed meanwhile, by a command perhaps? `tenfold run` makes it again"
                    .to_owned()
            }
            Self::NotWritable { path, reason } | Self::NotReadable { path, reason }
                if reason.contains("directory") || reason == NOT_A_FILE =>
            {
                format!("something else is in its place: move `{}` away", path.display())
            }
            Self::NotWritable { .. } => {
                "make the folder writable, or copy `study.toml` to one that is, then `tenfold run`"
                    .to_owned()
            }
            Self::NotReadable { path, .. } => {
                let path = path.to_string_lossy();
                // Quoting fails only on NUL, which a path cannot contain.
                let words = shlex::try_join([path.as_ref()]).unwrap_or_default();
                format!("`ls -ld {words}` says whose it is; then `tenfold run`: results are kept")
            }
            Self::Busy { path } => {
                let path = path.to_string_lossy();
                let words = shlex::try_join([path.as_ref()]).unwrap_or_default();
                format!(
                    "`fuser {words}` says which program has it open; end that, then `tenfold run`: \
                     results are kept"
                )
            }
            Self::Failing { .. } => {
                "look at the disk or the file server (`df`, `dmesg`), then `tenfold run`: results \
                 that are on disk are kept"
                    .to_owned()
            }
            Self::Locked { .. } => {
                "wait for it to end, or watch it with `tenfold status`".to_owned()
            }
            Self::Damaged { .. } => {
                "`tenfold run` rebuilds it from the result files and keeps the damaged file"
                    .to_owned()
            }
            Self::LaterFormat { .. } => "use the newer `tenfold` for this study".to_owned(),
            Self::EarlierForm { folder } => {
                let from = folder.to_string_lossy();
                let to = format!("{from}-earlier");
                // Quoting fails only on NUL, which a path cannot contain.
                let words = shlex::try_join([from.as_ref(), to.as_str()]).unwrap_or_default();
                format!("`mv {words}` keeps it, and `tenfold run` then trains again")
            }
            Self::ResultGone { .. } => {
                "`tenfold run --check` reads every result file and trains what is missing"
                    .to_owned()
            }
            Self::NothingRun { .. } => "`tenfold run`".to_owned(),
        }
    }

    /// Whether another program has locked the database.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// The error for a file or folder at `path` that cannot be written.
    pub fn writing(path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::NotWritable { path, reason: system_reason(error) },
        }
    }

    /// The error for a file or folder at `path` that cannot be read.
    pub fn reading(path: &Path, error: &io::Error) -> Self {
        Self::NotReadable { path: path.to_owned(), reason: system_reason(error) }
    }

    pub(crate) fn database(path: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull { path },
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy { path },
            Some(Code::SystemIoFailure) if waiting::is_disk_full(&path) => Self::DiskFull { path },
            Some(Code::SystemIoFailure) => Self::Failing { path, reason: error.to_string() },
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => {
                Self::Damaged { path, reason: error.to_string() }
            }
            Some(Code::CannotOpen) if path.is_dir() => {
                Self::NotReadable { path, reason: "it is a directory".to_owned() }
            }
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => {
                Self::NotWritable { path, reason: error.to_string() }
            }
            // A missing table or column means that the file is an SQLite database with the wrong
            // content.
            Some(Code::Unknown) => Self::Damaged { path, reason: error.to_string() },
            _ => Self::NotReadable { path, reason: error.to_string() },
        }
    }
}

/// The operating system's message without Rust's "(os error 30)", starting in lower case like all
/// messages here.
fn system_reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
