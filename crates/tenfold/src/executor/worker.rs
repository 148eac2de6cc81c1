//! The worker: executes lines of a batch on another machine, one after another.
//!
//! It reads the study's data once, checks that each line's trial has the id that the coordinator
//! computed, and publishes results as the coordinator's own threads do. It never opens the
//! database. It reports through files ([`heartbeat`]); its exit code says only whether it asks to
//! be started again.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::clock::Clock;
use super::cluster::batch::{BatchFolder, BatchLine};
use super::cluster::batch_id::BatchId;
use super::cluster::heartbeat::{self, Heartbeat, HeartbeatState};
use super::places::local::Local;
use super::places::{JobTime, host_name, job_times};
use super::runners::Site;
use super::{AttemptState, Executor as _};
use crate::prepared::Prepared;
use crate::store::StudyFolder;
use crate::study::{self, FILE_NAME};
use crate::trial::{Attempt, AttemptToken, Trial, TrialId};

/// How long to wait for a training's reports before checking again for a request to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// How often a worker writes its heartbeat.
const BEAT: Duration = Duration::from_secs(3);

/// Which lines of which batch a worker executes.
#[derive(Debug)]
pub struct Assignment<'a> {
    /// The study's folder.
    pub study: &'a Path,
    /// The batch.
    pub batch: BatchId,
    /// Its lines, from 0.
    pub lines: Range<usize>,
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerEnd {
    /// Every line was executed, or had a result.
    Done,
    /// It was asked to stop and asks to be started again.
    Requeue,
    /// The batch was cancelled or closed before every line was executed.
    Cancelled,
}

struct Worker<'a> {
    batch: BatchFolder,
    folder: StudyFolder,
    data: Arc<Prepared>,
    is_stopped: &'a AtomicBool,
    host: String,
    times: Vec<Box<JobTime>>,
}

/// Executes the lines of `assignment` that have no result, until all are done or `is_stopped`.
///
/// # Errors
/// If the batch cannot be read, or a heartbeat cannot be written. A trial that fails is not an
/// error; its failure is in its heartbeat.
pub fn work(assignment: &Assignment<'_>, is_stopped: &AtomicBool) -> Result<WorkerEnd> {
    let folder = StudyFolder::open(assignment.study);
    let batch = BatchFolder::open(&folder, assignment.batch.clone());
    let all = batch.lines()?;
    let chosen = all.get(assignment.lines.clone());
    let lines = chosen.with_context(|| {
        let Range { start, end } = assignment.lines;
        format!("batch `{}` has {} lines, {start}..{end} was asked for", batch.id, all.len())
    })?;
    let wanted: Vec<&BatchLine> = lines.iter().filter(|line| !has_result(&folder, line)).collect();
    // A job that was accepted late finds its trials finished, or the batch cancelled or closed.
    if wanted.is_empty() || batch.is_cancelled() || batch.is_closed() {
        return Ok(WorkerEnd::Done);
    }
    let clock = Clock::start();
    let host = host_name();
    let prepared = study::parse(&batch.study_text()?, &assignment.study.join(FILE_NAME))
        .map_err(anyhow::Error::from)
        .and_then(|study| Ok((job_times(&study), Prepared::for_worker(&study)?)));
    let (times, data) = match prepared {
        // Trials whose inputs cannot be read are reported one by one.
        Ok((times, (data, _unreadable))) => (times, Arc::new(data)),
        Err(error) => {
            for line in wanted {
                let reason = format!("the data cannot be read on {host}: {error:#}");
                execution(line, &clock, &host).failed(reason).write(&batch.said())?;
            }
            return Ok(WorkerEnd::Done);
        }
    };
    let worker = Worker { batch, folder, data, is_stopped, host, times };
    let mut is_requeued = false;
    for line in wanted {
        if worker.is_stopped.load(Ordering::SeqCst) {
            return Ok(worker.stopped());
        }
        if worker.batch.is_cancelled() || worker.batch.is_closed() {
            return Ok(WorkerEnd::Cancelled);
        }
        // Another execution may have finished the trial while this worker executed earlier lines.
        if has_result(&worker.folder, line) || worker.batch.is_one_cancelled(&line.token) {
            continue;
        }
        is_requeued |= worker.execute(line)? == HeartbeatState::Requeued;
    }
    if worker.is_stopped.load(Ordering::SeqCst) {
        // The last trial may have been cut off; if not, a new worker finds nothing to do.
        return Ok(worker.stopped());
    }
    Ok(if is_requeued { WorkerEnd::Requeue } else { WorkerEnd::Done })
}

impl Worker<'_> {
    fn stopped(&self) -> WorkerEnd {
        if self.batch.is_cancelled() { WorkerEnd::Cancelled } else { WorkerEnd::Requeue }
    }

    /// Executes `line`; returns how that ended.
    fn execute(&self, line: &BatchLine) -> Result<HeartbeatState> {
        let clock = Clock::start();
        let mut said = execution(line, &clock, &self.host);
        let trial = match self.trial(line) {
            Ok(trial) => trial,
            Err(state) => {
                said.take(state);
                said.write(&self.batch.said())?;
                return Ok(said.state);
            }
        };
        let begins = format!("{}.", line.token);
        let before = heartbeat::names(&self.batch.said())?;
        said.ordinal = before.iter().filter(|name| name.starts_with(&begins)).count();
        said.write(&self.batch.said())?;
        // The coordinator first writes the cancel file and then checks which attempts have begun.
        // The worker does it in the opposite order, so that one of the two always sees the other.
        if self.batch.is_stopped(&line.token) {
            said.state = HeartbeatState::Interrupted;
            said.write(&self.batch.said())?;
            return Ok(said.state);
        }
        let token = AttemptToken::parse(&said.execution).context("the execution has no token")?;
        let mut site = Site::new(Arc::clone(&self.data), self.folder.clone());
        site.is_of_a_job = true;
        let mut executor = Local::new(site, 1)?;
        let found = self.folder.left_by(&trial.id);
        let id = trial.id.clone();
        executor.submit(Attempt { token, trial, number: line.number })?;
        let mut last_beat = clock.elapsed();
        loop {
            if self.is_stopped.load(Ordering::SeqCst) {
                executor.cancel();
            }
            let mut reports = executor.states(PATIENCE).into_iter();
            said.seconds = clock.elapsed().as_secs_f64();
            if reports.any(|report| said.take(report.state)) {
                let left = self.folder.left_by(&id);
                said.has_advanced = !left.is_empty() && left != found;
                let is_told = self.is_stopped.load(Ordering::SeqCst);
                said.is_out_of_time = said.state == HeartbeatState::Interrupted
                    && is_told
                    && self.times.iter().any(|is_over| is_over());
                said.write(&self.batch.said())?;
                return Ok(said.state);
            }
            if clock.elapsed().saturating_sub(last_beat) < BEAT {
                continue;
            }
            last_beat = clock.elapsed();
            said.write(&self.batch.said())?;
            // The scheduler may not have been asked to stop this job, or may not answer.
            if self.batch.is_stopped(&line.token) {
                executor.cancel();
            }
        }
    }

    /// The trial that `line` asks for, if its id is the one that the coordinator computed.
    fn trial(&self, line: &BatchLine) -> Result<Trial, AttemptState> {
        let trial = self.data.find(&line.model, line.size, line.seed, line.candidate);
        match trial {
            Some(trial) if trial.id.as_str() == line.trial => Ok(trial),
            Some(_) => Err(AttemptState::Stale { reason: self.other_files(&line.model) }),
            None => Err(AttemptState::Failed {
                reason: format!(
                    "the data on {} give no trial of `{}` at {} examples",
                    self.host, line.model, line.size
                ),
            }),
        }
    }

    /// Why trials of `model` have other ids here than those that were planned.
    fn other_files(&self, model: &str) -> String {
        let planned = self.batch.inputs();
        let files = self.data.files_of(model).zip(planned.get(model));
        match files.and_then(|(files, planned)| files.other_than(planned)) {
            Some(change) => format!("{change} (on {})", self.host),
            None => format!(
                "the data on {} are not those the study was planned with: they have changed \
                 since, or this machine sees other files",
                self.host
            ),
        }
    }
}

impl Heartbeat {
    /// Records the new state of the execution; returns whether it has ended.
    fn take(&mut self, state: AttemptState) -> bool {
        let (state, reason) = match state {
            AttemptState::Running(progress) => {
                self.progress = Some(progress);
                return false;
            }
            AttemptState::Published => (HeartbeatState::Published, None),
            AttemptState::Fenced => (HeartbeatState::Fenced, None),
            AttemptState::Failed { reason } => (HeartbeatState::Failed, Some(reason)),
            AttemptState::Stale { reason } => (HeartbeatState::Stale, Some(reason)),
            AttemptState::Interrupted => (HeartbeatState::Interrupted, None),
            AttemptState::Requeued => (HeartbeatState::Requeued, None),
            AttemptState::StoreBroken(error) => (HeartbeatState::Failed, Some(error.to_string())),
            AttemptState::GaveUp { .. } | AttemptState::Refused(_) | AttemptState::Executed(_) => {
                return false;
            }
        };
        (self.state, self.reason) = (state, reason);
        true
    }

    /// The heartbeat of the same execution, failed for `reason`.
    fn failed(self, reason: String) -> Self {
        Self { state: HeartbeatState::Failed, reason: Some(reason), ..self }
    }
}

/// The first heartbeat of a new execution of `line`.
fn execution(line: &BatchLine, clock: &Clock, host: &str) -> Heartbeat {
    Heartbeat {
        state: HeartbeatState::Started,
        attempt: line.token.clone(),
        execution: AttemptToken::fresh(clock.nanoseconds_since_epoch()).to_string(),
        reason: None,
        host: host.to_owned(),
        process: std::process::id(),
        seconds: 0.0,
        progress: None,
        ordinal: 0,
        is_out_of_time: false,
        has_advanced: false,
    }
}

fn has_result(folder: &StudyFolder, line: &BatchLine) -> bool {
    TrialId::parse(&line.trial).is_some_and(|id| folder.result(&id).exists())
}
