//! Prediction tasks, one file each: which loss is minimised, and how targets become the numbers
//! that the loss reads.

mod classify;
mod next_token;
mod regress;
mod transcribe;
mod translate;

use std::fmt::Debug;

use tenfold_data::{Dataset, Encoder, InputShape, Targets};

use crate::engine::{TapeRecorder, Value};
use crate::error::TrainError;
pub use crate::example::{Example, Scale, TargetKind, Written};
use crate::metrics::{METRICS, Metric};

/// What is to be predicted.
pub trait Task: Debug + Sync {
    /// Numbers that a model gives for each example.
    fn outputs(&self) -> usize;

    /// Records the loss of `output`; the targets are the second input of the tape. Of texts, a
    /// share `smoothing` of the probability is asked for all tokens evenly in training.
    fn record_loss(&self, tape: &mut TapeRecorder, output: Value, smoothing: f64);

    /// Targets of `rows` as the loss reads them, one number an example; of texts none.
    ///
    /// # Errors
    /// [`TrainError::Unsuitable`] if they are of another kind, or `metric` is; `name` says whose
    /// targets they are.
    fn targets(
        &self,
        dataset: &Dataset,
        rows: &[u32],
        name: &str,
        metric: &dyn Metric,
    ) -> Result<Vec<f32>, TrainError>;

    /// Whether the targets of `dataset`, called `name` in errors, mean the same as those trained on.
    ///
    /// # Errors
    /// [`TrainError::Unsuitable`] if they do not.
    fn check_same(&self, dataset: &Dataset, name: &str) -> Result<(), TrainError>;

    /// Loss of one example, by the formula of the tape's loss.
    fn loss(&self, output: &[f32], target: f32) -> f64;

    /// The text of `tokens` that a model has written, where it writes any.
    fn text(&self, _tokens: &[u32]) -> String {
        String::new()
    }

    /// How targets were standardised; by default not at all, as for classes.
    fn scale(&self) -> Scale {
        Scale { mean: 0.0, deviation: 1.0 }
    }
}

/// The task for the targets of `dataset`; `encoder` was fitted to its shard.
///
/// # Errors
/// [`TrainError::Unsuitable`] where there is nothing to predict beside the examples.
pub fn task_of(dataset: &Dataset, encoder: &Encoder) -> Result<Box<dyn Task>, TrainError> {
    match &dataset.targets {
        Targets::Classes { names, .. } => Ok(Box::new(classify::Classify { classes: names.len() })),
        Targets::Values { .. } => Ok(Box::new(regress::Regress {
            scale: Scale { mean: encoder.target_mean(), deviation: encoder.target_sd() },
        })),
        Targets::Translations { .. } if dataset.pairs().is_some() => {
            let (InputShape::TokenPairs { source, target }, Some(pairs)) =
                (encoder.shape(), dataset.pairs())
            else {
                return Err(TrainError::Unsuitable {
                    reason: "the pairs of texts have no vocabularies to be read with".to_owned(),
                    hint: None,
                });
            };
            let targets = pairs.target.clone();
            Ok(Box::new(translate::Translate { sizes: [source, target], targets }))
        }
        Targets::Transcripts { .. } if dataset.recordings().is_some() => {
            let (InputShape::Sounds { vocabulary, .. }, Some(recordings)) =
                (encoder.shape(), dataset.recordings())
            else {
                return Err(TrainError::Unsuitable {
                    reason: "the transcripts have no vocabulary to be read with".to_owned(),
                    hint: None,
                });
            };
            let transcripts = recordings.transcripts.clone();
            Ok(Box::new(transcribe::Transcribe { vocabulary, transcripts }))
        }
        Targets::Translations { .. } | Targets::Transcripts { .. } => Err(TrainError::Unsuitable {
            reason: format!(
                "no learner writes the {} of these examples",
                TargetKind::of(&dataset.targets).name()
            ),
            hint: Some("give a `command` that does".to_owned()),
        }),
        Targets::Own { .. } => match encoder.shape() {
            InputShape::Tokens { vocabulary } => Ok(Box::new(next_token::NextToken { vocabulary })),
            InputShape::Image { .. }
            | InputShape::Flat { .. }
            | InputShape::TokenPairs { .. }
            | InputShape::Sounds { .. }
            | InputShape::Ragged => Err(TrainError::Unsuitable {
                reason: "the examples have no classes or values, and are no texts with a \
                             vocabulary whose next token could be predicted"
                    .to_owned(),
                hint: None,
            }),
        },
    }
}

/// The error for targets, called `name`, that do not suit the task or `metric`.
fn mismatch(metric: &dyn Metric, name: &str, targets: &Targets) -> TrainError {
    let needs: Vec<&str> = metric.targets().iter().map(|kind| kind.name()).collect();
    let has = TargetKind::of(targets);
    let fitting = METRICS.iter().filter(|metric| metric.suits(has));
    let fitting: Vec<String> = fitting.map(|metric| format!("`{}`", metric.name())).collect();
    let metric = metric.name();
    let (has, needs) = (has.name(), needs.join(" or "));
    TrainError::Unsuitable {
        reason: format!("the metric `{metric}` needs {needs}, the {name} targets are {has}"),
        hint: match fitting.split_last() {
            Some((last, [])) => Some(format!("use the metric {last}")),
            Some((last, others)) => Some(format!("use the metric {} or {last}", others.join(", "))),
            None => None,
        },
    }
}
