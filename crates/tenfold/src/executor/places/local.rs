//! Runs attempts on this machine, one per thread.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use super::{ExecutorPlace, Opened, Role, Setting};
use crate::executor::runners::Site;
use crate::executor::{AttemptReport, Executor};
use crate::trial::{Attempt, AttemptToken};

/// The thread pool, as an entry in the list of executor setups.
pub(super) struct Here;

impl ExecutorPlace for Here {
    fn name(&self) -> &'static str {
        "local"
    }

    fn open(&self, setting: &Setting<'_>, role: &Role) -> Result<Option<Opened>> {
        // Threads end with their process, so an earlier run cannot have left any attempts.
        if *role != Role::Main {
            return Ok(None);
        }
        let site = Site::new(Arc::clone(setting.data), setting.folder.clone());
        let executor = Box::new(Local::new(site, setting.workers)?);
        Ok(Some(Opened { executor, notes: Vec::new() }))
    }
}

/// A pool of threads, each executing one attempt at a time.
#[derive(Debug)]
pub struct Local {
    site: Arc<Site>,
    attempts: Option<Sender<Attempt>>,
    reports: Receiver<AttemptReport>,
    threads: Vec<JoinHandle<()>>,
}

impl Local {
    /// A pool of `workers` threads (at least one) at `site`.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn new(site: Site, workers: usize) -> Result<Self> {
        let site = Arc::new(site);
        let (attempts, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let (to_coordinator, reports) = channel();
        let mut threads = Vec::new();
        for number in 0..workers.max(1) {
            let (site, queue) = (Arc::clone(&site), Arc::clone(&queue));
            let reports = to_coordinator.clone();
            let thread = std::thread::Builder::new()
                .name(format!("trial-{number}"))
                .spawn(move || work(&site, &queue, &reports))
                .context("starting a thread for trials")?;
            threads.push(thread);
        }
        Ok(Self { site, attempts: Some(attempts), reports, threads })
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
        self.site.cancel();
    }

    fn cancel_one(&mut self, token: &AttemptToken) {
        self.site.cancel_one(token);
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.cancel();
        drop(self.attempts.take());
        for thread in self.threads.drain(..) {
            // A thread that panicked outside a trial has no more reports.
            drop(thread.join());
        }
    }
}

fn work(site: &Site, queue: &Mutex<Receiver<Attempt>>, reports: &Sender<AttemptReport>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(attempt) = next else { return };
        let report = |state| AttemptReport { token: attempt.token.clone(), state };
        // A missing coordinator is noticed when the attempt ends.
        let state = site.execute(&attempt, &mut |state| drop(reports.send(report(state))));
        // Sending fails if the coordinator has been dropped; the result file stays.
        if reports.send(report(state)).is_err() {
            return;
        }
    }
}
