//! All that changes during a run, and so all that a checkpoint holds.

use crate::engine::optimizer::{Moments, Optimizer};

/// One evaluation on the validation set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Evaluation {
    /// Updates done.
    pub step: u64,
    /// Mean training loss since the evaluation before.
    pub train_loss: f64,
    /// Error on the validation set; where the metric is of written texts, in nats a token of translations
    /// or nats a character of transcripts.
    pub validation_error: f64,
}

/// Parameters of the best evaluation so far.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Best {
    /// Position in the history.
    pub(super) index: usize,
    /// Mean validation loss, which decides between equal errors.
    pub(super) loss: f64,
    pub(super) parameters: Vec<f32>,
    pub(super) statistics: Vec<f32>,
}

/// State of a run between two updates.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct State {
    /// Updates done.
    pub(super) step: u64,
    pub(super) parameters: Vec<f32>,
    /// Moving average of the parameters; empty where none is wanted.
    pub(super) average: Vec<f32>,
    /// Running statistics of batch norm.
    pub(super) statistics: Vec<f32>,
    /// What the streams of a batch carry from one update into the next, chunk by chunk; as it was at the
    /// last checkpoint.
    pub(super) carried: Vec<f32>,
    /// The update from which the learning rate goes down, once patience has ended.
    pub(super) decay_from: Option<u64>,
    pub(super) moments: Moments<f32>,
    /// Sum and number of the losses since the last evaluation.
    pub(super) loss_sum: f64,
    pub(super) loss_count: u64,
    pub(super) last_loss: f64,
    pub(super) history: Vec<Evaluation>,
    /// Evaluations, from the first on, at which the model wrote nothing yet.
    pub(super) silent: u64,
    pub(super) best: Option<Best>,
}

impl State {
    pub(super) fn new(
        optimizer: Optimizer,
        has_average: bool,
        parameters: Vec<f32>,
        statistics: Vec<f32>,
        carried: usize,
    ) -> Self {
        Self {
            step: 0,
            moments: Moments::new(optimizer, parameters.len()),
            average: if has_average { parameters.clone() } else { Vec::new() },
            parameters,
            statistics,
            carried: vec![0.0; carried],
            decay_from: None,
            loss_sum: 0.0,
            loss_count: 0,
            last_loss: 0.0,
            history: Vec::new(),
            silent: 0,
            best: None,
        }
    }

    /// The parameters that are measured: the average, where there is one.
    pub(super) fn measured(&self) -> &[f32] {
        if self.average.is_empty() { &self.parameters } else { &self.average }
    }

    /// Counts an update whose batch had the mean loss `loss`.
    pub(super) fn count_step(&mut self, loss: f64) {
        self.step += 1;
        self.loss_sum += loss;
        self.loss_count += 1;
        self.last_loss = loss;
    }

    /// Mean training loss since the last evaluation; 0 before the first update.
    pub(super) fn mean_loss(&self) -> f64 {
        self.loss_sum / self.loss_count.max(1) as f64
    }

    /// Adds an evaluation to the history and keeps the parameters if it is the best. `writes` is whether the
    /// model writes anything yet, where it has to.
    pub(super) fn record(
        &mut self,
        validation_error: f64,
        validation_loss: f64,
        writes: bool,
    ) -> Evaluation {
        if !writes && self.silent == self.history.len() as u64 {
            self.silent += 1;
        }
        let evaluation =
            Evaluation { step: self.step, train_loss: self.mean_loss(), validation_error };
        self.history.push(evaluation);
        self.loss_sum = 0.0;
        self.loss_count = 0;
        let index = self.history.len() - 1;
        let measured = if self.average.is_empty() { &self.parameters } else { &self.average };
        let found = (validation_error, validation_loss);
        match &mut self.best {
            None => {
                self.best = Some(Best {
                    index,
                    loss: validation_loss,
                    parameters: measured.clone(),
                    statistics: self.statistics.clone(),
                });
            }
            Some(best) if found < (self.history[best.index].validation_error, best.loss) => {
                best.index = index;
                best.loss = validation_loss;
                best.parameters.copy_from_slice(measured);
                best.statistics.copy_from_slice(&self.statistics);
            }
            Some(_) => {}
        }
        evaluation
    }

    /// Whether `patience` evaluations have passed without a better one, since the model writes anything.
    pub(super) fn is_out_of_patience(&self, patience: Option<u32>) -> bool {
        let since = self.best.as_ref().map_or(0, |best| self.history.len() - 1 - best.index);
        let counted = since.min(self.history.len() - self.silent as usize);
        patience.is_some_and(|patience| counted >= patience as usize)
    }

    /// Exchanges the last parameters, as they are measured, and the best ones. For the end of a run: the
    /// moving average takes the place of what it is an average of.
    pub(super) fn swap_best(&mut self) {
        if let Some(best) = &mut self.best {
            if !self.average.is_empty() {
                self.parameters = std::mem::take(&mut self.average);
            }
            std::mem::swap(&mut self.parameters, &mut best.parameters);
            std::mem::swap(&mut self.statistics, &mut best.statistics);
        }
    }

    /// Updates done at the best evaluation; 0 before the first.
    pub(super) fn best_step(&self) -> u64 {
        self.best.as_ref().map_or(0, |best| self.history[best.index].step)
    }
}
