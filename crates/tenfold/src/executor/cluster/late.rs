//! What is heard of executions whose batch is closed: they came back after they were called lost, or
//! were left to themselves.

use super::batch::BatchFolder;
use super::lease::News;
use super::open_batch::OpenBatch;
use crate::executor::AttemptReport;
use crate::prepared::Prepared;
use crate::store::{StoreError, StudyFolder};

/// What was said in closed batches since they were closed, for the books.
///
/// # Errors
/// [`StoreError`] if a batch cannot be listed or closed again.
pub fn heard(folder: &StudyFolder, data: &Prepared) -> Result<Vec<AttemptReport>, StoreError> {
    let mut news = News::default();
    for batch in BatchFolder::closed_and_unheard(folder)? {
        // One whose lists are damaged says nothing that could be understood.
        if let Some(mut batch) = OpenBatch::found(batch, data)? {
            batch.close_late(folder, &mut news)?;
        }
    }
    Ok(news.reports)
}
