//! The tables.

use rusqlite::Connection;

/// Format of the tables, in `PRAGMA user_version`.
pub(super) const FORMAT: i64 = 3;

/// The tables hold everything but the outcomes of single examples, which only the result files
/// hold: with a hundred thousand trials these are most of the bytes, and only the winners' are ever
/// read.
const TABLES: &str = "
CREATE TABLE fact(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE settings(
  id INTEGER PRIMARY KEY,
  json TEXT NOT NULL UNIQUE CHECK(json_valid(json))
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
  SELECT p.trial, p.model, p.size, p.repeat AS seed, p.candidate, s.json AS settings,
         r.validation_error, r.test_error, r.train_error, r.parameter_count, r.training_flop,
         r.steps, r.converged, r.seconds, r.metrics
  FROM planned p JOIN settings s ON s.id = p.settings LEFT JOIN result r ON r.trial = p.trial;
";

/// Makes the tables in an empty database.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}
