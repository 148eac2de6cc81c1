//! `kill -9` at twenty points of a study: afterwards the same command finishes the study, repeats
//! nothing and gives the same fit, byte for byte.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::program::{
    SMALL_STUDY, command, run_well, start, trial_folders, wait_until, write_study,
};

/// Where to kill, at which pass, and on how many threads. The passes are spread over the study's
/// 26 trials; half of the kills hit training itself.
const KILLS: [(&str, u32, &str); 20] = [
    ("mid-trial", 1, "1"),
    ("mid-trial", 40, "2"),
    ("mid-trial", 333, "1"),
    ("mid-trial", 777, "2"),
    ("mid-trial", 1100, "1"),
    ("mid-trial", 1500, "2"),
    ("mid-trial", 1900, "1"),
    ("mid-trial", 2400, "2"),
    ("after-lease", 1, "2"),
    ("after-lease", 4, "2"),
    ("after-lease", 9, "2"),
    ("after-lease", 17, "1"),
    ("before-publish", 1, "1"),
    ("before-publish", 8, "2"),
    ("before-publish", 21, "2"),
    ("after-publish", 2, "2"),
    ("after-publish", 13, "1"),
    ("before-ingest", 3, "2"),
    ("before-ingest", 16, "1"),
    ("during-fit", 1, "2"),
];

struct Killed {
    /// Trials that had been started and had no result when the process died.
    in_flight: usize,
    /// Results that were published when the process died.
    published: usize,
}

#[test]
fn killing_a_study_anywhere_loses_nothing_and_changes_nothing() {
    let reference = tempfile::tempdir().unwrap();
    let expected = finished_fit(reference.path(), "1");
    let other = tempfile::tempdir().unwrap();
    assert_eq!(finished_fit(other.path(), "2"), expected, "one thread and two");
    let more = tempfile::tempdir().unwrap();
    assert_eq!(finished_fit(more.path(), "8"), expected, "one thread and eight");
    let mut with_trial_in_flight = 0;
    for (point, pass, workers) in KILLS {
        let folder = tempfile::tempdir().unwrap();
        let killed = kill_at(folder.path(), point, pass, workers);
        with_trial_in_flight += usize::from(killed.in_flight > 0);
        let other_workers = if workers == "1" { "2" } else { "1" };
        assert_eq!(
            finished_fit(folder.path(), other_workers),
            expected,
            "killed {point}, pass {pass}, {workers} threads"
        );
        check_books(folder.path(), &killed);
    }
    assert!(with_trial_in_flight >= 15, "only {with_trial_in_flight} kills hit a running trial");
}

/// Runs the study in `folder` to its end and gives the JSON of its fit.
fn finished_fit(folder: &Path, workers: &str) -> String {
    write_study(folder, SMALL_STUDY);
    run_well(folder, &["run", "--workers", workers, "-q"]);
    run_well(folder, &["fit", "--json"]).stdout
}

fn kill_at(folder: &Path, point: &str, pass: u32, workers: &str) -> Killed {
    write_study(folder, SMALL_STUDY);
    let marker = folder.join("marker");
    let mut command = command(folder, &["run", "--workers", workers]);
    command.env("TENFOLD_FAULT", format!("{point}:{pass}:{}", marker.display()));
    let mut child = start(command);
    wait_until(&format!("{point}, pass {pass}"), || {
        assert!(child.try_wait().unwrap().is_none(), "ended before {point}, pass {pass}");
        marker.exists()
    });
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.code().is_none(), "it was to be killed, it ended with {status}");
    let published = published_trials(folder);
    let open: Vec<String> = rows(folder, "SELECT trial FROM attempt WHERE ended IS NULL");
    let in_flight = open.iter().filter(|trial| !published.contains(trial)).count();
    Killed { in_flight, published: published.len() }
}

/// Checks that every planned trial has one result, from one attempt, that results published before
/// the kill were not trained again, and that every attempt has an end.
fn check_books(folder: &Path, killed: &Killed) {
    let planned = rows(folder, "SELECT DISTINCT trial FROM planned ORDER BY trial");
    let results = rows(folder, "SELECT trial FROM result ORDER BY trial");
    assert_eq!(planned, results);
    assert_eq!(published_trials(folder), results);
    let finished =
        rows(folder, "SELECT trial FROM attempt WHERE outcome = 'finished' ORDER BY trial");
    assert_eq!(finished, results, "each trial finished once");
    let open = rows(folder, "SELECT trial FROM attempt WHERE ended IS NULL");
    assert!(open.is_empty(), "attempts without an end: {open:?}");
    assert!(killed.published <= results.len());
    let parts = trial_folders(folder)
        .into_iter()
        .flat_map(|trial| fs::read_dir(trial).unwrap())
        .filter(|file| {
            let name = file.as_ref().unwrap().file_name();
            let name = name.to_string_lossy().into_owned();
            name.starts_with("result.tmp") || name.starts_with("checkpoint")
        });
    assert_eq!(parts.count(), 0, "nothing half-written stays");
}

fn published_trials(folder: &Path) -> Vec<String> {
    trial_folders(folder)
        .into_iter()
        .filter(|trial| trial.join("result.json").exists())
        .map(|trial| trial.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

fn rows(folder: &Path, query: &str) -> Vec<String> {
    let database = Connection::open(folder.join(".tenfold/study.sqlite")).unwrap();
    let mut statement = database.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
