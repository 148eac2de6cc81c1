//! Trains one built-in learner on several ranks: processes that a launcher starts and MPI joins.
//!
//! This module writes the job of the ranks ([`job`]), starts them ([`launcher`]), reports their
//! progress, and publishes their result. [`member`] is the code of one rank. When the ranks'
//! standard input ends, they stop and leave a checkpoint; that also happens when this process is
//! killed.

pub mod job;
pub mod launcher;
pub mod member;

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::Signal;
use tenfold_train::Progress;

#[cfg(feature = "mpi")]
pub use tenfold_train::ranks::{GradSync, Mpi};

use super::command::signal;
use super::{Ran, Site};
use crate::executor::AttemptState;
use crate::store::{StoreError, write_atomically};
use crate::trial::{Attempt, Outcome, Recipe};
use job::{GO, RankJob, RankReport};
use launcher::Launcher;

/// How often to check whether the ranks have ended or were asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Time that ranks have to write a checkpoint after they were asked to stop: an update of a large
/// model may take long.
const GRACE: Duration = Duration::from_secs(20);

/// Trains the learner of `attempt` on its ranks; passes its progress at each evaluation to `say`.
/// `None` if the trial has no learner, or only one rank.
pub(super) fn run(
    site: &Site,
    attempt: &Attempt,
    say: &mut dyn FnMut(AttemptState),
) -> Option<Ran> {
    let has_ranks = matches!(attempt.trial.recipe, Recipe::Learner(_))
        && site.data.ranks.count(&attempt.trial) > 1;
    has_ranks.then(|| match Launcher::of_this_machine(site.data.ranks.launcher.as_deref()) {
        Ok(launcher) => run_with(&launcher, site, attempt, say),
        Err(error) => Ran::failed(format!("{error} ({})", error.hint())),
    })
}

fn run_with(
    launcher: &Launcher,
    site: &Site,
    attempt: &Attempt,
    say: &mut dyn FnMut(AttemptState),
) -> Ran {
    let files = match Files::prepare(site, attempt) {
        Ok(files) => files,
        Err(error) => return Ran::Ended(AttemptState::StoreBroken(error)),
    };
    let ended = match start(launcher, site, attempt, &files.job) {
        Ok(ranks) => ranks.wait(site, attempt, say),
        Err(error) => Err(error),
    };
    let report = fs::read_to_string(&files.report).ok();
    files.clear();
    let program = launcher.program();
    match ended {
        Ok(status) => judge(status, report.as_deref(), program, site, attempt),
        Err(error) => Ran::failed(format!("`{program}` cannot be run: {error}")),
    }
}

/// The result of an execution's ranks, from the launcher's exit status and their report.
fn judge(
    status: ExitStatus,
    report: Option<&str>,
    program: &str,
    site: &Site,
    attempt: &Attempt,
) -> Ran {
    match report.and_then(|text| serde_json::from_str(text).ok()) {
        Some(RankReport::Measured { document }) if status.success() => {
            match Outcome::parse(&document, &attempt.trial.id) {
                Ok(_) => Ran::Written(document),
                Err(error) => Ran::failed(error.to_string()),
            }
        }
        Some(RankReport::Interrupted) => Ran::Ended(AttemptState::Interrupted),
        Some(RankReport::Failed { reason }) => Ran::failed(reason),
        Some(RankReport::NotWritten { path, reason }) => {
            Ran::Ended(AttemptState::StoreBroken(StoreError::NotWritable { path, reason }))
        }
        Some(RankReport::Measured { .. }) | None => {
            if site.is_cancelled(attempt) {
                return Ran::Ended(AttemptState::Interrupted);
            }
            let left = "the ranks left no result; their log says why";
            Ran::failed(format!("`{program}` ended with {status}, and {left}"))
        }
    }
}

/// Files of one execution. Their names are such that those of a killed process are removed like a
/// partly written result.
struct Files {
    job: PathBuf,
    report: PathBuf,
}

impl Files {
    fn prepare(site: &Site, attempt: &Attempt) -> Result<Self, StoreError> {
        let folder = site.folder.trial(&attempt.trial.id);
        let folder =
            std::path::absolute(&folder).map_err(|error| StoreError::reading(&folder, &error))?;
        let token = &attempt.token;
        let files = Self {
            job: folder.join(format!("result.tmp.{token}.job")),
            report: folder.join(format!("result.tmp.{token}.report")),
        };
        let plan = &site.data.ranks;
        let study_file = std::path::absolute(&plan.study_file)
            .map_err(|error| StoreError::reading(&plan.study_file, &error))?;
        let job = RankJob {
            study_file,
            study_text: plan.study_text.to_string(),
            attempt: attempt.into(),
            ranks: plan.count(&attempt.trial),
            report: files.report.clone(),
        };
        let text = serde_json::to_string(&job);
        let text =
            text.map_err(|error| StoreError::writing(&files.job, &io::Error::other(error)))?;
        write_atomically(&files.job, text.as_bytes())?;
        Ok(files)
    }

    fn clear(&self) {
        for path in [&self.job, &self.report] {
            // A file that stays only takes space; the report may not exist.
            drop(fs::remove_file(path));
        }
    }
}

/// Ranks that were started.
struct Ranks {
    launcher: Child,
    /// The ranks stop when this is closed.
    input: Option<ChildStdin>,
    news: Receiver<Progress>,
}

/// Starts the ranks in a separate process group; their standard error goes to the trial's log.
#[expect(clippy::disallowed_methods, reason = "the one place that starts ranks")]
fn start(launcher: &Launcher, site: &Site, attempt: &Attempt, job: &Path) -> io::Result<Ranks> {
    let log = File::options().append(true).create(true).open(site.folder.log(&attempt.trial.id))?;
    let words = launcher.words(site.data.ranks.count(&attempt.trial));
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .arg(std::env::current_exe()?)
        .arg("train-rank")
        .arg(job)
        .envs(launcher.environment())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .process_group(0);
    let mut launcher = command.spawn()?;
    let mut input = launcher.stdin.take();
    if let Some(input) = &mut input {
        // A launcher that has ended already does not read; its exit status is read later.
        drop(input.write_all(GO.as_bytes()));
    }
    let (tell, news) = channel();
    if let Some(output) = launcher.stdout.take() {
        let thread = std::thread::Builder::new().name("ranks".to_owned());
        // Without the thread, no progress is reported.
        drop(thread.spawn(move || read_news(output, |told| tell.send(told).is_ok())));
    }
    Ok(Ranks { launcher, input, news })
}

/// Passes on the progress that the first rank prints, until the end; lines of other ranks are
/// ignored.
fn read_news(output: ChildStdout, mut tell: impl FnMut(Progress) -> bool) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { return };
        if let Ok(news) = serde_json::from_str(&line)
            && !tell(news)
        {
            return;
        }
    }
}

impl Ranks {
    /// Waits for their end; passes on their progress, and requests to stop.
    fn wait(
        mut self,
        site: &Site,
        attempt: &Attempt,
        say: &mut dyn FnMut(AttemptState),
    ) -> io::Result<ExitStatus> {
        let mut asked = None;
        loop {
            let news = self.news.recv_timeout(LOOK).ok();
            for progress in news.into_iter().chain(self.news.try_iter()) {
                say(AttemptState::Running(progress));
            }
            if let Some(status) = self.launcher.try_wait()? {
                return Ok(status);
            }
            let now = site.clock.elapsed();
            match asked {
                None if site.is_cancelled(attempt) => {
                    asked = Some(now);
                    drop(self.input.take());
                }
                Some(since) if now > since + 2 * GRACE => signal(self.launcher.id(), Signal::KILL),
                Some(since) if now > since + GRACE => signal(self.launcher.id(), Signal::TERM),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;

    use super::*;
    use crate::prepared::Prepared;
    use crate::store::StudyFolder;
    use crate::trial::AttemptToken;

    const STUDY: &str = r#"
[data]
builtin = "fashion-mnist-14"
[shards]
sizes = [64]
[[model]]
learner = "mlp"
ranks = 2
[model.train]
chunks = 2
"#;

    /// The end of an attempt whose launcher is a shell that runs `script` instead of starting
    /// ranks, and the steps it reported. `$2` is the job file.
    fn ends(script: &str, is_cancelled: bool) -> (String, Vec<u64>) {
        let folder = tempfile::tempdir().unwrap();
        let study = crate::study::parse(STUDY, &folder.path().join("study.toml")).unwrap();
        let store = StudyFolder::create(folder.path()).unwrap();
        let site = Site::new(Arc::new(Prepared::new(&study).unwrap()), store);
        let trial = site.data.find("mlp", 64, 0, 0).unwrap();
        site.folder.create_trial(&trial.id).unwrap();
        let attempt = Attempt { token: AttemptToken::fresh(7), trial, number: 1 };
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        let launcher = Launcher::of_words(words);
        let steps = RefCell::new(Vec::new());
        if is_cancelled {
            site.cancel();
        }
        let ran = run_with(&launcher, &site, &attempt, &mut |state| {
            if let AttemptState::Running(progress) = state {
                steps.borrow_mut().push(progress.step);
            }
        });
        let ended = match ran {
            Ran::Written(document) => format!("written {document}"),
            Ran::Measured(_) => "measured".to_owned(),
            Ran::Ended(AttemptState::Failed { reason }) => reason,
            Ran::Ended(state) => format!("{state:?}"),
        };
        let left: Vec<_> = fs::read_dir(site.folder.trial(&attempt.trial.id)).unwrap().collect();
        assert_eq!(left.len(), 1, "only the log is left");
        (ended, steps.into_inner())
    }

    fn report(text: &str) -> String {
        format!("printf '%s' '{text}' > \"${{2%.job}}.report\"")
    }

    #[test]
    fn news_are_passed_on_and_the_report_says_why_it_failed() {
        let progress = Progress {
            step: 5,
            steps: Some(9),
            epoch: Some(1.5),
            train_loss: Some(2.25),
            validation_error: Some(0.5),
            validation_loss: None,
        };
        let line = serde_json::to_string(&progress).unwrap();
        let news = format!("echo noise; echo '{line}'; sleep 0.2");
        let (ended, steps) =
            ends(&format!("{news}; {}", report(r#"{"failed":{"reason":"too loud"}}"#)), false);
        assert_eq!((ended.as_str(), steps), ("too loud", vec![5]));
        let full = r#"{"not_written":{"path":"/full/c","reason":"no space"}}"#;
        let (ended, _) = ends(&report(full), false);
        assert_eq!(ended, r#"StoreBroken(NotWritable { path: "/full/c", reason: "no space" })"#);
    }

    #[test]
    fn without_a_report_the_way_the_launcher_ended_is_told() {
        let why = "and the ranks left no result; their log says why";
        assert_eq!(ends("exit 7", false).0, format!("`sh` ended with exit status: 7, {why}"));
        let killed = ends("kill -9 $$", false).0;
        assert_eq!(killed, format!("`sh` ended with signal: 9 (SIGKILL), {why}"));
    }

    #[test]
    fn only_a_whole_result_of_ranks_that_ended_well_counts() {
        let measured = report(r#"{"measured":{"document":"{}"}}"#);
        assert!(ends(&measured, false).0.starts_with("the result file is torn or not a result"));
        let (ended, _) = ends(&format!("{measured}; exit 3"), false);
        assert!(ended.starts_with("`sh` ended with exit status: 3"), "{ended}");
    }

    #[test]
    fn ranks_that_are_to_stop_see_the_end_of_their_input() {
        let told = r#"read -r word; test "$word" = go && ! read -r word"#;
        let (ended, _) = ends(&format!("{told} && {}", report("\"interrupted\"")), true);
        assert_eq!(ended, "Interrupted");
    }
}
