//! Executions on other machines. An attempt that was handed to a scheduler is replaced in the
//! database by the executions of it that report: none, one or several.

use std::collections::BTreeSet;

use rusqlite::params;

use super::batch::Batch;
use super::error::StoreError;
use super::record::Execution;
use crate::trial::AttemptToken;

impl Batch<'_> {
    /// Records the progress of `execution`, an execution of the attempt `attempt`, and replaces the
    /// attempt's own row by it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn record_execution(
        &mut self,
        attempt: &AttemptToken,
        execution: &Execution,
        now: f64,
    ) -> Result<(), StoreError> {
        self.change(|c| {
            c.execute(
                "INSERT INTO attempt(token, trial, number, process, started, ended, outcome, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT(token) DO UPDATE
                 SET ended = ?6, outcome = ?7, reason = ?8 WHERE outcome IS NOT 'finished'",
                params![
                    execution.token.as_str(),
                    execution.trial.as_str(),
                    execution.number,
                    execution.process,
                    now - execution.seconds,
                    execution.end.map(|_| now),
                    execution.end.map(super::AttemptEnd::name),
                    execution.reason,
                ],
            )?;
            c.execute("DELETE FROM attempt WHERE token = ?1", [attempt.as_str()])
        })
        .map(drop)
    }

    /// Marks executions without a recorded end as lost, except those in `open`, which may still run
    /// on other machines. Returns how many were marked.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn end_lost_attempts(
        &mut self,
        open: &BTreeSet<AttemptToken>,
        now: f64,
    ) -> Result<usize, StoreError> {
        self.change(|c| {
            let mut query = c.prepare("SELECT token FROM attempt WHERE ended IS NULL")?;
            let tokens: Vec<String> =
                query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let is_open = |token: &String| {
                AttemptToken::parse(token).is_some_and(|token| open.contains(&token))
            };
            let mut lost = 0;
            for token in tokens.iter().filter(|token| !is_open(token)) {
                lost += c.execute(
                    "UPDATE attempt SET ended = ?2, outcome = 'lost',
                     reason = 'its process ended without a word' WHERE token = ?1",
                    params![token, now],
                )?;
            }
            Ok(lost)
        })
    }
}
