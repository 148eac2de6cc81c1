//! Executions that are stopped from outside: how often their trial is restarted, and when it is
//! given up.

use std::collections::BTreeMap;
use std::path::Path;
use std::slice;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenfold::executor::cluster::batch::{BatchFolder, BatchLine};
use tenfold::executor::cluster::heartbeat::{Heartbeat, HeartbeatState};
use tenfold::executor::cluster::scheduler::{
    JobId, JobMark, OwnJob, Scheduler, SchedulerError, Submission, TaskReport, TaskState,
};
use tenfold::prepared::Prepared;
use tenfold::store::StudyFolder;
use tenfold::study;
use tenfold::trial::{Attempt, AttemptToken, Outcome, TrialId};

use super::{Ran, run_program};
use crate::books::rows;
use crate::program::write_study;

const STUDY: &str = "[study]\nname = \"stops\"\n[shards]\nsizes = [10, 20]\nseeds = 1\n\
                     [[model]]\nname = \"m\"\ncommand = [\"true\"]\n";

/// Makes the executions of every trial end in the given ways, in order, `a_job` of them per job.
/// Any later execution publishes a result.
struct Ends {
    said: Vec<Heartbeat>,
    a_job: usize,
    counts: Mutex<BTreeMap<String, usize>>,
    jobs: AtomicUsize,
}

/// The end of an execution.
fn end(state: HeartbeatState, is_out_of_time: bool, has_advanced: bool) -> Heartbeat {
    Heartbeat {
        state,
        attempt: String::new(),
        execution: String::new(),
        reason: None,
        host: "n1".to_owned(),
        process: 7,
        seconds: 1.0,
        progress: None,
        ordinal: 0,
        is_out_of_time,
        has_advanced,
    }
}

impl Ends {
    fn say(&self, batch: &BatchFolder, line: &BatchLine, folder: &Path) {
        for ordinal in 0..self.a_job {
            let mut counts = self.counts.lock().unwrap();
            let count = counts.entry(line.token.clone()).or_default();
            let published = end(HeartbeatState::Published, false, false);
            let end = self.said.get(*count).unwrap_or(&published).clone();
            *count += 1;
            let execution = AttemptToken::fresh(*count as u128);
            if end.state == HeartbeatState::Published {
                publish(folder, line, &execution);
            }
            let is_last = end.state == HeartbeatState::Published;
            let (attempt, execution) = (line.token.clone(), execution.to_string());
            Heartbeat { attempt, execution, ordinal, ..end }.write(&batch.said()).unwrap();
            if is_last {
                return;
            }
        }
    }
}

fn publish(place: &Path, line: &BatchLine, token: &AttemptToken) {
    let study = study::parse(STUDY, &place.join("study.toml")).unwrap();
    let data = Prepared::new(&study).unwrap();
    let trial = data.find(&line.model, line.size, line.seed, line.candidate).unwrap();
    let id: TrialId = trial.id.clone();
    let folder = StudyFolder::open(place);
    folder.create_trial(&id).unwrap();
    let attempt = Attempt { token: token.clone(), trial, number: 1 };
    let error = 1.0 / line.size as f64;
    let reported = tenfold::trial::outcome::Reported::of_error(error);
    let outcome = Outcome::of_command(&attempt, reported, 1.0);
    folder.publish(&id, token, &serde_json::to_string(&outcome).unwrap()).unwrap();
}

impl Scheduler for Ends {
    fn name(&self) -> &'static str {
        "Ends"
    }

    fn submit(&self, submission: &Submission<'_>) -> Result<JobId, SchedulerError> {
        let folder = StudyFolder::open(submission.study);
        let batch = BatchFolder::open(&folder, submission.mark.batch.clone());
        for line in batch.lines().unwrap() {
            self.say(&batch, &line, submission.study);
        }
        let number = self.jobs.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(JobId(number.to_string()))
    }

    fn find(&self, _: &JobMark) -> Result<Option<JobId>, SchedulerError> {
        Ok(None)
    }

    fn tasks(&self, jobs: &[OwnJob]) -> Result<Vec<TaskReport>, SchedulerError> {
        let ended = |job: &OwnJob| TaskReport {
            job: job.id.clone(),
            task: None,
            state: TaskState::Ended,
            words: "ENDED".to_owned(),
            advice: Vec::new(),
        };
        Ok(jobs.iter().map(ended).collect())
    }

    fn cancel(&self, jobs: &[OwnJob]) -> Result<Vec<JobId>, SchedulerError> {
        Ok(jobs.iter().map(|job| job.id.clone()).collect())
    }

    fn by_hand(&self, job: &JobId) -> String {
        format!("end {}", job.0)
    }
}

fn ran_with(ends: Vec<Heartbeat>, a_job: usize) -> (tempfile::TempDir, Ran) {
    let place = tempfile::tempdir().unwrap();
    let ran = ran_in(place.path(), ends, a_job);
    (place, ran)
}

fn ran_in(place: &Path, ends: Vec<Heartbeat>, a_job: usize) -> Ran {
    let scheduler = Ends { said: ends, a_job, counts: Mutex::default(), jobs: AtomicUsize::new(0) };
    run_program("/bin/true", STUDY, place, 1, scheduler)
}

fn check_finished(ends: Vec<Heartbeat>, a_job: usize) {
    let count = ends.len();
    let (place, ran) = ran_with(ends, a_job);
    let summary = ran.summary.unwrap();
    assert!(summary.failed.is_empty(), "{:?}", summary.failed);
    assert_eq!((summary.trained, summary.retried), (2, 0));
    let other = rows(place.path(), "SELECT outcome FROM attempt WHERE outcome <> 'finished'");
    assert_eq!(other.len(), 2 * count);
}

fn check_failed(ends: Vec<Heartbeat>, a_job: usize, why: &str) {
    let (place, ran) = ran_with(ends, a_job);
    let summary = ran.summary.unwrap();
    assert_eq!((summary.trained, summary.retried), (0, 0));
    let reasons: Vec<&str> = summary.failed.iter().map(|failed| failed.reason.as_str()).collect();
    let failed = rows(place.path(), "SELECT reason FROM attempt WHERE outcome = 'failed'");
    assert_eq!(failed.len(), reasons.len(), "{failed:?}");
    assert!(
        !reasons.is_empty() && reasons.iter().all(|reason| reason.contains(why)),
        "{reasons:?}"
    );
}

#[test]
fn a_trial_that_its_job_has_no_time_for_is_given_up_after_three_times_in_a_row() {
    let over = || end(HeartbeatState::Interrupted, true, false);
    let why = "raise `time` in `[run.slurm]`, or write checkpoints to {work}";
    check_failed(vec![over(), over(), over()], 3, why);
    // The same holds if each execution is a job of its own.
    check_failed(vec![over(), over(), over()], 1, why);
    check_finished(vec![over(), over()], 5);
    // An execution that continues from a checkpoint makes progress, and a stop for another reason
    // does not count against it.
    let advanced = || end(HeartbeatState::Interrupted, true, true);
    check_finished((0..5).map(|_| advanced()).collect(), 10);
    let stopped = end(HeartbeatState::Interrupted, false, false);
    check_finished(vec![over(), over(), stopped, over(), over()], 1);
}

#[test]
fn stops_before_a_batch_that_a_killed_coordinator_left_are_counted() {
    let place = tempfile::tempdir().unwrap();
    write_study(place.path(), STUDY);
    let study = study::parse(STUDY, &place.path().join("study.toml")).unwrap();
    let trial = Prepared::new(&study).unwrap().find("m", 10, 0, 0).unwrap();
    let attempt = Attempt { token: AttemptToken::fresh(1), trial, number: 1 };
    let mut line = serde_json::to_value(BatchLine::from(&attempt)).unwrap();
    line["history"] = serde_json::json!({"hand_ins": 3, "stops": 99});
    let line: BatchLine = serde_json::from_value(line).unwrap();
    let (folder, task) = (StudyFolder::create(place.path()).unwrap(), 0..1);
    let batch = BatchFolder::write(&folder, STUDY, &[line], slice::from_ref(&task)).unwrap();
    batch.set_job("Ends", &JobId("1".to_owned())).unwrap();
    let (token, execution) = (attempt.token.to_string(), AttemptToken::fresh(2).to_string());
    let last = end(HeartbeatState::Interrupted, false, false);
    Heartbeat { attempt: token, execution, ..last }.write(&batch.said()).unwrap();
    let summary = ran_in(place.path(), Vec::new(), 1).summary.unwrap();
    assert_eq!((summary.trained, summary.failed.len()), (1, 1));
    assert!(summary.failed[0].reason.contains("was stopped 100 times"), "{:?}", summary.failed);
}

#[test]
fn a_batch_says_what_was_tried_with_its_attempts_before() {
    let stop = || end(HeartbeatState::Interrupted, false, false);
    let (place, _) = ran_with(vec![stop(), stop()], 1);
    let batches = BatchFolder::all(&StudyFolder::open(place.path())).unwrap();
    let history = |batch: &BatchFolder| {
        let text = std::fs::read_to_string(batch.path.join("attempts.jsonl")).unwrap();
        let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        line.get("history").map(|history| history["stops"].as_u64().unwrap())
    };
    let histories: Vec<Option<u64>> = batches.iter().map(history).collect();
    // The small trial, which is tried first, comes before the other.
    assert_eq!(histories, [None, Some(1), Some(2), None, Some(1), Some(2)]);
}

#[test]
fn a_trial_may_be_stopped_or_ask_to_be_run_again_a_hundred_times() {
    for state in [HeartbeatState::Interrupted, HeartbeatState::Requeued] {
        let stops = |count: usize| (0..count).map(|_| end(state, false, false)).collect();
        check_finished(stops(99), 200);
        check_failed(stops(101), 100, "was stopped 100 times");
    }
}
