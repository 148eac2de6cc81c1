//! How the client handles replies: those recorded from Ray 2.60, and invalid ones.

use std::net::TcpListener;
use std::time::Duration;

use tenfold::executor::places::ray::dashboard::{JobRequest, JobState, Submitted};
use tenfold::executor::places::ray::{Dashboard, RayError};
use tenfold::study::places::DashboardAddress;

use super::double::{Double, recorded, reply};

/// Longest waits for replies.
const LIMITS: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(2));

fn dashboard(address: &str) -> Dashboard {
    Dashboard::new(DashboardAddress::parse(address).unwrap(), None, LIMITS)
}

/// The client's result when every call gets the recorded reply `name`.
fn with<T>(name: &str, call: impl Fn(&Dashboard) -> T) -> T {
    let double = Double::that_says(recorded(name));
    call(&dashboard(&double.address))
}

fn submit(dashboard: &Dashboard) -> Result<Submitted, RayError> {
    dashboard.submit(&JobRequest {
        id: "tenfold-000001-0123abcd",
        entrypoint: "python3 driver.py",
        variables: &[("RAY_JOB_STOP_WAIT_TIME_S", "30")],
        metadata: &[("batch", "000001-0123abcd")],
    })
}

fn job(name: &str) -> JobState {
    with(name, |dashboard| dashboard.job("tenfold-a")).unwrap().unwrap()
}

fn said(error: &RayError) -> String {
    format!("{error}\nhint: {}", error.hint())
}

#[test]
fn every_recorded_state_of_a_job_is_understood() {
    let state = |name: &str| {
        let job = job(name);
        (job.is_pending(), job.is_over(), job.reason())
    };
    let waiting = "PENDING (Job has not started yet.)".to_owned();
    assert_eq!(state("pending"), (true, false, waiting));
    let (is_pending, is_over, reason) = state("waiting-for-resources");
    assert!(is_pending && !is_over && reason.contains("waiting for resources"), "{reason}");
    let running = "RUNNING (Job is currently running.)".to_owned();
    assert_eq!(state("running"), (false, false, running));
    let succeeded = "SUCCEEDED (Job finished successfully.)".to_owned();
    assert_eq!(state("succeeded"), (false, true, succeeded));
    let stopped = "STOPPED (Job was intentionally stopped.)".to_owned();
    assert_eq!(state("stopped"), (false, true, stopped));
    let (_, is_over, reason) = state("failed");
    assert!(is_over);
    assert!(reason.starts_with("FAILED (Job entrypoint command failed with exit code 3: "));
}

#[test]
fn a_job_that_failed_says_the_last_line_of_its_log() {
    let expected = "FAILED (Job entrypoint command failed with exit code 1: \
                    ModuleNotFoundError: No module named 'ray')";
    assert_eq!(job("failed-without-ray").reason(), expected);
}

#[test]
fn a_submission_is_accepted_once_and_known_the_second_time() {
    assert_eq!(with("submitted", submit).unwrap(), Submitted::Accepted);
    assert_eq!(with("submitted-twice", submit).unwrap(), Submitted::AlreadyThere);
}

#[test]
fn a_submission_says_what_is_to_run_and_under_which_name() {
    let double = Double::that_says(recorded("submitted"));
    submit(&dashboard(&double.address)).unwrap();
    let calls = double.calls();
    assert_eq!(calls[0].line, "POST /api/jobs/");
    let body: serde_json::Value = serde_json::from_str(&calls[0].body).unwrap();
    let expected = serde_json::json!({
        "entrypoint": "python3 driver.py",
        "submission_id": "tenfold-000001-0123abcd",
        "runtime_env": {"env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": "30"}},
        "metadata": {"batch": "000001-0123abcd"},
    });
    assert_eq!(body, expected);
}

#[test]
fn a_job_that_is_not_known_is_no_error() {
    assert_eq!(with("unknown-job", |d| d.job("tenfold-z")).unwrap(), None);
    assert_eq!(with("logs-of-an-unknown-job", |d| d.logs("tenfold-z")).unwrap(), None);
    assert!(!with("stop-of-an-unknown-job", |d| d.stop("tenfold-z")).unwrap());
}

#[test]
fn a_stop_says_whether_there_was_anything_to_stop() {
    assert!(with("stop", |d| d.stop("tenfold-d")).unwrap());
    assert!(!with("stop-of-an-ended-job", |d| d.stop("tenfold-a")).unwrap());
}

#[test]
fn logs_are_text_or_not_yet_there() {
    let logs = with("logs", |d| d.logs("tenfold-a")).unwrap().unwrap();
    assert!(logs.ends_with("said\n"), "{logs}");
    assert_eq!(with("logs-of-a-pending-job", |d| d.logs("tenfold-a")).unwrap(), None);
    // Older versions reply like this while a job is not placed.
    let not_yet = Double::that_says(reply("500 Internal Server Error", "text/plain", "Traceback"));
    assert_eq!(dashboard(&not_yet.address).logs("tenfold-a").unwrap(), None);
}

#[test]
fn a_version_that_is_not_known_is_noted_and_used() {
    let version = with("version", Dashboard::version).unwrap();
    assert_eq!((version.ray.as_str(), version.note()), ("2.60.0", None));
    let later = r#"{"version": "5", "ray_version": "3.1.0", "more": {}}"#;
    let double = Double::that_says(reply("200 OK", "application/json", later));
    let note = dashboard(&double.address).version().unwrap().note().unwrap();
    assert!(note.starts_with("Ray 3.1.0 speaks version 5 of the jobs interface"), "{note}");
}

#[test]
fn a_status_nobody_has_heard_of_is_data() {
    let document = r#"{"status": "SUSPENDED", "message": null}"#;
    let double = Double::that_says(reply("200 OK", "application/json", document));
    let job = dashboard(&double.address).job("tenfold-a").unwrap().unwrap();
    assert_eq!((job.is_pending(), job.is_over()), (false, false));
    assert_eq!(job.reason(), "SUSPENDED (Ray says no more)");
}

#[test]
fn a_request_that_ray_cannot_read_is_refused_with_its_last_line() {
    let said = said(&with("submitted-without-entrypoint", submit).unwrap_err());
    let expected = "(HTTP 400): TypeError: JobSubmitRequest.__init__() missing 1 required \
                    positional argument: 'entrypoint'";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn a_cluster_that_asks_for_a_token_is_given_it_or_says_so() {
    for name in ["without-token", "with-a-wrong-token"] {
        let said = said(&with(name, |d| d.job("tenfold-a")).unwrap_err());
        assert!(said.ends_with("hint: the cluster asks for a token: set RAY_AUTH_TOKEN"), "{said}");
    }
    let double = Double::that_says(recorded("version"));
    let address = DashboardAddress::parse(&double.address).unwrap();
    Dashboard::new(address, Some("secret".to_owned()), LIMITS).version().unwrap();
    assert_eq!(double.calls()[0].authorization.as_deref(), Some("Bearer secret"));
}

#[test]
fn nobody_there_is_said_with_what_to_type() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = dashboard(&format!("http://{port}")).version().unwrap_err();
    let said = error.to_string();
    assert!(error.may_pass());
    assert_eq!(said, format!("no Ray cluster answers at `http://{port}`: connection refused"));
    assert!(error.hint().starts_with("start one with `ray start --head`"), "{}", error.hint());
}

#[test]
fn what_is_no_ray_dashboard_is_told_as_what_it_is() {
    let page = "<!doctype html><title>Hello</title>";
    let whole = recorded("succeeded");
    let cut = &whole[..whole.len() - 200];
    let cases: [(Vec<u8>, &str); 7] = [
        (reply("200 OK", "text/html", page), "it answers with a web page"),
        (reply("502 Bad Gateway", "text/html", page), "it answers HTTP 502 with a web page"),
        (reply("200 OK", "application/json", "{\"status\": \"RUN"), "its reply is cut short"),
        (reply("200 OK", "application/json", "[1, 2]"), "its reply is not the one of the jobs"),
        (reply("200 OK", "application/json", ""), "its reply is cut short"),
        (recorded("unknown-path"), "HTTP 404"),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), "it does not speak HTTP"),
    ];
    for (answer, expected) in cases {
        let double = Double::that_says(answer);
        let error = dashboard(&double.address).job("tenfold-a").unwrap_err();
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
    let double = Double::that_says(cut.to_vec());
    let error = dashboard(&double.address).job("tenfold-a").unwrap_err();
    assert!(error.may_pass(), "half a reply may be whole the next time: {error}");
    let double = Double::that_says(Vec::new());
    let error = dashboard(&double.address).job("tenfold-a").unwrap_err();
    assert!(error.may_pass(), "a connection that is closed: {error}");
}
