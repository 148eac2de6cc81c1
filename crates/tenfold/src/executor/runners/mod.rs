//! One execution of a trial on this machine, for all kinds of trials: folder, log, result.
//!
//! The code for each kind of trial is a file or folder here and a line in `RUNNERS`.

pub mod command;
mod learner;
pub mod ranks;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use command::{Graphics, SeenFiles, Watch};

use super::AttemptState;
use super::clock::Clock;
use crate::prepared::inputs::FilesSeen;
use crate::prepared::{ModelFiles, Prepared};
use crate::store::files::{Published, StudyFolder};
use crate::store::{Journal, StoreError, write_atomically};
use crate::trial::{Attempt, AttemptToken, HistoryEntry, Outcome};

/// Name of the file in a trial's folder that records, during an execution, the state of its input
/// files at the start.
const SEEN: &str = "inputs.seen";

/// State that executions on one machine share.
#[derive(Debug)]
pub struct Site {
    /// The study's data and models.
    pub data: Arc<Prepared>,
    /// The study's folder.
    pub folder: StudyFolder,
    /// The clock that all times are read from.
    pub clock: Clock,
    /// GPUs for commands.
    pub(super) graphics: Graphics,
    /// Files of example ids that were found to have the right content.
    pub(super) id_files: SeenFiles,
    /// Ends commands that take too long.
    pub(super) watch: Watch,
    /// Whether this process and its commands are a scheduler's job, which the scheduler stops as a
    /// whole.
    pub is_of_a_job: bool,
    is_cancelled: AtomicBool,
    /// Attempts that were asked to stop individually.
    cancelled: Mutex<BTreeSet<AttemptToken>>,
}

/// Runs an attempt at a site and reports its progress; `None` if it does not run trials of this
/// kind.
type Runner = fn(&Site, &Attempt, &mut dyn FnMut(AttemptState)) -> Option<Ran>;

/// The runners. The first that does not return `None` runs the attempt.
static RUNNERS: &[Runner] = &[ranks::run, learner::run, command::run];

/// Result of an execution.
pub(super) enum Ran {
    /// It measured something.
    Measured(Box<Outcome>),
    /// It measured something, and this is the text of its result file.
    Written(String),
    /// It ended without a result.
    Ended(AttemptState),
}

impl Ran {
    pub(super) fn failed(reason: String) -> Self {
        Self::Ended(AttemptState::Failed { reason })
    }
}

impl Site {
    /// A site that runs trials of `data` and publishes in `folder`.
    pub fn new(data: Arc<Prepared>, folder: StudyFolder) -> Self {
        let clock = Clock::start();
        let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        Self {
            data,
            folder,
            clock,
            graphics: Graphics::of_this_machine(visible.as_deref()),
            id_files: SeenFiles::default(),
            watch: Watch::new(clock),
            is_of_a_job: false,
            is_cancelled: AtomicBool::new(false),
            cancelled: Mutex::default(),
        }
    }

    /// Asks every execution to stop.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::SeqCst);
        self.watch.cancel();
    }

    /// Asks one execution to stop.
    pub fn cancel_one(&self, token: &AttemptToken) {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone());
        self.watch.cancel_one(token);
    }

    /// Whether `attempt` was asked to stop, alone or with all others.
    pub fn is_cancelled(&self, attempt: &Attempt) -> bool {
        let alone = || self.cancelled.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_cancelled.load(Ordering::SeqCst) || alone().contains(&attempt.token)
    }

    /// Executes `attempt` and publishes its result; passes its progress to `say`.
    pub fn execute(&self, attempt: &Attempt, say: &mut dyn FnMut(AttemptState)) -> AttemptState {
        let id = &attempt.trial.id;
        let log = |line: &str| self.folder.append_log(id, line);
        let opened = self.folder.create_trial(id).and_then(|()| {
            let trial = &attempt.trial;
            let what = format!("{} at {} examples, seed {}", trial.model, trial.size, trial.seed);
            log(&format!("attempt {}: {what}", attempt.token))
        });
        if let Err(error) = opened {
            return AttemptState::StoreBroken(error);
        }
        let started = self.clock.elapsed();
        let before = match self.data.files_of(&attempt.trial.model).map(ModelFiles::before) {
            Some(Err(change)) => {
                let reason = change.to_string();
                let logged = log(&format!("not started: {reason}"));
                return logged
                    .map_or_else(AttemptState::StoreBroken, |()| AttemptState::Stale { reason });
            }
            Some(Ok(look)) => Some(look),
            None => None,
        };
        if let Some(Err(error)) = before.as_ref().map(|look| self.begin_with(look, attempt)) {
            return AttemptState::StoreBroken(error);
        }
        self.hand_on_checkpoint(attempt);
        let mut history = Journal::new(self.folder.history(id));
        let say = &mut |state| {
            if let AttemptState::Running(progress) = &state {
                let seconds = self.clock.elapsed().saturating_sub(started).as_secs_f64();
                // No result depends on the journal; a full disk shows when a result is written.
                drop(history.append(&HistoryEntry::new(&attempt.token, seconds, *progress)));
            }
            say(state);
        };
        let ran = RUNNERS.iter().find_map(|run| run(self, attempt, say));
        let ran = ran.unwrap_or_else(|| Ran::failed("nothing here runs such a trial".to_owned()));
        let ran = match before.and_then(|before| self.change_since(&before, attempt)) {
            Some(reason) => Ran::Ended(AttemptState::Stale { reason }),
            None => ran,
        };
        let state = match ran {
            Ran::Measured(outcome) => match serde_json::to_string(&self.with_inputs(*outcome)) {
                Ok(document) => self.publish(attempt, &document),
                Err(error) => {
                    AttemptState::Failed { reason: format!("writing the result: {error}") }
                }
            },
            Ran::Written(document) => self.publish(attempt, &document),
            Ran::Ended(state) => state,
        };
        let seconds = self.clock.elapsed().saturating_sub(started).as_secs_f64();
        let logged = match &state {
            AttemptState::Failed { reason } => {
                log(&format!("failed after {seconds:.1} s: {reason}"))
            }
            AttemptState::Stale { reason } => log(&format!("does not count: {reason}")),
            AttemptState::Requeued => log(&format!("asked to be run again after {seconds:.1} s")),
            AttemptState::Interrupted => log(&format!("interrupted after {seconds:.1} s")),
            AttemptState::Published => log(&format!("finished after {seconds:.1} s")),
            _ => Ok(()),
        };
        match logged {
            Err(error)
                if !matches!(state, AttemptState::Published | AttemptState::StoreBroken(_)) =>
            {
                AttemptState::StoreBroken(error)
            }
            _ => state,
        }
    }

    /// Describes the change if the files of `attempt` have changed since it began with `before`.
    /// Then its work folder is removed, because it may depend on the changed file.
    fn change_since(&self, before: &FilesSeen, attempt: &Attempt) -> Option<String> {
        let files = self.data.files_of(&attempt.trial.model)?;
        let changed = files.after(before).err();
        let folder = self.folder.trial(&attempt.trial.id);
        if changed.is_some() {
            drop(std::fs::remove_dir_all(folder.join("work")));
        }
        drop(std::fs::remove_file(folder.join(SEEN)));
        changed.map(|change| change.to_string())
    }

    /// Records the state of the files that `attempt` begins with; the record is removed after the
    /// check at its end. A record that exists already is from an execution that was cut off. If
    /// that began with other files, it is unknown which files it used later, so its work folder is
    /// removed.
    fn begin_with(&self, look: &FilesSeen, attempt: &Attempt) -> Result<(), StoreError> {
        let seen = look.text();
        if seen.is_empty() {
            return Ok(());
        }
        let folder = self.folder.trial(&attempt.trial.id);
        let note = folder.join(SEEN);
        if std::fs::read_to_string(&note).is_ok_and(|before| before != seen) {
            drop(std::fs::remove_dir_all(folder.join("work")));
            let line =
                "what an execution left that was cut off is removed: its inputs changed since";
            self.folder.append_log(&attempt.trial.id, line)?;
        }
        write_atomically(&note, seen.as_bytes())
    }

    /// Lets a candidate that a search trains on begin where it was stopped before. If its checkpoint
    /// is gone, it is trained from the start, to the same bits.
    fn hand_on_checkpoint(&self, attempt: &Attempt) {
        let Some(before) = self.data.rung_before(&attempt.trial) else { return };
        let own = self.folder.checkpoint(&attempt.trial.id);
        if !own.exists() {
            drop(std::fs::rename(self.folder.checkpoint(&before.id), own));
        }
    }

    /// `outcome` with the hashes of the inputs it was trained with.
    fn with_inputs(&self, outcome: Outcome) -> Outcome {
        let files = self.data.files_of(&outcome.model);
        Outcome { inputs: files.map(ModelFiles::contents).unwrap_or_default(), ..outcome }
    }

    fn publish(&self, attempt: &Attempt, document: &str) -> AttemptState {
        let id = &attempt.trial.id;
        match self.folder.publish(id, &attempt.token, document) {
            Ok(published) => {
                // The checkpoint is no longer needed, except by a longer training of the same
                // candidate; if it cannot be removed, it only takes space.
                if attempt.trial.share.is_whole() {
                    drop(std::fs::remove_file(self.folder.checkpoint(id)));
                }
                match published {
                    Published::Won => AttemptState::Published,
                    Published::Lost => AttemptState::Fenced,
                }
            }
            Err(error) => AttemptState::StoreBroken(error),
        }
    }
}
