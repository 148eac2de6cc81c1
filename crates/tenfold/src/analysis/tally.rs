//! Counts the finished and the remaining trials of a run, and estimates the remaining time.

use std::collections::BTreeMap;

use crate::pipeline::throughput::Throughput;
use crate::pipeline::{EventAttempt, EventTrial, RunEvent, Scheduled};
use serde::Serialize;

/// Counts of the finished and the remaining trials of a run.
#[derive(Debug, Default)]
pub struct Tally {
    workers: usize,
    models: BTreeMap<String, ModelTally>,
    running: BTreeMap<String, Running>,
    throughput: Throughput,
    /// Trials that failed for good.
    pub failed: usize,
}

/// The trials of one model.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelTally {
    /// Number of finished trials, of this run and of earlier ones.
    pub finished: usize,
    /// Number of known trials that are not finished, running ones included.
    pub waiting: usize,
    /// Number of trials that are expected once winners are known.
    pub later: usize,
    waiting_flop: f64,
    later_flop: f64,
}

/// An attempt that is being trained.
#[derive(Clone, Debug, Serialize)]
pub struct Running {
    /// The attempt and its trial.
    pub attempt: EventAttempt,
    /// Share of its updates made, 0 to 1.
    pub share: f64,
    /// The latest error on the validation set.
    pub validation_error: Option<f64>,
    /// The same where the metric is of written texts, in nats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
}

impl Tally {
    /// Creates a tally without any trial.
    pub fn new(workers: usize) -> Self {
        Self { workers, ..Self::default() }
    }

    /// Uses the throughput measured before the run.
    pub fn set_throughput(&mut self, throughput: &Throughput) {
        self.throughput = throughput.clone();
    }

    /// The trials of each model, by name.
    pub fn models(&self) -> impl Iterator<Item = (&str, &ModelTally)> {
        self.models.iter().map(|(name, tally)| (name.as_str(), tally))
    }

    /// The attempts that are being trained, the longest-running first.
    pub fn running(&self) -> impl Iterator<Item = &Running> {
        self.running.values()
    }

    /// Trials finished.
    pub fn finished(&self) -> usize {
        self.models.values().map(|model| model.finished).sum()
    }

    /// Trials left, those expected later included.
    pub fn left(&self) -> usize {
        self.models.values().map(|model| model.waiting + model.later).sum()
    }

    /// Number of all trials, finished or left.
    pub fn expected(&self) -> usize {
        self.finished() + self.left()
    }

    /// Whether all trials are known: none is expected to be added later.
    pub fn is_total_known(&self) -> bool {
        self.models.values().all(|model| model.later == 0)
    }

    /// Seconds until everything is trained; `None` unless the number of workers and the throughput
    /// of every model with work left are known.
    pub fn remaining_seconds(&self) -> Option<f64> {
        if self.workers == 0 {
            return None;
        }
        let mut seconds = 0.0;
        for (name, model) in &self.models {
            let flop = model.waiting_flop + model.later_flop;
            if flop > 0.0 {
                seconds += flop * self.throughput.seconds_per_flop(name)?;
            }
        }
        for running in self.running.values() {
            let trial = &running.attempt.trial;
            let throughput = self.throughput.seconds_per_flop(&trial.model)?;
            seconds -= running.share * trial.expected_flop * throughput;
        }
        Some((seconds / self.workers as f64).max(0.0))
    }

    /// Updates the counts by `event`.
    pub fn count(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Paced { pace: throughput } => self.throughput = throughput.clone(),
            RunEvent::Scheduled(Scheduled { added, expected, .. }) => {
                for added in added {
                    let model = self.models.entry(added.model.clone()).or_default();
                    model.finished += added.finished;
                    model.waiting += added.waiting;
                    model.waiting_flop += added.waiting_flop;
                }
                for model in self.models.values_mut() {
                    (model.later, model.later_flop) = (0, 0.0);
                }
                for later in expected {
                    let model = self.models.entry(later.model.clone()).or_default();
                    model.later += later.count;
                    model.later_flop += later.count as f64 * later.expected_flop;
                }
            }
            RunEvent::Started { attempt } => {
                let running = Running {
                    attempt: attempt.clone(),
                    share: 0.0,
                    validation_error: None,
                    validation_loss: None,
                };
                self.running.insert(attempt.token.to_string(), running);
            }
            RunEvent::Progress { attempt, progress } => {
                if let Some(running) = self.running.get_mut(attempt.token.as_str()) {
                    running.share = progress.share();
                    running.validation_error = progress.validation_error;
                    running.validation_loss = progress.validation_loss;
                }
            }
            RunEvent::Finished { trial, token, seconds, .. } => {
                self.running.remove(token);
                self.running.retain(|_, running| running.attempt.trial.id != trial.id);
                self.throughput.learn(&trial.model, trial.expected_flop, *seconds);
                self.drop_waiting(trial);
                self.model(trial).finished += 1;
            }
            RunEvent::Failed { attempt, will_retry, .. } => {
                self.running.remove(attempt.token.as_str());
                if !will_retry {
                    self.failed += 1;
                    self.drop_waiting(&attempt.trial);
                }
            }
            RunEvent::Stale { attempt, .. } => {
                self.running.remove(attempt.token.as_str());
                let model = self.model(&attempt.trial);
                *model = ModelTally { finished: model.finished, ..ModelTally::default() };
            }
            RunEvent::CommandStopped { stopped } => {
                let model = self.models.entry(stopped.model.clone()).or_default();
                *model = ModelTally { finished: model.finished, ..ModelTally::default() };
            }
            RunEvent::PutAside { attempt } => {
                self.running.remove(attempt.token.as_str());
            }
            RunEvent::Cancelled { trial } => {
                self.running.retain(|_, running| running.attempt.trial.id != trial.id);
                self.drop_waiting(trial);
            }
            _ => {}
        }
    }

    fn drop_waiting(&mut self, trial: &EventTrial) {
        let model = self.model(trial);
        model.waiting = model.waiting.saturating_sub(1);
        model.waiting_flop = (model.waiting_flop - trial.expected_flop).max(0.0);
    }

    fn model(&mut self, trial: &EventTrial) -> &mut ModelTally {
        self.models.entry(trial.model.clone()).or_default()
    }
}
