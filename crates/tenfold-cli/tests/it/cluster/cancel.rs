//! Trials that are cancelled by name while a scheduler has them.

use std::fs;
use std::path::Path;
use std::slice;
use std::sync::Arc;
use std::thread;

use tenfold::executor::cluster::batch::{BatchFolder, BatchLine};
use tenfold::executor::cluster::heartbeat::{self, Heartbeat, HeartbeatState};
use tenfold::executor::cluster::scheduler::JobId;
use tenfold::prepared::Prepared;
use tenfold::store::StudyFolder;
use tenfold::study;
use tenfold::trial::{Attempt, AttemptToken, Trial, TrialId};

use super::children::Children;
use super::{PROGRAM, run_program};
use crate::books::{check_books, rows};
use crate::program::{wait_until, write_study};

/// Trials that end as soon as a file `go` exists. The first ends without it and shows that the
/// command works.
const WAITING: &str = r#"
[study]
name = "waiting"

[shards]
sizes = [50, 100, 200, 400, 800]
seeds = 1

[[model]]
name = "shell"
command = ["sh", "-c", "until [ {size} = 50 -o -e go ]; do sleep 0.02; done; echo '{\"error\": 0.{size}}' > {out}"]
timeout = "30s"
"#;

/// The first heartbeat of an execution; `None` before there is one.
fn first_said(folder: &StudyFolder) -> Option<(BatchFolder, Heartbeat)> {
    let batch = BatchFolder::open_batches(folder).unwrap().into_iter().next()?;
    let name = heartbeat::names(&batch.said()).unwrap().into_iter().next()?;
    let said = Heartbeat::read(&batch.said().join(name)).unwrap()?;
    // The first trial is alone in its batch.
    (batch.lines().unwrap().len() > 1).then_some((batch, said))
}

/// Outcome of every execution of trial `id`.
fn outcomes(place: &Path, id: &str) -> Vec<String> {
    rows(place, &format!("SELECT coalesce(outcome, 'open') FROM attempt WHERE trial = '{id}'"))
}

/// Lets the trials end, at the latest when dropped, so that a failing test leaves no processes.
struct LetGo<'a>(&'a Path);

impl Drop for LetGo<'_> {
    #[expect(clippy::disallowed_methods, reason = "the test lets the trials end")]
    fn drop(&mut self) {
        fs::write(self.0.join("go"), "").unwrap();
    }
}

/// Cancels the trial that runs and one that waits, then lets the others end; gives the two.
fn cancel_two(place: &Path) -> [String; 2] {
    let _until_the_end = LetGo(place);
    let folder = StudyFolder::open(place);
    let mut first = None;
    wait_until("a trial that runs", || {
        first = first_said(&folder);
        first.is_some()
    });
    let (batch, said) = first.unwrap();
    let lines = batch.lines().unwrap();
    let of = |is_running: bool| {
        let line = lines.iter().find(|line| (line.token == said.attempt) == is_running);
        line.unwrap().trial.clone()
    };
    let ids = [of(true), of(false)];
    for id in &ids {
        folder.request_cancel(&TrialId::parse(id).unwrap()).unwrap();
    }
    wait_until("both to be cancelled", || {
        ids.iter().all(|id| outcomes(place, id) == ["cancelled"])
    });
    ids
}

/// Cancels two of the four trials, of which one runs at a time, with `pack` of them per task.
fn check_cancelled(pack: usize) {
    let place = tempfile::tempdir().unwrap();
    write_study(place.path(), WAITING);
    // The folder must exist before the thread that cancels looks into it.
    StudyFolder::create(place.path()).unwrap();
    let (ran, ids) = thread::scope(|scope| {
        let asked = scope.spawn(|| cancel_two(place.path()));
        let ran = run_program(PROGRAM, WAITING, place.path(), pack, Children::new(1));
        (ran, asked.join().unwrap())
    });
    let summary = ran.summary.unwrap();
    assert_eq!((summary.trained, summary.cancelled, summary.retried), (3, 2, 0));
    assert!(summary.failed.is_empty() && !summary.is_interrupted);
    let results = rows(place.path(), "SELECT trial FROM result");
    assert_eq!(results.len(), 3);
    for id in &ids {
        assert_eq!(outcomes(place.path(), id), ["cancelled"]);
        assert!(!results.contains(id));
    }
    let began = |id: &String| place.path().join(".tenfold/trials").join(&id[..2]).join(id).exists();
    assert_eq!(ids.each_ref().map(began), [true, false], "the one that waited never began");
    let again = run_program(PROGRAM, WAITING, place.path(), pack, Children::new(2));
    assert_eq!(again.summary.unwrap().trained, 2, "the next run trains them");
    assert_eq!(check_books(place.path()), ["cancelled 2"]);
}

#[test]
fn a_trial_that_runs_and_one_that_waits_in_the_queue_are_cancelled() {
    check_cancelled(1);
}

#[test]
fn a_trial_that_runs_and_one_that_waits_in_the_same_task_are_cancelled() {
    check_cancelled(4);
}

#[test]
fn what_an_earlier_run_cancelled_and_did_not_live_to_hear_is_trained_by_the_next() {
    let place = tempfile::tempdir().unwrap();
    write_study(place.path(), WAITING);
    drop(LetGo(place.path()));
    let study = study::parse(WAITING, &place.path().join("study.toml")).unwrap();
    let data = Prepared::new(&study).unwrap();
    let folder = StudyFolder::create(place.path()).unwrap();
    let trial: Trial = data.find("shell", 100, 0, 0).unwrap();
    let attempt = Attempt { token: AttemptToken::fresh(1), trial, number: 1 };
    let text: Arc<str> = WAITING.into();
    let (lines, task) = ([BatchLine::from(&attempt)], 0..1);
    let batch = BatchFolder::write(&folder, &text, &lines, slice::from_ref(&task)).unwrap();
    batch.set_job("child processes", &JobId("1".to_owned())).unwrap();
    batch.cancel_one(attempt.token.as_str()).unwrap();
    let said = Heartbeat {
        state: HeartbeatState::Interrupted,
        attempt: attempt.token.to_string(),
        execution: AttemptToken::fresh(2).to_string(),
        reason: None,
        host: "n1".to_owned(),
        process: 7,
        seconds: 1.0,
        progress: None,
        ordinal: 0,
        is_out_of_time: false,
        has_advanced: false,
    };
    said.write(&batch.said()).unwrap();
    let ran = run_program(PROGRAM, WAITING, place.path(), 1, Children::new(4));
    let summary = ran.summary.unwrap();
    assert_eq!((summary.trained, summary.is_interrupted), (5, false));
    assert_eq!(check_books(place.path()), ["cancelled 1"]);
}
