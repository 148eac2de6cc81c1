//! Trains one built-in learner, in this thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tenfold_train::{Continue, TrainError, Trained, train};

use super::{Ran, Site};
use crate::executor::AttemptState;
use crate::store::StoreError;
use crate::store::fault::{self, Point};
use crate::trial::{Attempt, Outcome, Recipe};

/// Trains the learner of `attempt`; passes its progress at each evaluation to `say`. `None` if the
/// trial has no learner.
pub(super) fn run(
    site: &Site,
    attempt: &Attempt,
    say: &mut dyn FnMut(AttemptState),
) -> Option<Ran> {
    let Recipe::Learner(_) = &attempt.trial.recipe else { return None };
    let started = site.clock.elapsed();
    let trained = catch_unwind(AssertUnwindSafe(|| train_attempt(site, attempt, say)));
    Some(match trained {
        Ok(Some(Ok(trained))) => {
            for note in &trained.notes {
                // If the log cannot be written, that shows when the end of the trial is logged.
                drop(site.folder.append_log(&attempt.trial.id, note));
            }
            let seconds = site.clock.elapsed().saturating_sub(started).as_secs_f64();
            Ran::Measured(Box::new(Outcome::new(attempt, &trained, seconds)))
        }
        Ok(Some(Err(TrainError::Interrupted { .. }))) => Ran::Ended(AttemptState::Interrupted),
        Ok(Some(Err(TrainError::Checkpoint { path, source }))) => {
            Ran::Ended(AttemptState::StoreBroken(StoreError::writing(&path, &source)))
        }
        Ok(Some(Err(error))) => {
            let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
            Ran::failed(format!("{error}{hint}"))
        }
        Ok(None) => Ran::failed("a built-in learner needs data".to_owned()),
        Err(panic) => Ran::failed(format!("crashed: {}", panic_text(&*panic))),
    })
}

/// Trains the learner. `None` if the trial has no data or no learner, which cannot be in a checked
/// study.
fn train_attempt(
    site: &Site,
    attempt: &Attempt,
    say: &mut dyn FnMut(AttemptState),
) -> Option<Result<Trained, TrainError>> {
    let checkpoint = site.folder.checkpoint(&attempt.trial.id);
    let job = site.data.job(&attempt.trial, Some(&checkpoint))?;
    Some(train(&job, &mut |progress| {
        fault::pass(Point::MidTrial);
        if progress.is_evaluation() {
            say(AttemptState::Running(*progress));
        }
        if site.is_cancelled(attempt) { Continue::Stop } else { Continue::Yes }
    }))
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
