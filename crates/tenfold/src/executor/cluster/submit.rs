//! Writes what is pending as batches and hands them in.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::batch::BatchFolder;
use super::dispatch::Cluster;
use super::open_batch::OpenBatch;
use super::scheduler::{JobId, Scheduler, SchedulerError, Submission};
use crate::executor::{AttemptReport, AttemptState};
use crate::store::StoreError;
use crate::trial::{Attempt, AttemptToken};

impl<S: Scheduler> Cluster<S> {
    /// Writes what is pending as batches.
    pub(super) fn flush(&mut self, now: Duration) -> Result<(), StoreError> {
        let pending = std::mem::take(&mut self.pending).into_iter();
        let (mut attempts_left, counts): (Vec<Attempt>, Vec<u32>) = pending.unzip();
        let tokens = attempts_left.iter().map(|attempt| attempt.token.clone());
        let handed: BTreeMap<AttemptToken, u32> = tokens.zip(counts).collect();
        let mut tasks = self.packing.pack(&mut attempts_left);
        let most = self.scheduler.most_tasks().max(1);
        while !tasks.is_empty() {
            let rest = tasks.split_off(tasks.len().min(most));
            let lines = tasks.last().map_or(0, |task| task.end);
            let others = attempts_left.split_off(lines);
            let attempts = attempts_left;
            let folder = BatchFolder::write(&self.site.folder, &self.site.text, &attempts, &tasks)?;
            folder.set_inputs(&self.site.data.input_contents())?;
            let count = |attempt: &Attempt| handed.get(&attempt.token).copied().unwrap_or(0);
            let attempts = attempts.into_iter().map(|a| (a.clone(), count(&a))).collect();
            self.batches.push(OpenBatch::new(folder, tasks, attempts, now));
            let shift = |task: Range<usize>| task.start - lines..task.end - lines;
            tasks = rest.into_iter().map(shift).collect();
            attempts_left = others;
        }
        Ok(())
    }

    /// Hands in the batches whose time has come.
    pub(super) fn submit_due(&mut self, now: Duration) -> Result<(), StoreError> {
        for index in 0..self.batches.len() {
            let batch = &self.batches[index];
            if batch.job.is_some() || batch.next_submit > now || batch.is_over() {
                continue;
            }
            let accepted = self.hand_in(index);
            let (batch, name) = (&mut self.batches[index], self.scheduler.name());
            match accepted {
                Ok(job) => {
                    batch.folder.set_job(name, &job)?;
                    batch.job = Some(job);
                    self.asking.reset();
                }
                Err(SchedulerError::Unreachable { reason }) => {
                    batch.submits += 1;
                    batch.next_submit = now + Duration::from_secs(1 << batch.submits.min(6));
                    self.notice(format!("{name} does not take trials ({reason}); trying again"));
                }
                Err(refused) => {
                    batch.next_submit = Duration::MAX;
                    batch.folder.close(0)?;
                    self.news.reports.push(AttemptReport::of_all(AttemptState::Refused(refused)));
                }
            }
        }
        Ok(())
    }

    /// Hands in a batch, unless an earlier try was accepted and its answer lost.
    fn hand_in(&mut self, index: usize) -> Result<JobId, SchedulerError> {
        let batch = &self.batches[index];
        if batch.submits > 0
            && let Some(job) = self.scheduler.find(&batch.folder.mark())?
        {
            return Ok(job);
        }
        self.scheduler.submit(&Submission {
            mark: &batch.folder.mark(),
            study: &self.site.study,
            folder: &batch.folder.path,
            program: &self.site.program,
            tasks: &batch.tasks,
        })
    }
}
