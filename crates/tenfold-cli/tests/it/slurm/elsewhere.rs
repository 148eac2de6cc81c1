//! Slurm holds trials while the study file says that they run on this machine: they are not trained
//! twice, and the user has to decide about the job.

use std::fs;

use super::{Cluster, LOCAL_FIT, SLOW_FIT, ended, slow, study};
use crate::books::{check_books, rows};
use crate::program::{Ran, SMALL_STUDY, run_well, wait_until, write_study};

/// A study that was submitted to a cluster, which accepts jobs but starts none, and was then set to
/// run here.
fn moved_here(fault: &'static str) -> Cluster {
    let cluster = Cluster::new(fault);
    let ran = cluster.run(&["run", "--detach", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    write_study(cluster.folder(), SMALL_STUDY);
    cluster
}

fn ran_well(cluster: &Cluster, words: &[&str]) -> Ran {
    let ran = cluster.run(&[&["run", "--progress", "line"], words].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran
}

#[test]
fn trials_that_a_job_has_are_not_trained_here_too() {
    let cluster = moved_here("idle");
    let attempts = |cluster: &Cluster| rows(cluster.folder(), "SELECT token FROM attempt").len();
    let before = attempts(&cluster);
    let ran = cluster.run(&["run", "-q"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let first = "error: trials of this study are with Slurm job 1, and would be trained twice: ";
    assert!(ran.stderr.starts_with(first), "{}", ran.stderr);
    assert!(ran.stderr.contains("at 512, seed 0; "), "{}", ran.stderr);
    for option in ["--wait-for-jobs", "--cancel-jobs", "--abandon-jobs"] {
        assert!(ran.stderr.contains(&format!("{option}` ")), "{option}: {}", ran.stderr);
    }
    assert_eq!(attempts(&cluster), before);
}

#[test]
fn a_job_that_is_abandoned_starts_nothing_any_more() {
    let cluster = moved_here("idle");
    let ran = ran_well(&cluster, &["--abandon-jobs"]);
    let said = "Slurm job 1 is left to itself: first results count";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(cluster.calls("scancel"), Vec::<String>::new());
    assert_eq!(run_well(cluster.folder(), &["fit", "--json"]).stdout, *LOCAL_FIT);
    let before = check_books(cluster.folder());
    // The cluster still exists, and a worker of the job starts now.
    let batch = fs::read_dir(cluster.folder().join(".tenfold/batches")).unwrap().next().unwrap();
    let batch = batch.unwrap().file_name().into_string().unwrap();
    let worker = run_well(cluster.folder(), &["worker", ".", "--batch", &batch, "--lines", "0..4"]);
    assert_eq!(worker.code, Some(0));
    let said = cluster.folder().join(".tenfold/batches").join(&batch).join("said");
    assert_eq!(fs::read_dir(said).unwrap().count(), 0, "it began nothing");
    ran_well(&cluster, &[]);
    assert_eq!(check_books(cluster.folder()), before);
}

#[test]
fn what_an_abandoned_job_brings_back_is_in_the_books() {
    let cluster = Cluster::new("");
    write_study(cluster.folder(), &slow(&study("")).replace("pack = 4", "pack = 1"));
    let mut killed = cluster.start();
    cluster.wait_for_words();
    killed.kill().unwrap();
    ended(killed);
    write_study(cluster.folder(), &slow(SMALL_STUDY));
    ran_well(&cluster, &["--abandon-jobs"]);
    wait_until("the end of the job", || {
        let state = fs::read_to_string(cluster.job(1).join("0.state"));
        state.is_ok_and(|state| state == "COMPLETED\n")
    });
    ran_well(&cluster, &[]);
    assert_eq!(run_well(cluster.folder(), &["fit", "--json"]).stdout, *SLOW_FIT);
    check_books(cluster.folder());
    let executions = said_executions(&cluster);
    assert!(!executions.is_empty());
    for (token, state) in executions {
        let query = format!("SELECT outcome FROM attempt WHERE token = '{token}'");
        let expected = if state == "published" { "finished" } else { state.as_str() };
        assert_eq!(rows(cluster.folder(), &query), [expected], "{token}");
    }
}

/// Token and last state of every execution on the cluster.
fn said_executions(cluster: &Cluster) -> Vec<(String, String)> {
    let batches = fs::read_dir(cluster.folder().join(".tenfold/batches")).unwrap();
    let said = batches.flat_map(|batch| fs::read_dir(batch.unwrap().path().join("said")).unwrap());
    let read = |path: std::path::PathBuf| {
        let said: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let text = |key: &str| said[key].as_str().unwrap().to_owned();
        (text("execution"), text("state"))
    };
    said.map(|entry| read(entry.unwrap().path())).collect()
}

#[test]
fn a_job_is_cancelled_before_its_trials_run_here() {
    let cluster = moved_here("idle");
    let ran = ran_well(&cluster, &["--cancel-jobs"]);
    assert_eq!(cluster.calls("scancel"), ["scancel 1"]);
    assert!(ran.stderr.contains("asked Slurm to cancel job 1"), "{}", ran.stderr);
    assert_eq!(run_well(cluster.folder(), &["fit", "--json"]).stdout, *LOCAL_FIT);
    check_books(cluster.folder());
}

#[test]
fn trials_of_a_job_are_waited_for_while_others_run_here() {
    let cluster = moved_here("");
    ran_well(&cluster, &["--wait-for-jobs"]);
    assert_eq!(run_well(cluster.folder(), &["fit", "--json"]).stdout, *LOCAL_FIT);
    assert_eq!(check_books(cluster.folder()), Vec::<String>::new(), "nothing was trained twice");
    assert_eq!(cluster.calls("sbatch").len(), 1, "nothing more was handed in");
    assert!(!said_executions(&cluster).is_empty());
}

#[test]
fn a_job_that_was_on_its_way_when_its_coordinator_was_killed_is_named_too() {
    let cluster = Cluster::new("slow:5");
    let mut killed = cluster.start();
    wait_until("a call of `sbatch`", || !cluster.calls("sbatch").is_empty());
    killed.kill().unwrap();
    ended(killed);
    write_study(cluster.folder(), SMALL_STUDY);
    let refused = cluster.run(&["run", "-q"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    let expected = "a Slurm job that batch 000001-";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    ran_well(&cluster, &["--abandon-jobs"]);
    wait_until("the late job", || cluster.job(1).join("comment").exists());
    wait_until("its end", || {
        let state = fs::read_to_string(cluster.job(1).join("2.state"));
        state.is_ok_and(|state| state == "COMPLETED\n")
    });
    assert_eq!(said_executions(&cluster), Vec::<(String, String)>::new(), "it began nothing");
}
