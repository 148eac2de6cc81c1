//! `tenfold worker`, as a scheduler starts it: the results it publishes, its heartbeats and its
//! end.

use std::fs;
use std::path::Path;
use std::process::Command;

use tenfold::executor::cluster::batch::{BatchFolder, BatchLine};
use tenfold::executor::cluster::heartbeat::{Heartbeat, HeartbeatState, names};
use tenfold::prepared::Prepared;
use tenfold::store::StudyFolder;
use tenfold::study;
use tenfold::study::schedule::TrialKey;
use tenfold::trial::{Attempt, AttemptToken, Outcome};

use crate::program::{SMALL_STUDY, command, run, run_well, start, wait_until, write_study};

/// A batch of the first candidate of the first model at every size, as one task.
fn batch(place: &Path, text: &str) -> (BatchFolder, Vec<Attempt>) {
    write_study(place, text);
    let study = study::parse(text, &place.join("study.toml")).unwrap();
    let data = Prepared::new(&study).unwrap();
    let folder = StudyFolder::create(place).unwrap();
    let trial = |&size: &u64| data.trial(TrialKey { model: 0, size, seed: 0, candidate: 0 });
    let attempt = |trial| Attempt { token: AttemptToken::fresh(1), trial, number: 1 };
    let attempts: Vec<Attempt> = data.plan.sizes.iter().map(trial).map(attempt).collect();
    #[expect(clippy::single_range_in_vec_init, reason = "one task")]
    let tasks = [0..attempts.len()];
    let lines: Vec<BatchLine> = attempts.iter().map(BatchLine::from).collect();
    (BatchFolder::write(&folder, text, &lines, &tasks).unwrap(), attempts)
}

fn said(batch: &BatchFolder) -> Vec<Heartbeat> {
    let read = |name: String| Heartbeat::read(&batch.said().join(name)).unwrap().unwrap();
    names(&batch.said()).unwrap().into_iter().map(read).collect()
}

fn words<'a>(batch: &'a BatchFolder, lines: &'a str) -> Vec<&'a str> {
    vec!["worker", ".", "--batch", batch.id.as_str(), "--lines", lines]
}

#[test]
fn a_worker_publishes_its_lines_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let (batch, attempts) = batch(place.path(), SMALL_STUDY);
    run_well(place.path(), &words(&batch, "1..3"));
    let all = said(&batch);
    assert_eq!(all.len(), 2);
    let folder = StudyFolder::open(place.path());
    for attempt in &attempts[1..3] {
        let said = all.iter().find(|said| said.attempt == attempt.token.as_str()).unwrap();
        assert_eq!(said.state, HeartbeatState::Published, "{said:?}");
        let text = folder.read_result(&attempt.trial.id).unwrap().unwrap();
        let outcome = Outcome::parse(&text, &attempt.trial.id).unwrap();
        assert_eq!(outcome.attempt, said.execution, "published under the execution's own token");
        assert_ne!(outcome.attempt, said.attempt);
    }
    assert!(!folder.database().exists(), "workers never open the database");
    assert!(folder.read_result(&attempts[0].trial.id).unwrap().is_none(), "not its line");
    run_well(place.path(), &words(&batch, "0..3"));
    assert_eq!(said(&batch).len(), 3, "what has a result is not executed again");
}

#[test]
fn a_worker_whose_data_are_others_refuses() {
    let place = tempfile::tempdir().unwrap();
    let (batch, _) = batch(place.path(), SMALL_STUDY);
    let text = SMALL_STUDY.replace("validation = 512", "validation = 256");
    fs::remove_file(batch.path.join("study.toml")).unwrap();
    write_study(&batch.path, &text);
    run_well(place.path(), &words(&batch, "0..1"));
    let all = said(&batch);
    let [said] = all.as_slice() else { panic!("one execution, not {all:?}") };
    assert_eq!(said.state, HeartbeatState::Stale);
    let reason = said.reason.clone().unwrap();
    assert!(reason.contains("are not those the study was planned with"), "{reason}");
}

#[test]
fn a_worker_without_data_fails_every_line_with_the_reason() {
    let place = tempfile::tempdir().unwrap();
    let (batch, attempts) = batch(place.path(), SMALL_STUDY);
    fs::remove_file(batch.path.join("study.toml")).unwrap();
    let elsewhere = SMALL_STUDY.replace("builtin = \"fashion-mnist-14\"", "path = \"not-here\"");
    write_study(&batch.path, &elsewhere);
    run_well(place.path(), &words(&batch, "0..5"));
    let all = said(&batch);
    assert_eq!(all.len(), attempts.len());
    for said in all {
        assert_eq!(said.state, HeartbeatState::Failed);
        let reason = said.reason.unwrap();
        assert!(reason.starts_with("the data cannot be read on "), "{reason}");
        assert!(reason.contains("not-here"), "{reason}");
    }
}

/// A study of a command that runs `train.sh`, which does `at` in its first trial.
fn command_study(place: &Path, at: &str) -> String {
    let script = format!("if [ $1 = 10 ]; then {at}; fi; echo '{{\"error\": 0.5}}' > $2\n");
    write(&place.join("train.sh"), &script);
    "[study]\nname = \"mine\"\n[shards]\nsizes = [10, 20, 40]\nseeds = 1\n[[model]]\nname = \"mine\"\n\
     command = [\"sh\", \"train.sh\", \"{size}\", \"{out}\"]\ninputs = [\"train.sh\"]\n"
        .to_owned()
}

#[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn a_worker_looks_at_the_inputs_before_and_after_each_of_its_trials() {
    let place = tempfile::tempdir().unwrap();
    let text = command_study(place.path(), "echo '# edited' >> train.sh");
    let (batch, _) = batch(place.path(), &text);
    run_well(place.path(), &words(&batch, "0..3"));
    let all = said(&batch);
    assert_eq!(all.len(), 3);
    for said in &all {
        assert_eq!(said.state, HeartbeatState::Stale, "{said:?}");
        assert!(said.reason.clone().unwrap().starts_with("`train.sh` "), "{said:?}");
    }
    assert_eq!(crate::program::trial_folders(place.path()).len(), 3);
}

#[test]
fn a_worker_that_starts_after_an_input_was_edited_or_removed_trains_nothing() {
    for is_removed in [false, true] {
        let place = tempfile::tempdir().unwrap();
        let text = command_study(place.path(), "true");
        let (batch, attempts) = batch(place.path(), &text);
        let data = Prepared::new(&study::parse(&text, &place.path().join("study.toml")).unwrap());
        batch.set_inputs(&data.unwrap().input_contents()).unwrap();
        if is_removed {
            fs::remove_file(place.path().join("train.sh")).unwrap();
        } else {
            command_study(place.path(), "false");
        }
        run_well(place.path(), &words(&batch, "0..3"));
        let all = said(&batch);
        assert_eq!(all.len(), attempts.len());
        for said in &all {
            assert_eq!(said.state, HeartbeatState::Stale, "{said:?}");
            assert!(said.reason.clone().unwrap().starts_with("`train.sh` "), "{said:?}");
        }
    }
}

#[test]
fn a_worker_whose_command_is_stopped_with_it_says_so_and_whether_its_time_was_over() {
    for (is_first, end_time, left) in [(true, "0", "touch $3/c"), (false, "9999999999", "true")] {
        let place = tempfile::tempdir().unwrap();
        let at =
            format!("{left}; trap 'exit 3' TERM; echo $$ > own; while true; do sleep 0.05; done");
        let text = command_study(place.path(), &at).replace("\"{out}\"", "\"{out}\", \"{work}\"");
        let (batch, _) = batch(place.path(), &text);
        let mut worker = command(place.path(), &words(&batch, "0..1"));
        worker.env("SLURM_JOB_ID", "1").env("SLURM_JOB_END_TIME", end_time);
        let mut worker = start(worker);
        let own = place.path().join("own");
        let number = || fs::read_to_string(&own).ok()?.strip_suffix('\n')?.parse().ok();
        wait_until("the command", || number().is_some());
        if is_first {
            terminate(number().unwrap());
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        terminate(worker.id());
        assert_eq!(worker.wait().unwrap().code(), Some(75));
        let all = said(&batch);
        let [said] = all.as_slice() else { panic!("one execution, not {all:?}") };
        assert_eq!(said.state, HeartbeatState::Interrupted, "{said:?}");
        assert_eq!((said.is_out_of_time, said.has_advanced), (is_first, is_first), "{said:?}");
    }
}

/// A study whose trials take long.
fn long_study() -> String {
    SMALL_STUDY.replace("steps = 120", "steps = 40000\npatience = 20")
}

#[expect(clippy::disallowed_methods, reason = "the test is the scheduler that stops a worker")]
fn terminate(process: u32) {
    assert!(Command::new("kill").arg(process.to_string()).status().unwrap().success());
}

#[test]
fn a_worker_that_is_told_to_stop_leaves_a_checkpoint_and_asks_to_be_started_again() {
    let place = tempfile::tempdir().unwrap();
    let (batch, attempts) = batch(place.path(), &long_study());
    for (execution, is_cancelled, code) in [(1, false, 75), (2, true, 0)] {
        let mut child = start(command(place.path(), &words(&batch, "4..5")));
        let checkpoint = StudyFolder::open(place.path()).checkpoint(&attempts[4].trial.id);
        wait_until("a checkpoint", || {
            assert!(child.try_wait().unwrap().is_none(), "ended by itself");
            checkpoint.exists() && said(&batch).len() == execution
        });
        if is_cancelled {
            batch.cancel().unwrap();
        }
        terminate(child.id());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(said(&batch).iter().all(|said| said.state == HeartbeatState::Interrupted));
        assert!(checkpoint.exists());
    }
    assert_eq!(said(&batch).len(), 2, "each execution has a token of its own");
    let before = said(&batch);
    run_well(place.path(), &words(&batch, "4..5"));
    assert_eq!(said(&batch), before, "of a cancelled batch nothing more is executed");
}

#[test]
fn words_that_name_no_lines_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let (batch, _) = batch(place.path(), SMALL_STUDY);
    let check = |batch: &str, lines: &str, expected: &str| {
        let ran = run(place.path(), &["worker", ".", "--batch", batch, "--lines", lines]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    };
    check("../x", "0..1", "`../x` is no batch");
    check("nothing", "0..1", "cannot read `./.tenfold/batches/nothing/attempts.jsonl`");
    check(batch.id.as_str(), "1-2", "`--lines 1-2` is no range of lines");
    check(batch.id.as_str(), "3..9", "has 5 lines, 3..9 was asked for");
}
