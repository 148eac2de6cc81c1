//! Queries of the database: the state of trials, their results, and how their executions ended.

use super::database::Database;
use super::error::StoreError;
use super::record::{
    AttemptRow, ModelCounts, PlannedTrial, TrialRow, attempt_from_row, planned_from_row,
    trial_from_row,
};
use crate::trial::{Outcome, TrialId};

/// Columns of a planned trial, its state and its result. Attempts are looked up only for trials
/// without a result: with a hundred thousand trials that look-up takes most of the time.
const TRIALS: &str = "
SELECT p.model, p.size, p.repeat, p.candidate, p.trial, s.json, p.expected_flop,
       r.seconds, r.validation_error, r.test_error, r.is_validation_apart, r.judged_on,
       r.judged_examples, a.outcome, a.reason,
       a.token IS NOT NULL AND a.ended IS NULL AS is_open, r.parameter_count
FROM planned p
JOIN settings s ON s.id = p.settings
LEFT JOIN result r ON r.trial = p.trial
LEFT JOIN attempt a ON a.token = CASE WHEN r.trial IS NULL THEN (
  SELECT token FROM attempt WHERE trial = p.trial ORDER BY started DESC, token DESC LIMIT 1) END";

impl Database {
    /// Ids of all trials with a result, in order.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn finished_ids(&self) -> Result<Vec<TrialId>, StoreError> {
        self.ids("SELECT trial FROM result ORDER BY trial")
    }

    /// Ids of all trials with an execution whose end is not recorded, in order.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn open_ids(&self) -> Result<Vec<TrialId>, StoreError> {
        self.ids("SELECT DISTINCT trial FROM attempt WHERE ended IS NULL ORDER BY trial")
    }

    fn ids(&self, query: &str) -> Result<Vec<TrialId>, StoreError> {
        let texts: Vec<String> =
            self.checked(|c| c.prepare(query)?.query_map([], |row| row.get(0))?.collect())?;
        Ok(texts.iter().filter_map(|text| TrialId::parse(text)).collect())
    }

    /// Ids of all trials that start with `beginning`, planned or ever executed, in order.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn ids_beginning(&self, beginning: &str) -> Result<Vec<TrialId>, StoreError> {
        let texts: Vec<String> = self.checked(|c| {
            // `g` sorts after every hexadecimal digit.
            let mut query = c.prepare(
                "SELECT trial FROM planned WHERE trial BETWEEN ?1 AND ?1 || 'g'
                 UNION SELECT trial FROM attempt WHERE trial BETWEEN ?1 AND ?1 || 'g'
                 ORDER BY trial",
            )?;
            query.query_map([beginning], |row| row.get(0))?.collect()
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

    /// Id, model and size of every planned trial that has a result.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn finished_plan(&self) -> Result<Vec<(TrialId, String, u64)>, StoreError> {
        let rows: Vec<(String, String, i64)> = self.checked(|c| {
            let mut query = c.prepare(
                "SELECT p.trial, p.model, p.size FROM planned p
                 JOIN result r ON r.trial = p.trial
                 ORDER BY p.model, p.size, p.repeat, p.candidate",
            )?;
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        })?;
        let parsed = |(id, model, size): (String, String, i64)| {
            Some((TrialId::parse(&id)?, model, size.unsigned_abs()))
        };
        Ok(rows.into_iter().filter_map(parsed).collect())
    }

    /// Every planned trial and its state, in the plan's order: model, size, seed, candidate.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn trials(&self) -> Result<Vec<TrialRow>, StoreError> {
        self.checked(|c| {
            let order = "ORDER BY p.model, p.size, p.repeat, p.candidate";
            let mut query = c.prepare(&format!("{TRIALS} {order}"))?;
            query.query_map([], trial_from_row)?.collect()
        })
    }

    /// The state of trial `id` for each row of the plan that refers to it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn places_of(&self, id: &TrialId) -> Result<Vec<TrialRow>, StoreError> {
        self.checked(|c| {
            let mut query = c.prepare(&format!("{TRIALS} WHERE p.trial = ?1 ORDER BY p.model"))?;
            query.query_map([id.as_str()], trial_from_row)?.collect()
        })
    }

    /// How many trials of each model are in each state, with the model's name.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn counts(&self) -> Result<Vec<(String, ModelCounts)>, StoreError> {
        let query = format!(
            "SELECT model, count(*), count(seconds),
               sum(seconds IS NULL AND is_open),
               sum(seconds IS NULL AND NOT is_open AND outcome IS 'failed'),
               sum(seconds IS NULL AND NOT is_open AND outcome IS 'cancelled'),
               total(CASE WHEN seconds IS NOT NULL THEN expected_flop END), total(seconds),
               total(CASE WHEN seconds IS NULL AND (is_open OR outcome IS NULL
                          OR outcome NOT IN ('failed', 'cancelled')) THEN expected_flop END)
             FROM ({TRIALS}) GROUP BY model ORDER BY model"
        );
        self.checked(|c| {
            let mut query = c.prepare(&query)?;
            let counts = |row: &rusqlite::Row<'_>| {
                let count = |column| row.get::<_, i64>(column).map(|n| n.unsigned_abs() as usize);
                let (trials, finished, open) = (count(1)?, count(2)?, count(3)?);
                let (failed, cancelled) = (count(4)?, count(5)?);
                let counts = ModelCounts {
                    planned: trials - finished - open - failed - cancelled,
                    open,
                    finished,
                    failed,
                    cancelled,
                    finished_flop: row.get(6)?,
                    finished_seconds: row.get(7)?,
                    remaining_flop: row.get(8)?,
                };
                Ok((row.get(0)?, counts))
            };
            query.query_map([], counts)?.collect()
        })
    }

    /// Planned trials whose last execution failed or was cancelled, in the plan's order, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn left_out(&self, limit: usize) -> Result<Vec<TrialRow>, StoreError> {
        self.checked(|c| {
            let mut query = c.prepare(&format!(
                "{TRIALS} WHERE r.trial IS NULL AND a.ended IS NOT NULL
                 AND a.outcome IN ('failed', 'cancelled')
                 ORDER BY p.model, p.size, p.repeat, p.candidate LIMIT ?1"
            ))?;
            query.query_map([(limit as u64).cast_signed()], trial_from_row)?.collect()
        })
    }

    /// Every execution of trial `id`, ordered by start.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn attempts_of(&self, id: &TrialId) -> Result<Vec<AttemptRow>, StoreError> {
        self.checked(|c| {
            let mut query = c.prepare(
                "SELECT token, process, started, ended, outcome, reason FROM attempt
                 WHERE trial = ?1 ORDER BY started, token",
            )?;
            query.query_map([id.as_str()], attempt_from_row)?.collect()
        })
    }

    /// The content of the result file of trial `id`, whose result the database already holds.
    ///
    /// # Errors
    /// [`StoreError::ResultGone`] if the file is missing or is no longer a result of this trial.
    pub fn outcome(&self, id: &TrialId) -> Result<Outcome, StoreError> {
        let path = self.folder.result(id);
        let gone = |reason: String| StoreError::ResultGone { path: path.clone(), reason };
        let text = self.folder.read_result(id)?.ok_or_else(|| gone("no such file".to_owned()))?;
        Outcome::parse(&text, id).map_err(|error| gone(error.to_string()))
    }

    /// The results of the planned trials, in the plan's order. Reads every result file: for the
    /// errors alone, [`Database::trials`] is a hundred times quicker.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn planned_results(&self) -> Result<Vec<(PlannedTrial, Outcome)>, StoreError> {
        let rows: Vec<PlannedTrial> = self.checked(|c| {
            let mut query = c.prepare(
                "SELECT p.model, p.size, p.repeat, p.candidate, p.trial, s.json, p.expected_flop
                 FROM planned p JOIN settings s ON s.id = p.settings
                 JOIN result r ON r.trial = p.trial
                 ORDER BY p.model, p.size, p.repeat, p.candidate",
            )?;
            query.query_map([], planned_from_row)?.collect()
        })?;
        let with_outcome = |planned: PlannedTrial| {
            let id = TrialId::parse(&planned.trial)?;
            Some(self.outcome(&id).map(|outcome| (planned, outcome)))
        };
        rows.into_iter().filter_map(with_outcome).collect()
    }
}
