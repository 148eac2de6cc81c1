//! Whose batches the folder holds. A copy of a study's folder holds those of the original, whose jobs
//! it must neither take over nor cancel; a restored backup looks the same.

use super::batch::BatchFolder;
use crate::store::{StoreError, StudyFolder};

/// Leaves the open batches of a folder that is a copy to the original, or takes them over if
/// `is_adopting`. Gives what a person should hear of it, the first time.
///
/// # Errors
/// [`StoreError`] if the batches cannot be listed, or that cannot be written.
pub fn settle(folder: &StudyFolder, is_adopting: bool) -> Result<Option<String>, StoreError> {
    let identity = folder.identity()?;
    if is_adopting {
        for batch in BatchFolder::all(folder)? {
            batch.adopt()?;
        }
        if !identity.is_own {
            folder.settle_identity(identity, true)?;
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
    // After the marks: who is killed before this finds them again.
    folder.settle_identity(identity, false)?;
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
