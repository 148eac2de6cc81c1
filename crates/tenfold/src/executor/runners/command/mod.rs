//! Runs one command as a child process: fills in its words, keeps its log, and reads and checks its
//! result before anything is published.

mod document;
mod graphics;
mod guard;
mod id_files;
pub mod keep;
pub mod program;
mod report;
mod shorten;
mod told;
mod watch;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::{Ran, Site};
use crate::executor::AttemptState;
use crate::prepared::mark;
use crate::store::StoreError;
use crate::store::fault::{self, Point};
use crate::trial::template::expand;
use crate::trial::{Attempt, CommandRecipe, Outcome, Recipe, ResultSource};

use guard::{Guarded, Started};
use told::Told;

pub use graphics::Graphics;
pub use guard::guard_by_this_program;
pub(super) use guard::signal;
pub use id_files::SeenFiles;
pub use watch::{Watch, Why};

/// Exit status by which a command asks to be run again: `EX_TEMPFAIL` of `sysexits.h`, which
/// schedulers use in the same sense.
const RUN_ME_AGAIN: i32 = 75;

/// How long after a command's end a request to stop may still count as the cause of that end:
/// whoever stops a job sends `SIGTERM` to all its processes, and this process may be busy.
const STOPPED_SOON: Duration = Duration::from_secs(5);

/// The same if only this program ends commands and the command was not ended by a signal.
const STOPPED_HERE: Duration = Duration::from_millis(300);

/// How long to continue reading a result after a request to stop: a result that was written in time
/// counts.
const READING: Duration = Duration::from_secs(5);

/// How often to check for a request to stop.
const LOOK: Duration = Duration::from_millis(20);

/// How often to read the progress that a command reports.
const LISTEN: Duration = Duration::from_millis(200);

/// Bytes at the end of a log that are searched for its last line.
const LOG_TAIL: u64 = 16 * 1024;

/// Paths of one execution.
struct Files {
    /// File for the command's JSON document.
    out: PathBuf,
    /// File for its standard output, while that is needed separately.
    stdout: PathBuf,
    log: PathBuf,
    work: PathBuf,
    /// The work folder of the trial that this one comes after.
    after: Option<PathBuf>,
    /// File in which the command may report its progress.
    history: PathBuf,
}

/// Runs the command of `attempt` and reads its result; passes the progress that it reports to
/// `say`. `None` if the trial has no command.
pub(super) fn run(
    site: &Site,
    attempt: &Attempt,
    say: &mut dyn FnMut(AttemptState),
) -> Option<Ran> {
    let Recipe::Command(recipe) = &attempt.trial.recipe else { return None };
    let started = site.clock.elapsed();
    let files = match Files::prepare(site, attempt) {
        Ok(files) => files,
        Err(error) => return Some(Ran::Ended(AttemptState::StoreBroken(error))),
    };
    let ran = run_in(site, attempt, recipe, &files, say);
    let reported = ran.and_then(|status| {
        let judged = judge(status, &files, site, attempt, recipe);
        let is_stopped = match &judged {
            Ok(_) => false,
            // The command itself reports that it did not fail.
            Err(AttemptState::Requeued) => site.is_cancelled(attempt),
            Err(_) => was_stopped(status.code(), site, attempt),
        };
        if is_stopped { Err(AttemptState::Interrupted) } else { judged }
    });
    files.clear(recipe);
    let seconds = site.clock.elapsed().saturating_sub(started).as_secs_f64();
    Some(match reported {
        Ok(report) => Ran::Measured(Box::new(Outcome::of_command(attempt, report, seconds))),
        Err(state) => Ran::Ended(state),
    })
}

/// Starts the command and waits for its end, whatever causes it.
fn run_in(
    site: &Site,
    attempt: &Attempt,
    recipe: &CommandRecipe,
    files: &Files,
    say: &mut dyn FnMut(AttemptState),
) -> Result<ExitStatus, AttemptState> {
    let Some(graphics) = site.graphics.take(recipe.command.gpus, &|| site.is_cancelled(attempt))
    else {
        return Err(AttemptState::Interrupted);
    };
    let ids = id_files::prepare(site, &attempt.trial).map_err(AttemptState::StoreBroken)?;
    let mut guarded = command(attempt, recipe, files, &ids)?;
    if let Some(devices) = graphics.devices() {
        guarded.command.env("CUDA_VISIBLE_DEVICES", devices);
    }
    let started = guarded.start().map_err(|error| failed_start(recipe, &error))?;
    fault::pass(Point::CommandStarted);
    let (group, leash) = (started.group(), started.leash());
    let watched = site.watch.add(group, leash, attempt, recipe.command.timeout);
    fault::pass(Point::MidTrial);
    let waited = wait(started, &files.history, say);
    let why = watched.end();
    // This comes first: the id files must not have changed, however the command ended.
    ids.check().map_err(|reason| AttemptState::Failed { reason })?;
    match (why, waited) {
        (Some(Why::TimedOut), _) => {
            let limit = recipe.command.timeout.unwrap_or_default();
            let reason = format!("took longer than its time limit, {}", seconds_text(limit));
            Err(AttemptState::Failed { reason })
        }
        // A command that was told to stop but ended successfully has a result.
        (_, Ok(status)) => Ok(status),
        (Some(Why::Cancelled), Err(_)) => Err(AttemptState::Interrupted),
        (None, Err(_)) if was_stopped(None, site, attempt) => Err(AttemptState::Interrupted),
        (None, Err(error)) => {
            let reason = format!("waiting for the command: {error}");
            Err(AttemptState::Failed { reason })
        }
    }
}

/// Waits for the end of a command, and passes the progress that it writes to `history` to `say`.
fn wait(
    started: Started,
    history: &Path,
    say: &mut dyn FnMut(AttemptState),
) -> io::Result<ExitStatus> {
    let mut told = Told::new(history);
    thread::scope(|scope| {
        let (done, ended) = channel();
        let waiting = thread::Builder::new().name("waits".to_owned());
        waiting.spawn_scoped(scope, move || drop(done.send(started.wait())))?;
        loop {
            let end = ended.recv_timeout(LISTEN);
            told.added().into_iter().for_each(|progress| say(AttemptState::Running(progress)));
            match end {
                Ok(waited) => return waited,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("the thread that waits for it has gone"));
                }
            }
        }
    })
}

/// Whether a command that ended unsuccessfully, with `code` or by a signal, was stopped from
/// outside: whatever stopped or killed it also asks this program to stop, before or soon after.
fn was_stopped(code: Option<i32>, site: &Site, attempt: &Attempt) -> bool {
    // A shell returns 128 plus the number of the signal that ended its command.
    let is_signal = code.is_none_or(|code| code >= 128);
    let patience = if is_signal || site.is_of_a_job { STOPPED_SOON } else { STOPPED_HERE };
    let since = site.clock.elapsed();
    while !site.is_cancelled(attempt) {
        if site.clock.elapsed().saturating_sub(since) >= patience {
            return false;
        }
        thread::sleep(LOOK);
    }
    true
}

fn command(
    attempt: &Attempt,
    recipe: &CommandRecipe,
    files: &Files,
    ids: &id_files::IdFiles,
) -> Result<Guarded, AttemptState> {
    let spec = &recipe.command;
    let value = |name: &str| value_of(name, attempt, recipe, files, ids);
    let mut words: Vec<OsString> =
        spec.words.iter().map(|word| expand(word, &value).into()).collect();
    if let Some(bytes) = spec.memory {
        // The limit has to be set in the child, and a shell can do that everywhere.
        let limit = format!("ulimit -v {} && exec \"$0\" \"$@\"", bytes / 1024);
        words.splice(0..0, ["/bin/sh".into(), "-c".into(), limit.into()]);
    }
    let mut guarded = Guarded::new(&words).map_err(|error| failed_start(recipe, &error))?;
    let command = &mut guarded.command;
    let store = |path: &Path, error: io::Error| {
        AttemptState::StoreBroken(StoreError::writing(path, &error))
    };
    let open = |path: &Path| {
        File::options().append(true).create(true).open(path).map_err(|error| store(path, error))
    };
    let log = open(&files.log)?;
    let stdout = match spec.result {
        ResultSource::Json => log.try_clone().map_err(|error| store(&files.log, error))?,
        ResultSource::Pattern(_) => open(&files.stdout)?,
    };
    command.current_dir(&spec.folder).stdout(stdout).stderr(log);
    for name in [
        "size",
        "seed",
        "out",
        "indices",
        "validation",
        "test",
        "work",
        "after",
        "history",
        "trial",
        "attempt",
    ] {
        if let Some(value) = value(name) {
            command.env(format!("TENFOLD_{}", name.to_uppercase()), value);
        }
    }
    for (name, setting) in &recipe.settings {
        command.env(format!("TENFOLD_{}", name.to_uppercase()), setting.to_string());
    }
    for (name, text) in &spec.environment {
        command.env(name, expand(text, &value));
    }
    Ok(guarded)
}

/// The value of a placeholder.
fn value_of(
    name: &str,
    attempt: &Attempt,
    recipe: &CommandRecipe,
    files: &Files,
    ids: &id_files::IdFiles,
) -> Option<String> {
    let trial = &attempt.trial;
    let path = |path: &Path| Some(path.to_string_lossy().into_owned());
    match name {
        "size" => Some(trial.size.to_string()),
        "seed" => Some(trial.training_seed.to_string()),
        "out" => path(&files.out),
        "work" => path(&files.work),
        "after" => path(files.after.as_ref()?),
        "history" => path(&files.history),
        "trial" => Some(trial.id.to_string()),
        "attempt" => Some(attempt.token.to_string()),
        _ => {
            let setting = recipe.settings.iter().find(|(key, _)| key == name);
            match setting {
                Some((_, value)) => Some(value.to_string()),
                None => path(ids.named(name)?),
            }
        }
    }
}

/// The result or the failure that follows from the command's exit status.
fn judge(
    status: ExitStatus,
    files: &Files,
    site: &Site,
    attempt: &Attempt,
    recipe: &CommandRecipe,
) -> Result<report::Report, AttemptState> {
    let failed = |reason: String| AttemptState::Failed { reason };
    match status.code() {
        Some(0) => {}
        Some(RUN_ME_AGAIN) => return Err(AttemptState::Requeued),
        Some(code) => {
            return Err(failed(format!("exit status {code}{}", last_words(files))));
        }
        None => {
            let signal = status.signal().unwrap_or(0);
            let guess = if signal == 9 { " (out of memory?)" } else { "" };
            return Err(failed(format!("ended by signal {signal}{guess}{}", last_words(files))));
        }
    }
    let metric = &recipe.command.metric;
    let report = match &recipe.command.result {
        ResultSource::Json => {
            let since = site.clock.elapsed();
            let limits = report::Limits {
                bytes: recipe.command.result_limit,
                is_over: &|| {
                    site.is_cancelled(attempt)
                        && site.clock.elapsed().saturating_sub(since) > READING
                },
            };
            report::from_document(&files.out, metric, &attempt.trial.id, &limits)
        }
        ResultSource::Pattern(pattern) => report::from_output(&files.stdout, pattern, metric),
    };
    report.map_err(|error| failed(error.to_string()))
}

fn failed_start(recipe: &CommandRecipe, error: &io::Error) -> AttemptState {
    let spec = &recipe.command;
    let reason = if spec.folder.is_dir() {
        format!("`{}` could not be started: {error}", spec.words[0])
    } else {
        format!("there is no folder `{}` to run in", spec.folder.display())
    };
    AttemptState::Failed { reason }
}

/// The last line of the log, which usually gives the cause of a failure.
fn last_words(files: &Files) -> String {
    let tail = report::tail(&files.log, LOG_TAIL).unwrap_or_default();
    let line = tail.lines().rev().map(str::trim).find(|line| !line.is_empty());
    match line {
        // The line starting with "attempt " is Tenfold's own, which opens the log.
        Some(line) if !line.starts_with("attempt ") => format!(": {line}"),
        _ => String::new(),
    }
}

fn seconds_text(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 120.0 { format!("{:.0} min", seconds / 60.0) } else { format!("{seconds} s") }
}

impl Files {
    fn prepare(site: &Site, attempt: &Attempt) -> Result<Self, StoreError> {
        let id = &attempt.trial.id;
        let folder = site.folder.trial(id);
        // A command may run in another folder, so its paths have to be absolute.
        let folder =
            std::path::absolute(&folder).map_err(|error| StoreError::reading(&folder, &error))?;
        let work = folder.join("work");
        let after = attempt.trial.after.as_ref().map(|id| site.folder.trial(id).join("work"));
        let after = after
            .map(|path| {
                std::path::absolute(&path).map_err(|error| StoreError::reading(&path, &error))
            })
            .transpose()?;
        fs::create_dir_all(&work).map_err(|error| StoreError::writing(&work, &error))?;
        Ok(Self {
            out: folder.join(format!("out.{}.json", attempt.token)),
            stdout: folder.join(format!("stdout.{}.txt", attempt.token)),
            log: folder.join("log.txt"),
            work,
            after,
            history: folder.join(format!("told.{}.jsonl", attempt.token)),
        })
    }

    /// Appends standard output to the log and removes files that are no longer needed.
    fn clear(&self, recipe: &CommandRecipe) {
        if matches!(recipe.command.result, ResultSource::Pattern(_)) {
            let copied = mark::open(&self.stdout).and_then(|mut from| {
                let mut to = File::options().append(true).open(&self.log)?;
                io::copy(&mut from, &mut to)
            });
            if copied.is_ok() {
                drop(fs::remove_file(&self.stdout));
            }
        }
        // A file that cannot be removed only takes space; a folder with checkpoints in it stays.
        drop(fs::remove_file(&self.out).or_else(|_| fs::remove_dir_all(&self.out)));
        drop(fs::remove_dir(&self.work));
        drop(fs::remove_file(&self.history));
    }
}
