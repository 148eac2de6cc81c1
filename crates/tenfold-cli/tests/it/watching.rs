//! A run that another process watches, pauses and stops.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Child;

use serde_json::Value;

use crate::books::check_books;
use crate::program::{SMALL_STUDY, command, run, run_well, start, wait_until, write_study};

/// A study whose trials take long enough for a request to arrive during one.
fn slow_study() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    write_study(place.path(), &SMALL_STUDY.replace("steps = 120", "steps = 3000"));
    place
}

/// The lines of the journal at `path`.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let whole = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    whole.collect()
}

/// The names of the events so far.
fn events(place: &Path) -> Vec<String> {
    let name = |event: &Value| event["event"].as_str().unwrap().to_owned();
    lines(&place.join(".tenfold/events.jsonl")).iter().map(name).collect()
}

fn count(events: &[String], name: &str) -> usize {
    events.iter().filter(|event| *event == name).count()
}

/// Starts `tenfold run` and waits until it trains.
fn start_training(place: &Path) -> Child {
    let child = start(command(place, &["run", "--workers", "2"]));
    wait_until("a trial", || events(place).contains(&"started".to_owned()));
    child
}

fn status(place: &Path) -> Value {
    serde_json::from_str(&run_well(place, &["status", "--json"]).stdout).unwrap()
}

fn running(status: &Value) -> u64 {
    let models = status["models"].as_array().unwrap();
    models.iter().map(|model| model["running"].as_u64().unwrap()).sum()
}

#[test]
fn a_paused_study_frees_its_workers_and_goes_on_where_it_was() {
    let undisturbed = slow_study();
    run_well(undisturbed.path(), &["run", "-q"]);
    let place = slow_study();
    let mut child = start_training(place.path());
    let asked = run_well(place.path(), &["pause"]).stdout;
    assert!(asked.starts_with("asked process ") && asked.contains("to pause"), "{asked}");
    wait_until("the pause", || running(&status(place.path())) == 0);
    let paused = status(place.path());
    assert_eq!((&paused["paused"], paused["running"].is_null()), (&Value::Bool(true), false));
    let before = events(place.path());
    let aside = count(&before, "put-aside");
    assert!((1..=2).contains(&aside), "{before:?}");
    assert!(run_well(place.path(), &["status"]).stdout.contains("tenfold resume goes on"));
    assert!(run_well(place.path(), &["pause"]).stdout.contains("is paused"));
    // No trial is started during the pause.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(events(place.path()), before);
    assert!(child.try_wait().unwrap().is_none());
    assert!(run_well(place.path(), &["resume"]).stdout.contains("to go on"));
    assert!(child.wait().unwrap().success());
    assert_eq!(check_books(place.path()), [format!("interrupted {aside}")]);
    let fit = |place: &Path| run_well(place, &["fit", "--json"]).stdout;
    assert_eq!(fit(place.path()), fit(undisturbed.path()));
    check_histories(place.path(), aside);
}

/// Checks that the history of each trial rises to its end, and that at most `aside` trials have two
/// executions.
fn check_histories(place: &Path, aside: usize) {
    let all = lines(&place.join(".tenfold/events.jsonl"));
    let finished = all.iter().filter(|event| event["event"] == "finished");
    let mut resumed = 0;
    for event in finished {
        let id = event["trial"].as_str().unwrap();
        let shown = run_well(place, &["trial", id, "--history", "--json"]).stdout;
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let evaluations = shown["evaluations"].as_array().unwrap();
        let steps: Vec<u64> = evaluations.iter().map(|e| e["step"].as_u64().unwrap()).collect();
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
        assert!(steps.len() >= 2 && evaluations.iter().all(|e| e["train_loss"].is_f64()));
        let attempts: BTreeSet<&str> =
            evaluations.iter().map(|e| e["attempt"].as_str().unwrap()).collect();
        let last = evaluations.last().unwrap();
        assert_eq!(last["attempt"], event["token"], "the last line is of the one that finished");
        resumed += attempts.len() - 1;
        let text = run_well(place, &["trial", id, "--history"]).stdout;
        assert!(text.contains("validation error by step"), "{text}");
        assert_eq!(text.lines().take_while(|line| !line.is_empty()).count(), 1 + steps.len());
    }
    // A trial that was set aside before its first evaluation has no entry from its first execution.
    assert!(resumed <= aside, "{resumed} of {aside}");
}

#[test]
fn a_study_is_stopped_from_elsewhere_as_by_ctrl_c() {
    let place = slow_study();
    let mut child = start_training(place.path());
    let asked = run_well(place.path(), &["stop"]).stdout;
    assert!(asked.contains("to stop"), "{asked}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let told = lines(&place.path().join(".tenfold/events.jsonl"));
    let last = told.last().unwrap();
    assert_eq!((&last["event"], &last["is_interrupted"]), (&"ended".into(), &true.into()));
    run_well(place.path(), &["run", "-q"]);
    check_books(place.path());
}

#[test]
fn a_paused_study_can_be_stopped_and_the_next_run_is_not_paused() {
    let place = slow_study();
    let mut child = start_training(place.path());
    run_well(place.path(), &["pause"]);
    wait_until("the pause", || running(&status(place.path())) == 0);
    run_well(place.path(), &["stop"]);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let ran = run_well(place.path(), &["run"]);
    assert!(
        ran.stderr.contains("the study was paused, and goes on with this run"),
        "{}",
        ran.stderr
    );
    check_books(place.path());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test writes the user's script")]
fn a_command_may_say_how_far_it_is() {
    let place = tempfile::tempdir().unwrap();
    // Invalid and incomplete lines are skipped.
    let script = "for step in 1 2 3; do echo \"{\\\"step\\\": $step, \\\"steps\\\": 3, \\\"loss\\\": 0.$step, \
                  \\\"validation_error\\\": 0.4}\" >> $TENFOLD_HISTORY; done
echo noise >> $TENFOLD_HISTORY; printf '{\"step\": 4' >> $TENFOLD_HISTORY
echo \"{\\\"error\\\": 0.$TENFOLD_SIZE}\" > $TENFOLD_OUT\n";
    fs::write(place.path().join("train.sh"), script).unwrap();
    let study = "[shards]\nsizes = [10, 20, 40]\nseeds = 1\n[[model]]\nname = \"mine\"\n\
                 command = [\"sh\", \"train.sh\"]\ninputs = [\"train.sh\"]\n";
    write_study(place.path(), study);
    run_well(place.path(), &["run", "-q"]);
    let all = lines(&place.path().join(".tenfold/events.jsonl"));
    let finished: Vec<&Value> = all.iter().filter(|event| event["event"] == "finished").collect();
    assert_eq!(finished.len(), 3);
    for event in finished {
        let id = event["trial"].as_str().unwrap();
        let shown = run_well(place.path(), &["trial", id, "--history", "--json"]).stdout;
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let evaluations = shown["evaluations"].as_array().unwrap();
        assert_eq!(evaluations.len(), 3, "{shown}");
        let last = &evaluations[2];
        assert_eq!((&last["step"], &last["steps"]), (&3.into(), &3.into()));
        assert_eq!((&last["train_loss"], &last["epoch"]), (&0.3.into(), &Value::Null));
        let text = run_well(place.path(), &["trial", id, "--history"]).stdout;
        assert!(text.contains("validation error by step"), "{text}");
        let files = run_well(place.path(), &["trial", id]).stdout;
        assert!(files.contains("history.jsonl (") && !files.contains("told."), "{files}");
    }
}

#[test]
fn without_a_run_there_is_nothing_to_pause_or_stop() {
    let place = slow_study();
    for (word, hint) in [("pause", "`tenfold run` starts it"), ("stop", "`tenfold status`")] {
        let ran = run(place.path(), &[word]);
        assert_eq!(ran.code, Some(2), "{word}");
        assert!(
            ran.stderr.starts_with("error: nothing is running in this study\n"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    }
    let resumed = run_well(place.path(), &["resume"]).stdout;
    assert_eq!(resumed, "not paused, and nothing is running: tenfold run\n");
}

#[test]
fn a_run_is_followed_from_another_terminal_until_it_ends() {
    let place = slow_study();
    let mut child = start_training(place.path());
    let json = std::thread::scope(|scope| {
        let json = scope.spawn(|| run_well(place.path(), &["status", "--follow", "--json"]).stdout);
        let text = run_well(place.path(), &["status", "--follow"]).stderr;
        assert!(text.starts_with("Study small: "), "{text}");
        assert!(text.contains(" trials finished\n"), "what went before is summed up: {text}");
        assert!(text.trim_end().ends_with("the run is complete: `tenfold report`"), "{text}");
        json.join().unwrap()
    });
    assert!(child.wait().unwrap().success());
    // Programs get every event, as if they had started the run.
    let heard: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(heard.iter().all(|event| event["schema"] == "tenfold.run/1"));
    let names: Vec<String> =
        heard.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, events(place.path()));
}

#[test]
fn the_end_of_a_run_that_was_killed_is_noticed() {
    let place = slow_study();
    let mut child = start_training(place.path());
    let text = std::thread::scope(|scope| {
        let follower = scope.spawn(|| run_well(place.path(), &["status", "--follow"]).stderr);
        std::thread::sleep(std::time::Duration::from_millis(300));
        child.kill().unwrap();
        child.wait().unwrap();
        follower.join().unwrap()
    });
    // If the run was killed before the follower began, the follower prints the output of `tenfold
    // status`.
    let is_told = text.trim_end().ends_with("the run was cut off: `tenfold run` goes on");
    assert!(is_told || text.is_empty(), "{text}");
}
