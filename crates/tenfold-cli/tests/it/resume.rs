//! Changes that a user makes to a study between two runs, and how the second run handles them.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rustix::fs::{FileType, Mode};

use crate::program::{
    Ran, SMALL_STUDY, command, run, run_well, start, trial_folders, wait_until, write_study,
};

fn finished_study() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    run_well(folder.path(), &["run", "-q"]);
    folder
}

fn fit(folder: &Path) -> String {
    run_well(folder, &["fit", "--json"]).stdout
}

fn results(folder: &Path) -> i64 {
    let database = Connection::open(folder.join(".tenfold/study.sqlite")).unwrap();
    database.query_row("SELECT count(*) FROM result", [], |row| row.get(0)).unwrap()
}

fn attempts(folder: &Path) -> i64 {
    let database = Connection::open(folder.join(".tenfold/study.sqlite")).unwrap();
    database.query_row("SELECT count(*) FROM attempt", [], |row| row.get(0)).unwrap()
}

/// Trials of the model without a search: five sizes, two seeds.
const LINEAR_TRIALS: i64 = 10;

fn check_trained(ran: &Ran, trained: i64, reused: i64) {
    let expected = format!("{trained} trials trained, {reused} reused");
    assert!(ran.stderr.contains(&expected), "expected {expected}:\n{}", ran.stderr);
}

#[test]
fn a_finished_study_run_again_trains_nothing() {
    let folder = finished_study();
    let before = (attempts(folder.path()), fit(folder.path()));
    let again = run_well(folder.path(), &["run"]);
    check_trained(&again, 0, results(folder.path()));
    assert_eq!((attempts(folder.path()), fit(folder.path())), before);
}

#[test]
fn a_study_that_changed_says_which_trials_stay_valid() {
    let folder = finished_study();
    let total = results(folder.path());
    let changed = SMALL_STUDY.replace("width = 24", "width = 32");
    write_study(folder.path(), &changed);
    let stale = run(folder.path(), &["fit"]);
    assert!(stale.stderr.contains("study.toml has changed since the last `tenfold run`"));
    let again = run_well(folder.path(), &["run"]);
    let of_mlp = total - LINEAR_TRIALS;
    let expected = format!(
        "study.toml has changed: {LINEAR_TRIALS} finished trials stay valid, {of_mlp} no longer \
         belong to it: mlp at 32 (4), mlp at 64"
    );
    assert!(again.stderr.contains(&expected), "{}", again.stderr);
    write_study(folder.path(), SMALL_STUDY);
    let back = run_well(folder.path(), &["run"]);
    check_trained(&back, 0, total);
}

#[test]
fn more_seeds_or_sizes_repeat_nothing() {
    let folder = finished_study();
    let total = results(folder.path());
    let more = SMALL_STUDY.replace("seeds = 2", "seeds = 3");
    write_study(folder.path(), &more);
    let again = run_well(folder.path(), &["run"]);
    let expected = format!("all {total} finished trials stay valid");
    assert!(again.stderr.contains(&expected), "{}", again.stderr);
    // One more seed at five sizes of two models.
    check_trained(&again, 10, total);
}

#[test]
fn a_damaged_database_is_rebuilt_from_the_result_files() {
    let folder = finished_study();
    let before = fit(folder.path());
    let total = results(folder.path());
    let database = folder.path().join(".tenfold/study.sqlite");
    for damage in [&b"not a database at all, 12345678901234567890"[..], b""] {
        for suffix in ["-wal", "-shm"] {
            drop(fs::remove_file(folder.path().join(format!(".tenfold/study.sqlite{suffix}"))));
        }
        overwrite(&database, damage);
        let again = run_well(folder.path(), &["run"]);
        check_trained(&again, 0, total);
        assert_eq!(fit(folder.path()), before);
    }
    fs::remove_file(&database).unwrap();
    run_well(folder.path(), &["run"]);
    assert_eq!(fit(folder.path()), before);
}

#[test]
fn a_torn_or_foreign_result_is_trained_again() {
    let folder = finished_study();
    let before = fit(folder.path());
    let total = results(folder.path());
    let trials = trial_folders(folder.path());
    let paths: Vec<_> = trials.iter().map(|trial| trial.join("result.json")).collect();
    let whole = fs::read(&paths[0]).unwrap();
    overwrite(&paths[0], &whole[..whole.len() / 2]);
    overwrite(&paths[1], &fs::read(&paths[2]).unwrap());
    fs::remove_file(&paths[3]).unwrap();
    fs::remove_file(folder.path().join(".tenfold/study.sqlite")).unwrap();
    let again = run_well(folder.path(), &["run"]);
    assert!(again.stderr.contains("2 unreadable results were set aside"), "{}", again.stderr);
    check_trained(&again, 3, total - 3);
    assert_eq!(fit(folder.path()), before);
    assert_eq!(results(folder.path()), total);
}

#[test]
fn what_stands_in_place_of_a_result_is_named_and_not_waited_for() {
    let folder = finished_study();
    let before = fit(folder.path());
    let path = trial_folders(folder.path())[0].join("result.json");
    let shown = format!("./{}", path.strip_prefix(folder.path()).unwrap().display());
    fs::remove_file(&path).unwrap();
    for (reason, kind) in
        [("is a directory", FileType::Directory), ("it is a pipe or a device", FileType::Fifo)]
    {
        if kind == FileType::Directory {
            fs::create_dir(&path).unwrap();
        } else {
            rustix::fs::mknodat(rustix::fs::CWD, &path, kind, Mode::RWXU, 0).unwrap();
        }
        let broken = run(folder.path(), &["run", "--check"]);
        assert_eq!(broken.code, Some(2), "{}", broken.stderr);
        let expected = format!(
            "error: cannot read `{shown}`: {reason}\n\
             hint: something else is in its place: move `{shown}` away\n"
        );
        assert!(broken.stderr.ends_with(&expected), "{}", broken.stderr);
        fs::remove_dir(&path).or_else(|_| fs::remove_file(&path)).unwrap();
    }
    run_well(folder.path(), &["run", "--check"]);
    assert_eq!(fit(folder.path()), before);
}

#[test]
fn a_folder_in_place_of_the_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    fs::create_dir_all(folder.path().join(".tenfold/study.sqlite")).unwrap();
    let broken = run(folder.path(), &["run"]);
    assert_eq!(broken.code, Some(2), "{}", broken.stderr);
    let expected = "error: cannot read `./.tenfold/study.sqlite`: it is a directory\n\
                    hint: something else is in its place: move `./.tenfold/study.sqlite` away\n";
    assert!(broken.stderr.ends_with(expected), "{}", broken.stderr);
}

#[test]
fn what_was_changed_by_hand_is_found_by_a_check() {
    let folder = finished_study();
    let before = fit(folder.path());
    let total = results(folder.path());
    let trials = trial_folders(folder.path());
    // Every run notices a missing trial folder, but only `--check` notices a missing file.
    fs::remove_dir_all(&trials[0]).unwrap();
    let again = run_well(folder.path(), &["run"]);
    assert!(again.stderr.contains("1 result has gone and is trained again"), "{}", again.stderr);
    check_trained(&again, 1, total - 1);
    let winner = trials.iter().find(|trial| is_result_of(trial, "linear")).unwrap();
    fs::remove_file(winner.join("result.json")).unwrap();
    let broken = run(folder.path(), &["fit"]);
    assert_eq!(broken.code, Some(2));
    let shown = winner.strip_prefix(folder.path()).unwrap().join("result.json");
    let expected = format!(
        "error: the result `./{}` can no longer be read: no such file\n\
         hint: `tenfold run --check` reads every result file and trains what is missing\n",
        shown.display()
    );
    assert_eq!(broken.stderr, expected);
    let other = trials.iter().find(|trial| *trial != winner).unwrap();
    overwrite(&other.join("result.json"), b"{}");
    let checked = run_well(folder.path(), &["run", "--check"]);
    assert!(checked.stderr.contains("1 unreadable result was set aside"), "{}", checked.stderr);
    assert!(
        checked.stderr.contains("1 result has gone and is trained again"),
        "{}",
        checked.stderr
    );
    check_trained(&checked, 2, total - 2);
    assert_eq!(fit(folder.path()), before);
}

/// Whether `trial` is finished and belongs to `model`. The tests ask for the only model without a
/// search, so that each of its trials is on the curve.
fn is_result_of(trial: &Path, model: &str) -> bool {
    let text = fs::read_to_string(trial.join("result.json")).unwrap_or_default();
    text.contains(&format!("\"model\":\"{model}\""))
}

#[test]
fn a_second_writer_is_told_which_process_writes() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    let marker = folder.path().join("marker");
    let mut command = command(folder.path(), &["run"]);
    command.env("TENFOLD_FAULT", format!("mid-trial:5:{}", marker.display()));
    let mut first = start(command);
    wait_until("the first run", || marker.exists());
    let second = run(folder.path(), &["run"]);
    let status = run(folder.path(), &["status"]);
    let process = first.id();
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.code, Some(2));
    let expected = format!(
        "error: `./.tenfold` is being written by process {process} (`tenfold run`)\n\
         hint: wait for it to end, or watch it with `tenfold status`\n"
    );
    assert_eq!(second.stderr, expected);
    assert!(status.stdout.contains(&format!("running: process {process}")), "{}", status.stdout);
    let after = run_well(folder.path(), &["status"]);
    assert!(after.stdout.contains("cut off: tenfold run goes on"), "{}", after.stdout);
}

#[test]
fn a_trial_that_diverges_is_tried_twice_shown_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let wild = SMALL_STUDY
        .replace("learning_rate = [1e-3, 3e-3, 1e-2]", "learning_rate = [3e-3, 1e30]")
        .replace("steps = 120\n[model.search]", "steps = 120\noptimizer = \"sgd\"\n[model.search]");
    write_study(folder.path(), &wild);
    let ran = run(folder.path(), &["run", "--workers", "1"]);
    assert_eq!(ran.code, Some(3), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("will retry once"), "{}", ran.stderr);
    assert!(ran.stdout.contains("mlp"), "the study went on: {}", ran.stdout);
    let status = run_well(folder.path(), &["status"]);
    assert!(status.stdout.contains("failed: mlp at 32, seed 0: "), "{}", status.stdout);
    let database = Connection::open(folder.path().join(".tenfold/study.sqlite")).unwrap();
    let twice: i64 = database
        .query_row(
            "SELECT count(*) FROM (SELECT trial FROM attempt WHERE outcome = 'failed'
             GROUP BY trial HAVING count(*) = 2)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let failed: i64 = database
        .query_row("SELECT count(*) FROM attempt WHERE outcome = 'failed'", [], |row| row.get(0))
        .unwrap();
    assert!(twice > 0);
    assert_eq!(failed, 2 * twice, "each failed trial was tried twice");
    let id: String = database
        .query_row("SELECT trial FROM attempt WHERE outcome = 'failed'", [], |row| row.get(0))
        .unwrap();
    let log = run_well(folder.path(), &["trial", &id[..8], "--log"]).stdout;
    assert_eq!(log.matches("failed after").count(), 2, "{log}");
}

#[test]
fn ctrl_c_keeps_what_is_finished_and_the_next_run_goes_on() {
    let reference = fit(finished_study().path());
    let folder = tempfile::tempdir().unwrap();
    let long = SMALL_STUDY.replace("steps = 120", "steps = 2000");
    write_study(folder.path(), &long);
    let mut child = start(command(folder.path(), &["run", "--workers", "1"]));
    wait_until("a first result", || {
        trial_folders(folder.path()).iter().any(|trial| trial.join("result.json").exists())
    });
    interrupt(child.id());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    let kept = results(folder.path());
    assert!(kept >= 1);
    let again = run_well(folder.path(), &["run"]);
    check_trained(&again, results(folder.path()) - kept, kept);
    assert_ne!(fit(folder.path()), reference, "two thousand steps are not 120");
}

#[expect(clippy::disallowed_methods, reason = "the test plays somebody who writes by hand")]
fn overwrite(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a signal is sent from outside, as a terminal does")]
fn interrupt(process: u32) {
    let status =
        std::process::Command::new("kill").args(["-INT", &process.to_string()]).status().unwrap();
    assert!(status.success());
}
