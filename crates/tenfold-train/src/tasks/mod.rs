//! What is to be predicted, one file each: which loss is minimised, and what is kept of each
//! held-out example.

mod classify;
mod regress;

use std::fmt::Debug;

use tenfold_data::{Dataset, Encoder, Targets};

use crate::engine::{TapeRecorder, Value};
use crate::error::TrainError;
use crate::metric::MetricName;

/// What is to be predicted.
pub trait Task: Debug + Sync {
    /// Numbers that a model gives for each example.
    fn outputs(&self) -> usize;

    /// Ends a tape that predicts `output` with the loss; targets are its second input.
    fn record_loss(&self, tape: &mut TapeRecorder, output: Value);

    /// Targets of `rows` as the loss reads them, one number an example.
    ///
    /// # Errors
    /// [`TrainError::Unsuitable`] if they are of another kind, or `metric` is; `name` says whose
    /// targets they are.
    fn targets(
        &self,
        dataset: &Dataset,
        rows: &[u32],
        name: &str,
        metric: MetricName,
    ) -> Result<Vec<f32>, TrainError>;

    /// Whether the targets of `dataset`, called `name` in errors, mean the same as those trained on.
    ///
    /// # Errors
    /// [`TrainError::Unsuitable`] if they do not.
    fn check_same(&self, dataset: &Dataset, name: &str) -> Result<(), TrainError>;

    /// Loss of one example, as the tape's loss has it.
    fn loss(&self, output: &[f32], target: f32) -> f64;

    /// What is kept of one held-out example, in the metric's terms.
    fn outcome(&self, example: Example<'_>, metric: MetricName) -> f32;
}

/// One held-out example.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// What the model gives.
    pub output: &'a [f32],
    /// What is right.
    pub target: f32,
    /// The loss of the two.
    pub loss: f64,
}

/// The task that the targets of `dataset` set; `encoder` was fitted to its shard.
pub fn task_of(dataset: &Dataset, encoder: &Encoder) -> Box<dyn Task> {
    match &dataset.targets {
        Targets::Classes { names, .. } => Box::new(classify::Classify { classes: names.len() }),
        Targets::Values { .. } => Box::new(regress::Regress {
            mean: encoder.target_mean(),
            deviation: encoder.target_sd(),
        }),
    }
}

/// The error of targets, called `name`, that are no use to the task or to `metric`.
fn mismatch(metric: MetricName, name: &str, targets: &Targets) -> TrainError {
    let (has, needs, hint) = match targets {
        Targets::Classes { .. } => {
            ("classes", "values", "use the metric `error_rate` or `cross_entropy`")
        }
        Targets::Values { .. } => ("values", "classes", "use the metric `rmse`"),
    };
    let metric = metric.name();
    TrainError::Unsuitable {
        reason: format!("the metric `{metric}` needs {needs}, the {name} targets are {has}"),
        hint: Some(hint.to_owned()),
    }
}
