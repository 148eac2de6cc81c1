//! Ray as a scheduler: the jobs it gets, and the meaning of its states.

use std::path::Path;

use tenfold::executor::cluster::batch::BatchFolder;
use tenfold::executor::cluster::batch_id::BatchId;
use tenfold::executor::cluster::scheduler::{
    JobId, JobMark, OwnJob, Scheduler as _, SchedulerError, Submission, TaskReport, TaskState,
};
use tenfold::executor::places::ray::Ray;
use tenfold::store::{FolderToken, StudyFolder};
use tenfold::study;
use tenfold::study::places::RayOptions;

use super::double::{Call, Double, recorded, reply};
use crate::program::SMALL_STUDY;

fn options(address: &str, more: &str) -> RayOptions {
    let text = format!("{SMALL_STUDY}[run.ray]\naddress = \"{address}\"\n{more}");
    study::parse(&text, Path::new("study.toml")).unwrap().run.places.ray
}

/// A dashboard that replies to a version request, and to all other calls with `name`.
fn double(name: &'static str) -> Double {
    Double::start(move |call| recorded(if is_version(call) { "version" } else { name }))
}

fn is_version(call: &Call) -> bool {
    call.line == "GET /api/version"
}

fn batch(place: &Path) -> BatchFolder {
    let folder = StudyFolder::create(place).unwrap();
    let batch = BatchFolder::open(&folder, BatchId::parse("000001-0123abcd").unwrap());
    std::fs::create_dir_all(&batch.path).unwrap();
    batch
}

fn ray(double: &Double, place: &Path) -> Ray {
    Ray::connect(options(&double.address, ""), StudyFolder::open(place)).unwrap()
}

fn job() -> JobId {
    JobId("tenfold-000001-0123abcd".to_owned())
}

/// The mark of a job that `folder` submitted; the recorded jobs are of an earlier version.
fn mark(folder: Option<&str>) -> JobMark {
    let batch = BatchId::parse("000001-0123abcd").unwrap();
    JobMark { batch, folder: folder.map(|token| FolderToken::parse(token).unwrap()) }
}

fn own() -> [OwnJob; 1] {
    [OwnJob { id: job(), mark: mark(None) }]
}

#[test]
fn a_batch_is_one_job_with_its_driver_beside_it() {
    let place = tempfile::tempdir().unwrap();
    let batch = batch(place.path());
    let double = double("submitted");
    let more = "cpus = 2\ngpus = 0.5\nmemory = \"4G\"\nresources = { disk = 1 }\n\
                python = \"/opt/my ray/python\"\nretries = 5\n";
    let options = options(&double.address, more);
    let ray = Ray::connect(options, StudyFolder::open(place.path())).unwrap();

    let submission = Submission {
        mark: &mark(Some("feed")),
        study: Path::new("/data/study"),
        folder: &batch.path,
        program: Path::new("/bin/tenfold"),
        tasks: &[0..2, 2..3],
    };
    assert_eq!(ray.submit(&submission).unwrap(), job());
    let sent: serde_json::Value = serde_json::from_str(&double.calls()[2].body).unwrap();
    let path = batch.path.display();
    let expected = format!("'/opt/my ray/python' '-u' '{path}/driver.py' '{path}/ray.json'");
    assert_eq!(sent["entrypoint"], expected);
    assert_eq!(sent["submission_id"], "tenfold-000001-0123abcd");
    assert_eq!(sent["metadata"]["folder"], "feed");
    assert_eq!(sent["runtime_env"]["env_vars"]["RAY_JOB_STOP_WAIT_TIME_S"], "30");
    let driver = std::fs::read_to_string(batch.path.join("driver.py")).unwrap();
    assert!(driver.contains("import ray"));
    let asked = std::fs::read_to_string(batch.path.join("ray.json")).unwrap();
    let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
    let worker = |lines| {
        ["/bin/tenfold", "worker", "/data/study", "--batch", "000001-0123abcd", "--lines", lines]
    };
    let expected = serde_json::json!({
        "cpus": 2.0, "gpus": 0.5, "memory": 4_294_967_296_u64, "resources": {"disk": 1.0},
        "retries": 5, "tasks": [worker("0..2"), worker("2..3")],
    });
    assert_eq!(asked, expected);
}

fn reports(name: &'static str) -> Vec<TaskReport> {
    let place = tempfile::tempdir().unwrap();
    let double = double(name);
    ray(&double, place.path()).tasks(&own()).unwrap()
}

#[test]
fn the_states_of_a_job_are_those_of_all_its_tasks() {
    let cases = [
        ("pending", TaskState::Waiting),
        ("waiting-for-resources", TaskState::Waiting),
        ("running", TaskState::Running),
        ("succeeded", TaskState::Ended),
        ("failed", TaskState::Ended),
        ("stopped", TaskState::Cancelled),
    ];
    for (name, state) in cases {
        let found: Vec<(Option<usize>, TaskState)> =
            reports(name).into_iter().map(|report| (report.task, report.state)).collect();
        assert_eq!(found, [(None, state)], "{name}");
    }
    assert!(reports("unknown-job").is_empty(), "a head that was lost knows no job");
}

#[test]
fn a_status_nobody_has_heard_of_is_waited_for() {
    let place = tempfile::tempdir().unwrap();
    let document = r#"{"status": "SUSPENDED", "message": "by an administrator"}"#;
    let double = Double::start(move |call| {
        let suspended = || reply("200 OK", "application/json", document);
        if is_version(call) { recorded("version") } else { suspended() }
    });
    let reports = ray(&double, place.path()).tasks(&own()).unwrap();
    assert_eq!(reports[0].state, TaskState::Running);
    assert_eq!(reports[0].words, "SUSPENDED (by an administrator)");
}

#[test]
fn tasks_that_the_driver_says_ended_are_told_apart() {
    let place = tempfile::tempdir().unwrap();
    let batch = batch(place.path());
    let write = |name: &str, text: &str| {
        tenfold::store::write_atomically(&batch.path.join(name), text.as_bytes()).unwrap();
    };
    write("tasks", "0..2\n2..3\n3..5\n");
    write(
        "ended.jsonl",
        "{\"task\": 1, \"words\": \"the worker ended with status 2\"}\n{\"task\": 0, \"wo",
    );
    let double = double("running");
    let reports = ray(&double, place.path()).tasks(&own()).unwrap();
    let found: Vec<(Option<usize>, TaskState)> =
        reports.iter().map(|report| (report.task, report.state)).collect();
    let running = TaskState::Running;
    assert_eq!(found, [(Some(0), running), (Some(1), TaskState::Ended), (Some(2), running)]);
    assert_eq!(reports[1].words, "the worker ended with status 2");
}

#[test]
fn a_job_that_was_never_placed_is_cancelled_once_it_was_asked_to_stop() {
    let place = tempfile::tempdir().unwrap();
    let double = Double::start(|call| {
        let is_stop = call.line.ends_with("/stop");
        recorded(if is_version(call) {
            "version"
        } else if is_stop {
            "stop"
        } else {
            "pending"
        })
    });
    let ray = ray(&double, place.path());
    assert_eq!(ray.tasks(&own()).unwrap()[0].state, TaskState::Waiting);
    ray.cancel(&own()).unwrap();
    assert_eq!(ray.tasks(&own()).unwrap()[0].state, TaskState::Cancelled);
}

#[test]
fn a_driver_without_ray_is_told_what_to_name() {
    let report = &reports("failed-without-ray")[0];
    assert!(report.words.ends_with("ModuleNotFoundError: No module named 'ray')"));
    let advice = report.advice.concat();
    assert!(advice.starts_with("`python3` on the cluster's head has no Ray"), "{advice}");
    assert!(reports("failed")[0].advice.is_empty());
}

#[test]
fn a_job_is_found_by_its_batch_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let found = |name| ray(&double(name), place.path()).find(&mark(None)).unwrap();
    assert_eq!(found("running"), Some(job()));
    assert_eq!(found("unknown-job"), None);
}

#[test]
fn a_cluster_that_restarts_is_asked_again_and_one_that_refuses_is_not() {
    let place = tempfile::tempdir().unwrap();
    let error = |name| ray(&double(name), place.path()).tasks(&own()).unwrap_err();
    let refused = error("without-token");
    assert!(matches!(refused, SchedulerError::Refused { .. }), "{refused:?}");
    let double = double("running");
    let ray = ray(&double, place.path());
    drop(double);
    let gone = ray.tasks(&own()).unwrap_err();
    assert!(matches!(gone, SchedulerError::Unreachable { .. }), "{gone:?}");
}

/// Number of calls that ask a job to stop, for a study whose folder has the token `feed`, when the
/// dashboard's job of that name was submitted by the folder `by`.
fn stops(by: &str) -> usize {
    let place = tempfile::tempdir().unwrap();
    let document = format!(r#"{{"status": "RUNNING", "message": "", "metadata": {by}}}"#);
    let double = Double::start(move |call| match call.line.as_str() {
        line if line.ends_with("/stop") => recorded("stop"),
        _ if is_version(call) => recorded("version"),
        _ => reply("200 OK", "application/json", &document),
    });
    let job = OwnJob { id: job(), mark: mark(Some("feed")) };
    let ray = ray(&double, place.path());
    let is_listed = !ray.tasks(std::slice::from_ref(&job)).unwrap().is_empty();
    assert_eq!(ray.find(&job.mark).unwrap().is_some(), is_listed);
    let asked = ray.cancel(&[job]).unwrap();
    assert_eq!(!asked.is_empty(), is_listed);
    double.calls().iter().filter(|call| call.line.ends_with("/stop")).count()
}

#[test]
fn a_job_of_our_name_that_another_folder_handed_in_is_left_alone() {
    assert_eq!(stops(r#"{"batch": "000001-0123abcd", "folder": "feed"}"#), 1);
    assert_eq!(stops(r#"{"batch": "000001-0123abcd", "folder": "beef"}"#), 0);
    assert_eq!(stops(r#"{"batch": "000001-0123abcd"}"#), 0);
    assert_eq!(stops("null"), 0);
}

#[test]
fn a_cluster_that_does_not_say_whose_a_job_is_is_not_asked_to_stop_it() {
    let place = tempfile::tempdir().unwrap();
    let double = Double::start(move |call| {
        let broken = || reply("502 Bad Gateway", "text/plain", "no head");
        if is_version(call) { recorded("version") } else { broken() }
    });
    let failed = ray(&double, place.path()).cancel(&own()).unwrap_err();
    assert!(matches!(failed, SchedulerError::Unreachable { .. }), "{failed:?}");
    assert!(double.calls().iter().all(|call| !call.line.ends_with("/stop")));
}
