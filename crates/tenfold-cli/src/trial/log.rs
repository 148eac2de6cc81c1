//! `tenfold trial ID --log`

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::time::Duration;

use anyhow::Result;

use super::super::Finding;
use super::super::output::Output;
use super::super::problem::usage;
use tenfold::store::{Database, StoreError, StudyLock, TrialState};
use tenfold::trial::TrialId;

/// Time to wait before reading more.
const PAUSE: Duration = Duration::from_millis(200);

/// Prints the log of trial `id`; with `follow` also what is added until the trial ends.
///
/// # Errors
/// If there is no log or it cannot be read.
pub(super) fn run(
    id: &TrialId,
    database: &Database,
    follow: bool,
    output: &Output,
) -> Result<Finding> {
    let path = database.folder().log(id);
    let mut log = match File::open(&path) {
        Ok(log) => log,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message = format!("trial {} has no log: it has not started", id.short());
            return Err(usage(message, format!("`tenfold trial {}`", id.short())));
        }
        Err(error) => return Err(StoreError::reading(&path, &error).into()),
    };
    loop {
        // The state is read before the log, so that the last line is not missed.
        let goes_on = follow && is_running(id, database)?;
        let mut added = Vec::new();
        log.read_to_end(&mut added).map_err(|e| StoreError::reading(&path, &e))?;
        if !added.is_empty() {
            output.answer(&String::from_utf8_lossy(&added));
        }
        if !goes_on {
            return Ok(Finding::Done);
        }
        std::thread::sleep(PAUSE);
    }
}

fn is_running(id: &TrialId, database: &Database) -> Result<bool> {
    let rows = database.places_of(id)?;
    let is_open = rows.iter().any(|row| row.state == TrialState::Running);
    Ok(is_open && StudyLock::owner(database.folder()).is_some())
}
