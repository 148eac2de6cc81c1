//! Reports of executions whose batch is closed: they were thought lost and came back, or were left
//! to run unattended.

use super::batch::BatchFolder;
use super::lease::News;
use super::open_batch::OpenBatch;
use crate::executor::AttemptReport;
use crate::prepared::Prepared;
use crate::store::{StoreError, StudyFolder};

/// Collects the reports that arrived in closed batches since they were closed.
///
/// # Errors
/// [`StoreError`] if a batch cannot be listed or closed again.
pub fn heard(folder: &StudyFolder, data: &Prepared) -> Result<Vec<AttemptReport>, StoreError> {
    let mut news = News::default();
    for batch in BatchFolder::closed_and_unheard(folder)? {
        // A batch with damaged lists has no reports that could be assigned to attempts.
        if let Some(mut batch) = OpenBatch::found(batch, data)? {
            batch.close_late(folder, &mut news)?;
        }
    }
    Ok(news.reports)
}
