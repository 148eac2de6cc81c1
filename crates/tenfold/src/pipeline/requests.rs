//! Requests of another process to a run in progress: to cancel trials, to pause, to stop.

use anyhow::Result;

use super::coordinate::{Coordinator, Progress};
use super::event::{EventAttempt, RunEvent};
use crate::executor::Executor;
use crate::store::AttemptEnd;
use crate::trial::{Attempt, AttemptToken};

impl Coordinator<'_> {
    /// Removes requests to an earlier run that ended before it read them; they do not concern this
    /// run.
    ///
    /// # Errors
    /// If they cannot be listed or removed.
    pub(super) fn forget_requests(&self, watch: &mut dyn FnMut(&RunEvent)) -> Result<()> {
        self.folder.take_cancel_requests()?;
        self.folder.take_stop_request()?;
        if self.folder.lift_pause()? {
            let text = "the study was paused, and goes on with this run".to_owned();
            watch(&RunEvent::Notice { text });
        }
        Ok(())
    }

    /// Acts on the requests made since the last call.
    ///
    /// # Errors
    /// If the requests cannot be read, or their effects cannot be written.
    pub(super) fn hear_requests(
        &self,
        executor: &mut dyn Executor,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        self.cancel_requested(executor, progress, watch)?;
        if self.folder.take_stop_request()? {
            self.stop.ask();
        }
        match (self.folder.is_pause_requested(), progress.is_paused) {
            (true, false) => pause(executor, progress, watch),
            (false, true) => {
                progress.is_paused = false;
                watch(&RunEvent::Resumed);
            }
            _ => {}
        }
        Ok(())
    }

    /// Cancels the trials whose cancellation was requested: running trials are asked to stop,
    /// waiting trials are left out at once.
    fn cancel_requested(
        &self,
        executor: &mut dyn Executor,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        for id in self.folder.take_cancel_requests()? {
            let is_of = |attempt: &&Attempt| attempt.trial.id == id;
            let running: Vec<AttemptToken> =
                progress.in_flight.values().filter(is_of).map(|a| a.token.clone()).collect();
            for token in &running {
                executor.cancel_one(token);
                progress.cancelling.insert(token.clone());
            }
            let waits = progress.wanted.undecided(&id).filter(|_| running.is_empty());
            if let Some(trial) = waits {
                let attempt = self.begin(trial, progress)?;
                progress.in_flight.remove(&attempt.token);
                self.leave_out_cancelled(&attempt, progress, watch)?;
            }
        }
        Ok(())
    }

    /// Records that `attempt` stopped because the run is paused, and lets its trial wait again.
    pub(super) fn put_aside(
        &self,
        attempt: &Attempt,
        progress: &mut Progress<'_>,
        watch: &mut dyn FnMut(&RunEvent),
    ) -> Result<()> {
        self.end(attempt, AttemptEnd::Interrupted, None, progress)?;
        progress.wanted.again(&attempt.trial);
        watch(&RunEvent::PutAside { attempt: EventAttempt::from(attempt) });
        Ok(())
    }
}

/// Asks every attempt to stop; each saves its checkpoint and frees its worker.
fn pause(
    executor: &mut dyn Executor,
    progress: &mut Progress<'_>,
    watch: &mut dyn FnMut(&RunEvent),
) {
    progress.is_paused = true;
    watch(&RunEvent::Pausing { running: progress.in_flight.len() });
    for token in progress.in_flight.keys() {
        executor.put_aside(token);
        progress.putting_aside.insert(token.clone());
    }
}
