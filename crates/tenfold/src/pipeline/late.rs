//! Records reports of executions that no run waits for.

use super::event::RunEvent;
use crate::executor::clock::Clock;
use crate::executor::cluster::late;
use crate::executor::{AttemptReport, AttemptState};
use crate::prepared::Prepared;
use crate::store::{AttemptEnd, Batch, Database, StoreError};

/// Records what executions reported after their batch was closed. A result counts as any other if
/// it was published first.
///
/// # Errors
/// [`StoreError`] if it cannot be read or written.
pub(super) fn take_in(
    data: &Prepared,
    database: &Database,
    clock: &Clock,
) -> Result<(), StoreError> {
    book(late::heard(database.folder(), data)?, database, clock)
}

/// Records `reports` of attempts that no run waits for.
///
/// # Errors
/// [`StoreError`] if they cannot be written.
pub(super) fn book(
    reports: Vec<AttemptReport>,
    database: &Database,
    clock: &Clock,
) -> Result<(), StoreError> {
    let mut batch = database.batch();
    for AttemptReport { token, state } in reports {
        let now = clock.seconds_since_epoch();
        let end = |batch: &mut Batch<'_>, end: AttemptEnd, reason: Option<&str>| {
            batch.end_attempt(token.as_str(), end, reason, now)
        };
        match state {
            AttemptState::Executed(execution) => batch.record_execution(&token, &execution, now)?,
            AttemptState::Failed { reason } | AttemptState::GaveUp { reason } => {
                end(&mut batch, AttemptEnd::Failed, Some(&reason))?;
            }
            AttemptState::Stale { reason } => end(&mut batch, AttemptEnd::Stale, Some(&reason))?,
            AttemptState::Requeued => end(&mut batch, AttemptEnd::Requeued, None)?,
            AttemptState::Interrupted => end(&mut batch, AttemptEnd::Interrupted, None)?,
            AttemptState::StoreBroken(error) => return Err(error),
            // The execution's own record and the result file hold more than these reports.
            AttemptState::Published
            | AttemptState::Fenced
            | AttemptState::Running(_)
            | AttemptState::Refused(_) => {}
        }
    }
    batch.commit()
}

/// Sends each of `texts` as a notice.
pub(super) fn say(texts: Vec<String>, watch: &mut dyn FnMut(&RunEvent)) {
    for text in texts {
        watch(&RunEvent::Notice { text });
    }
}
