//! What trials cost since a given time. It is computed from the recorded executions, so a kill
//! loses nothing.

use rusqlite::params;

use super::database::Database;
use super::error::StoreError;
use super::record::AttemptEnd;

/// Time, trials and work spent since a given time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spending {
    /// Wall-clock seconds in which at least one execution ran.
    pub seconds: f64,
    /// Trials that finished.
    pub trials: f64,
    /// Floating-point operations that finished trials were expected to take.
    pub flop: f64,
}

impl Database {
    /// Time, trials and work of the executions that started at `begun` or later; `begun` is in
    /// seconds since 1970.
    ///
    /// The seconds of lost executions are not counted, because their end is unknown.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn spent_since(&self, begun: f64) -> Result<Spending, StoreError> {
        let spans: Vec<(f64, f64)> = self.checked(|c| {
            let mut query = c.prepare(
                "SELECT started, ended FROM attempt
                 WHERE started >= ?1 AND ended IS NOT NULL AND outcome != ?2
                 ORDER BY started, ended",
            )?;
            let rows = query.query_map(params![begun, AttemptEnd::Lost.name()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            rows.collect()
        })?;
        let (trials, flop): (i64, f64) = self.checked(|c| {
            c.query_row(
                "SELECT count(*), coalesce(sum(flop), 0.0) FROM (
                   SELECT r.trial, max(p.expected_flop) AS flop
                   FROM attempt a
                   JOIN result r ON r.attempt = a.token
                   JOIN planned p ON p.trial = r.trial
                   WHERE a.started >= ?1 GROUP BY r.trial ORDER BY r.trial)",
                params![begun],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })?;
        Ok(Spending { seconds: covered(&spans), trials: trials as f64, flop })
    }
}

/// Length of the union of `spans`, which are sorted by their start.
fn covered(spans: &[(f64, f64)]) -> f64 {
    let (mut length, mut reached) = (0.0, f64::NEG_INFINITY);
    for &(start, end) in spans {
        length += (end - start.max(reached)).max(0.0);
        reached = reached.max(end);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::covered;

    #[test]
    fn time_that_two_executions_shared_counts_once() {
        assert!((covered(&[(0.0, 4.0), (1.0, 2.0), (3.0, 6.0), (10.0, 11.0)]) - 7.0).abs() < 1e-12);
        assert!(covered(&[]).abs() < 1e-12);
    }
}
