//! Cleans up a study's folder before a run: after a kill, a power cut, or damage to the database.

use std::collections::BTreeSet;
use std::fs;

use super::event::RunEvent;
use crate::executor::clock::Clock;
use crate::store::{Batch, Database, StoreError, StudyFolder};
use crate::trial::{AttemptToken, Outcome, TrialId};

/// Which result files are read before a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Those without a result in the database: only these can an interrupted run have left.
    New,
    /// Every one, to find files that were changed or removed by hand or by a failing disk.
    Every,
}

/// Number of results that are recorded in one commit.
const RESULTS_A_COMMIT: usize = 1000;

/// Opens the database. A damaged database is renamed and replaced by a new one, which [`recover`]
/// fills from the result files.
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

/// Cleans up after an interrupted run: records results that were published but not read, deletes
/// the rows of results whose folder is gone, ends attempts without a recorded end, and removes
/// partly written files.
///
/// A trial starts only after its start is in the database. So without [`Check::Every`] only the
/// folders of trials that have no result in the database, or an attempt without a recorded end, are
/// opened; all others are only listed. Attempts in `open` may still run on other machines.
///
/// # Errors
/// [`StoreError`] if the folder cannot be read or written.
pub(super) fn recover(
    database: &Database,
    check: Check,
    open: &BTreeSet<AttemptToken>,
    clock: &Clock,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<(), StoreError> {
    let folder = database.folder();
    let unended: BTreeSet<TrialId> = database.open_ids()?.into_iter().collect();
    let mut ingested: BTreeSet<TrialId> = database.finished_ids()?.into_iter().collect();
    let now = clock.seconds_since_epoch();
    let batch = database.batch();
    let mut found = Found { folder, now, batch, lost: 0, results: 0, torn: 0, gone: 0, changes: 0 };
    if !unended.is_empty() {
        found.lost = found.batch.end_lost_attempts(open, now)?;
    }
    for id in folder.trial_ids()? {
        let is_ingested = ingested.remove(&id);
        if !is_ingested || check == Check::Every || unended.contains(&id) {
            // If attempts may still run elsewhere, partly written files may be theirs.
            if open.is_empty() {
                folder.remove_parts(&id)?;
            }
            found.take_result(&id, is_ingested)?;
        }
        if found.changes >= RESULTS_A_COMMIT {
            found.changes = 0;
            std::mem::replace(&mut found.batch, database.batch()).commit()?;
        }
    }
    for id in ingested {
        found.forget(&id)?;
    }
    let Found { lost, results, torn, gone, batch, .. } = found;
    batch.commit()?;
    if lost + results + torn + gone > 0 {
        watch(&RunEvent::Recovered { results, lost, torn, gone });
    }
    Ok(())
}

/// Counts of what was found so far, and the changes to the database.
struct Found<'a> {
    folder: &'a StudyFolder,
    now: f64,
    batch: Batch<'a>,
    lost: usize,
    results: usize,
    torn: usize,
    gone: usize,
    /// Number of changes that are not committed yet.
    changes: usize,
}

impl Found<'_> {
    /// Updates the database's row of trial `id` to match its result file.
    fn take_result(&mut self, id: &TrialId, is_ingested: bool) -> Result<(), StoreError> {
        let Some(text) = self.folder.read_result(id)? else {
            return if is_ingested { self.forget(id) } else { Ok(()) };
        };
        if let Ok(outcome) = Outcome::parse(&text, id) {
            self.results += usize::from(self.batch.ingest(&outcome, self.now)?);
        } else {
            self.batch.forget_result(id)?;
            self.folder.set_aside_result(id, self.now)?;
            self.torn += 1;
        }
        self.changes += 1;
        Ok(())
    }

    fn forget(&mut self, id: &TrialId) -> Result<(), StoreError> {
        self.gone += 1;
        self.changes += 1;
        self.batch.forget_result(id)
    }
}
