//! The tables, and how a database of an earlier format becomes one of this.

use rusqlite::Connection;

/// Format of the tables, in `PRAGMA user_version`.
pub(super) const FORMAT: i64 = 2;

/// Everything but the per-example outcomes, which only the result files hold: at a hundred
/// thousand trials they are most of the bytes and only the winners' are ever read.
const TABLES: &str = "
CREATE TABLE fact(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE settings(
  id INTEGER PRIMARY KEY,
  line TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE planned(
  model TEXT NOT NULL,
  size INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  candidate INTEGER NOT NULL,
  trial TEXT NOT NULL,
  settings INTEGER NOT NULL REFERENCES settings(id),
  expected_flop REAL NOT NULL,
  PRIMARY KEY(model, size, repeat, candidate)
) STRICT, WITHOUT ROWID;
CREATE INDEX planned_trial ON planned(trial);
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
CREATE INDEX attempt_open ON attempt(trial) WHERE ended IS NULL;
CREATE TABLE result(
  trial TEXT PRIMARY KEY,
  attempt TEXT NOT NULL,
  validation_error REAL NOT NULL,
  test_error REAL NOT NULL,
  train_error REAL,
  parameter_count INTEGER,
  training_flop REAL,
  steps INTEGER,
  converged INTEGER NOT NULL,
  seconds REAL NOT NULL,
  is_validation_apart INTEGER NOT NULL,
  judged_on TEXT,
  judged_examples INTEGER NOT NULL,
  metrics TEXT
) STRICT, WITHOUT ROWID;
CREATE VIEW trial AS
  SELECT p.trial, p.model, p.size, p.repeat AS seed, p.candidate, s.line AS settings,
         r.validation_error, r.test_error, r.train_error, r.parameter_count, r.training_flop,
         r.steps, r.converged, r.seconds, r.metrics
  FROM planned p JOIN settings s ON s.id = p.settings LEFT JOIN result r ON r.trial = p.trial;
";

/// Moves the rows of format 1, which kept each result's document and each trial's settings.
const FROM_FORMAT_1: &str = "
INSERT INTO settings(line) SELECT DISTINCT settings FROM planned_1;
INSERT INTO planned
  SELECT model, size, repeat, candidate, trial, s.id, expected_flop
  FROM planned_1 p JOIN settings s ON s.line = p.settings;
INSERT INTO result
  SELECT trial, attempt, validation_error, test_error, document ->> '$.train_error',
         document ->> '$.parameter_count', document ->> '$.training_flop',
         document ->> '$.steps', converged, seconds,
         coalesce(document ->> '$.is_validation_apart', 1), document ->> '$.judged_on',
         coalesce(document ->> '$.test_outcomes.count', 0), document -> '$.metrics'
  FROM result_1;
DROP TABLE planned_1;
DROP TABLE result_1;
";

/// Makes the tables in an empty database.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

/// Brings a database of format 1 to this one, in one transaction: a kill leaves the old or the new.
pub(super) fn upgrade_from_1(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(
        "ALTER TABLE planned RENAME TO planned_1;
         ALTER TABLE result RENAME TO result_1;
         ALTER TABLE fact RENAME TO fact_1;
         ALTER TABLE attempt RENAME TO attempt_1;
         DROP INDEX attempt_of_trial;",
    )?;
    transaction.execute_batch(TABLES)?;
    transaction.execute_batch(FROM_FORMAT_1)?;
    transaction.execute_batch(
        "INSERT INTO fact SELECT * FROM fact_1;
         INSERT INTO attempt SELECT * FROM attempt_1;
         DROP TABLE fact_1;
         DROP TABLE attempt_1;",
    )?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()?;
    // The documents are gone from the tables; this gives their space back.
    connection.execute_batch("VACUUM")
}
