//! Folders that an earlier version wrote: every command refuses them and leaves them unchanged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::program::{SMALL_STUDY, run, run_well, trial_folders, write_study};

fn finished_study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let two_sizes = SMALL_STUDY.replace("to = 512", "to = 64");
    write_study(folder.path(), &two_sizes);
    run_well(folder.path(), &["run", "-q"]);
    folder
}

/// Every file below `folder` with its bytes.
fn bytes_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            found.extend(bytes_below(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

fn check_refused(folder: &Path) {
    let expected = "error: `./.tenfold` was written by an earlier version, which gave its trials \
                    other names: this one can use none of them\nhint: `mv ./.tenfold \
                    ./.tenfold-earlier` keeps it, and `tenfold run` then trains again\n";
    let before = bytes_below(folder);
    let commands: [&[&str]; 6] =
        [&["run"], &["status"], &["fit"], &["report"], &["trial"], &["clean", "--yes"]];
    for words in commands {
        let ran = run(folder, words);
        let ended = (ran.stderr.as_str(), ran.stdout.as_str(), ran.code);
        assert_eq!(ended, (expected, "", Some(2)), "tenfold {words:?}");
        assert!(bytes_below(folder) == before, "tenfold {words:?} touched the folder");
    }
    fs::rename(folder.join(".tenfold"), folder.join(".tenfold-earlier")).unwrap();
    run_well(folder, &["run", "-q"]);
}

#[test]
fn a_database_of_an_earlier_format_is_refused_and_not_touched() {
    let folder = finished_study();
    let database = Connection::open(folder.path().join(".tenfold/study.sqlite")).unwrap();
    database.execute_batch("PRAGMA user_version = 2").unwrap();
    drop(database);
    check_refused(folder.path());
}

#[test]
fn results_of_an_earlier_form_are_refused_and_not_touched_without_their_database() {
    let folder = finished_study();
    fs::remove_file(folder.path().join(".tenfold/study.sqlite")).unwrap();
    for trial in trial_folders(folder.path()) {
        let path = trial.join("result.json");
        let text = fs::read_to_string(&path).unwrap();
        let mut result: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(result["settings"]["optimizer"], "adamw", "{text}");
        result["settings"] = "learner=linear width=1 depth=1".into();
        write(&path, &result.to_string());
    }
    check_refused(folder.path());
}

#[test]
fn trials_that_lie_flat_are_refused_and_not_touched_without_their_database() {
    let folder = finished_study();
    fs::remove_file(folder.path().join(".tenfold/study.sqlite")).unwrap();
    for trial in trial_folders(folder.path()) {
        let flat = folder.path().join(".tenfold/trials").join(trial.file_name().unwrap());
        fs::rename(&trial, flat).unwrap();
    }
    check_refused(folder.path());
}

#[expect(clippy::disallowed_methods, reason = "the test plays the earlier version")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}
