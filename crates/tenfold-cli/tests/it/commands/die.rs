//! Commands whose coordinator is killed or stopped: none of their processes survives, and the
//! database equals that of an undisturbed study.

use std::fs;
use std::path::Path;

use super::{FALLING, books, finished, study_of};
use crate::program::{command, run_well, start, wait_until, write_study};

/// Whether process `id` exists and is no zombie.
fn is_alive(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    status.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

fn number_in(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// A command that starts a process of its own and waits.
const SLEEPERS: &str =
    "sleep 300 & echo $! > child.{size}.{seed}; echo $$ > own.{size}.{seed}; wait";

/// Kills the coordinator at `point` of the first command, when that one runs.
fn check_nothing_outlives_a_kill(point: &str) {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of(SLEEPERS, ""));
    let marker = folder.path().join("marker");
    let mut first = command(folder.path(), &["run", "--workers", "1"]);
    first.env("TENFOLD_FAULT", format!("{point}:1:{}", marker.display()));
    let mut first = start(first);
    let path = |name: &str| folder.path().join(format!("{name}.10.0"));
    // The command may write its process id before or after the coordinator reaches that point.
    wait_until("the command", || number_in(&path("own")).is_some() && marker.exists());
    let processes = [number_in(&path("own")).unwrap(), number_in(&path("child")).unwrap()];
    assert!(processes.iter().all(|id| is_alive(*id)));
    first.kill().unwrap();
    first.wait().unwrap();
    wait_until("its processes to end", || processes.iter().all(|id| !is_alive(*id)));
}

#[test]
fn the_processes_of_a_command_die_with_the_coordinator() {
    check_nothing_outlives_a_kill("mid-trial");
}

#[test]
fn a_command_whose_start_nobody_noticed_dies_with_the_coordinator() {
    check_nothing_outlives_a_kill("command-started");
}

#[test]
fn the_processes_of_a_command_end_when_it_is_stopped_or_takes_too_long() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of(SLEEPERS, ""));
    let mut first = start(command(folder.path(), &["run", "--workers", "1"]));
    let path = |name: &str| folder.path().join(format!("{name}.10.0"));
    wait_until("the command", || number_in(&path("own")).is_some());
    let child = number_in(&path("child")).unwrap();
    interrupt(first.id());
    assert_eq!(first.wait().unwrap().code(), Some(130));
    wait_until("its child to end", || !is_alive(child));
    // A command succeeds and leaves a process behind; that process is ended too.
    let leaves = format!("sleep 300 & echo $! > left.{{size}}.{{seed}}; {FALLING}");
    let folder = finished(&leaves, "");
    let left = number_in(&folder.path().join("left.80.0")).unwrap();
    wait_until("what it left to end", || !is_alive(left));
}

#[test]
fn killed_anywhere_a_study_of_commands_counts_each_trial_once() {
    let reference = finished(FALLING, "");
    let fit = run_well(reference.path(), &["fit", "--json"]).stdout;
    let points = ["after-lease", "mid-trial", "before-publish", "after-publish", "before-ingest"];
    for (round, point) in points.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        write_study(folder.path(), &study_of(FALLING, ""));
        let marker = folder.path().join("marker");
        let mut killed = command(folder.path(), &["run", "--workers", "2"]);
        killed.env("TENFOLD_FAULT", format!("{point}:{}:{}", round + 2, marker.display()));
        let mut killed = start(killed);
        wait_until(point, || marker.exists());
        killed.kill().unwrap();
        killed.wait().unwrap();
        run_well(folder.path(), &["run", "-q"]);
        assert_eq!(run_well(folder.path(), &["fit", "--json"]).stdout, fit, "{point}");
        let (results, attempts) = books(folder.path());
        assert_eq!(results, 8, "{point}");
        assert!((8..=11).contains(&attempts), "{point}: {attempts} executions");
    }
}

#[test]
fn a_clock_that_is_set_back_a_year_loses_and_repeats_nothing() {
    let fit = run_well(finished(FALLING, "").path(), &["fit", "--json"]).stdout;
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), &study_of(FALLING, ""));
    let marker = folder.path().join("marker");
    let mut killed = command(folder.path(), &["run", "--workers", "1"]);
    killed.env("TENFOLD_FAULT", format!("mid-trial:4:{}", marker.display()));
    let mut killed = start(killed);
    wait_until("the fourth trial", || marker.exists());
    killed.kill().unwrap();
    killed.wait().unwrap();
    let database = rusqlite::Connection::open(folder.path().join(".tenfold/study.sqlite")).unwrap();
    let year = "UPDATE attempt SET started = started + 31536000, ended = ended + 31536000";
    assert_eq!(database.execute(year, []).unwrap(), 4);
    drop(database);
    let status = run_well(folder.path(), &["status"]).stdout;
    assert!(status.contains("1 trial was cut off: tenfold run goes on"), "{status}");
    run_well(folder.path(), &["run", "-q"]);
    assert_eq!(run_well(folder.path(), &["fit", "--json"]).stdout, fit);
    assert_eq!(books(folder.path()), (8, 9));
}

/// A command that leaves a process behind which its session, its group, its parent and its
/// environment do not identify.
const DAEMON: &str = "setsid sh -c \"env -i sh -c 'echo \\$\\$ > d.{size}.{seed}; mv d.{size}.{seed} daemon.{size}.{seed}; exec sleep 300' & exit\" & while ! test -e daemon.{size}.{seed}; do sleep 0.01; done";

#[cfg(target_os = "linux")]
#[test]
fn what_left_the_group_of_its_command_ends_with_it_too() {
    // First the command succeeds.
    let folder = finished(&format!("{DAEMON}; {FALLING}"), "");
    for (size, seed) in [(10, 0), (80, 1)] {
        let daemon = number_in(&folder.path().join(format!("daemon.{size}.{seed}"))).unwrap();
        assert!(!is_alive(daemon), "it ends before its trial counts");
    }
    // It is stopped, or its coordinator is killed.
    for is_killed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        write_study(folder.path(), &study_of(&format!("{DAEMON}; sleep 300; true"), ""));
        let mut run = start(command(folder.path(), &["run", "--workers", "1"]));
        let daemon = folder.path().join("daemon.10.0");
        wait_until("the daemon", || number_in(&daemon).is_some());
        let daemon = number_in(&daemon).unwrap();
        assert!(is_alive(daemon));
        if is_killed {
            run.kill().unwrap();
        } else {
            interrupt(run.id());
        }
        run.wait().unwrap();
        wait_until("the daemon to end", || !is_alive(daemon));
    }
}

#[test]
fn a_command_that_stops_its_guard_still_ends_in_time() {
    let folder = tempfile::tempdir().unwrap();
    write_study(
        folder.path(),
        &study_of("kill -STOP $PPID; sleep 300; true", "timeout = \"0.2s\"\nretries = 0"),
    );
    let ran = crate::program::run(folder.path(), &["run", "--workers", "1"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("took longer than its time limit, 0.2 s"), "{}", ran.stderr);
}

#[expect(clippy::disallowed_methods, reason = "a signal is sent from outside, as a terminal does")]
fn interrupt(process: u32) {
    let sent = std::process::Command::new("kill").args(["-INT", &process.to_string()]).status();
    assert!(sent.unwrap().success());
}
