//! Puts a study's folder in order before a run: after a kill, a power cut, a damaged database.

use std::collections::BTreeSet;
use std::fs;

use super::event::RunEvent;
use crate::executor::clock::Clock;
use crate::store::{Database, StoreError, StudyFolder};
use crate::trial::{AttemptToken, Outcome, TrialId};

/// Opens the database; a damaged one is set aside and a new one made, to be filled from the
/// result files by [`recover`].
///
/// # Errors
/// [`StoreError`] if it cannot be opened for another reason.
pub(super) fn open_database(
    folder: &StudyFolder,
    clock: &Clock,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<Database, StoreError> {
    match Database::open(folder) {
        Err(StoreError::Damaged { path, .. }) => {
            let kept = format!("study.sqlite.damaged-{:.0}", clock.seconds_since_epoch());
            for suffix in ["", "-wal", "-shm"] {
                let from = folder.root().join(format!("study.sqlite{suffix}"));
                let to = folder.root().join(format!("{kept}{suffix}"));
                if from.exists() {
                    fs::rename(&from, &to).map_err(|e| StoreError::writing(&path, &e))?;
                }
            }
            watch(&RunEvent::Rebuilt { kept });
            Database::open(folder)
        }
        opened => opened,
    }
}

/// Puts in order what an interrupted run left: takes in results that were published and not
/// read, forgets results whose file is gone, closes attempts that never ended, removes parts.
///
/// Attempts in `open` may still run elsewhere.
///
/// # Errors
/// [`StoreError`] if the folder cannot be read or written.
pub(super) fn recover(
    folder: &StudyFolder,
    database: &Database,
    open: &BTreeSet<AttemptToken>,
    clock: &Clock,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<(), StoreError> {
    let now = clock.seconds_since_epoch();
    let lost = database.end_lost_attempts(open, now)?;
    let mut ingested: BTreeSet<TrialId> = database.finished_ids()?.into_iter().collect();
    let (mut results, mut torn) = (0, 0);
    for id in folder.trial_ids()? {
        // While others may execute the trial, what lies about may be theirs.
        if open.is_empty() {
            folder.remove_parts(&id)?;
        }
        let is_ingested = ingested.remove(&id);
        let Some(text) = folder.read_result(&id)? else {
            if is_ingested {
                database.forget_result(&id)?;
            }
            continue;
        };
        if is_ingested {
            continue;
        }
        if let Ok(outcome) = Outcome::parse(&text, &id) {
            database.ingest(&outcome, &text, now)?;
            results += 1;
        } else {
            folder.set_aside_result(&id, now)?;
            torn += 1;
        }
    }
    for id in ingested {
        database.forget_result(&id)?;
    }
    if lost + results + torn > 0 {
        watch(&RunEvent::Recovered { results, lost, torn });
    }
    Ok(())
}
