//! Runs built-in learners in this process, one trial a thread.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use tenfold_train::{Continue, TrainError, train};

use super::clock::Clock;
use super::{AttemptReport, AttemptState, Executor};
use crate::prepared::Prepared;
use crate::store::StoreError;
use crate::store::fault::{self, Point};
use crate::store::files::{Published, StudyFolder};
use crate::trial::{Attempt, AttemptToken, Outcome};

/// A pool of threads, each training one model at a time.
#[derive(Debug)]
pub struct Local {
    attempts: Option<Sender<Attempt>>,
    reports: Receiver<AttemptReport>,
    is_cancelled: Arc<AtomicBool>,
    cancelled: Cancelled,
    threads: Vec<JoinHandle<()>>,
}

/// Attempts that were asked to stop alone.
type Cancelled = Arc<Mutex<BTreeSet<AttemptToken>>>;

/// What every thread of the pool shares.
struct Shared {
    data: Arc<Prepared>,
    folder: StudyFolder,
    is_cancelled: Arc<AtomicBool>,
    cancelled: Cancelled,
    attempts: Mutex<Receiver<Attempt>>,
    clock: Clock,
}

impl Local {
    /// A pool of `workers` threads (at least one) that train on `data` and publish in `folder`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new(data: Arc<Prepared>, folder: StudyFolder, workers: usize) -> Result<Self> {
        let (attempts, queue) = channel();
        let (to_coordinator, reports) = channel();
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let cancelled = Cancelled::default();
        let shared = Arc::new(Shared {
            data,
            folder,
            is_cancelled: Arc::clone(&is_cancelled),
            cancelled: Arc::clone(&cancelled),
            attempts: Mutex::new(queue),
            clock: Clock::start(),
        });
        let mut threads = Vec::new();
        for number in 0..workers.max(1) {
            let (shared, reports) = (Arc::clone(&shared), to_coordinator.clone());
            let thread = std::thread::Builder::new()
                .name(format!("trial-{number}"))
                .spawn(move || work(&shared, &reports))
                .context("starting a thread for trials")?;
            threads.push(thread);
        }
        Ok(Self { attempts: Some(attempts), reports, is_cancelled, cancelled, threads })
    }
}

impl Executor for Local {
    fn capacity(&self) -> usize {
        self.threads.len()
    }

    fn submit(&mut self, attempt: Attempt) -> Result<()> {
        let attempts = self.attempts.as_ref().ok_or_else(|| anyhow!("the pool is closed"))?;
        attempts.send(attempt).map_err(|_| anyhow!("every thread for trials has ended"))
    }

    fn states(&mut self, patience: Duration) -> Vec<AttemptReport> {
        let first = self.reports.recv_timeout(patience).ok();
        first.into_iter().chain(self.reports.try_iter()).collect()
    }

    fn cancel(&mut self) {
        self.is_cancelled.store(true, Ordering::SeqCst);
    }

    fn cancel_one(&mut self, token: &AttemptToken) {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone());
    }
}

impl Shared {
    /// Whether `attempt` was asked to stop, alone or with all others.
    fn is_cancelled(&self, attempt: &Attempt) -> bool {
        self.is_cancelled.load(Ordering::SeqCst)
            || self
                .cancelled
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&attempt.token)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.cancel();
        drop(self.attempts.take());
        for thread in self.threads.drain(..) {
            // A thread that panicked outside a trial has nothing left to tell.
            drop(thread.join());
        }
    }
}

fn work(shared: &Shared, reports: &Sender<AttemptReport>) {
    loop {
        let next = shared.attempts.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(attempt) = next else { return };
        let state = execute(shared, &attempt, reports);
        // Nobody listens any more when the coordinator has gone; the result file stays.
        if reports.send(AttemptReport { token: attempt.token, state }).is_err() {
            return;
        }
    }
}

fn execute(shared: &Shared, attempt: &Attempt, reports: &Sender<AttemptReport>) -> AttemptState {
    let id = &attempt.trial.id;
    let log = |line: &str| shared.folder.append_log(id, line);
    let opened = shared.folder.create_trial(id).and_then(|()| {
        let trial = &attempt.trial;
        let what = format!("{} at {} examples, seed {}", trial.model, trial.size, trial.repeat);
        log(&format!("attempt {}: {what}", attempt.token))
    });
    if let Err(error) = opened {
        return AttemptState::StoreBroken(error);
    }
    let started = shared.clock.elapsed();
    let trained = catch_unwind(AssertUnwindSafe(|| train_attempt(shared, attempt, reports)));
    let seconds = (shared.clock.elapsed().saturating_sub(started)).as_secs_f64();
    let state = match trained {
        Ok(Ok(trained)) => {
            for note in &trained.notes {
                // A log that cannot be written is found out by the line after the match.
                drop(log(note));
            }
            let outcome = Outcome::new(attempt, &trained, seconds);
            match serde_json::to_string(&outcome) {
                Ok(document) => publish(shared, attempt, &document),
                Err(error) => {
                    AttemptState::Failed { reason: format!("writing the result: {error}") }
                }
            }
        }
        Ok(Err(TrainError::Interrupted { .. })) => AttemptState::Interrupted,
        Ok(Err(TrainError::Checkpoint { path, source })) => {
            AttemptState::StoreBroken(StoreError::writing(&path, &source))
        }
        Ok(Err(error)) => {
            let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
            AttemptState::Failed { reason: format!("{error}{hint}") }
        }
        Err(panic) => AttemptState::Failed { reason: format!("crashed: {}", panic_text(&*panic)) },
    };
    let logged = match &state {
        AttemptState::Failed { reason } => log(&format!("failed after {seconds:.1} s: {reason}")),
        AttemptState::Interrupted => log(&format!("interrupted after {seconds:.1} s")),
        AttemptState::Published => log(&format!("finished after {seconds:.1} s")),
        _ => Ok(()),
    };
    match logged {
        Err(error) if !matches!(state, AttemptState::Published | AttemptState::StoreBroken(_)) => {
            AttemptState::StoreBroken(error)
        }
        _ => state,
    }
}

fn train_attempt(
    shared: &Shared,
    attempt: &Attempt,
    reports: &Sender<AttemptReport>,
) -> Result<tenfold_train::Trained, TrainError> {
    let trial = &attempt.trial;
    let checkpoint = shared.folder.checkpoint(&trial.id);
    let job = shared.data.job(trial, Some(&checkpoint));
    let mut last_evaluation = None;
    let trained = train(&job, &mut |progress| {
        fault::pass(Point::MidTrial);
        if progress.validation_error.is_some() {
            last_evaluation = progress.validation_error;
            let state = AttemptState::Running {
                step: progress.step,
                steps: progress.steps,
                validation_error: last_evaluation,
            };
            // A coordinator that has gone is noticed when the attempt ends.
            drop(reports.send(AttemptReport { token: attempt.token.clone(), state }));
        }
        if shared.is_cancelled(attempt) { Continue::Stop } else { Continue::Yes }
    })?;
    Ok(trained)
}

fn publish(shared: &Shared, attempt: &Attempt, document: &str) -> AttemptState {
    let id = &attempt.trial.id;
    match shared.folder.publish(id, &attempt.token, document) {
        Ok(published) => {
            // The checkpoint has served; if it cannot be removed it only takes space.
            drop(std::fs::remove_file(shared.folder.checkpoint(id)));
            match published {
                Published::Won => AttemptState::Published,
                Published::Lost => AttemptState::Fenced,
            }
        }
        Err(error) => AttemptState::StoreBroken(error),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
