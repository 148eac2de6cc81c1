//! The database: what was planned, every execution, and the results that were read in.
//!
//! Anyone may read it with `sqlite3` or `DuckDB`; only the coordinator writes. A result counts
//! once because the trial's id is the primary key of its table.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::error::StoreError;
use super::files::StudyFolder;
use super::record::{AttemptEnd, PlannedTrial, TrialRow, planned_from_row, trial_from_row};
use crate::trial::{Attempt, Outcome, Trial, TrialId};

/// Format of the tables, in `PRAGMA user_version`.
const FORMAT: i64 = 1;

const TABLES: &str = "
CREATE TABLE fact(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE planned(
  model TEXT NOT NULL,
  size INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  candidate INTEGER NOT NULL,
  trial TEXT NOT NULL,
  settings TEXT NOT NULL,
  expected_flop REAL NOT NULL,
  PRIMARY KEY(model, size, repeat, candidate)
) STRICT, WITHOUT ROWID;
CREATE TABLE attempt(
  token TEXT PRIMARY KEY,
  trial TEXT NOT NULL,
  number INTEGER NOT NULL,
  process INTEGER NOT NULL,
  started REAL NOT NULL,
  ended REAL,
  outcome TEXT,
  reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_of_trial ON attempt(trial, started);
CREATE TABLE result(
  trial TEXT PRIMARY KEY,
  attempt TEXT NOT NULL,
  validation_error REAL NOT NULL,
  test_error REAL NOT NULL,
  seconds REAL NOT NULL,
  training_flop REAL NOT NULL,
  converged INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// The open database.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    path: PathBuf,
}

impl Database {
    /// Opens the database for the one who holds the study's lock; makes it if it is not there.
    ///
    /// # Errors
    /// [`StoreError`]: damaged, of a later version, or not writable.
    pub fn open(folder: &StudyFolder) -> Result<Self, StoreError> {
        let path = folder.database();
        let connection = Connection::open(&path).map_err(|e| StoreError::database(&path, &e))?;
        let database = Self { connection, path };
        database.prepare().map_err(|e| database.error(&e))?;
        let format: i64 =
            database.checked(|c| c.query_row("PRAGMA user_version", [], |row| row.get(0)))?;
        match format {
            0 => database.checked(|c| {
                c.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {FORMAT}; COMMIT;"))
            })?,
            FORMAT => {}
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
        if !path.exists() {
            return Err(StoreError::NothingRun { folder: folder.root().to_owned() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = |path: &Path, flags| -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(connection)
        };
        let connection = match open(&path, flags) {
            Ok(connection) => connection,
            // In a folder that cannot be written the write-ahead log cannot be shared; nobody
            // writes there either, so the file may be read as it stands.
            Err(first) => {
                let name = format!("file:{}?immutable=1", path.display());
                open(Path::new(&name), flags | OpenFlags::SQLITE_OPEN_URI)
                    .map_err(|_| StoreError::database(&path, &first))?
            }
        };
        Ok(Self { connection, path })
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(Duration::from_secs(5))?;
        self.connection.pragma_update(None, "journal_mode", "WAL")?;
        // FULL: what was said to be done is on disk, also after a power cut.
        self.connection.pragma_update(None, "synchronous", "FULL")
    }

    fn error(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::database(&self.path, error)
    }

    pub(super) fn checked<T>(
        &self,
        action: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        action(&self.connection).map_err(|e| self.error(&e))
    }

    /// Remembers `value` under `key`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_fact(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.checked(|c| {
            c.execute("INSERT OR REPLACE INTO fact VALUES (?1, ?2)", params![key, value])
        })
        .map(drop)
    }

    /// What was remembered under `key`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn fact(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.checked(|c| {
            c.query_row("SELECT value FROM fact WHERE key = ?1", [key], |row| row.get(0)).optional()
        })
    }

    /// Replaces the plan by `trials`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; the old plan then stays.
    pub fn set_plan(&self, trials: &[Trial]) -> Result<(), StoreError> {
        self.checked(|c| {
            let transaction = c.unchecked_transaction()?;
            transaction.execute("DELETE FROM planned", [])?;
            let mut insert =
                transaction.prepare("INSERT INTO planned VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
            for trial in trials {
                insert.execute(params![
                    trial.model,
                    trial.size.cast_signed(),
                    trial.repeat.cast_signed(),
                    (trial.candidate as u64).cast_signed(),
                    trial.id.as_str(),
                    trial.recipe.settings_line(),
                    trial.expected_flop,
                ])?;
            }
            drop(insert);
            transaction.commit()
        })
    }

    /// Records that `attempt` starts.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn begin_attempt(&self, attempt: &Attempt, now: f64) -> Result<(), StoreError> {
        self.checked(|c| {
            c.execute(
                "INSERT INTO attempt(token, trial, number, process, started)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    attempt.token.as_str(),
                    attempt.trial.id.as_str(),
                    attempt.number,
                    std::process::id(),
                    now
                ],
            )
        })
        .map(drop)
    }

    /// Records how an execution ended.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn end_attempt(
        &self,
        token: &str,
        end: AttemptEnd,
        reason: Option<&str>,
        now: f64,
    ) -> Result<(), StoreError> {
        self.checked(|c| {
            c.execute(
                "UPDATE attempt SET ended = ?2, outcome = ?3, reason = ?4 WHERE token = ?1",
                params![token, now, end.name(), reason],
            )
        })
        .map(drop)
    }

    /// Takes a published result in, and with it the end of the attempt that published it: one
    /// commit, so that no kill can come between. Gives whether the result is new.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn ingest(&self, outcome: &Outcome, document: &str, now: f64) -> Result<bool, StoreError> {
        let added = self.checked(|c| {
            let transaction = c.unchecked_transaction()?;
            let added = transaction.execute(
                "INSERT OR IGNORE INTO result VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    outcome.trial,
                    outcome.attempt,
                    outcome.validation_error,
                    outcome.test_error,
                    outcome.seconds,
                    outcome.training_flop.unwrap_or(0.0),
                    outcome.converged,
                    document
                ],
            )?;
            transaction.execute(
                "UPDATE attempt SET ended = ?2, outcome = ?3, reason = NULL
                 WHERE token = ?1 AND (ended IS NULL OR outcome = 'lost')",
                params![outcome.attempt, now, AttemptEnd::Finished.name()],
            )?;
            transaction.commit()?;
            Ok(added)
        })?;
        Ok(added == 1)
    }

    /// Forgets the result of `trial`, whose file is gone.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn forget_result(&self, trial: &TrialId) -> Result<(), StoreError> {
        self.checked(|c| c.execute("DELETE FROM result WHERE trial = ?1", [trial.as_str()]))
            .map(drop)
    }

    /// Ids of all trials with a result, in order.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn finished_ids(&self) -> Result<Vec<TrialId>, StoreError> {
        let texts: Vec<String> = self.checked(|c| {
            let mut query = c.prepare("SELECT trial FROM result ORDER BY trial")?;
            query.query_map([], |row| row.get(0))?.collect()
        })?;
        Ok(texts.iter().filter_map(|text| TrialId::parse(text)).collect())
    }

    /// Id and error on the validation set of every trial with a result.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn validation_errors(&self) -> Result<Vec<(TrialId, f64)>, StoreError> {
        let rows: Vec<(String, f64)> = self.checked(|c| {
            let mut query =
                c.prepare("SELECT trial, validation_error FROM result ORDER BY trial")?;
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })?;
        let parsed = rows.into_iter().filter_map(|(id, error)| Some((TrialId::parse(&id)?, error)));
        Ok(parsed.collect())
    }

    /// The results of the planned trials, in the plan's order: model, size, seed, candidate.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn planned_results(&self) -> Result<Vec<(PlannedTrial, Outcome)>, StoreError> {
        let rows: Vec<(PlannedTrial, String)> = self.checked(|c| {
            let mut query = c.prepare(
                "SELECT p.model, p.size, p.repeat, p.candidate, p.trial, p.settings,
                        p.expected_flop, r.document
                 FROM planned p JOIN result r ON r.trial = p.trial
                 ORDER BY p.model, p.size, p.repeat, p.candidate",
            )?;
            query.query_map([], |row| Ok((planned_from_row(row)?, row.get(7)?)))?.collect()
        })?;
        let mut results = Vec::with_capacity(rows.len());
        for (planned, document) in rows {
            let outcome: Outcome = serde_json::from_str(&document).map_err(|e| {
                StoreError::Damaged { path: self.path.clone(), reason: e.to_string() }
            })?;
            results.push((planned, outcome));
        }
        Ok(results)
    }

    /// Every planned trial and where it stands, in the plan's order.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn trials(&self) -> Result<Vec<TrialRow>, StoreError> {
        self.checked(|c| {
            let mut query = c.prepare(
                "SELECT p.model, p.size, p.repeat, p.candidate, p.trial, p.settings,
                        p.expected_flop, r.seconds, a.token IS NOT NULL, a.ended IS NULL,
                        a.outcome, a.reason
                 FROM planned p
                 LEFT JOIN result r ON r.trial = p.trial
                 LEFT JOIN attempt a ON a.token = (
                   SELECT token FROM attempt WHERE trial = p.trial
                   ORDER BY started DESC, token DESC LIMIT 1)
                 ORDER BY p.model, p.size, p.repeat, p.candidate",
            )?;
            query.query_map([], trial_from_row)?.collect()
        })
    }
}
