//! One training run: batches, updates, evaluations, checkpoints, and the final errors.

mod by_length;
mod checkpoint;
mod direct;
mod examples;
mod exchange;
mod order;
mod pair_set;
mod recording_set;
mod sequences;
mod share;
mod state;
mod text_stream;
mod tokens;
mod worker_pool;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tenfold_core::Aggregate;
use tenfold_data::transforms::{OwnShard, TransformStep};
use tenfold_data::{Dataset, Encoder, Shard, seed};

use crate::engine::Tape;
use crate::engine::initial::initial_parameters;
use crate::engine::optimizer::{Update, average, clip};
use crate::engine::real::is_all_finite;
use crate::error::TrainError;
use crate::learners::settings::{LearnerSettings, Schedule};
use crate::learners::{Fitting, PairShape};
use crate::metrics::{LEAST_WRITTEN, Metric, apart, other_errors};
use crate::model;
use crate::ranks::{GradSync, Local, RankLost};
use crate::tasks::{Task, task_of};
use examples::Examples;
use exchange::Exchange;
use state::State;
use worker_pool::{Measurement, Measuring, Shared, Work, WorkerPool, read, write};

pub use share::Share;
pub use state::Evaluation;

/// Most examples of the shard on which the training error is measured.
const TRAIN_ERROR_EXAMPLES: usize = 8192;

/// The same of texts, in tokens; about as much work as the examples for a network of the same size.
const TRAIN_ERROR_TOKENS: usize = 65_536;

/// The same of recordings, in frames of 10 ms: eleven minutes.
const TRAIN_ERROR_FRAMES: usize = 65_536;

/// Share by which batch norm's running statistics move a step; `PyTorch`'s default.
const STATISTICS_MOMENTUM: f64 = 0.1;

/// Input of [`train`]: the data, the learner, and how to run the training.
#[derive(Clone, Copy, Debug)]
pub struct TrainJob<'a> {
    /// The data set that `shard` counts rows of.
    pub dataset: &'a Dataset,
    /// Rows to train on, and where the last of them is cut.
    pub shard: Shard<'a>,
    /// Examples that choose the best evaluation and stop training; aligned to `dataset`.
    pub validation: (&'a Dataset, &'a [u32]),
    /// Test examples, on which no choice depends; may be empty. Aligned to `dataset`.
    pub test: (&'a Dataset, &'a [u32]),
    /// Transforms of the shard, applied in order before the learner sees it.
    pub transforms: &'a [TransformStep],
    /// The learner.
    pub settings: &'a LearnerSettings,
    /// What is measured.
    pub metric: &'static dyn Metric,
    /// Fixes initial parameters, order of the examples and dropout.
    pub seed: u64,
    /// Threads that share the chunks of a batch; at most one thread per chunk is used.
    pub threads: usize,
    /// How much of the planned updates is made. A run that is stopped early goes through the same
    /// states as the whole run, and is evaluated where it stops. A learner that does not learn by
    /// updates is always fitted whole.
    pub share: Share,
    /// File for the state of the run. Training resumes from it if it exists and belongs to this
    /// job, whatever its share: a longer run goes on where a shorter one stopped.
    pub checkpoint: Option<&'a Path>,
}

/// The callback's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Continue {
    /// Go on.
    Yes,
    /// Write the checkpoint and return [`TrainError::Interrupted`].
    Stop,
}

/// Progress of a run, reported after every update.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// Updates done.
    pub step: u64,
    /// Updates of a run to its end, where they are known.
    pub steps: Option<u64>,
    /// Passes over the shard done, where they are known.
    pub epoch: Option<f64>,
    /// Mean training loss since the last evaluation, where it is known.
    pub train_loss: Option<f64>,
    /// Error on the validation set, if it was measured after this update.
    pub validation_error: Option<f64>,
    /// What is measured in its place where the metric is of written texts: nats a token of
    /// translations, nats a character of transcripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
}

impl Progress {
    /// Whether the validation set was measured after this update.
    pub fn is_evaluation(&self) -> bool {
        self.validation_error.or(self.validation_loss).is_some()
    }

    /// Share of the updates that are done, 0 to 1; 0 where it is not known how many there will be.
    pub fn share(&self) -> f64 {
        self.steps.map_or(0.0, |steps| (self.step as f64 / steps.max(1) as f64).min(1.0))
    }
}

/// A finished run.
#[derive(Clone, PartialEq, Debug)]
pub struct Trained {
    /// Error on the validation set, of the parameters that are kept.
    pub validation_error: f64,
    /// Error on the test set, of the same parameters; the validation error where
    /// there is no test set.
    pub test_error: f64,
    /// Error on the shard (its first 8,192 examples), of the same parameters without dropout.
    pub train_error: f64,
    /// Statistics of each test example, in the order given, as many as the metric's aggregate has: 0 or 1,
    /// nats, a squared error in target units², or an error and the target it is of.
    pub test_statistics: Vec<f32>,
    /// The same for validation.
    pub validation_statistics: Vec<f32>,
    /// How statistics become the error.
    pub aggregate: Aggregate,
    /// Trained numbers.
    pub parameter_count: u64,
    /// Floating-point operations of all updates: 3 × forward pass × examples seen.
    pub training_flop: f64,
    /// Updates, or rounds of fitting, done; fewer than planned if training stopped early.
    pub steps: u64,
    /// Update after which the parameters were that are kept: those of the best evaluation.
    pub best_step: u64,
    /// Whether longer training is unlikely to help: patience ended the run, or the last fifth of
    /// its steps lowered the best evaluation's error by no more than 5 % of it or no more than one
    /// standard error. `false` where no evaluation was made before that.
    pub converged: bool,
    /// Error on the test set by each other metric of such targets, by its name; empty without a test set.
    pub other_errors: BTreeMap<&'static str, f64>,
    /// Every evaluation.
    pub history: Vec<Evaluation>,
    /// Notes for the user, such as that a checkpoint could not be used.
    pub notes: Vec<String>,
}

/// Trains a learner and measures it.
///
/// The best evaluation is the one with the lowest validation error; the lower validation loss
/// breaks ties, then the earlier evaluation. Where the metric is of written texts, the best is the one with
/// the lowest nats a token of translations, or nats a character of transcripts; it and the last parameters
/// are then measured by the metric, and the better ones are kept.
///
/// # Errors
/// [`TrainError::Unsuitable`] before anything is computed, [`TrainError::Diverged`] and
/// [`TrainError::Interrupted`] during training, [`TrainError::Checkpoint`] when it cannot be
/// written. A checkpoint that cannot be read, or is of another job, is a note: training begins anew.
pub fn train(
    job: &TrainJob<'_>,
    progress: &mut dyn FnMut(&Progress) -> Continue,
) -> Result<Trained, TrainError> {
    train_as_rank(job, &mut Local, progress)
}

/// Trains a learner together with other ranks, which call this with the same job, and measures it.
///
/// Ranks share the chunks of each batch: what comes out is, bit for bit, the same on every rank and
/// on any number of ranks, and what [`train`] gives. Where there are more ranks than chunks, some
/// ranks are idle. The first rank reads and writes the checkpoint; when `progress` returns
/// [`Continue::Stop`] on one rank, all ranks stop.
///
/// # Errors
/// Those of [`train`]; [`TrainError::RankLost`], and [`TrainError::RanksDiffer`] when a rank has
/// another job or other parameters than the first. An error that is [`TrainError::Unsuitable`],
/// [`TrainError::Diverged`] or [`TrainError::Interrupted`] comes to all ranks.
pub fn train_as_rank(
    job: &TrainJob<'_>,
    sync: &mut dyn GradSync,
    progress: &mut dyn FnMut(&Progress) -> Continue,
) -> Result<Trained, TrainError> {
    let transformed = transformed(job)?;
    let job = &match &transformed {
        Some(own) => {
            let shard = own.rows.as_slice().into();
            TrainJob { dataset: &own.dataset, shard, transforms: &[], ..*job }
        }
        None => *job,
    };
    let encoder = Encoder::fit(job.dataset, job.shard.rows);
    model::check(encoder.shape(), job.settings)?;
    let task = task_of(job.dataset, &encoder)?;
    let task = task.as_ref();
    match job.settings.learner.fitting() {
        Fitting::Gradient(learner) => {
            let tape = model::record(encoder.shape(), task, learner, job.settings)?;
            let sets = examples::encode(job, &encoder, task)?;
            step_by_step(job, [&[tape], &[]], task, &sets, sync, progress)
        }
        Fitting::Pairs(learner) => {
            let mut sets = examples::encode(job, &encoder, task)?;
            let record =
                |shape| model::record_pairs(encoder.shape(), shape, task, learner, job.settings);
            let shapes = examples::pair_shapes(&mut sets);
            let most = shapes.iter().map(|shape| shape.target).max().unwrap_or(1);
            let record_writer = |shape: &PairShape| {
                let shape = PairShape { target: most, ..*shape };
                model::record_writer(encoder.shape(), shape, task, learner, job.settings)
            };
            let writers: Vec<Tape> = shapes.iter().map(record_writer).collect::<Result<_, _>>()?;
            let tapes: Vec<Tape> = shapes.into_iter().map(record).collect::<Result<_, _>>()?;
            step_by_step(job, [&tapes, &writers], task, &sets, sync, progress)
        }
        Fitting::Speech(learner) => {
            let mut sets = examples::encode(job, &encoder, task)?;
            let record = |shape| model::record_speech(shape, task, learner, job.settings);
            let shapes = examples::speech_shapes(&mut sets);
            let tapes: Vec<Tape> = shapes.into_iter().map(record).collect::<Result<_, _>>()?;
            step_by_step(job, [&tapes, &[]], task, &sets, sync, progress)
        }
        Fitting::Direct(learner) => {
            let sets = examples::encode(job, &encoder, task)?;
            direct::fit(job, learner, task, &sets, progress)
        }
    }
}

/// The shard after the job's transforms; `None` if there are none.
fn transformed(job: &TrainJob<'_>) -> Result<Option<OwnShard>, TrainError> {
    if job.transforms.is_empty() {
        return Ok(None);
    }
    let mut shard = OwnShard { dataset: job.dataset.clone(), rows: job.shard.rows.to_vec() };
    for step in job.transforms {
        shard = step
            .apply(shard, job.seed)
            .map_err(|error| TrainError::Unsuitable { reason: error.to_string(), hint: None })?;
    }
    Ok(Some(shard))
}

/// Trains by gradient steps on `tapes`, one for each shape of a batch; with `writers`, one for each of
/// them, a model that translates writes.
fn step_by_step(
    job: &TrainJob<'_>,
    [tapes, writers]: [&[Tape]; 2],
    task: &dyn Task,
    [shard, validation, test]: &[Examples<'_>; 3],
    sync: &mut dyn GradSync,
    progress: &mut dyn FnMut(&Progress) -> Continue,
) -> Result<Trained, TrainError> {
    let named = [("training", shard), ("validation", validation), ("test", test)];
    let mut notes: Vec<String> =
        named.iter().filter_map(|(name, examples)| examples.note(name)).collect();
    let identity = checkpoint::identity(job);
    let tape = &tapes[0];
    let parameters = initial_parameters(tape, seed::derive(job.seed, "initial parameters", 0));
    let has_average = job.settings.average > 0.0;
    let statistics = tape.initial_statistics();
    let batch = job.settings.batch.min(shard.count());
    let carried = batch * tape.carried_count();
    let fresh = State::new(job.settings.optimizer, has_average, parameters, statistics, carried);
    let mut exchange = Exchange::new(sync);
    exchange.check_equal(checkpoint::fingerprint(identity.bytes().map(u64::from)), "jobs", 0)?;
    let (state, unusable) = checkpoint::resume(job.checkpoint, &identity, fresh, &mut exchange)?;
    if let Some(reason) = unusable {
        notes.push(format!("the checkpoint was not used: {reason}; training began anew"));
    }
    let shared = Shared::new(job, [tapes, writers], task, batch, state, &exchange);
    shared.restore_carried();
    let trained = std::thread::scope(|scope| {
        let pool = WorkerPool::start(scope, &shared, job.threads);
        let mut run = Run { job, tapes, identity, shared: &shared, pool, exchange };
        run.train([shard, validation], progress)?;
        run.conclude([shard, validation, test])
    })?;
    Ok(Trained { notes, ..trained })
}

/// What stays the same during a run.
struct Run<'a, 'r> {
    job: &'a TrainJob<'a>,
    tapes: &'a [Tape],
    identity: String,
    shared: &'a Shared<'a>,
    pool: WorkerPool<'a>,
    exchange: Exchange<'r>,
}

impl<'a> Run<'a, '_> {
    /// Updates and evaluates until the last step or until patience ends.
    fn train(
        &mut self,
        [shard, validation]: [&'a Examples<'a>; 2],
        progress: &mut dyn FnMut(&Progress) -> Continue,
    ) -> Result<(), TrainError> {
        let settings = self.job.settings;
        let most = settings.steps(shard.count());
        let stop = self.job.share.of(most);
        let batch = self.shared.batch_len();
        let mut order = shard.order(batch, seed::derive(self.job.seed, "example order", 0));
        let dropout_seed = seed::derive(self.job.seed, "dropout", 0);
        loop {
            let step = read(&self.shared.state).step;
            let length = self.length(most);
            if step >= length.steps {
                return Ok(());
            }
            if step >= stop {
                return self.evaluate_at_stop(stop, [shard, validation], progress);
            }
            let key = seed::number_at(dropout_seed, step);
            self.shared.next_batch(shard, &mut order, step, key);
            self.pool.run(Work::Train(shard));
            shard.refuse_unread()?;
            self.update(step, length)?;
            let is_evaluation = is_evaluation_step(step + 1, most, settings.evaluations)
                || step + 1 == length.steps;
            let evaluation = if is_evaluation { Some(self.evaluate(validation)?) } else { None };
            if step + 1 == stop && evaluation.is_none() {
                self.save()?;
                continue;
            }
            self.report([stop, shard.count() as u64], evaluation, progress)?;
        }
    }

    /// Evaluates the run where it is stopped, unless the whole run evaluates there too. The
    /// evaluation that only this run makes stays out of the checkpoint, so that a longer run that
    /// goes on from it is, bit for bit, the whole run.
    fn evaluate_at_stop(
        &mut self,
        stop: u64,
        [shard, validation]: [&'a Examples<'a>; 2],
        progress: &mut dyn FnMut(&Progress) -> Continue,
    ) -> Result<(), TrainError> {
        if read(&self.shared.state).history.last().is_some_and(|last| last.step == stop) {
            return Ok(());
        }
        let evaluation = self.evaluate(validation)?;
        if self.tell([stop, shard.count() as u64], Some(evaluation), progress)? {
            return Err(TrainError::Interrupted { step: stop });
        }
        Ok(())
    }

    /// Joins the chunks' gradients and changes the parameters.
    fn update(&mut self, step: u64, length: RunLength) -> Result<(), TrainError> {
        let settings = self.job.settings;
        let warmup = f64::from(settings.warmup);
        let share = match length.decay_from {
            Some(from) => ((length.steps - step) as f64 / (length.steps - from) as f64).min(1.0),
            None => settings.schedule.share(step, length.steps, warmup),
        };
        let update = Update {
            optimizer: settings.optimizer,
            learning_rate: settings.learning_rate * share,
            weight_decay: settings.weight_decay,
            momentum: settings.momentum,
            number: step + 1,
        };
        let state = &mut *write(&self.shared.state);
        let loss = self.shared.join_chunks(&mut self.exchange, |statistics| {
            self.tapes[0].move_running(&mut state.statistics, statistics, STATISTICS_MOMENTUM);
        })?;
        if !loss.is_finite() {
            return Err(diverged(step + 1, loss, state));
        }
        self.shared.with_gradient(|gradient| {
            let decayed = self.tapes[0].decayed_count();
            if settings.clip > 0.0 {
                clip(gradient, settings.clip);
            }
            update.apply(&mut state.parameters, decayed, gradient, &mut state.moments);
        });
        if !state.average.is_empty() {
            average(&mut state.average, &state.parameters, settings.average, step + 1);
        }
        state.count_step(loss);
        Ok(())
    }

    /// Measures the validation set and keeps the parameters if they are the best so far.
    fn evaluate(&mut self, validation: &'a Examples<'a>) -> Result<Evaluation, TrainError> {
        let judges = &self.shared.judges;
        let measured = self.measure_by(judges, validation, validation.measured_count())?;
        let statistics = apart(&measured.statistics, judges);
        let mut errors = judges.iter().zip(&statistics).map(|(judge, own)| judge.error(own));
        let error = errors.next().unwrap_or_default();
        let writes = errors.next().is_none_or(|share| share >= LEAST_WRITTEN);
        let state = &mut *write(&self.shared.state);
        if !self.exchange.is_alone() {
            let numbers = state.parameters.iter().chain(&state.statistics);
            let fingerprint = checkpoint::fingerprint(numbers.map(|n| u64::from(n.to_bits())));
            self.exchange.check_equal(fingerprint, "parameters", state.step)?;
        }
        let loss = measured.loss();
        if !(loss.is_finite() && measured.is_finite() && is_all_finite(&state.parameters)) {
            return Err(diverged(state.step, loss, state));
        }
        Ok(state.record(error, loss, writes))
    }

    /// How many updates there will be, as far as it is known: `most`, or fewer once patience has ended.
    fn length(&self, most: u64) -> RunLength {
        let settings = self.job.settings;
        let state = &mut *write(&self.shared.state);
        let decays_later = settings.schedule == Schedule::Trapezoid;
        let is_out_of_patience = state.is_out_of_patience(settings.patience);
        if !decays_later {
            let steps = if is_out_of_patience { state.step } else { most };
            return RunLength { steps, decay_from: None };
        }
        if state.decay_from.is_none() && is_out_of_patience {
            state.decay_from = Some(state.step);
        }
        // The part that goes down is the last fifth, as in a run of which the end is known before.
        let shortened = state.decay_from.map(|from| (from, from + (from / 4).max(1)));
        match shortened.filter(|(_, end)| *end < most) {
            Some((from, steps)) => RunLength { steps, decay_from: Some(from) },
            None => RunLength { steps: most, decay_from: None },
        }
    }

    /// Measures the first `count` of `examples` by each of `metrics`.
    fn measure_by(
        &mut self,
        metrics: &'a [&'static dyn Metric],
        examples: &'a Examples<'a>,
        count: usize,
    ) -> Result<Measurement, TrainError> {
        let asked = Measuring { examples, count, metrics };
        self.pool.run(Work::Measure(asked));
        examples.refuse_unread()?;
        let measured = self.shared.collect_measurement(&mut self.exchange, asked)?;
        Ok(match examples.measured() {
            Some(order) => measured.in_order_of(order),
            None => measured,
        })
    }

    /// Reports to the callback, writes the checkpoint where one is due, and stops if any rank asks
    /// to.
    fn report(
        &mut self,
        counts: [u64; 2],
        evaluation: Option<Evaluation>,
        progress: &mut dyn FnMut(&Progress) -> Continue,
    ) -> Result<(), TrainError> {
        let is_stopped = self.tell(counts, evaluation, progress)?;
        if evaluation.is_some() || is_stopped {
            self.save()?;
        }
        let step = read(&self.shared.state).step;
        if is_stopped { Err(TrainError::Interrupted { step }) } else { Ok(()) }
    }

    /// Reports to the callback; returns whether any rank asks to stop.
    fn tell(
        &mut self,
        [steps, examples]: [u64; 2],
        evaluation: Option<Evaluation>,
        progress: &mut dyn FnMut(&Progress) -> Continue,
    ) -> Result<bool, RankLost> {
        let state = read(&self.shared.state);
        let seen = state.step * self.shared.batch_len() as u64;
        let judged = evaluation.map(|done| done.validation_error);
        let stands_in = self.is_judged_by_another();
        let answer = progress(&Progress {
            step: state.step,
            steps: Some(steps),
            epoch: Some(seen as f64 / examples as f64),
            train_loss: Some(evaluation.map_or_else(|| state.mean_loss(), |done| done.train_loss)),
            validation_error: judged.filter(|_| !stands_in),
            validation_loss: judged.filter(|_| stands_in),
        });
        drop(state);
        self.exchange.any(answer == Continue::Stop)
    }

    /// Writes the checkpoint, if the job has one.
    fn save(&mut self) -> Result<(), TrainError> {
        self.shared.keep_carried(&mut self.exchange)?;
        let state = read(&self.shared.state);
        if let (Some(path), true) = (self.job.checkpoint, self.exchange.is_first()) {
            checkpoint::write(path, &self.identity, &state)
                .map_err(|source| TrainError::Checkpoint { path: path.to_owned(), source })?;
        }
        Ok(())
    }

    /// Whether something stands in for the metric at evaluations, because it is of written texts.
    fn is_judged_by_another(&self) -> bool {
        *self.shared.judges[0] != *self.job.metric
    }

    /// Chooses the parameters that are kept; returns the update after which they were. These are those of
    /// the best evaluation, but where another metric stood in, the last ones if they are better by the run's
    /// own: of written texts there are often fewer errors long after the loss has begun to rise.
    fn keep_better(&mut self, validation: &'a Examples<'a>) -> Result<u64, TrainError> {
        let (best, last) = {
            let state = &*read(&self.shared.state);
            (state.best_step(), state.step)
        };
        if best == last || !self.is_judged_by_another() {
            write(&self.shared.state).swap_best();
            return Ok(best);
        }
        let error_of_last = self.error_of(validation)?;
        write(&self.shared.state).swap_best();
        if self.error_of(validation)? <= error_of_last {
            return Ok(best);
        }
        write(&self.shared.state).swap_best();
        Ok(last)
    }

    /// Error of the present parameters by the run's metric.
    fn error_of(&mut self, examples: &'a Examples<'a>) -> Result<f64, TrainError> {
        let measured = self.measure_by(self.own_metric(), examples, examples.measured_count())?;
        Ok(self.job.metric.error(&measured.statistics))
    }

    /// Every metric of such targets, the run's own first.
    fn metrics(&self) -> &'a [&'static dyn Metric] {
        &self.shared.metrics
    }

    /// The run's metric alone.
    fn own_metric(&self) -> &'a [&'static dyn Metric] {
        &self.metrics()[..1]
    }

    /// Measures the parameters that are kept on all three sets.
    fn conclude(
        &mut self,
        [shard, validation, test]: [&'a Examples<'a>; 3],
    ) -> Result<Trained, TrainError> {
        let settings = self.job.settings;
        let best_step = self.keep_better(validation)?;
        let (history, step) = {
            let state = read(&self.shared.state);
            (state.history.clone(), state.step)
        };
        let metric = self.job.metric;
        let (metrics, own) = (self.metrics(), self.own_metric());
        // Where another metric judged, texts are written for the run's own, and the judge comes along.
        let validated_by = if self.is_judged_by_another() { metrics } else { own };
        let of_validation =
            self.measure_by(validated_by, validation, validation.measured_count())?;
        let of_test = self.measure_by(metrics, test, test.measured_count())?;
        let of_shard = self.measure_by(own, shard, shard.train_error_count())?;
        for measured in [&of_validation, &of_test, &of_shard] {
            if !measured.is_finite() {
                let state = read(&self.shared.state);
                return Err(diverged(step, measured.loss(), &state));
            }
        }
        let tested = apart(&of_test.statistics, metrics);
        let other_errors = other_errors(&tested, metrics);
        let validated = apart(&of_validation.statistics, validated_by);
        let judge = validated_by.iter().position(|metric| **metric == *self.shared.judges[0]);
        let noise = judge.map_or(0.0, |at| validated_by[at].standard_error(&validated[at]));
        // The first are those of the run's own metric.
        let first = |statistics: Vec<Vec<f32>>| statistics.into_iter().next().unwrap_or_default();
        let [tested, validated] = [tested, validated].map(first);
        let trained = of_shard.statistics;
        let validation_error = metric.error(&validated);
        let test_error = if tested.is_empty() { validation_error } else { metric.error(&tested) };
        let batch = self.shared.batch_len();
        let flop_of = |tape| model::size_of(tape).flop_per_example;
        let shares = self.tapes.iter().zip(shard.shares(batch));
        let flop_per_example: f64 = shares.map(|(tape, share)| share * flop_of(tape)).sum();
        let steps = settings.steps(shard.count());
        let is_stopped = !self.job.share.is_whole() && step == self.job.share.of(steps);
        Ok(Trained {
            validation_error,
            test_error,
            train_error: metric.error(&trained),
            test_statistics: tested,
            validation_statistics: validated,
            other_errors,
            aggregate: metric.aggregate(),
            parameter_count: self.tapes[0].parameter_count() as u64,
            training_flop: flop_per_example * (step * batch as u64) as f64,
            steps: step,
            best_step,
            converged: !is_stopped && (step < steps || has_levelled_off(&history, steps, noise)),
            history,
            notes: Vec::new(),
        })
    }
}

/// How long a run is, as far as it is known.
#[derive(Clone, Copy)]
struct RunLength {
    /// Updates in all.
    steps: u64,
    /// The update from which the learning rate goes evenly down, where patience has ended before.
    decay_from: Option<u64>,
}

/// Whether step `step`, counted from 1, ends one of `evaluations` equal parts of the run.
fn is_evaluation_step(step: u64, steps: u64, evaluations: u32) -> bool {
    let parts_done = |step: u64| u128::from(step) * u128::from(evaluations) / u128::from(steps);
    parts_done(step) > parts_done(step - 1)
}

/// Whether the last fifth of the run lowered the best error by no more than 5 % or no more than `noise`.
fn has_levelled_off(history: &[Evaluation], steps: u64, noise: f64) -> bool {
    let best_until = |last: u64| {
        let until = history.iter().filter(|evaluation| evaluation.step <= last);
        until.map(|evaluation| evaluation.validation_error).fold(f64::INFINITY, f64::min)
    };
    let (before, at_end) = (best_until(steps - steps / 5), best_until(steps));
    before.is_finite() && before - at_end <= (0.05 * before).max(noise)
}

fn diverged(step: u64, loss: f64, state: &State) -> TrainError {
    TrainError::Diverged { step, loss: loss.to_string(), last_loss: state.last_loss.to_string() }
}
