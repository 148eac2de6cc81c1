//! The coordinator's view of a batch that is not closed: its attempts, their executions'
//! heartbeats, and the scheduler's last report on its tasks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::batch::BatchFolder;
use super::heartbeat::{self, Heartbeat, HeartbeatState};
use super::history::History;
use super::lease::{Grace, Lease, News, TaskView, end_of};
use super::scheduler::{JobId, TaskReport};
use crate::executor::AttemptState;
use crate::prepared::Prepared;
use crate::store::{AttemptEnd, StoreError, StudyFolder};
use crate::trial::Attempt;

/// How long a published result may take to become visible here.
const GRACE_UNSEEN: Duration = Duration::from_secs(90);

/// A batch that is not closed.
#[derive(Debug)]
pub(super) struct OpenBatch {
    pub(super) folder: BatchFolder,
    /// The range of lines of each task.
    pub(super) tasks: Vec<Range<usize>>,
    /// Its job, once the scheduler has accepted it.
    pub(super) job: Option<JobId>,
    /// When to submit it next, and how often that was tried.
    pub(super) next_submit: Duration,
    pub(super) submits: u32,
    /// Whether it is searched for and not submitted, because an earlier submission may still be
    /// accepted.
    pub(super) is_sought: bool,
    /// How often it was searched for and not found.
    pub(super) searches: u32,
    /// Whether a call that submits it or searches for it is in progress.
    pub(super) is_on_its_way: bool,
    /// One lease for each line.
    pub(super) leases: Vec<Lease>,
    /// Executions by the name of their heartbeat file.
    executions: BTreeMap<String, Execution>,
    /// One view for each task.
    views: Vec<TaskView>,
    /// Time of the last heartbeat of any execution.
    heard_at: Option<Duration>,
    /// Number of tasks that started no worker, by reason; and how many of them the user was told
    /// about.
    silent: BTreeMap<String, usize>,
    told: BTreeMap<String, usize>,
    /// Whether the user was told that running tasks send no heartbeats.
    is_silence_told: bool,
}

#[derive(Debug)]
struct Execution {
    line: usize,
    said: Heartbeat,
}

/// How a heartbeat was handled.
enum Taken {
    /// It is read again later, because the result is not visible yet.
    NotYet,
    /// It was handled completely.
    Done,
    /// It was the last execution of an attempt that is given up.
    Last { reason: String },
}

/// How the end of a task ends one of its attempts.
enum Ending {
    /// The end is reported to the coordinator.
    Report(AttemptState),
    /// The attempt is submitted again.
    Again,
}

impl OpenBatch {
    /// A batch that was just written and is to be submitted at `now`.
    pub(super) fn new(
        folder: BatchFolder,
        tasks: Vec<Range<usize>>,
        attempts: Vec<(Attempt, History)>,
        now: Duration,
    ) -> Self {
        let leases =
            attempts.into_iter().map(|(attempt, history)| Lease::new(attempt, history)).collect();
        Self { next_submit: now, ..Self::with(folder, tasks, leases) }
    }

    /// A batch of an earlier run; `None` if its lists are damaged.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read now.
    pub(super) fn found(folder: BatchFolder, data: &Prepared) -> Result<Option<Self>, StoreError> {
        let Some((lines, tasks)) = folder.whole_lists()? else { return Ok(None) };
        let mut leases: Vec<Lease> =
            lines.iter().filter_map(|line| Lease::found(line, data)).collect();
        for lease in &mut leases {
            lease.is_cancelled = folder.is_one_cancelled(lease.token.as_str());
        }
        Ok(Some(Self::with(folder, tasks, leases)))
    }

    fn with(folder: BatchFolder, tasks: Vec<Range<usize>>, leases: Vec<Lease>) -> Self {
        Self {
            folder,
            views: vec![TaskView::default(); tasks.len()],
            heard_at: None,
            silent: BTreeMap::new(),
            told: BTreeMap::new(),
            is_silence_told: false,
            tasks,
            job: None,
            next_submit: Duration::ZERO,
            submits: 0,
            is_sought: false,
            searches: 0,
            is_on_its_way: false,
            leases,
            executions: BTreeMap::new(),
        }
    }

    /// Whether every attempt has ended or is in a later batch.
    pub(super) fn is_over(&self) -> bool {
        self.leases.iter().all(|lease| lease.is_over)
    }

    /// Whether the scheduler may have accepted it, or may still accept it, without having confirmed
    /// that.
    pub(super) fn may_be_accepted(&self) -> bool {
        self.is_on_its_way || self.is_sought || self.submits > 0
    }

    /// Ends a batch that the scheduler does not have. Its attempts are submitted again unless the
    /// whole run `is_cancelled`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be closed.
    pub(super) fn take_back(
        &mut self,
        is_cancelled: bool,
        news: &mut News,
    ) -> Result<(), StoreError> {
        for lease in self.leases.iter_mut().filter(|lease| !lease.is_over) {
            lease.is_over = true;
            match lease.attempt.clone() {
                // No worker had started the attempt.
                Some(attempt) if !is_cancelled => news.again.push((attempt, lease.history)),
                _ => news.report(lease, AttemptState::Interrupted),
            }
        }
        self.close(news)
    }

    /// Whether no more is expected of any task after `grace`.
    pub(super) fn is_silent(&self, grace: Grace, now: Duration) -> bool {
        self.job.is_none() || self.views.iter().all(|view| view.is_gone_for_good(now, grace))
    }

    /// Reads the heartbeats since the last call; returns whether there were any.
    ///
    /// # Errors
    /// [`StoreError`] if the folder cannot be listed.
    pub(super) fn listen(
        &mut self,
        folder: &StudyFolder,
        now: Duration,
        news: &mut News,
    ) -> Result<bool, StoreError> {
        let mut is_new = false;
        let is_open = |name: &String| self.executions.get(name).is_none_or(|e| !e.said.is_final());
        let names = heartbeat::names(&self.folder.said())?.into_iter().filter(is_open);
        // A file that cannot be read now is read next time.
        let read =
            |name: String| Some((Heartbeat::read(&self.folder.said().join(&name)).ok()??, name));
        let mut heard: Vec<(Heartbeat, String)> = names.filter_map(read).collect();
        // After an absence, many heartbeats arrive at once: results are handled first, then the
        // executions in their order.
        heard.sort_by_key(|(said, _)| (said.state != HeartbeatState::Published, said.ordinal));
        for (said, name) in heard {
            let before = self.executions.get(&name).map(|execution| &execution.said);
            let line = self.leases.iter().position(|l| l.token.as_str() == said.attempt);
            let Some(line) = line.filter(|_| before != Some(&said)) else { continue };
            if let Some(task) = self.tasks.iter().position(|task| task.contains(&line)) {
                self.views[task].gone_since = None;
                self.views[task].heard_at = Some(now);
                self.heard_at = Some(now);
            }
            let (booked, end) = match self.take(line, &said, folder, now, news) {
                Taken::NotYet => continue,
                Taken::Done => (said.clone(), end_of(said.state)),
                Taken::Last { reason } => {
                    (Heartbeat { reason: Some(reason), ..said.clone() }, Some(AttemptEnd::Failed))
                }
            };
            news.reports.extend(self.leases[line].executed(&booked, end));
            self.executions.insert(name, Execution { line, said });
            is_new = true;
        }
        Ok(is_new)
    }

    /// Handles a heartbeat of an execution of `line`.
    fn take(
        &mut self,
        line: usize,
        said: &Heartbeat,
        folder: &StudyFolder,
        now: Duration,
        news: &mut News,
    ) -> Taken {
        let is_cancelled = self.folder.is_cancelled();
        let history = self.history_with(line, Some(said));
        let lease = &mut self.leases[line];
        if lease.is_over {
            return Taken::Done;
        }
        let state = match said.state {
            HeartbeatState::Started => {
                if let Some(progress) = said.progress {
                    news.report(lease, AttemptState::Running(progress));
                }
                return Taken::Done;
            }
            HeartbeatState::Published | HeartbeatState::Fenced
                if !folder.shows_result(&lease.trial) =>
            {
                let since = *lease.unseen_since.get_or_insert(now);
                if now.saturating_sub(since) < GRACE_UNSEEN {
                    return Taken::NotYet;
                }
                let reason = format!(
                    "its result was published on {} and cannot be seen here: is the study's folder \
                     one and the same there?",
                    said.host
                );
                AttemptState::Failed { reason }
            }
            HeartbeatState::Published => {
                news.paces.extend(lease.attempt.clone().map(|attempt| (attempt, said.seconds)));
                AttemptState::Published
            }
            HeartbeatState::Fenced => AttemptState::Fenced,
            HeartbeatState::Failed => {
                AttemptState::Failed { reason: said.reason.clone().unwrap_or_default() }
            }
            HeartbeatState::Stale => {
                AttemptState::Stale { reason: said.reason.clone().unwrap_or_default() }
            }
            HeartbeatState::Interrupted if is_cancelled => AttemptState::Interrupted,
            HeartbeatState::Interrupted | HeartbeatState::Requeued if lease.is_cancelled => {
                AttemptState::Interrupted
            }
            // The execution asked to be started again.
            HeartbeatState::Interrupted | HeartbeatState::Requeued => {
                let Some(reason) = history.why_no_more() else { return Taken::Done };
                // Its worker may already be starting again; it will see the cancel file.
                drop(self.folder.cancel_one(&said.attempt));
                lease.is_over = true;
                news.report(lease, AttemptState::GaveUp { reason: reason.clone() });
                return Taken::Last { reason };
            }
        };
        lease.is_over = true;
        news.report(lease, state);
        Taken::Done
    }

    /// Asks the attempt of `line` to stop. If it is running, its worker reports the end within
    /// seconds. Otherwise it ends at once, because a worker checks for the cancel file before it
    /// trains.
    pub(super) fn cancel_one(
        &mut self,
        line: usize,
        folder: &StudyFolder,
        now: Duration,
        news: &mut News,
    ) {
        drop(self.folder.cancel_one(self.leases[line].token.as_str()));
        // Heartbeats are read after the cancel file exists, so that a worker without a heartbeat
        // will see the file.
        if let Err(error) = self.listen(folder, now, news) {
            news.notices.push(error.to_string());
        }
        self.leases[line].is_cancelled = true;
        if !self.is_open(line) || self.said_of(line).any(|said| !said.is_final()) {
            return;
        }
        self.end(line, Ending::Report(AttemptState::Interrupted), news);
        let last = self.said_of(line).last();
        let ended = last.and_then(|said| self.leases[line].executed(said, end_of(said.state)));
        news.reports.extend(ended);
    }

    /// Ends the attempts that an earlier run cancelled, alone or with the whole batch. Their
    /// workers were told to stop, and this run starts again those it wants.
    pub(super) fn end_cancelled(&mut self, news: &mut News) {
        let is_cancelled = self.folder.is_cancelled();
        for lease in self.leases.iter_mut().filter(|lease| !lease.is_over) {
            if is_cancelled || lease.is_cancelled {
                lease.is_over = true;
                news.report(lease, AttemptState::Interrupted);
            }
        }
    }

    /// Updates the tasks from the scheduler's reports.
    pub(super) fn hear(&mut self, reports: &[TaskReport], now: Duration) {
        let Some(job) = &self.job else { return };
        for (task, view) in self.views.iter_mut().enumerate() {
            view.hear(job, task, reports, now);
        }
    }

    /// Whether a task with open attempts is gone for longer than `grace`.
    pub(super) fn is_ending(&self, grace: Grace, now: Duration) -> bool {
        let mut tasks = self.tasks.iter().zip(&self.views);
        tasks.any(|(lines, view)| {
            view.is_gone_for_good(now, grace) && lines.clone().any(|line| self.is_open(line))
        })
    }

    /// Ends the attempts of tasks that are gone for longer than `grace`. `scheduler` is the
    /// scheduler's name; `is_cancelled` means that this run cancelled them.
    pub(super) fn conclude(
        &mut self,
        folder: &StudyFolder,
        scheduler: &str,
        is_cancelled: bool,
        grace: Grace,
        now: Duration,
        news: &mut News,
    ) {
        let mut silent: BTreeMap<String, usize> = BTreeMap::new();
        for task in 0..self.tasks.len() {
            let view = &self.views[task];
            let is_gone = view.is_gone_for_good(now, grace)
                || is_cancelled && self.job.is_none() && !self.may_be_accepted();
            let lines = self.tasks[task].clone();
            let open: Vec<usize> = lines.filter(|&line| self.is_open(line)).collect();
            if !is_gone || open.is_empty() {
                continue;
            }
            let is_cancelled_there = self.views[task].is_cancelled;
            let (job, words) = (self.job_name(), self.views[task].words());
            let was_started = self.tasks[task].clone().any(|line| self.said_of(line).count() > 0);
            if !is_cancelled && is_cancelled_there {
                news.notices.push(format!("{scheduler} job {job} was cancelled by somebody else"));
            } else if !is_cancelled && !was_started {
                let why = format!("{words}; {}", self.folder.log_of(task));
                *silent.entry(why).or_default() += 1;
            } else if !is_cancelled && open.iter().any(|&line| self.is_cut_off(line)) {
                news.notices.push(format!(
                    "{scheduler} job {job}, task {task}, ended without a word: {words}"
                ));
            }
            let endings: Vec<Ending> = open
                .iter()
                .map(|&line| {
                    let published = folder
                        .shows_result(&self.leases[line].trial)
                        .then_some(Ending::Report(AttemptState::Published));
                    published.unwrap_or_else(|| self.ending(line, task, is_cancelled, scheduler))
                })
                .collect();
            for (line, ending) in open.into_iter().zip(endings) {
                self.end(line, ending, news);
            }
        }
        for (why, count) in silent {
            self.tell_silent(why, count, scheduler, news);
        }
    }

    /// Tells the user that `count` tasks started no worker, the first time for each reason. The
    /// totals follow when the batch is closed.
    fn tell_silent(&mut self, why: String, count: usize, scheduler: &str, news: &mut News) {
        let job = self.job.as_ref().map_or("", |job| &job.0);
        let told = self.silent.entry(why.clone()).or_default();
        *told += count;
        if *told == count {
            let tasks = if count == 1 { String::new() } else { format!(" for {count} tasks") };
            news.notices.push(format!("{scheduler} job {job} started no worker{tasks}: {why}"));
            self.told.insert(why, count);
        }
    }

    /// Since when task `task` has sent no heartbeat although the scheduler reports it as running. A
    /// task without any heartbeat may wait for free capacity, so its time counts from the last
    /// heartbeat of its batch.
    fn silent_since(&self, task: usize) -> Option<Duration> {
        let view = &self.views[task];
        let running_since = view.running_since?;
        Some(view.heard_at.or(self.heard_at).map_or(running_since, |at| at.max(running_since)))
    }

    /// Finds tasks that the scheduler reports as running and that send no heartbeats. The user is
    /// told, and after a longer time their trials are submitted again. If the old executions come
    /// back, they find themselves cancelled, and the first result counts.
    pub(super) fn end_silent(
        &mut self,
        scheduler: &str,
        grace: Grace,
        now: Duration,
        news: &mut News,
    ) {
        let Some(job) = self.job.clone() else { return };
        let (mut waiting, mut anew) = (0, 0);
        for task in 0..self.tasks.len() {
            let Some(since) = self.silent_since(task) else { continue };
            let silent = now.saturating_sub(since);
            let open: Vec<usize> =
                self.tasks[task].clone().filter(|&line| self.is_open(line)).collect();
            let soonest = grace.lost.map_or(grace.silent, |lost| lost.min(grace.silent));
            let Some(first) = open.first().filter(|_| silent >= soonest) else { continue };
            // The limit doubles each time, because reading the data may be what takes so long.
            let handed = self.leases[*first].history.times_handed_in().min(8);
            if grace.lost.is_none_or(|lost| silent < lost * (1 << handed)) {
                waiting += open.len();
                continue;
            }
            anew += open.len();
            for line in open {
                drop(self.folder.cancel_one(self.leases[line].token.as_str()));
                self.end(line, Ending::Again, news);
            }
        }
        let said = |count: usize, patience: Duration, what: &str| {
            format!(
                "{scheduler} says that job {job} runs, and for {patience:?} nothing was heard of \
                 {count} of its trials: {what}"
            )
        };
        if waiting > 0 && !self.is_silence_told {
            self.is_silence_told = true;
            let what = match grace.lost {
                Some(lost) => format!("after {lost:?} they are handed in anew"),
                None => "look at it if that goes on".to_owned(),
            };
            news.notices.push(said(waiting, grace.silent, &what));
        }
        if let Some(lost) = grace.lost.filter(|_| anew > 0) {
            news.notices.push(said(anew, lost, "they are handed in anew"));
        }
    }

    /// Tells the user the totals of tasks that started no worker, when the batch is closed.
    pub(super) fn say_rest(&self, scheduler: &str, news: &mut News) {
        let job = self.job.as_ref().map_or("", |job| &job.0);
        for (why, count) in &self.silent {
            if self.told.get(why) != Some(count) {
                news.notices.push(format!(
                    "{scheduler} job {job} started no worker for {count} tasks in all: {why}"
                ));
            }
        }
    }

    fn is_open(&self, line: usize) -> bool {
        self.leases.get(line).is_some_and(|lease| !lease.is_over)
    }

    fn said_of(&self, line: usize) -> impl Iterator<Item = &Heartbeat> {
        self.executions.values().filter(move |e| e.line == line).map(|execution| &execution.said)
    }

    /// How the end of its task ends the attempt of `line`, which has no result.
    fn ending(&self, line: usize, task: usize, is_cancelled: bool, scheduler: &str) -> Ending {
        if is_cancelled || self.views[task].is_cancelled || self.leases[line].is_cancelled {
            return Ending::Report(AttemptState::Interrupted);
        }
        let (job, words) = (self.job_name(), self.views[task].words());
        let words = format!("{scheduler} job {job}, task {task}: {words}");
        let history = self.history_with(line, None);
        let was_started = self.tasks[task].clone().any(|line| self.said_of(line).count() > 0);
        let reason = if self.is_cut_off(line) && history.is_own_fault(&words) {
            format!("its worker ended without a word; {words}")
        } else if was_started || history.may_start_elsewhere() {
            return Ending::Again;
        } else {
            format!("no worker started; {words}; {}", self.folder.log_of(task))
        };
        Ending::Report(AttemptState::Failed { reason })
    }

    /// The attempt's history including its executions here, with `last` as the latest heartbeat of
    /// its execution.
    fn history_with(&self, line: usize, last: Option<&Heartbeat>) -> History {
        let mut executions: Vec<&Heartbeat> = self.said_of(line).collect();
        if let Some(last) = last {
            executions.retain(|said| said.execution != last.execution);
            executions.push(last);
        }
        self.leases[line].history.with(executions)
    }

    /// Whether the end of an execution of `line` was not reported.
    fn is_cut_off(&self, line: usize) -> bool {
        self.said_of(line).any(|said| !said.is_final())
    }

    /// The scheduler's name for the batch's job.
    fn job_name(&self) -> &str {
        self.job.as_ref().map_or("", |job| &job.0)
    }

    fn end(&mut self, line: usize, ending: Ending, news: &mut News) {
        let history = self.history_with(line, None).handed_in();
        let lease = &mut self.leases[line];
        lease.is_over = true;
        match (ending, lease.attempt.clone()) {
            (Ending::Report(state), _) => news.report(lease, state),
            (Ending::Again, Some(attempt)) => news.again.push((attempt, history)),
            (Ending::Again, None) => news.report(lease, AttemptState::Interrupted),
        }
    }

    /// Handles reports that arrived after the batch was closed; their attempts have ended for the
    /// coordinator.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read or closed again.
    pub(super) fn close_late(
        &mut self,
        folder: &StudyFolder,
        news: &mut News,
    ) -> Result<(), StoreError> {
        for lease in &mut self.leases {
            lease.is_over = true;
        }
        self.listen(folder, Duration::ZERO, news)?;
        self.close(news)
    }

    /// Marks executions whose end was not reported as lost, and closes the batch.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub(super) fn close(&self, news: &mut News) -> Result<(), StoreError> {
        let mut unfinished = Vec::new();
        for (name, Execution { line, said }) in &self.executions {
            if !said.is_final() {
                news.reports.extend(self.leases[*line].executed(said, Some(AttemptEnd::Lost)));
                unfinished.push(name.as_str());
            }
        }
        self.folder.close(self.executions.len(), &unfinished)
    }
}
