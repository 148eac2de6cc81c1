//! Signals that arrive while a study runs, and signals that its parent process ignored.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::books::rows;
use crate::program::{SMALL_STUDY, trial_folders, wait_until, with_usual_signals, write_study};

/// A study whose trials take long enough for a signal to arrive during one.
fn slow_study() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    write_study(place.path(), &SMALL_STUDY.replace("steps = 120", "steps = 1500"));
    place
}

/// Starts `tenfold run` from a shell that runs `before` first.
fn start(place: &Path, before: &str) -> Child {
    let script = format!("{before} exec {} run -q", env!("CARGO_BIN_EXE_tenfold"));
    let mut command = with_usual_signals("sh");
    command.args(["-c", &script]).current_dir(place).stdin(Stdio::null());
    command.env_remove("TENFOLD_FAULT").env("CI", "1");
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("a trial", || !trial_folders(place).is_empty());
    child
}

#[expect(clippy::disallowed_methods, reason = "the test is the one who sends signals")]
fn send(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Checks the exit code of a study that was started after `before` and gets `signal`.
fn check_end(before: &str, signal: &str, code: Option<i32>) {
    let place = slow_study();
    let mut child = start(place.path(), before);
    send(&child, signal);
    assert_eq!(child.wait().unwrap().code(), code, "`{before}` and {signal}");
    let interrupted = "SELECT trial FROM attempt WHERE outcome = 'interrupted'";
    let is_interrupted = !rows(place.path(), interrupted).is_empty();
    assert_eq!(is_interrupted, code == Some(130), "`{before}` and {signal}");
}

#[test]
fn a_signal_that_came_ignored_stays_so() {
    for (name, signal) in [("HUP", "-HUP"), ("INT", "-INT"), ("QUIT", "-QUIT")] {
        check_end(&format!("trap '' {name};"), signal, Some(0));
    }
}

#[test]
fn a_signal_that_did_not_come_ignored_stops_a_study_on_this_machine() {
    for signal in ["-HUP", "-INT", "-TERM"] {
        check_end("", signal, Some(130));
    }
}

#[test]
fn sigterm_stops_a_study_also_if_it_came_ignored() {
    check_end("trap '' TERM;", "-TERM", Some(130));
}

#[test]
fn sigquit_ends_the_program_at_once() {
    check_end("ulimit -c 0;", "-QUIT", None);
}
