//! Writes pending attempts as batches and submits them, one after another.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::batch::{BatchFolder, BatchLine};
use super::desk::{HandIn, Manner};
use super::dispatch::{Cluster, LINGER};
use super::history::History;
use super::open_batch::OpenBatch;
use super::scheduler::{OwnJob, Scheduler, SchedulerError};
use crate::executor::{AttemptReport, AttemptState};
use crate::store::StoreError;
use crate::trial::{Attempt, AttemptToken};

/// How often a batch that may have been accepted is searched for before it is given up.
const SEARCHES: u32 = 2;

impl<S: Scheduler> Cluster<S> {
    /// Writes pending attempts as batches, once the largest number of tasks per job is known.
    pub(super) fn flush(&mut self, now: Duration) -> Result<(), StoreError> {
        let Some(most) = self.room.next() else {
            if !self.room.is_asked {
                self.room.is_asked = true;
                self.desk.ask_most();
            }
            return Ok(());
        };
        let pending = std::mem::take(&mut self.pending).into_iter();
        let (mut attempts_left, histories): (Vec<Attempt>, Vec<History>) = pending.unzip();
        let tokens = attempts_left.iter().map(|attempt| attempt.token.clone());
        let tried: BTreeMap<AttemptToken, History> = tokens.zip(histories).collect();
        let mut tasks = self.packing.pack(&mut attempts_left);
        while !tasks.is_empty() {
            let rest = tasks.split_off(tasks.len().min(most));
            let lines = tasks.last().map_or(0, |task| task.end);
            let others = attempts_left.split_off(lines);
            let attempts = attempts_left;
            let history =
                |attempt: &Attempt| tried.get(&attempt.token).copied().unwrap_or_default();
            let line = |a: &Attempt| BatchLine { history: history(a), ..BatchLine::from(a) };
            let batch_lines: Vec<BatchLine> = attempts.iter().map(line).collect();
            let site = &self.site;
            let folder = BatchFolder::write(&site.folder, &site.text, &batch_lines, &tasks)?;
            folder.set_inputs(&self.site.data.input_contents())?;
            folder.offer(self.name)?;
            if let Some(address) = self.desk.scheduler.address() {
                folder.set_address(&address)?;
            }
            let attempts = attempts.into_iter().map(|a| (a.clone(), history(&a))).collect();
            self.batches.push(OpenBatch::new(folder, tasks, attempts, now));
            let shift = |task: Range<usize>| task.start - lines..task.end - lines;
            tasks = rest.into_iter().map(shift).collect();
            attempts_left = others;
        }
        Ok(())
    }

    /// Submits the next batch that is due, or searches for it.
    pub(super) fn submit_due(&mut self, now: Duration) {
        if self.handing_in.is_some() {
            return;
        }
        let is_cancelling = self.cancelling.is_some();
        let is_due = |batch: &&mut OpenBatch| {
            batch.job.is_none()
                && batch.next_submit <= now
                && !batch.is_over()
                // During cancellation, a batch that was never submitted is not submitted any more.
                && (!is_cancelling || batch.may_be_accepted())
        };
        let Some(batch) = self.batches.iter_mut().find(is_due) else { return };
        let manner = if batch.is_sought || is_cancelling {
            Manner::Search
        } else if batch.submits > 0 {
            Manner::Again
        } else {
            Manner::New
        };
        batch.is_on_its_way = true;
        self.handing_in = Some(batch.folder.id.clone());
        self.desk.hand_in(&batch.folder, &batch.tasks, &self.site, manner);
    }

    /// Handles the outcome of submitting or searching for the batch in `folder`.
    pub(super) fn take_hand_in(
        &mut self,
        folder: &BatchFolder,
        end: HandIn,
        now: Duration,
    ) -> Result<(), StoreError> {
        self.handing_in = None;
        let name = self.name;
        let Some(index) = self.batches.iter().position(|batch| batch.folder.id == folder.id) else {
            // All its trials were cancelled in the meantime.
            if let HandIn::Job(id) = end {
                self.cancel_jobs(vec![OwnJob { id, mark: folder.mark() }]);
            }
            return Ok(());
        };
        let batch = &mut self.batches[index];
        batch.is_on_its_way = false;
        let error = match end {
            HandIn::Job(id) => {
                folder.set_job(name, &id)?;
                batch.job = Some(id.clone());
                self.asking.reset();
                if self.cancelling.is_some() {
                    self.cancel_jobs(vec![OwnJob { id, mark: folder.mark() }]);
                }
                return Ok(());
            }
            HandIn::Unknown => {
                batch.searches += 1;
                batch.next_submit = now + LINGER;
                return if batch.searches < SEARCHES { Ok(()) } else { self.take_back(index) };
            }
            HandIn::Failed(error) => error,
        };
        match &error {
            SchedulerError::TooLarge { .. } | SchedulerError::Full { .. }
                if batch.tasks.len() > 1 =>
            {
                self.room.shrink(batch.tasks.len());
                return self.take_back(index);
            }
            SchedulerError::Refused { .. } | SchedulerError::TooLarge { .. } => {
                batch.next_submit = Duration::MAX;
                folder.close(0, &[])?;
                self.news.reports.push(AttemptReport::of_all(AttemptState::Refused(error)));
                return Ok(());
            }
            SchedulerError::CutOff { .. } => (batch.is_sought, batch.searches) = (true, 0),
            SchedulerError::Unreachable { .. } | SchedulerError::Full { .. } => {}
        }
        batch.submits += 1;
        batch.next_submit = now + Duration::from_secs(1 << batch.submits.min(6));
        self.notice(format!("{name} does not take trials ({error}); trying again"));
        Ok(())
    }

    /// Takes back a batch that the scheduler does not have, and submits its attempts in another. If
    /// it is accepted after all, its workers find it closed.
    fn take_back(&mut self, index: usize) -> Result<(), StoreError> {
        let mut batch = self.batches.remove(index);
        batch.take_back(self.cancelling.is_some(), &mut self.news)
    }
}
