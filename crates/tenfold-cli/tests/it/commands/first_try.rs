//! Commands that can never work: they are reported once, after the smallest trials, and no others
//! are tried.

use std::fs;

use super::{FALLING, books, ran, study_of};
use crate::program::{command, run, run_well, start, wait_until, write_study};

/// Prints what Python prints when a module is missing, and writes no result.
const IMPORT_ERROR: &str = "printf 'Traceback (most recent call last):\\n  File \"train.py\", line 1\\nModuleNotFoundError: No module named torch\\n' >&2; exit 1";

#[test]
fn a_command_that_never_works_is_told_once_with_the_end_of_its_log() {
    let (folder, ran) = ran(IMPORT_ERROR, "");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(books(folder.path()), (0, 4), "two sizes, each tried twice");
    // The traceback is printed once, and its last line also in the reason.
    assert_eq!(ran.stderr.matches("Traceback").count(), 1, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("No module named torch").count(), 2, "{}", ran.stderr);
    let said = "the command of mine never worked, tried at 10 and 20: exit status 1: \
                ModuleNotFoundError: No module named torch; its 4 other trials are not started (log: \
                tenfold trial ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("\n    Traceback (most recent call last):\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("2 failed, 4 not started in "), "{}", ran.stderr);
    assert!(!ran.stderr.contains("\nfailed: "), "{}", ran.stderr);
}

#[test]
fn other_models_go_on_when_one_command_never_works() {
    let folder = tempfile::tempdir().unwrap();
    let broken = "[[model]]\nname = \"broken\"\ncommand = [\"sh\", \"-c\", \"exit 7\"]\n";
    let study = format!("{}{broken}", study_of(FALLING, ""));
    write_study(folder.path(), &study);
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(books(folder.path()), (8, 12), "all of one, two sizes twice of the other");
    assert!(ran.stderr.contains("command of broken never worked"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("command of mine"), "{}", ran.stderr);
    // The fit is that of the study without the broken one.
    let fit = run_well(folder.path(), &["fit", "--json"]).stdout;
    let alone = super::finished(FALLING, "");
    assert_eq!(fit, run_well(alone.path(), &["fit", "--json"]).stdout);
}

#[test]
fn a_command_that_works_from_the_second_size_on_is_measured_there() {
    let script = format!("test {{size}} -gt 10 || exit 5\n{FALLING}");
    let (folder, ran) = ran(&script, "");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(books(folder.path()).0, 6, "three sizes of two seeds");
    assert!(!ran.stderr.contains("never worked"), "{}", ran.stderr);
    // Failures on the way are reported at the end.
    assert_eq!(ran.stderr.matches("\nfailed: mine at 10, seed 0: ").count(), 1, "{}", ran.stderr);
}

#[test]
fn the_smallest_trial_runs_alone_until_it_has_worked() {
    let script = format!(
        "echo {{size}}.{{seed}} >> order; sleep 0.1; wc -l < order > seen.{{size}}.{{seed}}\n{FALLING}"
    );
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of(&script, ""));
    run_well(folder.path(), &["run", "-q", "--workers", "4"]);
    let order = fs::read_to_string(folder.path().join("order")).unwrap();
    assert_eq!(order.lines().next(), Some("10.0"));
    assert_eq!(order.lines().count(), 8);
    let seen = fs::read_to_string(folder.path().join("seen.10.0")).unwrap();
    assert_eq!(seen.trim(), "1", "nothing else ran beside it");
}

#[test]
fn a_mended_command_goes_on_and_a_finished_one_is_not_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("test -e ready || exit 9\n{FALLING}");
    write_study(folder.path(), &study_of(&script, ""));
    assert_eq!(run(folder.path(), &["run", "-q"]).code, Some(3));
    assert_eq!(books(folder.path()), (0, 4));
    super::write(&folder.path().join("ready"), "");
    let again = run_well(folder.path(), &["run"]);
    assert!(again.stderr.contains("8 trials trained"), "{}", again.stderr);
    assert_eq!(books(folder.path()), (8, 12));
    // One finished trial shows that the command works, so that the rest starts at once.
    fs::remove_file(folder.path().join("ready")).unwrap();
    let third = run_well(folder.path(), &["run"]);
    assert!(third.stderr.contains("0 trials trained, 8 reused"), "{}", third.stderr);
}

#[test]
fn killed_during_the_first_try_a_study_counts_each_trial_once() {
    let fit = run_well(super::finished(FALLING, "").path(), &["fit", "--json"]).stdout;
    for point in ["mid-trial", "after-publish", "before-ingest"] {
        let folder = tempfile::tempdir().unwrap();
        write_study(folder.path(), &study_of(FALLING, ""));
        let marker = folder.path().join("marker");
        let mut killed = command(folder.path(), &["run", "--workers", "2"]);
        killed.env("TENFOLD_FAULT", format!("{point}:1:{}", marker.display()));
        let mut killed = start(killed);
        wait_until(point, || marker.exists());
        killed.kill().unwrap();
        killed.wait().unwrap();
        run_well(folder.path(), &["run", "-q"]);
        assert_eq!(run_well(folder.path(), &["fit", "--json"]).stdout, fit, "{point}");
        let (results, attempts) = books(folder.path());
        assert_eq!(results, 8, "{point}");
        assert!((8..=9).contains(&attempts), "{point}: {attempts} executions");
    }
}

#[test]
fn measure_stops_early_too() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "measure",
        "--sizes",
        "64..2048",
        "--seeds",
        "3",
        "--",
        "sh",
        "-c",
        "exit 3 # {size} {seed} {out}",
    ];
    let ran = run(folder.path(), &words);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("exit status 3").count(), 1, "{}", ran.stderr);
    let not_started = "tried at 64 and 128: exit status 3; its 12 other trials are not started";
    assert!(ran.stderr.contains(not_started), "{}", ran.stderr);
    assert_eq!(books(&folder.path().join("tenfold-measure")), (0, 4));
}
