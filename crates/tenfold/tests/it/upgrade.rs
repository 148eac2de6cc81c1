//! Studies that an earlier version wrote: read as they stand, changed by a run only.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tenfold::store::{Database, StoreError, StudyFolder, TrialState};

use crate::program::{SMALL_STUDY, run, run_well, trial_folders, write_study};

/// The tables of format 1, filled from those of the present one.
const TO_FORMAT_1: &str = "
DROP VIEW trial;
CREATE TABLE planned_1(
  model TEXT NOT NULL, size INTEGER NOT NULL, repeat INTEGER NOT NULL,
  candidate INTEGER NOT NULL, trial TEXT NOT NULL, settings TEXT NOT NULL,
  expected_flop REAL NOT NULL, PRIMARY KEY(model, size, repeat, candidate)
) STRICT, WITHOUT ROWID;
INSERT INTO planned_1
  SELECT model, size, repeat, candidate, trial, line, expected_flop
  FROM planned JOIN settings ON settings.id = planned.settings;
CREATE TABLE result_1(
  trial TEXT PRIMARY KEY, attempt TEXT NOT NULL, validation_error REAL NOT NULL,
  test_error REAL NOT NULL, seconds REAL NOT NULL, training_flop REAL NOT NULL,
  converged INTEGER NOT NULL, document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO result_1
  SELECT trial, attempt, validation_error, test_error, seconds, training_flop, converged, '{}'
  FROM result;
DROP TABLE planned;
DROP TABLE settings;
DROP TABLE result;
DROP INDEX attempt_open;
ALTER TABLE planned_1 RENAME TO planned;
ALTER TABLE result_1 RENAME TO result;
PRAGMA user_version = 1;
";

/// Puts the trials and the database of the study in `folder` where format 1 had them.
fn make_old(folder: &Path) {
    for trial in trial_folders(folder) {
        let name = trial.file_name().unwrap();
        fs::rename(&trial, folder.join(".tenfold/trials").join(name)).unwrap();
    }
    let database = Connection::open(folder.join(".tenfold/study.sqlite")).unwrap();
    database.execute_batch(TO_FORMAT_1).unwrap();
}

#[test]
fn a_study_of_format_1_is_brought_up_to_date_by_a_run_and_trains_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    run_well(folder.path(), &["run", "-q"]);
    let before = run_well(folder.path(), &["fit", "--json"]).stdout;
    make_old(folder.path());
    let refused = run(folder.path(), &["fit"]);
    assert_eq!(refused.code, Some(2));
    let expected = "error: `./.tenfold/study.sqlite` was written by an earlier version (format 1, \
                    this one reads 2)\nhint: `tenfold run` brings it up to date and keeps every \
                    finished trial\n";
    assert_eq!(refused.stderr, expected);
    let again = run_well(folder.path(), &["run"]);
    assert!(again.stderr.contains("0 trials trained"), "{}", again.stderr);
    assert_eq!(run_well(folder.path(), &["fit", "--json"]).stdout, before);
}

#[test]
fn every_row_of_a_database_of_format_1_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let folder = StudyFolder::create(place.path()).unwrap();
    let old = Connection::open(folder.database()).unwrap();
    old.execute_batch(include_str!("format_1.sql")).unwrap();
    drop(old);
    let read = Database::read(&folder).unwrap_err();
    assert!(matches!(read, StoreError::EarlierFormat { found: 1, .. }), "{read}");
    let database = Database::open(&folder).unwrap();
    let rows = database.trials().unwrap();
    let shown: Vec<(u64, u64, f64, f64, u64)> = rows
        .iter()
        .map(|row| {
            let measured = row.measured.as_ref().unwrap();
            let (validation, test) = (measured.validation_error, measured.test_error);
            (row.planned.size, row.planned.repeat, validation, test, measured.judged_examples)
        })
        .collect();
    let expected = [
        (16, 0, 0.21875, 0.53125, 32),
        (16, 1, 0.3125, 0.34375, 32),
        (32, 0, 0.25, 0.5, 32),
        (32, 1, 0.3125, 0.28125, 32),
    ];
    assert_eq!(shown, expected);
    assert!(rows.iter().all(|row| row.state == TrialState::Finished));
    assert!(rows[0].planned.settings.starts_with("learner=linear width=1"));
    assert!(database.fact("study").unwrap().unwrap().contains("name = \"old\""));
    let (steps, train_error): (i64, f64) = Connection::open(folder.database())
        .unwrap()
        .query_row("SELECT steps, train_error FROM trial WHERE size = 32 AND seed = 0", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!((steps, train_error.to_bits()), (20, 0.0625_f64.to_bits()));
    let attempts = database.attempts_of(&database.finished_ids().unwrap()[0]).unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].outcome.as_deref(), Some("finished"));
}
