//! Trains a study and reports the result; shared by `run` and `demo`.

use anyhow::Result;

use super::Finding;
use super::output::Output;
use super::progress::{self, Watcher};
use super::signals::{self, Wish};
use tenfold::diagnostic::Problems;
use tenfold::executor::runners::ranks::launcher;
use tenfold::format;
use tenfold::measured::{Note, NoteLevel};
use tenfold::pipeline::{self, Check, OpenJobs, RunRequest, RunSummary, Stop, usual_workers};
use tenfold::study::Study;

/// Exit code of a process that is stopped by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Options of training a study.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Number of trials at a time; `None`: as in the study file.
    pub(crate) workers: Option<usize>,
    /// Whether to end as soon as a scheduler has all trials.
    pub(crate) is_detached: bool,
    /// Which result files are checked before the run.
    pub(crate) check: Check,
    /// Whether to take over batches that were submitted from another folder.
    pub(crate) is_adopting: bool,
    /// How jobs that hold trials are treated when the study now runs somewhere else.
    pub(crate) open_jobs: OpenJobs,
}

impl Options {
    /// Stays until the end, with `workers` trials at a time.
    pub(crate) fn here(workers: Option<usize>) -> Self {
        Self {
            workers,
            is_detached: false,
            check: Check::New,
            is_adopting: false,
            open_jobs: OpenJobs::Refuse,
        }
    }
}

/// Runs `study`, showing progress, until it is finished or stopped.
///
/// # Errors
/// As [`pipeline::run`].
pub(crate) fn train(
    study: &Study,
    options: Options,
    purpose: &str,
    output: &Output,
) -> Result<RunSummary> {
    check_ranks(study)?;
    let Options { workers, is_detached, check, is_adopting, open_jobs } = options;
    let stop = Stop::default();
    let on_signal = stop.clone();
    let is_here = study.run.executor.is_here;
    signals::listen(move |wish| match wish {
        // Trials on a cluster go on without this terminal.
        Wish::HungUp if !is_here => on_signal.leave(),
        Wish::HungUp | Wish::Stop => {
            if on_signal.ask() > 0 {
                stop_at_once();
            }
        }
    })?;
    let workers = workers.or(study.run.workers).unwrap_or_else(|| usual_workers(study));
    let request = RunRequest {
        workers: Some(workers),
        stop: &stop,
        purpose,
        is_detached,
        check,
        is_adopting,
        open_jobs,
        is_only_ending_jobs: false,
    };
    // The load of a cluster decides how many trials it runs at a time.
    let workers = if study.run.executor.is_here { workers } else { 0 };
    let mut watcher = Watcher::new(output, workers);
    pipeline::run(study, &request, &mut |event| watcher.show(event, output))
}

/// Checks that models with ranks can have them, before the data are read.
fn check_ranks(study: &Study) -> Result<(), Problems> {
    let Err((model, error)) = launcher::check(study) else { return Ok(()) };
    let message = format!("model `{model}` wants ranks, and {error}");
    let hint = Some(error.hint().to_owned());
    Err(study.problem(&format!("model.{model}.ranks"), message, "", hint).into())
}

/// Ends the program at the second Ctrl-C; the finished trials are on disk already.
#[expect(clippy::exit, reason = "the user asked twice, and every thread may be busy")]
fn stop_at_once() {
    std::process::exit(INTERRUPTED);
}

/// Prints the last line of a run that was started as `purpose`, and returns what decides the exit
/// code.
pub(crate) fn conclude(summary: &RunSummary, purpose: &str, output: &Output) -> Finding {
    let mut parts = vec![format!("{} trials trained", format::count(summary.trained as f64))];
    if summary.reused > 0 {
        parts.push(format!("{} reused", format::count(summary.reused as f64)));
    }
    if summary.retried > 0 {
        parts.push(format!("{} retried", format::count(summary.retried as f64)));
    }
    if summary.cancelled > 0 {
        parts.push(format!("{} cancelled", format::count(summary.cancelled as f64)));
    }
    if !summary.failed.is_empty() {
        parts.push(format!("{} failed", format::count(summary.failed.len() as f64)));
    }
    let never_worked = summary.stopped.iter().map(|stopped| stopped.not_started);
    let stale = summary.stale.iter().map(|stale| stale.not_started);
    let not_started: usize = never_worked.chain(stale).sum();
    if not_started > 0 {
        parts.push(format!("{} not started", format::count(not_started as f64)));
    }
    output.talk(&format!("{} in {}", parts.join(", "), format::duration(summary.seconds)));
    for line in summary.budget.iter().flat_map(progress::budget::conclusion) {
        output.talk(&line);
    }
    // The failures of a command that never worked were reported before.
    let is_told = |model: &str| summary.stopped.iter().any(|stopped| stopped.model == model);
    for failed in summary.failed.iter().filter(|failed| !is_told(&failed.trial.model)) {
        let trial = &failed.trial;
        output.talk(&format!(
            "failed: {} at {}, seed {}: {} (log: tenfold trial {} --log)",
            trial.model,
            format::known_size(trial.size as f64),
            trial.seed,
            failed.reason,
            trial.id.short()
        ));
    }
    for stale in &summary.stale {
        let executions = format::several(stale.executions, "execution does", "executions do");
        output.talk(&format!(
            "stale: {}: {executions} not count; `{purpose}` trains with the file as it is now (put the \
             old one back to keep what is finished)",
            stale.reason
        ));
    }
    if summary.is_interrupted {
        output.talk(&format!("interrupted: `{purpose}` goes on from here"));
        return Finding::Interrupted;
    }
    let is_whole = summary.failed.is_empty() && summary.stale.is_empty();
    if is_whole { Finding::Done } else { Finding::SomeFailed }
}

/// Prints the notes on the measurements that call for action.
pub(crate) fn say_notes(notes: &[Note], output: &Output) {
    for note in notes.iter().filter(|note| note.level != NoteLevel::Ok) {
        output.talk(&format!("note: {}", note.text));
    }
}
