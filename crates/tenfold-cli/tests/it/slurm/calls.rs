//! Programs of Slurm that take long or never end: results are read in the meantime, Ctrl-C is
//! obeyed, and a call that was cut off is looked up before it is repeated.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::{Cluster, array_of, ended, interrupt, slow, study};
use crate::books::{check_books, rows};
use crate::program::{Ran, wait_until, write_study};

/// Programs are cut off after three seconds, because an answer may take a second while other
/// programs compile.
const QUICK: &str = "query_timeout = \"3s\"\nsubmit_timeout = \"3s\"";

fn quick(fault: &'static str) -> Cluster {
    let cluster = Cluster::new(fault);
    write_study(cluster.folder(), &study(QUICK));
    cluster
}

#[expect(clippy::disallowed_methods, reason = "the test plays Slurm")]
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the test measures how long the program takes")]
fn now() -> Instant {
    Instant::now()
}

/// Number of results in the database; 0 before there is one.
fn results(cluster: &Cluster) -> usize {
    if !cluster.folder().join(".tenfold/study.sqlite").exists() {
        return 0;
    }
    rows(cluster.folder(), "SELECT trial FROM result").len()
}

#[test]
fn results_are_taken_in_while_the_queue_does_not_answer() {
    let cluster = Cluster::new("");
    write(&cluster.state.path().join("is-hung"), "");
    let child = cluster.start();
    wait_until("a call of `squeue`", || cluster.state.path().join("hung").exists());
    let hung = now();
    wait_until("results", || results(&cluster) >= 10);
    // The call is cut off after 30 seconds.
    assert!(hung.elapsed() < Duration::from_secs(20), "{:?}", hung.elapsed());
    fs::remove_file(cluster.state.path().join("is-hung")).unwrap();
    end_hung(&cluster);
    let ran = ended(child);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(cluster.check(), Vec::<String>::new());
}

/// Ends the calls of `squeue` that hang.
#[expect(clippy::disallowed_methods, reason = "the test ends what it has made hang")]
fn end_hung(cluster: &Cluster) {
    let hung = fs::read_to_string(cluster.state.path().join("hung")).unwrap();
    for process in hung.lines() {
        let group = format!("-{process}");
        drop(Command::new("kill").args(["-KILL", "--", &group]).status());
    }
}

#[test]
fn a_queue_that_does_not_answer_is_cut_off_with_all_its_processes() {
    let cluster = quick("");
    write_study(
        cluster.folder(),
        &study(&QUICK.replace("query_timeout = \"3s", "query_timeout = \"1s")),
    );
    write(&cluster.state.path().join("is-hung"), "");
    let ran = cluster.run(&["run", "--progress", "line"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("`squeue` gave no answer in 1s"), "{}", ran.stderr);
    assert_eq!(cluster.check(), Vec::<String>::new());
    let hung = fs::read_to_string(cluster.state.path().join("hung")).unwrap();
    // The program was killed before it could cut off the calls of the last second.
    let all: Vec<&str> = hung.lines().collect();
    assert!(all.len() > 3, "{all:?}");
    for process in &all[..all.len() - 2] {
        assert!(!Path::new("/proc").join(process).exists(), "`squeue` {process} lives on");
    }
    end_hung(&cluster);
}

#[test]
fn ctrl_c_is_obeyed_while_the_queue_does_not_answer() {
    let cluster = Cluster::new("");
    write_study(cluster.folder(), &slow(&study("")).replace("3000", "30000"));
    let child = cluster.start();
    cluster.wait_for_words();
    write(&cluster.state.path().join("is-hung"), "");
    wait_until("a call of `squeue`", || cluster.state.path().join("hung").exists());
    let asked = now();
    interrupt(&child);
    let ran = ended(child);
    let seconds = asked.elapsed().as_secs();
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(seconds < 25, "it took {seconds} s:\n{}", ran.stderr);
    assert_eq!(cluster.calls("scancel"), Vec::<String>::new(), "whose it is was not known");
    // The workers have seen the mark in their batch.
    let ended = "SELECT outcome FROM attempt WHERE outcome = 'interrupted'";
    assert!(!rows(cluster.folder(), ended).is_empty());
    end_hung(&cluster);
}

#[test]
fn a_batch_whose_submission_was_cut_off_is_found_in_the_queue() {
    let cluster = quick("silent");
    let ran = cluster.run(&["run", "--progress", "line"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(cluster.check(), Vec::<String>::new());
    check_started_once(&cluster);
}

#[test]
fn a_batch_whose_submission_was_cut_off_and_is_not_in_the_queue_is_handed_in_anew() {
    let cluster = quick("stuck");
    let ran = cluster.run(&["run", "--progress", "line"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let expected = "Slurm does not take trials (`sbatch` gave no answer in 3s); trying again";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    assert_eq!(cluster.check(), Vec::<String>::new());
    let first = cluster.folder().join(".tenfold/batches");
    let first = fs::read_dir(first).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let job = fs::read_to_string(first.join("job.json")).unwrap();
    assert!(first.join("closed").exists() && job.contains("null"), "{job}");
}

fn check_started_once(cluster: &Cluster) {
    let starts = cluster.calls("start");
    let mut once = starts.clone();
    once.sort();
    once.dedup();
    assert_eq!(starts.len(), once.len(), "{starts:?}");
}

/// Runs the study, one trial per task, on a cluster that allows arrays of at most three tasks.
fn check_small_arrays(fault: &'static str, variables: &[(&str, &str)]) -> Cluster {
    let cluster = Cluster::new(fault);
    write_study(cluster.folder(), &study(QUICK).replace("pack = 4", "pack = 1"));
    let mut command = cluster.command(&["run", "--progress", "line"]);
    let ran: Ran = command.envs(variables.iter().copied()).output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(cluster.check(), Vec::<String>::new());
    cluster
}

#[test]
fn a_cluster_that_did_not_say_how_large_arrays_may_be_is_asked_again() {
    let cluster = check_small_arrays("no-scontrol-once", &[("FAKE_SLURM_MAX_ARRAY", "3")]);
    assert!(cluster.calls("scontrol").len() >= 2);
    let sizes: Vec<String> = cluster.calls("sbatch").iter().map(|call| array_of(call)).collect();
    let taken = ["0-0", "0-1", "0-2"];
    assert!(sizes[1..].iter().all(|size| taken.contains(&size.as_str())), "{sizes:?}");
}

#[test]
fn a_cluster_that_never_says_how_large_arrays_may_be_is_handed_smaller_ones() {
    check_small_arrays("no-scontrol", &[("FAKE_SLURM_MAX_ARRAY", "3")]);
}

#[test]
fn no_more_tasks_are_handed_in_at_once_than_the_cluster_holds_jobs() {
    let most = [("FAKE_SLURM_MAX_ARRAY", "1001"), ("FAKE_SLURM_MAX_JOBS", "2")];
    let cluster = check_small_arrays("", &most);
    let sizes: Vec<String> = cluster.calls("sbatch").iter().map(|call| array_of(call)).collect();
    assert!(sizes.iter().all(|size| ["0-0", "0-1"].contains(&size.as_str())), "{sizes:?}");
}

#[test]
fn a_cluster_that_is_full_is_handed_less() {
    let cluster = check_small_arrays("full", &[("FAKE_SLURM_MAX_ARRAY", "1001")]);
    let last = |call: &String| -> usize { array_of(call)[2..].parse().unwrap() };
    let sizes: Vec<usize> = cluster.calls("sbatch").iter().map(last).collect();
    assert!(sizes[1..].iter().all(|size| *size <= sizes[0] / 2), "{sizes:?}");
}

/// Starts the study in a process group of its own, as a shell does.
fn start_in_group(cluster: &Cluster) -> (Child, fs::File) {
    let mut command = cluster.command(&["run", "--progress", "line"]);
    let log = fs::File::create(cluster.folder().join("run.log")).unwrap();
    let stderr = log.try_clone().unwrap();
    (command.process_group(0).stderr(stderr).spawn().unwrap(), log)
}

fn log_of(cluster: &Cluster) -> String {
    fs::read_to_string(cluster.folder().join("run.log")).unwrap()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is the user who types Ctrl-C")]
fn ctrl_c_while_a_job_is_on_its_way_cancels_it() {
    let cluster = Cluster::new("slow:3");
    let (mut child, _log) = start_in_group(&cluster);
    wait_until("a call of `sbatch`", || !cluster.calls("sbatch").is_empty());
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(130), "{}", log_of(&cluster));
    let log = log_of(&cluster);
    if cluster.calls("scancel").is_empty() {
        // A machine that is so busy that all that took ten seconds.
        assert!(
            log.contains("was on its way to Slurm: if it was accepted, its tasks end"),
            "{log}"
        );
    } else {
        assert_eq!(cluster.calls("scancel"), ["scancel 1"]);
        assert!(log.contains("asked Slurm to cancel job 1"), "{log}");
    }
    cluster.finish();
}

#[test]
fn a_job_that_is_accepted_after_its_coordinator_was_killed_starts_nothing_twice() {
    let cluster = Cluster::new("slow:6");
    let mut killed = cluster.start();
    wait_until("a call of `sbatch`", || !cluster.calls("sbatch").is_empty());
    killed.kill().unwrap();
    ended(killed);
    let batches = fs::read_dir(cluster.folder().join(".tenfold/batches")).unwrap();
    let batch = batches.map(|entry| entry.unwrap().file_name()).min().unwrap();
    let again = Cluster { fault: "", ..cluster };
    again.finish();
    wait_until("the end of the late job", || {
        let jobs = fs::read_dir(again.state.path()).unwrap().map(|entry| entry.unwrap().path());
        let text = |path: std::path::PathBuf| fs::read_to_string(path).unwrap_or_default();
        let mut of_batch =
            jobs.filter(|job| text(job.join("comment")).contains(batch.to_str().unwrap()));
        of_batch.any(|job| text(job.join("2.state")) == "COMPLETED\n")
    });
    let ran = again.run(&["run", "-q"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ends = check_books(again.folder());
    assert!(!ends.iter().any(|end| end.starts_with("fenced")), "trained twice: {ends:?}");
}
