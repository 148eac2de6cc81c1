//! Determines which folder owns the batches. A copy of a study's folder holds the batches of the
//! original, and must neither take over nor cancel their jobs. A restored backup looks like a copy.

use super::batch::BatchFolder;
use crate::store::{StoreError, StudyFolder};

/// If the folder is a copy, leaves its open batches to the original, or adopts them if
/// `is_adopting`. Returns the notice for the user, the first time only.
///
/// # Errors
/// [`StoreError`] if the batches cannot be listed, or a mark cannot be written.
pub fn claim(folder: &StudyFolder, is_adopting: bool) -> Result<Option<String>, StoreError> {
    let identity = folder.identity()?;
    if is_adopting {
        for batch in BatchFolder::all(folder)? {
            batch.adopt()?;
        }
        if !identity.is_own {
            folder.claim_identity(identity, true)?;
        }
        return Ok(None);
    }
    if identity.is_own {
        return Ok(None);
    }
    let open = BatchFolder::unclosed(folder)?;
    for batch in &open {
        batch.leave()?;
    }
    // The identity is written after the marks, so that a run killed in between repeats both.
    folder.claim_identity(identity, false)?;
    Ok(notice(folder, &open))
}

fn notice(folder: &StudyFolder, open: &[BatchFolder]) -> Option<String> {
    let count = |batch: &BatchFolder| {
        let lines = batch.lines().unwrap_or_default();
        lines.iter().filter(|line| line.is_unfinished(folder)).count()
    };
    let open = open.iter().filter(|batch| count(batch) > 0);
    let trials: usize = open.clone().map(count).sum();
    let jobs: Vec<String> = open.filter_map(BatchFolder::shown_job).collect();
    let jobs = if jobs.is_empty() { "a scheduler".to_owned() } else { jobs.join(", ") };
    (trials > 0).then(|| {
        format!(
            "this folder is a copy of a study's folder, or a restored one: {trials} of its trials \
             are with {jobs}, which was handed in from elsewhere and is neither taken over nor \
             cancelled; `tenfold run --adopt` takes it over"
        )
    })
}
