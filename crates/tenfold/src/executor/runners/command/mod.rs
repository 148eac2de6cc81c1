//! Runs one command as a child process: its words filled in, its log kept, its result read and
//! checked before anything is published.

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

/// How long after a command's end a wish to stop may come and still be what ended it: whoever stops
/// a job sends `SIGTERM` to all its processes, and ours may be busy.
const STOPPED_SOON: Duration = Duration::from_secs(5);

/// The same where nobody but us ends commands, unless a signal did.
const STOPPED_HERE: Duration = Duration::from_millis(300);

/// How long a result is read on after a wish to stop: one that was left in good time counts.
const READING: Duration = Duration::from_secs(5);

/// How often to look for that wish.
const LOOK: Duration = Duration::from_millis(20);

/// How often what a command says of itself is read.
const LISTEN: Duration = Duration::from_millis(200);

/// Bytes of a log that are looked at for its last line.
const LOG_TAIL: u64 = 16 * 1024;

/// Files of one execution.
struct Files {
    /// Where the command writes its document.
    out: PathBuf,
    /// Where its standard output is kept while it is needed apart.
    stdout: PathBuf,
    log: PathBuf,
    work: PathBuf,
    /// That of the trial this one comes after.
    after: Option<PathBuf>,
    /// Where the command may say how far it is.
    history: PathBuf,
}

/// Runs the command of `attempt` and reads what it reports; tells `say` how far it says it is. `None` if
/// it has none.
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
            // It says itself that it did not fail.
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

/// Starts the command and waits for its end, whoever brings it about.
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
    // What it was told, whatever it made of it.
    ids.check().map_err(|reason| AttemptState::Failed { reason })?;
    match (why, waited) {
        (Some(Why::TimedOut), _) => {
            let limit = recipe.command.timeout.unwrap_or_default();
            let reason = format!("took longer than its time limit, {}", seconds_text(limit));
            Err(AttemptState::Failed { reason })
        }
        // One that was told to stop and ended well all the same has a result.
        (_, Ok(status)) => Ok(status),
        (Some(Why::Cancelled), Err(_)) => Err(AttemptState::Interrupted),
        (None, Err(_)) if was_stopped(None, site, attempt) => Err(AttemptState::Interrupted),
        (None, Err(error)) => {
            let reason = format!("waiting for the command: {error}");
            Err(AttemptState::Failed { reason })
        }
    }
}

/// Waits for the end of a command, and tells `say` meanwhile what it writes to `history`.
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

/// Whether a command that ended otherwise than well, with `code` or by a signal, was stopped from
/// outside: whoever told it so, or killed it, also tells us, before or soon after.
fn was_stopped(code: Option<i32>, site: &Site, attempt: &Attempt) -> bool {
    // A shell gives 128 and the number of the signal that ended what it ran.
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

/// What stands for a placeholder.
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

/// What the end of the command means.
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

/// The last line of the log, which says best why a command failed.
fn last_words(files: &Files) -> String {
    let tail = report::tail(&files.log, LOG_TAIL).unwrap_or_default();
    let line = tail.lines().rev().map(str::trim).find(|line| !line.is_empty());
    match line {
        // The line of our own that opened the log.
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
        // A command may run in another folder, so paths are whole.
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

    /// Puts standard output into the log and removes what has served.
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
        // What cannot be removed only takes space; a folder with checkpoints in it stays.
        drop(fs::remove_file(&self.out).or_else(|_| fs::remove_dir_all(&self.out)));
        drop(fs::remove_dir(&self.work));
        drop(fs::remove_file(&self.history));
    }
}
