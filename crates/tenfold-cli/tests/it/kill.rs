//! `kill -9` at twenty points of a study, and at twelve of a carried search: afterwards the same command
//! finishes the study, repeats nothing and gives the same fit, byte for byte.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::carried::STUDY as CARRIED_STUDY;
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

/// The same for a study whose settings are searched at a quarter of each size: its trials take over
/// checkpoints of candidates that were stopped early, and every end may open the next rung.
const KILLS_OF_A_CARRIED_SEARCH: [(&str, u32, &str); 12] = [
    ("mid-trial", 5, "1"),
    ("mid-trial", 60, "2"),
    ("mid-trial", 150, "1"),
    ("mid-trial", 300, "2"),
    ("mid-trial", 600, "1"),
    ("mid-trial", 900, "2"),
    ("after-lease", 11, "2"),
    ("after-lease", 25, "1"),
    ("before-publish", 9, "2"),
    ("before-publish", 27, "1"),
    ("after-publish", 12, "2"),
    ("before-ingest", 10, "1"),
];

struct Killed {
    /// Trials that had been started and had no result when the process died.
    in_flight: usize,
    /// Results that were published when the process died.
    published: usize,
}

#[test]
fn killing_a_study_anywhere_loses_nothing_and_changes_nothing() {
    let with_trial_in_flight = kill_everywhere(SMALL_STUDY, &KILLS);
    assert!(with_trial_in_flight >= 15, "only {with_trial_in_flight} kills hit a running trial");
}

#[test]
fn killing_a_carried_search_anywhere_loses_nothing_and_changes_nothing() {
    let with_trial_in_flight = kill_everywhere(CARRIED_STUDY, &KILLS_OF_A_CARRIED_SEARCH);
    assert!(with_trial_in_flight >= 8, "only {with_trial_in_flight} kills hit a running trial");
}

/// Kills and finishes `study` once for each of `kills`; returns how many hit a running trial.
fn kill_everywhere(study: &str, kills: &[(&str, u32, &str)]) -> usize {
    let finished_anew = |workers| {
        let folder = tempfile::tempdir().unwrap();
        finished_fit(folder.path(), study, workers)
    };
    let expected = finished_anew("1");
    assert_eq!(finished_anew("2"), expected, "one thread and two");
    assert_eq!(finished_anew("8"), expected, "one thread and eight");
    let mut with_trial_in_flight = 0;
    for &(point, pass, workers) in kills {
        let folder = tempfile::tempdir().unwrap();
        let killed = kill_at(folder.path(), study, (point, pass, workers));
        with_trial_in_flight += usize::from(killed.in_flight > 0);
        let other_workers = if workers == "1" { "2" } else { "1" };
        assert_eq!(
            finished_fit(folder.path(), study, other_workers),
            expected,
            "killed {point}, pass {pass}, {workers} threads"
        );
        check_books(folder.path(), &killed);
    }
    with_trial_in_flight
}

/// Runs the study in `folder` to its end and gives the JSON of its fit.
fn finished_fit(folder: &Path, study: &str, workers: &str) -> String {
    write_study(folder, study);
    run_well(folder, &["run", "--workers", workers, "-q"]);
    run_well(folder, &["fit", "--json"]).stdout
}

fn kill_at(folder: &Path, study: &str, at: (&str, u32, &str)) -> Killed {
    let (point, pass, workers) = at;
    write_study(folder, study);
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
