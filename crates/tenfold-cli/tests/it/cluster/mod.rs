//! A study whose trials run in other processes: whatever their scheduler does, the database and the
//! results equal those of a run in this process.

mod cancel;
mod children;
mod stops;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tenfold::executor::clock::Clock;
use tenfold::executor::cluster::pack::Packing;
use tenfold::executor::cluster::scheduler::{
    JobId, JobMark, OwnJob, Scheduler, SchedulerError, Submission, TaskReport, TaskState,
};
use tenfold::executor::cluster::{Cluster, ClusterSite, Grace};
use tenfold::pipeline::coordinate::Coordinator;
use tenfold::pipeline::{RunEvent, RunSummary, Stop};
use tenfold::prepared::Prepared;
use tenfold::store::{Database, StudyFolder};
use tenfold::study;

use self::children::Children;
use crate::books::{check_books, rows};
use crate::program::{SMALL_STUDY, run_well, wait_until, write_study};

/// The program that the workers run.
const PROGRAM: &str = env!("CARGO_BIN_EXE_tenfold");

/// The result of a run, and what it printed.
struct Ran {
    summary: anyhow::Result<RunSummary>,
    notices: Vec<String>,
}

/// Runs the small study in `place` through `scheduler`, `pack` trials a task.
fn run(place: &Path, pack: usize, scheduler: impl Scheduler) -> Ran {
    run_program(PROGRAM, SMALL_STUDY, place, pack, scheduler)
}

/// The same, with another program for the workers and another study.
fn run_program(
    program: &str,
    text: &str,
    place: &Path,
    pack: usize,
    scheduler: impl Scheduler,
) -> Ran {
    let [ended, forgotten, closing, cancelled] = [1, 3, 8, 1].map(Duration::from_secs);
    let grace = Grace { ended, forgotten, closing, cancelled, ..Grace::default() };
    run_with_grace(program, text, place, pack, scheduler, grace)
}

fn run_with_grace(
    program: &str,
    text: &str,
    place: &Path,
    pack: usize,
    scheduler: impl Scheduler,
    grace: Grace,
) -> Ran {
    write_study(place, text);
    let study = study::parse(text, &place.join("study.toml")).unwrap();
    let data = Arc::new(Prepared::new(&study).unwrap());
    let folder = StudyFolder::create(place).unwrap();
    let database = Database::open(&folder).unwrap();
    let (clock, stop) = (Clock::start(), Stop::default());
    let mut site = ClusterSite::new(Arc::clone(&data), &folder, text.into()).unwrap();
    site.program = program.into();
    let packing = Packing { most: Some(pack), tasks_at_once: 2, ..Packing::default() };
    let mut cluster = Cluster::new(scheduler, site, packing).unwrap();
    cluster.grace = grace;
    let coordinator = Coordinator {
        study: &study,
        data: &data,
        folder: &folder,
        database: &database,
        clock: &clock,
        stop: &stop,
        is_detached: false,
    };
    let mut notices = Vec::new();
    let summary = coordinator.run(&mut cluster, &mut |event| {
        if let RunEvent::Notice { text } = event {
            notices.push(text.clone());
        }
    });
    Ran { summary, notices }
}

/// Checks that the fit of the study in `place` equals that of a run in one process.
fn check_fit(place: &Path) {
    let reference = tempfile::tempdir().unwrap();
    write_study(reference.path(), SMALL_STUDY);
    run_well(reference.path(), &["run", "-q"]);
    let fit = |folder: &Path| run_well(folder, &["fit", "--json"]).stdout;
    assert_eq!(fit(place), fit(reference.path()));
}

#[test]
fn a_study_in_other_processes_is_the_study_in_this_one() {
    let place = tempfile::tempdir().unwrap();
    let ran = run(place.path(), 4, Children::new(2));
    let summary = ran.summary.unwrap();
    assert!(summary.failed.is_empty() && summary.retried == 0 && !summary.is_interrupted);
    assert_eq!(ran.notices, Vec::<String>::new());
    assert_eq!(check_books(place.path()), Vec::<String>::new());
    check_fit(place.path());
}

/// A scheduler that answers only when nothing runs any more.
struct Slow(Children);

impl Scheduler for Slow {
    fn name(&self) -> &'static str {
        "Slow"
    }

    fn submit(&self, submission: &Submission<'_>) -> Result<JobId, SchedulerError> {
        self.0.submit(submission)
    }

    fn find(&self, mark: &JobMark) -> Result<Option<JobId>, SchedulerError> {
        self.0.find(mark)
    }

    fn tasks(&self, jobs: &[OwnJob]) -> Result<Vec<TaskReport>, SchedulerError> {
        let mut reports = Vec::new();
        wait_until("the end of all tasks", || {
            reports = self.0.tasks(jobs).unwrap();
            reports.iter().all(|report| report.state == TaskState::Ended)
        });
        Ok(reports)
    }

    fn cancel(&self, jobs: &[OwnJob]) -> Result<Vec<JobId>, SchedulerError> {
        self.0.cancel(jobs)
    }

    fn by_hand(&self, job: &JobId) -> String {
        self.0.by_hand(job)
    }
}

#[test]
fn a_task_that_begins_and_ends_between_two_looks_is_heard() {
    let place = tempfile::tempdir().unwrap();
    let [forgotten, closing, cancelled] = [3, 8, 1].map(Duration::from_secs);
    // Nothing more is expected from a task that has ended.
    let ended = Duration::ZERO;
    let grace = Grace { ended, forgotten, closing, cancelled, ..Grace::default() };
    let scheduler = Slow(Children::new(2));
    let ran = run_with_grace(PROGRAM, SMALL_STUDY, place.path(), 4, scheduler, grace);
    assert_eq!(ran.summary.unwrap().retried, 0);
    assert_eq!(ran.notices, Vec::<String>::new());
    assert_eq!(check_books(place.path()), Vec::<String>::new());
}

/// A scheduler with one of the faults that real schedulers have.
struct Faulty {
    inner: Children,
    fault: Fault,
    asked: AtomicUsize,
    /// The folder of the workers' heartbeats.
    said: Mutex<PathBuf>,
    has_killed: AtomicBool,
}

impl Faulty {
    fn new(inner: Children, fault: Fault) -> Self {
        let (asked, said, has_killed) = Default::default();
        Self { inner, fault, asked, said, has_killed }
    }

    /// Whether a heartbeat says that a worker has started a trial.
    fn is_at_work(&self) -> bool {
        let folder = self.said.lock().unwrap().clone();
        let said = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
        // A file that is still being written has a hidden name.
        let whole = said.filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
        let texts = whole.filter_map(|entry| fs::read_to_string(entry.path()).ok());
        texts.into_iter().any(|text| text.contains("\"started\""))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Accepts the first job and loses the answer.
    LosesAnswer,
    /// Starts every task twice.
    StartsTwice,
    /// Kills all workers, until once one was at a trial.
    KillsWorkers,
    /// Does not answer for a while.
    IsAway,
    /// Reports unknown states until it forgets the job.
    SpeaksInTongues,
    /// Refuses every job.
    Refuses,
}

impl Scheduler for Faulty {
    fn name(&self) -> &'static str {
        "Faulty"
    }

    fn submit(&self, submission: &Submission<'_>) -> Result<JobId, SchedulerError> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let lost = || SchedulerError::Unreachable { reason: "no answer".to_owned() };
        match self.fault {
            Fault::IsAway if asked == 1 => return Err(lost()),
            Fault::Refuses => {
                let (message, hint) = ("no partition `x`".to_owned(), "`main`".to_owned());
                return Err(SchedulerError::Refused { message, hint });
            }
            _ => {}
        }
        *self.said.lock().unwrap() = submission.folder.join("said");
        let job = self.inner.submit(submission)?;
        match self.fault {
            Fault::LosesAnswer if asked == 1 => Err(lost()),
            Fault::StartsTwice => {
                self.inner.start_again(&job);
                Ok(job)
            }
            _ => Ok(job),
        }
    }

    fn find(&self, mark: &JobMark) -> Result<Option<JobId>, SchedulerError> {
        self.inner.find(mark)
    }

    fn tasks(&self, jobs: &[OwnJob]) -> Result<Vec<TaskReport>, SchedulerError> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        if self.fault == Fault::IsAway && asked < 5 {
            return Err(SchedulerError::Unreachable { reason: "connection refused".to_owned() });
        }
        if self.fault == Fault::KillsWorkers && !self.has_killed.load(Ordering::SeqCst) {
            wait_until("a worker at a trial", || self.is_at_work());
            self.inner.kill_all();
            // The trial may have ended just before the kill.
            self.has_killed.store(self.is_at_work(), Ordering::SeqCst);
        }
        let mut reports = self.inner.tasks(jobs)?;
        if self.fault == Fault::SpeaksInTongues {
            for report in &mut reports {
                report.words = format!("MARINATING ({:?})", report.state);
                report.state = TaskState::Running;
            }
            reports.truncate(1);
        }
        Ok(reports)
    }

    fn cancel(&self, jobs: &[OwnJob]) -> Result<Vec<JobId>, SchedulerError> {
        self.inner.cancel(jobs)
    }

    fn by_hand(&self, job: &JobId) -> String {
        self.inner.by_hand(job)
    }
}

fn run_with(fault: Fault) -> (tempfile::TempDir, Ran) {
    let place = tempfile::tempdir().unwrap();
    let at_once = if fault == Fault::StartsTwice { 20 } else { 3 };
    let scheduler = Faulty::new(Children::new(at_once), fault);
    let ran = run(place.path(), 4, scheduler);
    (place, ran)
}

#[test]
fn an_answer_that_is_lost_after_the_job_was_accepted_starts_nothing_twice() {
    let (place, ran) = run_with(Fault::LosesAnswer);
    assert_eq!(ran.summary.unwrap().retried, 0);
    assert_eq!(ran.notices, ["Faulty does not take trials (no answer); trying again"]);
    assert_eq!(check_books(place.path()), Vec::<String>::new());
    check_fit(place.path());
}

#[test]
fn a_scheduler_that_is_away_for_a_while_is_waited_for() {
    let (place, ran) = run_with(Fault::IsAway);
    assert_eq!(ran.summary.unwrap().retried, 0);
    assert_eq!(
        ran.notices,
        [
            "Faulty does not take trials (no answer); trying again",
            "Faulty does not answer (connection refused); results are read as they come",
        ]
    );
    assert_eq!(check_books(place.path()), Vec::<String>::new());
    check_fit(place.path());
}

#[test]
fn trials_that_are_started_twice_count_once_and_both_are_in_the_books() {
    let (place, ran) = run_with(Fault::StartsTwice);
    let summary = ran.summary.unwrap();
    assert_eq!((summary.retried, summary.failed.len()), (0, 0));
    check_books(place.path());
    let twice = rows(place.path(), "SELECT trial FROM attempt GROUP BY trial HAVING count(*) > 1");
    assert!(!twice.is_empty(), "the test started nothing twice");
    check_fit(place.path());
}

#[test]
fn workers_that_are_killed_cost_the_trials_they_were_at_no_retry() {
    let (place, ran) = run_with(Fault::KillsWorkers);
    let summary = ran.summary.unwrap();
    assert!(summary.failed.is_empty(), "{:?}", summary.failed);
    assert_eq!(summary.retried, 0);
    assert!(
        ran.notices.iter().any(|text| text.contains("ended without a word")),
        "{:?}",
        ran.notices
    );
    let ends = check_books(place.path());
    assert!(ends.iter().all(|end| end.starts_with("lost")), "{ends:?}");
    check_fit(place.path());
}

#[test]
fn states_that_nobody_has_heard_of_are_waited_for() {
    let (place, ran) = run_with(Fault::SpeaksInTongues);
    assert_eq!(ran.summary.unwrap().retried, 0);
    assert_eq!(check_books(place.path()), Vec::<String>::new());
    check_fit(place.path());
}

#[test]
fn a_scheduler_that_refuses_ends_the_run_with_its_reason() {
    let (_place, ran) = run_with(Fault::Refuses);
    let error = ran.summary.unwrap_err();
    let refused: &SchedulerError = error.downcast_ref().unwrap();
    assert_eq!(refused.to_string(), "no partition `x`");
}

#[test]
fn machines_that_cannot_start_a_worker_are_told_of_and_fail_the_trials() {
    let place = tempfile::tempdir().unwrap();
    let text = SMALL_STUDY.replace("{ from = 32, to = 512, factor = 2 }", "[32]");
    let program = "/bin/false";
    let ran = run_program(program, &text, place.path(), 30, Children::new(4));
    let summary = ran.summary.unwrap();
    assert_eq!(summary.trained, 0);
    assert!(!summary.failed.is_empty());
    let first = "child processes job 1 started no worker: exit status: 1; does that machine see `";
    assert!(ran.notices[0].starts_with(first), "{:?}", ran.notices);
    for failed in &summary.failed {
        assert!(failed.reason.starts_with("no worker started; "), "{}", failed.reason);
    }
}
