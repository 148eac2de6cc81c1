//! The executor that submits attempts to a scheduler and reads their heartbeats from files.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;

use super::array_room::ArrayRoom;
use super::batch::BatchFolder;
use super::batch_id::BatchId;
use super::desk::{Answer, Desk};
use super::history::History;
use super::lease::{Grace, Lease, News};
use super::open_batch::OpenBatch;
use super::pack::Packing;
use super::pause::Pause;
use super::scheduler::{JobId, OwnJob, Scheduler, SchedulerError, TaskReport};
use super::site::ClusterSite;
use crate::executor::clock::Clock;
use crate::executor::{AttemptReport, AttemptState, Executor};
use crate::store::StoreError;
use crate::trial::{Attempt, AttemptToken};

/// Largest number of attempts that the executor takes at a time; more wait in the coordinator.
const CAPACITY: usize = 4096;

/// How long attempts are collected before they are submitted, while others run.
pub(super) const LINGER: Duration = Duration::from_secs(2);

/// How long `states` sleeps between two polls.
const NAP: Duration = Duration::from_millis(20);

/// How long a scheduler that accepted a cancellation may take to confirm that the jobs have ended.
const CANCEL: Duration = Duration::from_secs(40);

/// How long a scheduler may take to accept a cancellation. Workers see the cancel file in their
/// batch within seconds.
const UNANSWERED: Duration = Duration::from_secs(10);

/// Runs attempts through a scheduler.
#[derive(Debug)]
pub struct Cluster<S> {
    pub(super) desk: Desk<S>,
    pub(super) name: &'static str,
    pub(super) site: ClusterSite,
    pub(super) packing: Packing,
    /// How long to wait for tasks that seem to have ended.
    pub grace: Grace,
    /// Whether nothing is submitted any more: attempts that would be are reported as requeued.
    pub is_draining: bool,
    clock: Clock,
    /// Attempts to be submitted, with their earlier executions.
    pub(super) pending: Vec<(Attempt, History)>,
    pending_since: Duration,
    pub(super) batches: Vec<OpenBatch>,
    pub(super) news: News,
    /// Notices already given, so that each is given once.
    said: BTreeSet<String>,
    listening: Pause,
    pub(super) asking: Pause,
    /// Whether a request for the states of tasks is unanswered.
    is_asking: bool,
    /// The batch that is being submitted or searched for.
    pub(super) handing_in: Option<BatchId>,
    pub(super) room: ArrayRoom,
    pub(super) cancelling: Option<Cancelling>,
}

/// State of the cancellation of all attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cancelling {
    since: Duration,
    /// Whether the scheduler has accepted the cancellation, or had nothing to cancel.
    is_taken: bool,
    /// Whether the executor has stopped waiting for the scheduler.
    is_given_up: bool,
}

impl<S: Scheduler> Cluster<S> {
    /// Submits attempts at `site` to `scheduler`, and takes over what an earlier run submitted to
    /// it.
    ///
    /// # Errors
    /// If a batch of an earlier run cannot be read.
    pub fn new(scheduler: S, site: ClusterSite, packing: Packing) -> Result<Self> {
        let mut cluster = Self {
            name: scheduler.name(),
            desk: Desk::new(scheduler),
            site,
            packing,
            grace: Grace::default(),
            is_draining: false,
            clock: Clock::start(),
            pending: Vec::new(),
            pending_since: Duration::ZERO,
            batches: Vec::new(),
            news: News::default(),
            said: BTreeSet::new(),
            listening: Pause::new(Duration::from_millis(50), Duration::from_secs(2)),
            asking: Pause::new(Duration::from_millis(500), Duration::from_secs(10)),
            is_asking: false,
            handing_in: None,
            room: ArrayRoom::default(),
            cancelling: None,
        };
        cluster.take_over()?;
        Ok(cluster)
    }

    /// Takes over the batches of an earlier run. A batch is searched for if the scheduler has not
    /// confirmed that it accepted it.
    fn take_over(&mut self) -> Result<()> {
        let mut later: BTreeSet<AttemptToken> = BTreeSet::new();
        for folder in BatchFolder::unclosed(&self.site.folder)?.into_iter().rev() {
            if !folder.is_for(self.name, self.desk.scheduler.address().as_deref()) {
                continue;
            }
            let job = folder.job(self.name);
            let Some(mut batch) = OpenBatch::found(folder.clone(), &self.site.data)? else {
                self.leave_damaged(&folder, job)?;
                continue;
            };
            for lease in &mut batch.leases {
                lease.is_over = !later.insert(lease.token.clone());
            }
            batch.end_cancelled(&mut self.news);
            batch.is_sought = job.is_none();
            batch.job = job;
            self.batches.push(batch);
        }
        self.batches.reverse();
        Ok(())
    }

    /// Cancels and closes a batch whose content is not known; its trials are started again.
    fn leave_damaged(
        &mut self,
        folder: &BatchFolder,
        job: Option<JobId>,
    ) -> Result<(), StoreError> {
        folder.cancel()?;
        folder.close(0, &[])?;
        let (name, path) = (self.name, folder.path.display());
        let job_words = job.as_ref().map_or_else(String::new, |job| format!(", {name} job {job},"));
        let text = format!(
            "the lists in `{path}` are damaged: the batch{job_words} is cancelled, and what it had \
             not finished is started anew"
        );
        self.notice(text);
        self.cancel_jobs(job.map(|id| OwnJob { id, mark: folder.mark() }).into_iter().collect());
        Ok(())
    }

    fn jobs(&self) -> Vec<OwnJob> {
        let own =
            |batch: &OpenBatch| Some(OwnJob { id: batch.job.clone()?, mark: batch.folder.mark() });
        self.batches.iter().filter_map(own).collect()
    }

    pub(super) fn notice(&mut self, text: String) {
        self.news.notices.push(text);
    }

    /// Reads the heartbeats of the workers.
    fn listen(&mut self, now: Duration) {
        if !self.listening.is_over(now) {
            return;
        }
        let mut is_new = false;
        for batch in &mut self.batches {
            match batch.listen(&self.site.folder, now, &mut self.news) {
                Ok(is_of_batch) => is_new |= is_of_batch,
                // A file server that does not answer comes back later; waiting loses no results.
                Err(error) => self.news.notices.push(error.to_string()),
            }
        }
        for (attempt, seconds) in std::mem::take(&mut self.news.paces) {
            self.packing.learn(&attempt, seconds);
        }
        self.listening.next(now, is_new);
    }

    /// Asks the scheduler about all jobs in one call.
    fn ask(&mut self, now: Duration) {
        let jobs = self.jobs();
        if !jobs.is_empty() && !self.is_asking && self.asking.is_over(now) {
            self.is_asking = true;
            self.desk.ask_tasks(jobs);
        }
    }

    /// Handles the answers of the scheduler.
    fn take_answers(&mut self, now: Duration) -> Result<(), StoreError> {
        for answer in self.desk.answers() {
            match answer {
                Answer::Tasks { jobs, found } => self.take_tasks(&jobs, found, now),
                Answer::HandIn { folder, end } => self.take_hand_in(&folder, end, now)?,
                Answer::Cancelled { jobs, asked } => self.take_cancelled(jobs, asked),
                Answer::Most(most) => self.room.take(&most),
            }
        }
        Ok(())
    }

    fn take_tasks(
        &mut self,
        jobs: &[OwnJob],
        found: Result<Vec<TaskReport>, SchedulerError>,
        now: Duration,
    ) {
        self.is_asking = false;
        match found {
            Ok(reports) => {
                // The answer does not cover a batch that was submitted after the call.
                let is_asked = |batch: &&mut OpenBatch| {
                    jobs.iter().any(|job| Some(&job.id) == batch.job.as_ref())
                };
                for batch in self.batches.iter_mut().filter(is_asked) {
                    batch.hear(&reports, now);
                }
                for advice in reports.into_iter().flat_map(|report| report.advice) {
                    self.notice(advice);
                }
            }
            Err(error) => {
                let name = self.name;
                self.notice(format!(
                    "{name} does not answer ({error}); results are read as they come"
                ));
            }
        }
        self.asking.next(now, false);
    }

    /// Ends the attempts of tasks that have ended, and closes batches without open attempts.
    fn conclude(&mut self, is_closing: bool, now: Duration) -> Result<(), StoreError> {
        let name = self.name;
        let is_cancelled = self.cancelling.is_some();
        let soon =
            Grace { ended: self.grace.cancelled, forgotten: self.grace.cancelled, ..self.grace };
        let grace = if is_cancelled { soon } else { self.grace };
        if self.batches.iter().any(|batch| batch.is_ending(grace, now)) {
            // A task that began and ended since the last poll has written its end to its heartbeat.
            self.listening.reset();
            self.listen(now);
        }
        for batch in &mut self.batches {
            let folder = &self.site.folder;
            batch.conclude(folder, name, is_cancelled, grace, now, &mut self.news);
        }
        let at_once = Grace { ended: Duration::ZERO, forgotten: Duration::ZERO, ..grace };
        let grace = if is_closing && !is_cancelled { at_once } else { grace };
        if self.is_draining {
            for (Attempt { token, .. }, _) in self.news.again.drain(..) {
                let state = AttemptState::Requeued;
                self.news.reports.push(AttemptReport { token, state });
            }
        } else if !self.news.again.is_empty() {
            self.pending_since = now;
            self.pending.append(&mut self.news.again);
        }
        let mut open = Vec::new();
        for batch in std::mem::take(&mut self.batches) {
            let is_silent = batch.is_silent(grace, now);
            if batch.is_over() && is_silent {
                batch.say_rest(name, &mut self.news);
                batch.close(&mut self.news)?;
            } else {
                open.push(batch);
            }
        }
        self.batches = open;
        Ok(())
    }

    fn step(&mut self, now: Duration) -> Result<(), StoreError> {
        self.take_answers(now)?;
        let is_due = self.batches.iter().all(OpenBatch::is_over)
            || now.saturating_sub(self.pending_since) >= LINGER;
        if !self.pending.is_empty() && is_due && self.cancelling.is_none() {
            self.flush(now)?;
        }
        self.submit_due(now);
        self.listen(now);
        self.ask(now);
        if self.cancelling.is_none() {
            self.end_silent(now)?;
        }
        self.conclude(false, now)?;
        let is_late = |cancelling: Cancelling| {
            let patience = if cancelling.is_taken { CANCEL } else { UNANSWERED };
            !cancelling.is_given_up && now.saturating_sub(cancelling.since) >= patience
        };
        if self.cancelling.is_some_and(is_late) {
            self.give_up();
        }
        Ok(())
    }

    /// Submits silent attempts again, and ends jobs whose attempts have all ended.
    fn end_silent(&mut self, now: Duration) -> Result<(), StoreError> {
        let mut jobs = Vec::new();
        for batch in &mut self.batches {
            let was_over = batch.is_over();
            batch.end_silent(self.name, self.grace, now, &mut self.news);
            if !was_over && batch.is_over() {
                batch.folder.cancel()?;
                let own = |id| OwnJob { id, mark: batch.folder.mark() };
                jobs.extend(batch.job.clone().map(own));
            }
        }
        self.cancel_jobs(jobs);
        Ok(())
    }

    /// Gives up attempts whose end is not confirmed; the next run reads their reports.
    fn give_up(&mut self) {
        let name = self.name;
        let mut texts = Vec::new();
        for batch in self.batches.iter().filter(|batch| !batch.is_over()) {
            let id = &batch.folder.id;
            texts.push(match &batch.job {
                Some(job) => {
                    let by_hand = self.desk.scheduler.by_hand(job);
                    format!("{name} has not confirmed that job {job} has ended: {by_hand}")
                }
                None => format!(
                    "batch {id} was on its way to {name}: if it was accepted, its tasks end as they \
                     start"
                ),
            });
        }
        for text in texts {
            self.notice(text);
        }
        for lease in self.batches.iter_mut().flat_map(|batch| &mut batch.leases) {
            if !lease.is_over {
                lease.is_over = true;
                self.news.report(lease, AttemptState::Interrupted);
            }
        }
        if let Some(cancelling) = &mut self.cancelling {
            cancelling.is_given_up = true;
        }
    }

    /// Asks the scheduler to end `jobs`.
    pub(super) fn cancel_jobs(&mut self, jobs: Vec<OwnJob>) {
        if jobs.is_empty() {
            return;
        }
        if let Some(cancelling) = &mut self.cancelling {
            cancelling.is_taken = false;
        }
        self.desk.cancel(jobs);
    }

    fn take_cancelled(&mut self, jobs: Vec<OwnJob>, asked: Result<Vec<JobId>, SchedulerError>) {
        let name = self.name;
        if let Some(cancelling) = self.cancelling.as_mut().filter(|_| asked.is_ok()) {
            cancelling.is_taken = true;
        }
        match asked {
            Ok(asked) => {
                let (ours, others): (Vec<JobId>, Vec<JobId>) =
                    jobs.into_iter().map(|job| job.id).partition(|id| asked.contains(id));
                if !ours.is_empty() {
                    self.notice(format!("asked {name} to cancel job {}", listed(&ours)));
                }
                if !others.is_empty() {
                    self.notice(format!(
                        "{name} has no job {} of this study that goes on: nothing of it was \
                         cancelled",
                        listed(&others)
                    ));
                }
            }
            Err(error) => {
                for OwnJob { id, .. } in jobs {
                    let by_hand = self.desk.scheduler.by_hand(&id);
                    self.notice(format!("{name} job {id} was not cancelled ({error}): {by_hand}"));
                }
            }
        }
        self.asking.reset();
    }
}

/// Names of `jobs`, as text for a person.
fn listed(jobs: &[JobId]) -> String {
    let names: Vec<&str> = jobs.iter().map(|job| job.0.as_str()).collect();
    names.join(", ")
}

impl<S: Scheduler> Executor for Cluster<S> {
    fn capacity(&self) -> usize {
        CAPACITY
    }

    fn submit(&mut self, attempt: Attempt) -> Result<()> {
        if self.pending.is_empty() {
            self.pending_since = self.clock.elapsed();
        }
        self.pending.push((attempt, History::default()));
        Ok(())
    }

    fn under_way(&mut self) -> Vec<Attempt> {
        let leases = self.batches.iter().flat_map(|batch| &batch.leases);
        let open = leases.filter(|lease| !lease.is_over);
        open.filter_map(|lease| lease.attempt.clone()).collect()
    }

    fn states(&mut self, patience: Duration) -> Vec<AttemptReport> {
        let deadline = self.clock.elapsed() + patience;
        loop {
            let now = self.clock.elapsed();
            if let Err(error) = self.step(now) {
                self.news.reports.push(AttemptReport::of_all(AttemptState::StoreBroken(error)));
            }
            if !self.news.reports.is_empty() || now >= deadline {
                return std::mem::take(&mut self.news.reports);
            }
            std::thread::sleep(NAP);
        }
    }

    fn notices(&mut self) -> Vec<String> {
        let mut notices = std::mem::take(&mut self.news.notices);
        notices.retain(|text| self.said.insert(text.clone()));
        notices
    }

    fn cancel(&mut self) {
        let since = self.clock.elapsed();
        let is_out = |batch: &OpenBatch| batch.job.is_none() && batch.may_be_accepted();
        let is_taken = !self.batches.iter().any(is_out);
        self.cancelling = Some(Cancelling { since, is_taken, is_given_up: false });
        for (attempt, _) in std::mem::take(&mut self.pending) {
            let state = AttemptState::Interrupted;
            self.news.reports.push(AttemptReport { token: attempt.token, state });
        }
        for batch in &self.batches {
            // The scheduler also stops workers that do not see the cancel file.
            drop(batch.folder.cancel());
        }
        self.cancel_jobs(self.jobs());
    }

    fn cancel_one(&mut self, token: &AttemptToken) {
        if let Some(index) = self.pending.iter().position(|(attempt, _)| attempt.token == *token) {
            let token = self.pending.remove(index).0.token;
            self.news.reports.push(AttemptReport { token, state: AttemptState::Interrupted });
            return;
        }
        let now = self.clock.elapsed();
        for batch in &mut self.batches {
            let is_asked = |lease: &Lease| lease.token == *token && !lease.is_over;
            if let Some(line) = batch.leases.iter().position(is_asked) {
                batch.cancel_one(line, &self.site.folder, now, &mut self.news);
            }
        }
    }

    fn put_aside(&mut self, token: &AttemptToken) {
        let leases = self.batches.iter_mut().flat_map(|batch| &mut batch.leases);
        for lease in leases.filter(|lease| lease.token == *token) {
            lease.is_put_aside = true;
        }
        self.cancel_one(token);
    }

    fn hand_over(&mut self) -> Option<String> {
        let is_handed =
            self.pending.is_empty() && self.batches.iter().all(|batch| batch.job.is_some());
        let jobs: Vec<JobId> = self.jobs().into_iter().map(|job| job.id).collect();
        let name = self.name;
        is_handed.then(|| format!("the trials are with {name} as job {}", listed(&jobs)))
    }

    fn close(&mut self) -> Vec<AttemptReport> {
        let mut deadline = self.clock.elapsed() + self.grace.closing;
        let mut is_asked = self.cancelling.is_some();
        let is_given_up = self.cancelling.is_some_and(|cancelling| cancelling.is_given_up);
        loop {
            let now = self.clock.elapsed();
            let taken = self.take_answers(now);
            self.listen(now);
            self.ask(now);
            if let Err(error) = taken.and_then(|()| self.conclude(true, now)) {
                self.news.reports.push(AttemptReport::of_all(AttemptState::StoreBroken(error)));
            }
            if self.batches.is_empty() || now >= deadline && is_asked || is_given_up {
                return std::mem::take(&mut self.news.reports);
            }
            if now >= deadline {
                // The remaining executions are of finished trials, so they may be stopped.
                is_asked = true;
                deadline = now + self.grace.closing;
                self.cancel_jobs(self.jobs());
            }
            std::thread::sleep(NAP);
        }
    }
}
