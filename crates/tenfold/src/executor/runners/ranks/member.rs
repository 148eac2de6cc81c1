//! One rank: it reads the same data and trains its share; the first rank also writes the report.

use std::io::{self, BufRead as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, anyhow};
use tenfold_train::ranks::GradSync;
use tenfold_train::{Continue, Progress, TrainError, Trained, train_as_rank};

use super::job::{GO, RankJob, RankReport};
use crate::executor::clock::Clock;
use crate::prepared::Prepared;
use crate::store::fault::{self, Point};
use crate::store::{StudyFolder, write_atomically};
use crate::study;
use crate::trial::{Attempt, AttemptToken, Outcome};

/// Reads the job in the file at `path`.
///
/// # Errors
/// If it cannot be read.
pub fn read_job(path: &Path) -> Result<RankJob> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the job of the ranks, `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("`{}` is no job", path.display()))
}

/// Trains as the rank that `sync` gives. Writes the report, unless another rank has to.
///
/// # Errors
/// If the other ranks have to be killed, because they do not know of the error here.
pub fn train(job: &RankJob, sync: &mut dyn GradSync) -> Result<()> {
    let clock = Clock::start();
    let member = match Member::prepare(job, sync) {
        Ok(member) => member,
        Err(error) => {
            let reason = format!("rank {}: {error:#}", sync.rank());
            write(job, &RankReport::Failed { reason })?;
            return Err(error);
        }
    };
    let is_first = sync.rank() == 0;
    let trained = member.train(sync);
    let is_alone_with_it =
        matches!(trained, Err(TrainError::Checkpoint { .. } | TrainError::RankLost(_)));
    if is_first && !matches!(trained, Err(TrainError::RankLost(_))) {
        write(job, &member.report(&trained, &clock)?)?;
    }
    if is_alone_with_it { Err(anyhow!("training cannot go on")) } else { Ok(()) }
}

fn write(job: &RankJob, report: &RankReport) -> Result<()> {
    Ok(write_atomically(&job.report, serde_json::to_string(report)?.as_bytes())?)
}

/// One rank that is ready to train.
struct Member {
    data: Prepared,
    folder: StudyFolder,
    attempt: Attempt,
}

impl Member {
    fn prepare(job: &RankJob, sync: &dyn GradSync) -> Result<Self> {
        if sync.ranks() != job.ranks {
            let (found, needed) = (sync.ranks(), job.ranks);
            return Err(anyhow!(
                "MPI knows of {found} ranks where the study wants {needed}: the launcher is not \
                 that of the MPI `tenfold` was built with, or was not told `{{ranks}}`; see \
                 `launcher` in `[run]`"
            ));
        }
        let study = study::parse(&job.study_text, &job.study_file)?;
        let data = Prepared::new(&study)?;
        let line = &job.attempt;
        let trial = data.find(&line.model, line.size, line.seed, line.candidate);
        let trial = trial
            .filter(|trial| trial.id.as_str() == line.trial)
            .context("the data here are not those that the trial was planned with")?;
        let token = AttemptToken::parse(&line.token).context("the execution has no token")?;
        let attempt = Attempt { token, trial, number: line.number };
        Ok(Self { data, folder: StudyFolder::open(&study.folder), attempt })
    }

    fn train(&self, sync: &mut dyn GradSync) -> Result<Trained, TrainError> {
        let checkpoint = self.folder.checkpoint(&self.attempt.trial.id);
        let Some(job) = self.data.job(&self.attempt.trial, Some(&checkpoint)) else {
            let reason = "only a built-in learner is trained on ranks".to_owned();
            return Err(TrainError::Unsuitable { reason, hint: None });
        };
        let is_first = sync.rank() == 0;
        let is_stopped = Arc::new(AtomicBool::new(false));
        if is_first {
            stop_with_input(&is_stopped);
        }
        let mut is_begun = false;
        train_as_rank(&job, sync, &mut |now| {
            fault::pass(Point::MidTrial);
            if is_first && !is_begun && now.step > 1 {
                let line = format!("training goes on from step {}", now.step - 1);
                // If the log cannot be written, that shows when the end of the trial is logged.
                drop(self.folder.append_log(&self.attempt.trial.id, &line));
            }
            is_begun = true;
            if is_first && now.is_evaluation() {
                say(now);
            }
            if is_stopped.load(Ordering::SeqCst) { Continue::Stop } else { Continue::Yes }
        })
    }

    fn report(&self, trained: &Result<Trained, TrainError>, clock: &Clock) -> Result<RankReport> {
        Ok(match trained {
            Ok(trained) => {
                for note in &trained.notes {
                    drop(self.folder.append_log(&self.attempt.trial.id, note));
                }
                let outcome = Outcome::new(&self.attempt, trained, clock.elapsed().as_secs_f64());
                RankReport::Measured { document: serde_json::to_string(&outcome)? }
            }
            Err(TrainError::Interrupted { .. }) => RankReport::Interrupted,
            Err(TrainError::Checkpoint { path, source }) => {
                RankReport::NotWritten { path: path.clone(), reason: source.to_string() }
            }
            Err(error) => {
                let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
                RankReport::Failed { reason: format!("{error}{hint}") }
            }
        })
    }
}

/// Sets `is_stopped` when standard input, which began with [`GO`], ends.
fn stop_with_input(is_stopped: &Arc<AtomicBool>) {
    let is_stopped = Arc::clone(is_stopped);
    let listen = move || {
        let mut lines = io::stdin().lock().lines();
        if matches!(lines.next(), Some(Ok(line)) if line == GO.trim_end()) {
            lines.for_each(drop);
            is_stopped.store(true, Ordering::SeqCst);
        }
    };
    // Without the thread, the ranks are killed instead of asked to stop.
    drop(std::thread::Builder::new().name("stop".to_owned()).spawn(listen));
}

/// Prints a line; it does not matter if nobody reads it any more.
fn say(progress: &Progress) {
    if let Ok(line) = serde_json::to_string(progress) {
        let mut output = io::stdout().lock();
        drop(writeln!(output, "{line}").and_then(|()| output.flush()));
    }
}
