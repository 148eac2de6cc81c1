//! A study on a scripted cluster: programs with the names of Slurm's come first in `PATH`.
//! `scripts/test-slurm` tests the faults of a real Slurm.

mod calls;
mod damaged;
mod elsewhere;
mod paused;
mod whose;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::books::check_books;
use crate::program::{Ran, SMALL_STUDY, command, run_well, wait_until, write_study};

/// Folder of the programs with Slurm's names.
static FAKE: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/slurm/fake"));

/// A study folder and the cluster that runs it.
struct Cluster {
    place: TempDir,
    state: TempDir,
    fault: &'static str,
}

impl Cluster {
    fn new(fault: &'static str) -> Self {
        let cluster = Self {
            place: tempfile::tempdir().unwrap(),
            state: tempfile::tempdir().unwrap(),
            fault,
        };
        write_study(cluster.folder(), &study(""));
        cluster
    }

    fn folder(&self) -> &Path {
        self.place.path()
    }

    /// The program with `words`, with this cluster's commands.
    fn command(&self, words: &[&str]) -> Command {
        let mut path = FAKE.clone().into_os_string();
        path.push(":/usr/bin:/bin");
        let mut command = command(self.folder(), words);
        command.env("PATH", path).env("FAKE_SLURM", self.state.path());
        command.env("FAKE_SLURM_FAULT", self.fault);
        command
    }

    fn run(&self, words: &[&str]) -> Ran {
        self.command(words).output().unwrap().into()
    }

    fn start(&self) -> Child {
        let mut command = self.command(&["run", "--progress", "line"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The recorded calls of the cluster's programs, and the starts of its tasks, that begin with
    /// `word`.
    fn calls(&self, word: &str) -> Vec<String> {
        let text = fs::read_to_string(self.state.path().join("calls")).unwrap_or_default();
        text.lines().filter(|line| line.starts_with(word)).map(str::to_owned).collect()
    }

    fn job(&self, number: u32) -> PathBuf {
        self.state.path().join(format!("job.{number}"))
    }

    /// Waits until a worker has written a heartbeat.
    fn wait_for_words(&self) {
        wait_until("a worker's first words", || {
            let batches = fs::read_dir(self.folder().join(".tenfold/batches"));
            let mut batches = batches.into_iter().flatten().map(|batch| batch.unwrap().path());
            batches.any(|batch| fs::read_dir(batch.join("said")).is_ok_and(|said| said.count() > 0))
        });
    }

    /// Runs the study to a successful end, and checks its database and fit.
    fn finish(&self) -> Vec<String> {
        let ran = self.run(&["run", "-q"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        self.check()
    }

    fn check(&self) -> Vec<String> {
        self.check_against(&LOCAL_FIT)
    }

    fn check_against(&self, local: &str) -> Vec<String> {
        let fit = run_well(self.folder(), &["fit", "--json"]).stdout;
        assert_eq!(fit, local, "the fit of a run on this machine");
        check_books(self.folder())
    }
}

/// The small study on Slurm, with `more` in the table `[run.slurm]`.
fn study(more: &str) -> String {
    format!("{SMALL_STUDY}\n[run]\nexecutor = \"slurm\"\n[run.slurm]\npack = 4\n{more}\n")
}

/// The fit of the small study without faults and without a cluster.
static LOCAL_FIT: LazyLock<String> = LazyLock::new(|| local_fit(SMALL_STUDY));

fn local_fit(study: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    write_study(place.path(), study);
    run_well(place.path(), &["run", "-q"]);
    run_well(place.path(), &["fit", "--json"]).stdout
}

/// A study with trials of a fifth of a second, so that a worker killed at its first heartbeat is in
/// the middle of one.
fn slow(study: &str) -> String {
    study.replace("steps = 120", "steps = 3000")
}

/// The fit of the slow study without faults and without a cluster.
static SLOW_FIT: LazyLock<String> = LazyLock::new(|| local_fit(&slow(SMALL_STUDY)));

fn ended(child: Child) -> Ran {
    child.wait_with_output().unwrap().into()
}

#[expect(clippy::disallowed_methods, reason = "the test is the user who types Ctrl-C")]
fn interrupt(child: &Child) {
    let process = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
}

#[test]
fn a_study_on_slurm_is_the_study_on_this_machine() {
    let cluster = Cluster::new("");
    let more = "partition = \"main\"\naccount = \"vision\"\ntime = \"90m\"\ngpus = 1\n\
                memory = \"4G\"\ncpus = 2\nnodes = 2\nextra = [\"--qos=long\"]\narray_limit = 7\n";
    write_study(cluster.folder(), &study(more));
    assert_eq!(cluster.finish(), Vec::<String>::new());
    let calls = cluster.calls("sbatch");
    let words: Vec<&str> = calls[0].split(' ').skip(1).collect();
    let path = cluster.folder().canonicalize().unwrap();
    let first = words.iter().find(|word| word.starts_with("--comment=tenfold:000001-")).unwrap();
    let mark = first.strip_prefix("--comment=tenfold:").unwrap();
    let (batch, _token) = mark.split_once(':').unwrap();
    let expected = [
        "--qos=long".to_owned(),
        "--partition=main".to_owned(),
        "--account=vision".to_owned(),
        "--time=1:30:00".to_owned(),
        "--cpus-per-task=2".to_owned(),
        "--mem=4194304K".to_owned(),
        "--gres=gpu:1".to_owned(),
        "--nodes=2".to_owned(),
        "--job-name=tenfold".to_owned(),
        format!("--comment=tenfold:{mark}"),
        "--array=0-2%7".to_owned(),
        format!("--output={}/.tenfold/batches/{batch}/log/%a.txt", path.display()),
        format!("--chdir={}", path.display()),
        "--open-mode=append".to_owned(),
        "--signal=B:TERM@60".to_owned(),
        "--requeue".to_owned(),
        "--parsable".to_owned(),
    ];
    assert_eq!(words, expected);
}

#[test]
fn arrays_are_no_larger_than_the_cluster_takes() {
    let cluster = Cluster::new("");
    write_study(cluster.folder(), &study("").replace("pack = 4", "pack = 1"));
    let mut command = cluster.command(&["run", "-q"]);
    let ran: Ran = command.env("FAKE_SLURM_MAX_ARRAY", "3").output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(cluster.check(), Vec::<String>::new());
    let sizes: Vec<String> = cluster.calls("sbatch").iter().map(|call| array_of(call)).collect();
    assert!(sizes.iter().all(|size| ["0-0", "0-1", "0-2"].contains(&size.as_str())), "{sizes:?}");
    assert_eq!(sizes[..2], ["0-2", "0-2"], "more than one array was needed");
    assert_eq!(cluster.calls("scontrol"), ["scontrol show config"]);
}

/// The range of tasks that a call of `sbatch` requests.
fn array_of(call: &str) -> String {
    let word = call.split(' ').find_map(|word| word.strip_prefix("--array="));
    word.unwrap().to_owned()
}

#[test]
fn an_answer_of_sbatch_that_is_lost_starts_nothing_twice() {
    let cluster = Cluster::new("lost-answer");
    let ran = cluster.run(&["run", "--progress", "line"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let expected = "Slurm does not take trials (`sbatch`: Batch job submission failed: Socket \
                    timed out on send/recv operation); trying again";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    assert_eq!(cluster.check(), Vec::<String>::new());
    let starts = cluster.calls("start");
    let mut once = starts.clone();
    once.sort();
    once.dedup();
    assert_eq!(starts.len(), once.len(), "{starts:?}");
}

#[test]
fn what_slurm_refuses_is_said_with_what_can_be_typed() {
    let cluster = Cluster::new("partition");
    write_study(cluster.folder(), &study("partition = \"nope\""));
    let ran = cluster.run(&["run", "-q"]);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @r"
    error: Slurm has no partition `nope` for you
    hint: `partition` in `[run.slurm]` can be `main`, `gpu`
    ");
    let mut without = cluster.command(&["run", "-q"]);
    let ran: Ran = without.env("PATH", "/nowhere").output().unwrap().into();
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @r#"
    error: `sbatch` was not found, Slurm's commands are needed
    hint: run it on a login node of the cluster, or set `executor = "local"`
    "#);
}

#[test]
fn a_worker_out_of_memory_costs_its_trial_a_retry() {
    check_death("dies:OUT_OF_MEMORY");
}

#[test]
fn a_node_that_fails_costs_its_trial_nothing() {
    check_death("dies:NODE_FAIL");
}

#[test]
fn a_worker_that_is_preempted_costs_its_trial_nothing() {
    check_death("dies:PREEMPTED");
}

fn check_death(fault: &'static str) {
    let cluster = Cluster::new(fault);
    write_study(cluster.folder(), &slow(&study("")));
    let ran = cluster.run(&["run", "--progress", "line"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let state = fault.strip_prefix("dies:").unwrap();
    let expected = format!("Slurm job 1, task 0, ended without a word: {state} on n1");
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    let is_own_fault = state == "OUT_OF_MEMORY";
    assert_eq!(ran.stderr.contains("1 retried"), is_own_fault, "{}", ran.stderr);
    assert_eq!(cluster.check_against(&SLOW_FIT), ["lost 1"]);
}

#[test]
fn a_controller_that_is_away_is_waited_for() {
    let cluster = Cluster::new("away");
    let ran = cluster.run(&["run", "--progress", "line"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let expected = "Slurm does not answer (`squeue`: slurm_load_jobs error: Unable to contact \
                    slurm controller (connect failure)); results are read as they come";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    assert_eq!(cluster.check(), Vec::<String>::new());
}

#[test]
fn what_an_administrator_has_to_do_is_said_once() {
    let cluster = Cluster::new("");
    let mut command = cluster.command(&["run", "--progress", "line"]);
    command.env("FAKE_SLURM_REASON", "launch failed requeued held");
    let ran: Ran = command.output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let nodes = "Slurm has taken n2,n3 out (batch job complete failure; Not responding): if that was \
                 an accident, an administrator brings them back with `scontrol update NodeName=n2,n3 \
                 State=RESUME`";
    let held = "Slurm holds job 1 (launch failed requeued held): it goes on after `scontrol release \
                1`";
    assert!(ran.stderr.contains(nodes), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches(held).count(), 1, "{}", ran.stderr);
}

#[test]
fn a_coordinator_that_is_killed_is_taken_over_and_nothing_starts_twice() {
    let cluster = Cluster::new("");
    let mut killed = cluster.start();
    wait_until("the first job", || cluster.job(1).join("comment").exists());
    cluster.wait_for_words();
    killed.kill().unwrap();
    ended(killed);
    assert_eq!(cluster.finish(), Vec::<String>::new());
    let starts = cluster.calls("start");
    assert_eq!(starts.iter().filter(|start| *start == "start job.1 0").count(), 1, "{starts:?}");
    let lines: usize = cluster.calls("sbatch").len();
    assert!(lines >= 2, "later trials are handed in by the second coordinator");
}

#[test]
fn a_detached_study_goes_on_and_is_taken_over() {
    let cluster = Cluster::new("");
    let ran = cluster.run(&["run", "--detach", "--progress", "line"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("the trials are with Slurm as job 1"), "{}", ran.stderr);
    assert!(cluster.calls("scancel").is_empty());
    let status = cluster.run(&["status"]).stdout;
    assert!(status.contains("trials are with Slurm job 1: tenfold run takes"), "{status}");
    let listed = cluster.run(&["trial"]).stdout;
    let id = listed.lines().nth(1).and_then(|line| line.split_whitespace().next()).unwrap();
    let asked = cluster.run(&["trial", "cancel", id]);
    assert_eq!(asked.code, Some(2), "{}", asked.stdout);
    assert!(asked.stderr.contains("Slurm job 1 has the trials, and nobody"), "{}", asked.stderr);
    wait_until("the end of the job", || {
        fs::read_to_string(cluster.job(1).join("2.state")).is_ok_and(|s| s == "COMPLETED\n")
    });
    assert_eq!(cluster.finish(), Vec::<String>::new());
    let local = tempfile::tempdir().unwrap();
    write_study(local.path(), SMALL_STUDY);
    let refused: Ran = command(local.path(), &["run", "--detach"]).output().unwrap().into();
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("`--detach` needs trials that run elsewhere"));
}

#[test]
fn ctrl_c_cancels_the_jobs_and_the_next_run_goes_on() {
    let cluster = Cluster::new("");
    let child = cluster.start();
    cluster.wait_for_words();
    interrupt(&child);
    let ran = ended(child);
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(ran.stderr.contains("asked Slurm to cancel job 1"), "{}", ran.stderr);
    assert_eq!(cluster.calls("scancel"), ["scancel 1"]);
    cluster.finish();
}

#[test]
fn a_job_that_its_user_cancels_stops_the_study_until_it_is_run_again() {
    let cluster = Cluster::new("");
    let child = cluster.start();
    cluster.wait_for_words();
    let mut scancel = cancel_by_hand(&cluster);
    assert!(scancel.status().unwrap().success());
    let ran = ended(child);
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(ran.stderr.contains("Slurm job 1 was cancelled by somebody else"), "{}", ran.stderr);
    cluster.finish();
}

#[expect(clippy::disallowed_methods, reason = "the test is the user who types `scancel`")]
fn cancel_by_hand(cluster: &Cluster) -> Command {
    let mut command = Command::new(FAKE.join("scancel"));
    command.arg("1").env("FAKE_SLURM", cluster.state.path());
    command
}

#[test]
fn a_terminal_that_goes_away_leaves_the_study_to_the_cluster() {
    let cluster = Cluster::new("idle");
    let child = cluster.start();
    wait_until("the first job", || cluster.job(1).join("comment").exists());
    hang_up(&child);
    let ran = ended(child);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("the trials are with Slurm as job 1"), "{}", ran.stderr);
    assert_eq!(cluster.calls("scancel"), Vec::<String>::new());
}

#[expect(clippy::disallowed_methods, reason = "the test is the terminal that goes away")]
fn hang_up(child: &Child) {
    let process = child.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &process]).status().unwrap().success());
}

#[test]
fn tasks_that_start_no_worker_for_one_reason_are_told_of_together() {
    let cluster = Cluster::new("no-program");
    write_study(cluster.folder(), &study("").replace("pack = 4", "pack = 1"));
    let log = cluster.folder().join("run.log");
    let mut command = cluster.command(&["run", "--progress", "line"]);
    let child = command.stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
    let said = || fs::read_to_string(&log).unwrap();
    wait_until("the words", || said().contains("started no worker"));
    interrupt(&child);
    assert_eq!(ended(child).code, Some(130), "{}", said());
    let text = said();
    let told: Vec<&str> =
        text.lines().filter(|line| line.contains("job 1 started no worker")).collect();
    assert!((1..=2).contains(&told.len()), "{told:?}");
    assert!(told.last().unwrap().contains(" tasks"), "{told:?}");
}
