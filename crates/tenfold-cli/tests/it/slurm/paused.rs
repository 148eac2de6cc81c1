//! A study on Slurm that is paused: its workers stop, its jobs end, and it continues later.

use super::{Cluster, SLOW_FIT, ended, slow, study};
use crate::books::rows;
use crate::program::{run_well, wait_until, write_study};

/// Whether `tenfold status` reports that the study is paused and that none of its trials runs.
fn is_quiet(cluster: &Cluster) -> bool {
    let status = run_well(cluster.folder(), &["status", "--json"]).stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let models = status["models"].as_array().unwrap();
    status["paused"] == true && models.iter().all(|model| model["running"] == 0)
}

#[test]
fn a_pause_frees_the_workers_and_a_resume_hands_the_trials_in_anew() {
    let cluster = Cluster::new("");
    write_study(cluster.folder(), &slow(&study("")));
    let child = cluster.start();
    cluster.wait_for_words();
    run_well(cluster.folder(), &["pause"]);
    wait_until("the pause", || is_quiet(&cluster));
    let finished = || rows(cluster.folder(), "SELECT trial FROM result").len();
    let before = finished();
    let planned = rows(cluster.folder(), "SELECT DISTINCT trial FROM planned").len();
    assert!(before < planned, "{before} of {planned} had finished when the study was paused");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(finished(), before);
    run_well(cluster.folder(), &["resume"]);
    let ran = ended(child);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("going on after the pause"), "{}", ran.stderr);
    let ends = cluster.check_against(&SLOW_FIT);
    // Running trials were interrupted and not cancelled; waiting trials never became executions.
    assert!(ends.iter().all(|end| end.starts_with("interrupted ")), "{ends:?}");
}

#[test]
fn jobs_that_a_run_left_to_slurm_are_stopped_by_name() {
    let cluster = Cluster::new("");
    write_study(cluster.folder(), &slow(&study("")));
    let detached = cluster.run(&["run", "--detach"]);
    assert_eq!(detached.code, Some(0), "{}", detached.stderr);
    let paused = cluster.run(&["pause"]);
    assert_eq!(paused.code, Some(2), "{}", paused.stderr);
    assert!(paused.stderr.contains("and nobody here to be asked"), "{}", paused.stderr);
    let stopped = cluster.run(&["stop"]);
    assert_eq!(stopped.code, Some(0), "{}", stopped.stderr);
    assert!(stopped.stdout.contains("ended Slurm job "), "{}", stopped.stdout);
    assert!(!cluster.calls("scancel").is_empty());
    let again = cluster.run(&["run", "-q"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    cluster.check_against(&SLOW_FIT);
}
