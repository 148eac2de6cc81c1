//! Changes of the database. The coordinator commits everything it has ready at once, so that a
//! hundred short trials cost one wait for the disk. If the process is killed, either the whole
//! batch is on disk or none of it.

use rusqlite::{Connection, OptionalExtension, params};

use super::database::Database;
use super::error::StoreError;
use super::record::{AttemptEnd, PlannedTrial};
use crate::trial::{Attempt, Outcome, TrialId};

/// Changes that are not yet on disk. Dropping them without [`Batch::commit`] discards them all.
#[derive(Debug)]
pub struct Batch<'a> {
    database: &'a Database,
    /// Whether a transaction is open, that is, whether anything was changed.
    is_open: bool,
}

impl Database {
    /// An empty batch of changes. Only one batch can be written to at a time.
    pub fn batch(&self) -> Batch<'_> {
        Batch { database: self, is_open: false }
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // The error that stopped the batch is reported already; closing the database rolls back
            // too.
            drop(self.database.connection.execute_batch("ROLLBACK"));
        }
    }
}

impl Batch<'_> {
    /// Writes the changes to disk in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be written; then none of them is written.
    pub fn commit(mut self) -> Result<(), StoreError> {
        if self.is_open {
            self.database.checked(|c| c.execute_batch("COMMIT"))?;
            self.is_open = false;
        }
        Ok(())
    }

    pub(super) fn change<T>(
        &mut self,
        action: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if !self.is_open {
            self.database.checked(|c| c.execute_batch("BEGIN IMMEDIATE"))?;
            self.is_open = true;
        }
        self.database.checked(action)
    }

    /// Stores `value` under `key`, replacing an earlier value.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_fact(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.change(|c| c.execute("INSERT OR REPLACE INTO fact VALUES (?1, ?2)", [key, value]))
            .map(drop)
    }

    /// Replaces the plan by `rows`, changing only the rows that differ.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn set_plan(&mut self, rows: &[PlannedTrial]) -> Result<(), StoreError> {
        self.change(|c| {
            c.execute_batch(
                "CREATE TEMP TABLE wanted(
                   model TEXT, size INTEGER, repeat INTEGER, candidate INTEGER, trial TEXT,
                   settings INTEGER, expected_flop REAL,
                   PRIMARY KEY(model, size, repeat, candidate)) WITHOUT ROWID",
            )?;
            insert_plan(c, "temp.wanted", rows)?;
            c.execute_batch(
                "DELETE FROM planned WHERE NOT EXISTS (
                   SELECT 1 FROM temp.wanted w
                   WHERE w.model = planned.model AND w.size = planned.size
                     AND w.repeat = planned.repeat AND w.candidate = planned.candidate
                     AND w.trial = planned.trial AND w.settings = planned.settings
                     AND w.expected_flop = planned.expected_flop);
                 INSERT OR IGNORE INTO planned SELECT * FROM temp.wanted;
                 DROP TABLE temp.wanted;
                 DELETE FROM settings WHERE id NOT IN (SELECT settings FROM planned);",
            )
        })
    }

    /// Adds `rows` to the plan.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be written.
    pub fn add_to_plan(&mut self, rows: &[PlannedTrial]) -> Result<(), StoreError> {
        self.change(|c| insert_plan(c, "planned", rows))
    }

    /// Records that `attempt` starts.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn begin_attempt(&mut self, attempt: &Attempt, now: f64) -> Result<(), StoreError> {
        self.change(|c| {
            let mut insert = c.prepare_cached(
                "INSERT INTO attempt(token, trial, number, process, started)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            insert.execute(params![
                attempt.token.as_str(),
                attempt.trial.id.as_str(),
                attempt.number,
                std::process::id(),
                now
            ])
        })
        .map(drop)
    }

    /// Records how an execution ended, if that is not known yet.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn end_attempt(
        &mut self,
        token: &str,
        end: AttemptEnd,
        reason: Option<&str>,
        now: f64,
    ) -> Result<(), StoreError> {
        self.change(|c| {
            let mut update = c.prepare_cached(
                "UPDATE attempt SET ended = ?2, outcome = ?3, reason = ?4
                 WHERE token = ?1 AND ended IS NULL",
            )?;
            update.execute(params![token, now, end.name(), reason])
        })
        .map(drop)
    }

    /// Adds a published result to the database and ends the attempt that published it. Returns
    /// whether the result is new.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn ingest(&mut self, outcome: &Outcome, now: f64) -> Result<bool, StoreError> {
        // Serialising a map from names to numbers cannot fail.
        let metrics = Some(&outcome.metrics)
            .filter(|metrics| !metrics.is_empty())
            .and_then(|metrics| serde_json::to_string(metrics).ok());
        let added = self.change(|c| {
            let mut insert = c.prepare_cached(
                "INSERT OR IGNORE INTO result
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?;
            let added = insert.execute(params![
                outcome.trial,
                outcome.attempt,
                outcome.validation_error,
                outcome.test_error,
                outcome.train_error,
                outcome.parameter_count.map(u64::cast_signed),
                outcome.training_flop,
                outcome.steps.map(u64::cast_signed),
                outcome.converged,
                outcome.seconds,
                outcome.is_validation_apart,
                outcome.judged_on,
                (outcome.examples() as u64).cast_signed(),
                metrics,
            ])?;
            let mut update = c.prepare_cached(
                "UPDATE attempt SET ended = ?2, outcome = ?3, reason = NULL
                 WHERE token = ?1 AND (ended IS NULL OR outcome = 'lost')",
            )?;
            update.execute(params![outcome.attempt, now, AttemptEnd::Finished.name()])?;
            Ok(added)
        })?;
        Ok(added == 1)
    }

    /// Deletes the row of `trial`'s result, whose file no longer exists.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn forget_result(&mut self, trial: &TrialId) -> Result<(), StoreError> {
        self.change(|c| {
            c.prepare_cached("DELETE FROM result WHERE trial = ?1")?.execute([trial.as_str()])
        })
        .map(drop)
    }
}

fn insert_plan(c: &Connection, table: &str, rows: &[PlannedTrial]) -> rusqlite::Result<()> {
    let insert = format!("INSERT OR REPLACE INTO {table} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    let mut insert = c.prepare_cached(&insert)?;
    for row in rows {
        insert.execute(params![
            row.model,
            row.size.cast_signed(),
            row.seed.cast_signed(),
            (row.candidate as u64).cast_signed(),
            row.trial,
            settings_id(c, &row.settings)?,
            row.expected_flop,
        ])?;
    }
    Ok(())
}

fn settings_id(c: &Connection, json: &str) -> rusqlite::Result<i64> {
    let mut known = c.prepare_cached("SELECT id FROM settings WHERE json = ?1")?;
    if let Some(id) = known.query_row([json], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    c.prepare_cached("INSERT INTO settings(json) VALUES (?1)")?.execute([json])?;
    Ok(c.last_insert_rowid())
}
