//! How fast this machine trains each model: measured in a short training before a run, then
//! corrected by every trial that finishes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tenfold_train::{Continue, train};

use crate::executor::clock::Clock;
use crate::format;
use crate::prepared::Prepared;
use crate::store::{Database, ModelCounts, StoreError};
use crate::study::schedule::{Later, TrialKey};

/// How long each model is trained to measure its throughput.
const SAMPLE: Duration = Duration::from_millis(250);

/// The sample is of the smallest size with so many updates an epoch: a larger shard would only take longer
/// to read.
const SAMPLED_UPDATES: u64 = 100;

/// Seconds a floating-point operation takes, by model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Throughput {
    models: BTreeMap<String, Measured>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Measured {
    flop: f64,
    seconds: f64,
    is_sample: bool,
}

impl Throughput {
    /// The throughput of each model of `data`: from its finished trials if there are any, otherwise
    /// from a quarter of a second of training, whose result is discarded.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn new(data: &Prepared, database: &Database) -> Result<Self, StoreError> {
        let mut throughput = Self::of_finished(&database.counts()?);
        throughput.sample_unknown(data);
        Ok(throughput)
    }

    /// The throughput of each model with finished trials.
    pub fn of_finished(models: &[(String, ModelCounts)]) -> Self {
        let mut throughput = Self::default();
        for (model, counts) in models.iter().filter(|(_, counts)| counts.finished > 0) {
            throughput.learn(model, counts.finished_flop, counts.finished_seconds);
        }
        throughput
    }

    fn sample_unknown(&mut self, data: &Prepared) {
        for (model, grid) in data.plan.grids.iter().enumerate() {
            let (name, _) = &data.facts.models[model];
            if self.seconds_per_flop(name).is_some() {
                continue;
            }
            let key =
                |size: &u64| TrialKey { model, size: *size, seed: 0, candidate: grid.len() / 2 };
            let is_enough = |size: &&u64| data.updates_an_epoch(key(size)) >= SAMPLED_UPDATES;
            let sizes = &data.plan.sizes;
            let Some(trial_key) = sizes.iter().find(is_enough).or(sizes.last()).map(key) else {
                continue;
            };
            if let Some(measured) = sample(data, trial_key) {
                self.models.insert(name.clone(), measured);
            }
        }
    }

    /// Takes a finished trial into account.
    pub fn learn(&mut self, model: &str, flop: f64, seconds: f64) {
        let measured = self.models.entry(model.to_owned()).or_default();
        if measured.is_sample {
            *measured = Measured::default();
        }
        measured.flop += flop;
        measured.seconds += seconds;
    }

    /// Seconds a floating-point operation of `model` takes, if known.
    pub fn seconds_per_flop(&self, model: &str) -> Option<f64> {
        let measured = self.models.get(model)?;
        (measured.flop > 0.0).then(|| measured.seconds / measured.flop)
    }
}

/// Trains the trial at `trial_key` for a short time and measures from the first update on, because the
/// time before it does not depend on the length of the training.
fn sample(data: &Prepared, trial_key: TrialKey) -> Option<Measured> {
    let trial = data.trial(trial_key);
    // Commands are not sampled: one cannot be run for a short time only.
    let job = data.job(&trial, None)?;
    let mut started: Option<(Clock, u64)> = None;
    let (mut step, mut seconds) = (0, 0.0);
    let stopped = train(&job, &mut |progress| {
        step = progress.step;
        let (clock, _) = *started.get_or_insert_with(|| (Clock::start(), step));
        seconds = clock.elapsed().as_secs_f64();
        if clock.elapsed() < SAMPLE { Continue::Yes } else { Continue::Stop }
    });
    // Whether the training stopped or finished, the measured throughput is valid. A failure shows
    // when the trial is run.
    drop(stopped);
    let (_, first_step) = started?;
    let flop = (step - first_step) as f64 * data.update_flop(trial_key);
    (flop > 0.0 && seconds > 0.0).then_some(Measured { flop, seconds, is_sample: true })
}

impl Throughput {
    /// The throughput of each model of `data` from a short training alone.
    pub fn sampled(data: &Prepared) -> Self {
        let mut throughput = Self::default();
        throughput.sample_unknown(data);
        throughput
    }
}

/// How long a study takes that has no results.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// One line a model: how many trials, and how long they take.
    pub models: Vec<String>,
    /// The time of all models; 0 if that of none is known.
    pub seconds: f64,
    /// The same in words.
    pub in_all: String,
}

/// What running all trials of `data` takes on `workers` cores.
pub fn dry_run(data: &Prepared, throughput: &Throughput, workers: usize) -> DryRun {
    let schedule = data.plan.schedule(&BTreeMap::new(), &mut |trial_key| data.trial(trial_key));
    let mut models = Vec::new();
    let (mut total, mut unknown) = (0.0, 0);
    for (index, name) in data.facts.models.iter().map(|(name, _)| name).enumerate() {
        let later: Vec<&Later> = schedule.later.iter().filter(|l| l.model == index).collect();
        let known = schedule.trials.iter().filter(|trial| trial.model == *name);
        let trials = known.clone().count() + later.iter().map(|later| later.count).sum::<usize>();
        let flop = known.map(|trial| trial.expected_flop).sum::<f64>()
            + later
                .iter()
                .map(|l| data.later_trials(l).expected_flop * l.count as f64)
                .sum::<f64>();
        let seconds = flop * throughput.seconds_per_flop(name).unwrap_or(f64::NAN) / workers as f64;
        let time = if seconds.is_finite() {
            total += seconds;
            format!(", about {}", format::duration(seconds))
        } else {
            unknown += 1;
            String::new()
        };
        models.push(format!("{name}: about {trials} trials{time}"));
    }
    let time = format::duration(total);
    let in_all = match unknown {
        0 => format!("in all about {time} on {workers} cores"),
        _ if unknown == data.facts.models.len() => {
            "how long is told once a trial has finished: a command is not tried before".to_owned()
        }
        _ => format!("about {time} on {workers} cores, and the commands"),
    };
    DryRun { models, seconds: total, in_all }
}
