//! A study on a cluster whose dashboard is a thread: it gives recorded replies and starts the
//! workers of a job as Ray's driver would.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::double::{Answer, Call, Double, HANG, recorded, reply};
use crate::books::{check_books, rows};
use crate::program::{
    SMALL_STUDY, command, run, run_well, start, trial_folders, wait_until, write_study,
};

/// A fault of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Nothing,
    /// It accepts the first job and disappears before it replies.
    LosesAnswer,
    /// It accepts calls, but never replies once there is a job.
    Hangs,
    /// It reports that the first job runs, but starts none of its workers.
    LosesDriver,
}

/// State of the dashboard.
struct Cluster {
    fault: Fault,
    jobs: BTreeMap<String, Job>,
}

struct Job {
    metadata: serde_json::Value,
    workers: Vec<Child>,
    is_lost: bool,
    is_stopped: bool,
}

impl Cluster {
    fn answer(&mut self, call: &Call) -> Answer {
        if self.fault == Fault::Hangs && !self.jobs.is_empty() {
            return HANG.to_vec();
        }
        let name = |path: &str| path.trim_end_matches("/stop").to_owned();
        match call.line.split_once(" /api/") {
            Some(("GET", "version")) => recorded("version"),
            Some(("GET", "v0/nodes")) => recorded("nodes"),
            Some(("POST", "jobs/")) => self.submit(&call.body),
            Some(("GET", path)) => self.state(&name(path)),
            Some(("POST", path)) => self.stop(&name(path)),
            _ => recorded("unknown-path"),
        }
    }

    fn submit(&mut self, body: &str) -> Answer {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let path = format!("jobs/{}", body["submission_id"].as_str().unwrap());
        if self.jobs.contains_key(&path) {
            return recorded("submitted-twice");
        }
        let entrypoint = body["entrypoint"].as_str().unwrap();
        let asked = entrypoint.trim_end_matches('\'').rsplit('\'').next().unwrap();
        let asked: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(asked).unwrap()).unwrap();
        let is_lost = self.fault == Fault::LosesDriver && self.jobs.is_empty();
        let tasks = asked["tasks"].as_array().unwrap().iter().filter(|_| !is_lost);
        let workers = tasks.map(worker).collect();
        let metadata = body["metadata"].clone();
        self.jobs.insert(path, Job { metadata, workers, is_lost, is_stopped: false });
        if self.fault == Fault::LosesAnswer && self.jobs.len() == 1 {
            return Vec::new();
        }
        recorded("submitted")
    }

    fn state(&mut self, path: &str) -> Answer {
        let Some(job) = self.jobs.get_mut(path) else { return recorded("unknown-job") };
        let is_over = job.workers.iter_mut().all(|worker| worker.try_wait().unwrap().is_some());
        let (status, metadata) = match (is_over && (!job.is_lost || job.is_stopped), job.is_stopped)
        {
            (false, _) => ("RUNNING", &job.metadata),
            (true, false) => ("SUCCEEDED", &job.metadata),
            (true, true) => ("STOPPED", &job.metadata),
        };
        let document = json!({ "status": status, "message": "", "metadata": metadata });
        reply("200 OK", "application/json", &document.to_string())
    }

    #[expect(clippy::disallowed_methods, reason = "a signal is sent from outside, as Ray does")]
    fn stop(&mut self, path: &str) -> Answer {
        let Some(job) = self.jobs.get_mut(path) else { return recorded("stop-of-an-unknown-job") };
        job.is_stopped = true;
        for worker in &mut job.workers {
            if worker.try_wait().unwrap().is_none() {
                drop(Command::new("kill").arg(worker.id().to_string()).status());
            }
        }
        recorded("stop")
    }
}

#[expect(clippy::disallowed_methods, reason = "the dashboard starts what it is told to")]
fn worker(words: &serde_json::Value) -> Child {
    let words: Vec<&str> = words.as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env_remove("TENFOLD_FAULT").stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A study folder on a cluster; trials take `steps` steps.
fn study(place: &Path, fault: Fault, steps: u32) -> Double {
    study_with(place, fault, steps, "")
}

/// The same, with `more` in its table.
fn study_with(place: &Path, fault: Fault, steps: u32, more: &str) -> Double {
    let mut cluster = Cluster { fault, jobs: BTreeMap::new() };
    let double = Double::start(move |call| cluster.answer(call));
    let small = SMALL_STUDY.replace("steps = 120", &format!("steps = {steps}"));
    let run = "[run]\nexecutor = \"ray\"\n[run.ray]\naddress";
    write_study(place, &format!("{small}\n{run} = \"{}\"\n{more}\n", double.address));
    double
}

/// Checks that the fit of the study in `place` equals that of a run in one process.
fn check_fit(place: &Path, steps: u32) {
    let reference = tempfile::tempdir().unwrap();
    let small = SMALL_STUDY.replace("steps = 120", &format!("steps = {steps}"));
    write_study(reference.path(), &small);
    run_well(reference.path(), &["run", "-q"]);
    let fit = |folder: &Path| run_well(folder, &["fit", "--json"]).stdout;
    assert_eq!(fit(place), fit(reference.path()));
}

/// Calls so far that begin with `line` and end with `end`.
fn calls(double: &Double, line: &str, end: &str) -> Vec<Call> {
    let calls = double.calls().into_iter();
    calls.filter(|call| call.line.starts_with(line) && call.line.ends_with(end)).collect()
}

fn wait_for_a_result(place: &Path) {
    wait_until("a first result", || {
        trial_folders(place).iter().any(|trial| trial.join("result.json").exists())
    });
}

#[test]
fn a_study_on_ray_is_the_study_in_one_process() {
    let place = tempfile::tempdir().unwrap();
    let double = study(place.path(), Fault::Nothing, 120);
    run_well(place.path(), &["run", "-q"]);
    assert_eq!(check_books(place.path()), Vec::<String>::new());
    check_fit(place.path(), 120);
    let batches = fs::read_dir(place.path().join(".tenfold/batches")).unwrap().count();
    assert_eq!(calls(&double, "POST /api/jobs/", "jobs/").len(), batches, "one job a batch");
}

#[test]
fn a_job_whose_submission_was_not_answered_is_found_again() {
    let place = tempfile::tempdir().unwrap();
    let double = study(place.path(), Fault::LosesAnswer, 120);
    let ran = run_well(place.path(), &["run", "--progress", "line"]);
    assert!(ran.stderr.contains("Ray does not take trials"), "{}", ran.stderr);
    assert_eq!(check_books(place.path()), Vec::<String>::new());
    check_fit(place.path(), 120);
    let batches = fs::read_dir(place.path().join(".tenfold/batches")).unwrap().count();
    assert_eq!(calls(&double, "POST /api/jobs/", "jobs/").len(), batches, "none handed in twice");
}

#[test]
fn ctrl_c_stops_the_job_and_the_next_run_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let double = study(place.path(), Fault::Nothing, 1500);
    let mut child = start(command(place.path(), &["run", "-q"]));
    wait_for_a_result(place.path());
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(calls(&double, "POST /api/jobs/tenfold-0", "/stop").len(), 1);
    run_well(place.path(), &["run", "-q"]);
    check_books(place.path());
    check_fit(place.path(), 1500);
}

#[test]
fn a_run_that_was_killed_leaves_its_job_to_the_next() {
    let place = tempfile::tempdir().unwrap();
    let double = study(place.path(), Fault::Nothing, 1500);
    let mut child = start(command(place.path(), &["run", "-q"]));
    wait_for_a_result(place.path());
    child.kill().unwrap();
    child.wait().unwrap();
    let before = calls(&double, "POST /api/jobs/", "jobs/").len();
    run_well(place.path(), &["run", "-q"]);
    check_books(place.path());
    check_fit(place.path(), 1500);
    let submitted = calls(&double, "POST /api/jobs/", "jobs/");
    let job = |call: &Call| -> serde_json::Value { serde_json::from_str(&call.body).unwrap() };
    let names: Vec<serde_json::Value> =
        submitted.iter().map(|call| job(call)["submission_id"].clone()).collect();
    assert!(names.len() > before, "rounds of search follow the first: {names:?}");
    let again = rows(place.path(), "SELECT trial FROM attempt WHERE number > 1");
    assert!(again.is_empty(), "trials that were under way were started again: {again:?}");
}

#[test]
fn a_cluster_that_does_not_answer_is_told_before_anything_is_handed_in() {
    let place = tempfile::tempdir().unwrap();
    drop(study(place.path(), Fault::Nothing, 120));
    let ran = run(place.path(), &["run", "-q"]);
    assert_eq!(ran.code, Some(2));
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines[0].starts_with("error: no Ray cluster answers at `http://127.0.0.1:"));
    assert!(lines[0].ends_with("connection refused"), "{}", lines[0]);
    assert!(lines[1].starts_with("hint: start one with `ray start --head`"), "{}", lines[1]);
    assert!(!place.path().join(".tenfold/batches").exists());
}

#[expect(clippy::disallowed_methods, reason = "a signal is sent from outside, as a terminal does")]
fn interrupt(process: u32) {
    let status = Command::new("kill").args(["-INT", &process.to_string()]).status().unwrap();
    assert!(status.success());
}

#[expect(clippy::disallowed_methods, reason = "the test measures how long the program takes")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn a_dashboard_that_never_answers_holds_up_neither_results_nor_ctrl_c() {
    let place = tempfile::tempdir().unwrap();
    let double = study_with(place.path(), Fault::Hangs, 1500, "pack = 1");
    let mut child = start(command(place.path(), &["run", "-q"]));
    wait_until("a call that hangs", || !calls(&double, "GET /api/jobs/", "").is_empty());
    let hung = now();
    let results = || rows(place.path(), "SELECT trial FROM result").len();
    wait_until("results in the database", || results() >= 2);
    assert!(hung.elapsed() < Duration::from_secs(20), "{:?}", hung.elapsed());
    let asked = now();
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(25), "{:?}", asked.elapsed());
}

#[test]
fn ctrl_c_is_obeyed_while_the_dashboard_is_waited_for_at_the_start() {
    let place = tempfile::tempdir().unwrap();
    let double = Double::that_says(HANG.to_vec());
    let run = format!("[run]\nexecutor = \"ray\"\n[run.ray]\naddress = \"{}\"\n", double.address);
    write_study(place.path(), &format!("{SMALL_STUDY}\n{run}"));
    let mut child = start(command(place.path(), &["run", "-q"]));
    wait_until("a call", || !double.calls().is_empty());
    let asked = now();
    interrupt(child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
}

#[test]
fn trials_of_a_job_whose_driver_is_gone_are_handed_in_anew() {
    let place = tempfile::tempdir().unwrap();
    let double = study_with(place.path(), Fault::LosesDriver, 120, "lost_after = \"5s\"");
    let ran = run_well(place.path(), &["run", "--progress", "line"]);
    let said = "and for 5s nothing was heard of ";
    assert!(ran.stderr.contains("Ray says that job tenfold-000001-"), "{}", ran.stderr);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("they are handed in anew"), "{}", ran.stderr);
    assert_eq!(calls(&double, "POST /api/jobs/tenfold-000001-", "/stop").len(), 1);
    check_books(place.path());
    check_fit(place.path(), 120);
}

#[test]
fn trials_that_a_ray_job_has_are_not_trained_here_too() {
    let place = tempfile::tempdir().unwrap();
    let double = study(place.path(), Fault::LosesDriver, 120);
    run_well(place.path(), &["run", "--detach", "-q"]);
    write_study(place.path(), SMALL_STUDY);
    let ran = run(place.path(), &["run", "-q"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("are with Ray job tenfold-000001-"), "{}", ran.stderr);
    let file = place.path().join("study.toml");
    let text = fs::read_to_string(&file).unwrap();
    write_study(place.path(), &format!("{text}\n[run.ray]\naddress = \"{}\"\n", double.address));
    run_well(place.path(), &["run", "-q", "--cancel-jobs"]);
    assert_eq!(calls(&double, "POST /api/jobs/tenfold-000001-", "/stop").len(), 1);
    check_books(place.path());
}

#[test]
fn trials_that_a_job_of_another_ray_cluster_has_are_not_trained_on_this_one_too() {
    let place = tempfile::tempdir().unwrap();
    let _first = study(place.path(), Fault::LosesDriver, 120);
    run_well(place.path(), &["run", "--detach", "-q"]);
    let second = study(place.path(), Fault::Nothing, 120);
    let ran = run(place.path(), &["run", "-q"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("are with Ray job tenfold-000001-"), "{}", ran.stderr);
    assert!(calls(&second, "POST /api/jobs/", "jobs/").is_empty());
    run_well(place.path(), &["run", "-q", "--abandon-jobs"]);
    check_books(place.path());
    check_fit(place.path(), 120);
}
