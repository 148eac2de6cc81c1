//! Commands that end because their job was stopped from outside, which is no failure.

use std::path::Path;

use super::{books, study_of};
use crate::books::rows;
use crate::program::{command, start, wait_until, write_study};

fn ends(folder: &Path) -> Vec<String> {
    rows(folder, "SELECT coalesce(outcome, 'open') FROM attempt ORDER BY 1")
}

#[expect(clippy::disallowed_methods, reason = "signals are sent from outside, as a scheduler does")]
fn signal(name: &str, process: &str) {
    let sent = std::process::Command::new("kill").args([name, process]).status();
    assert!(sent.unwrap().success());
}

fn number_in(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.ends_with('\n').then(|| text.trim().to_owned())
}

/// Runs `script`, whose command writes its number to `own`, sends that one `SIGTERM`, and `tenfold` a
/// Ctrl-C after `seconds`; gives the exit code.
fn stop_after(folder: &Path, script: &str, seconds: f64) -> Option<i32> {
    write_study(folder, &study_of(script, "retries = 0"));
    let mut run = start(command(folder, &["run", "--workers", "1"]));
    wait_until("the command", || number_in(&folder.join("own")).is_some());
    signal("-TERM", &number_in(&folder.join("own")).unwrap());
    std::thread::sleep(std::time::Duration::from_secs_f64(seconds));
    signal("-INT", &run.id().to_string());
    run.wait().unwrap().code()
}

#[test]
fn a_command_that_is_stopped_before_we_are_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(stop_after(folder.path(), "echo $$ > own; sleep 300; true", 2.0), Some(130));
    assert_eq!(ends(folder.path()), ["interrupted"]);
    // It does not matter how the command handles the signal, unless it ends successfully.
    let folder = tempfile::tempdir().unwrap();
    let traps = "trap 'exit 3' TERM; echo $$ > own; while true; do sleep 0.05; done";
    assert_eq!(stop_after(folder.path(), traps, 0.05), Some(130));
    assert_eq!(ends(folder.path()), ["interrupted"]);
}

#[test]
fn a_command_that_somebody_ends_alone_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of("kill -TERM $$", "retries = 0"));
    let ran = crate::program::run(folder.path(), &["run"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("ended by signal 15"), "{}", ran.stderr);
    assert_eq!(ends(folder.path()), ["failed", "failed"]);
}

#[test]
fn a_command_that_is_told_to_stop_and_ends_well_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap 'echo \"{{\\\"error\\\": 0.5}}\" > {out}; exit 0' TERM
echo $$ > own; while true; do sleep 0.05; done";
    assert_eq!(stop_after(folder.path(), script, 0.0), Some(130));
    assert_eq!(ends(folder.path()), ["finished"]);
    assert_eq!(books(folder.path()), (1, 1));
}
