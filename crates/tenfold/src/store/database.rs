//! The database: the planned trials, every execution, and the results read from the result files.
//!
//! Anyone may read it with `sqlite3` or `DuckDB`; only the coordinator writes, through a
//! [`Batch`](super::Batch). This file opens it; [`super::batch`] writes and [`super::query`] reads.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::error::StoreError;
use super::files::StudyFolder;
use super::schema::{self, FORMAT};
use super::waiting;

/// The open database.
#[derive(Debug)]
pub struct Database {
    pub(super) connection: Connection,
    pub(super) folder: StudyFolder,
    path: PathBuf,
}

impl Database {
    /// Opens the database for the process that holds the study's lock; creates it if it does not
    /// exist.
    ///
    /// # Errors
    /// [`StoreError`] if it is damaged, in an earlier format or of a later version, or not
    /// writable.
    pub fn open(folder: &StudyFolder) -> Result<Self, StoreError> {
        let path = folder.database();
        let mut connection =
            Connection::open(&path).map_err(|e| StoreError::database(&path, &e))?;
        waiting::prepare(&mut connection).map_err(|e| StoreError::database(&path, &e))?;
        let database = Self { connection, folder: folder.clone(), path };
        database.checked(prepare)?;
        match database.format()? {
            0 => database.checked(schema::create)?,
            FORMAT => {}
            found if found < FORMAT => return Err(folder.earlier_form()),
            found => {
                return Err(StoreError::LaterFormat { path: database.path, found, known: FORMAT });
            }
        }
        let sound: String =
            database.checked(|c| c.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))?;
        if sound != "ok" {
            return Err(StoreError::Damaged { path: database.path, reason: sound });
        }
        Ok(database)
    }

    /// Opens the database to read, while another process may write.
    ///
    /// # Errors
    /// [`StoreError::NothingRun`] if there is none; otherwise as [`Database::open`].
    pub fn read(folder: &StudyFolder) -> Result<Self, StoreError> {
        let path = folder.database();
        folder.refuse_earlier_form()?;
        if !path.exists() {
            return Err(StoreError::NothingRun { folder: folder.root().to_owned() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = |path: &Path, flags| -> rusqlite::Result<Connection> {
            let mut connection = Connection::open_with_flags(path, flags)?;
            waiting::prepare(&mut connection)?;
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(connection)
        };
        let connection = match open(&path, flags) {
            Ok(connection) => connection,
            // A locked database is being written, so reading it without its log could show half a
            // change.
            Err(error) if StoreError::database(&path, &error).is_busy() => {
                return Err(StoreError::database(&path, &error));
            }
            // In a read-only folder SQLite cannot share the write-ahead log. Nobody can write there
            // either, so the file may be read without it.
            Err(first) => {
                let name = format!("file:{}?immutable=1", path.display());
                open(Path::new(&name), flags | OpenFlags::SQLITE_OPEN_URI)
                    .map_err(|_| StoreError::database(&path, &first))?
            }
        };
        let database = Self { connection, folder: folder.clone(), path };
        match database.format()? {
            // Another process has just created the file and has not yet made the tables.
            0 => Err(StoreError::NothingRun { folder: folder.root().to_owned() }),
            FORMAT => Ok(database),
            found if found < FORMAT => Err(folder.earlier_form()),
            found => Err(StoreError::LaterFormat { path: database.path, found, known: FORMAT }),
        }
    }

    /// Path of the database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The study's folder that this database belongs to.
    pub fn folder(&self) -> &StudyFolder {
        &self.folder
    }

    fn format(&self) -> Result<i64, StoreError> {
        self.checked(|c| c.query_row("PRAGMA user_version", [], |row| row.get(0)))
    }

    pub(super) fn checked<T>(
        &self,
        action: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        action(&self.connection).map_err(|e| StoreError::database(&self.path, &e))
    }

    /// The value stored under `key`, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn fact(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.checked(|c| {
            c.query_row("SELECT value FROM fact WHERE key = ?1", [key], |row| row.get(0)).optional()
        })
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a committed change is on disk, also after a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The temporary tables of a change of the plan are small and are dropped with it.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}
