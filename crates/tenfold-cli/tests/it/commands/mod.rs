//! Models that are commands of the user's own: really run, in other processes, with real files.

mod after;
mod die;
mod edited;
mod first_try;
mod model_size;
mod report;
mod run;
mod statistics;
mod stopped;
mod study;

use std::fs;
use std::path::Path;

use crate::program::{Ran, run_well, write_study};

/// A study of one shell command, at four sizes with two seeds, with `more` added to its model.
fn study_of(script: &str, more: &str) -> String {
    let script = script.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "; ");
    format!(
        "[study]\nname = \"mine\"\n[shards]\nsizes = [10, 20, 40, 80]\nseeds = 2\n\
         [[model]]\nname = \"mine\"\ncommand = [\"sh\", \"-c\", \"{script}\"]\n{more}\n"
    )
}

/// Writes JSON with an error that falls with the size and differs by seed.
const FALLING: &str = r#"awk "BEGIN { printf \"{{\\\"error\\\": %.6f}}\", {size} ^ -0.5 * (1 + 0.01 * {seed}) }" > {out}"#;

/// Runs a study with this script; the run may fail.
fn ran(script: &str, more: &str) -> (tempfile::TempDir, Ran) {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of(script, more));
    let ran = crate::program::run(folder.path(), &["run"]);
    (folder, ran)
}

/// A folder with a finished study of this script.
fn finished(script: &str, more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of(script, more));
    run_well(folder.path(), &["run", "-q"]);
    folder
}

/// Numbers of finished trials and of executions in the database.
fn books(folder: &Path) -> (i64, i64) {
    let database = rusqlite::Connection::open(folder.join(".tenfold/study.sqlite")).unwrap();
    let count = |table: &str| {
        let query = format!("SELECT count(*) FROM {table}");
        database.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    (count("result"), count("attempt"))
}

#[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}
