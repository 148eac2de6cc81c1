//! A batch with damaged files: it is repaired or gives one clear error, and the run never hangs.

use std::fs;

use super::{Cluster, LOCAL_FIT};
use crate::books::check_books;
use crate::program::{SMALL_STUDY, run_well, write_study};

/// A study that was submitted to a cluster that starts no jobs, with the file `name` of its batch
/// changed by `damage`.
fn damaged(name: &str, damage: impl Fn(&[u8]) -> Vec<u8>) -> Cluster {
    let cluster = Cluster::new("idle");
    let ran = cluster.run(&["run", "--detach", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let batch = fs::read_dir(cluster.folder().join(".tenfold/batches")).unwrap().next().unwrap();
    let path = batch.unwrap().path().join(name);
    let whole = fs::read(&path).unwrap();
    write(&path, &damage(&whole));
    cluster
}

#[expect(clippy::disallowed_methods, reason = "the test is a disk that fails")]
fn write(path: &std::path::Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

/// Checks that the study continues on a cluster without a fault.
fn check_healed(name: &str, damage: impl Fn(&[u8]) -> Vec<u8>) {
    let cluster = Cluster { fault: "", ..damaged(name, damage) };
    let ran = cluster.run(&["run", "--progress", "line"]);
    assert_eq!(ran.code, Some(0), "{name}: {}", ran.stderr);
    let said = "are damaged: the batch, Slurm job 1, is cancelled, and what it had not finished is \
                started anew";
    assert_eq!(ran.stderr.matches(said).count(), 1, "{name}: {}", ran.stderr);
    assert_eq!(cluster.calls("scancel").first().map(String::as_str), Some("scancel 1"));
    assert_eq!(run_well(cluster.folder(), &["fit", "--json"]).stdout, *LOCAL_FIT);
    check_books(cluster.folder());
}

#[test]
fn a_batch_whose_attempts_are_torn_is_started_anew() {
    check_healed("attempts.jsonl", |whole| whole[..whole.len() * 2 / 3].to_vec());
    check_healed("attempts.jsonl", |_| Vec::new());
    check_healed("attempts.jsonl", |whole| vec![0; whole.len()]);
}

#[test]
fn a_batch_whose_tasks_are_torn_is_started_anew() {
    check_healed("tasks", |_| Vec::new());
    check_healed("tasks", |whole| whole[..whole.len() - 3].to_vec());
}

#[test]
fn a_damaged_batch_is_named_when_the_study_runs_here_now() {
    let cluster = damaged("attempts.jsonl", |_| b"{".to_vec());
    write_study(cluster.folder(), SMALL_STUDY);
    let ran = cluster.run(&["run", "-q"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("Slurm job 1"), "{}", ran.stderr);
    assert!(ran.stderr.contains(".tenfold/batches/000001-"), "{}", ran.stderr);
    assert!(ran.stderr.contains("whose list is damaged"), "{}", ran.stderr);
    let ran = cluster.run(&["run", "-q", "--cancel-jobs"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(cluster.calls("scancel"), ["scancel 1"]);
    check_books(cluster.folder());
}
