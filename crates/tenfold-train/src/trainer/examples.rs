//! Encoded examples, and copying some of them into a workspace.

use tenfold_data::{Dataset, EncodedTargets, Encoder, InputShape};

use crate::error::TrainError;
use crate::metric::MetricName;

/// Examples as the engine reads them: channels last.
pub(super) struct Examples {
    inputs: Vec<f32>,
    numbers: usize,
    targets: Targets,
}

/// What is to be predicted.
pub(super) enum Targets {
    /// Below `classes`.
    Classes { labels: Vec<u32>, classes: usize },
    /// Standardised by the shard's mean and its `deviation`, which is in units of the target.
    Values { values: Vec<f32>, deviation: f64 },
}

impl Examples {
    /// Encodes `rows` of `dataset`, which is called `name` in errors.
    pub(super) fn new(
        encoder: &Encoder,
        (dataset, rows): (&Dataset, &[u32]),
        (name, metric): (&str, MetricName),
    ) -> Result<Self, TrainError> {
        let unsuitable = |reason: String| TrainError::Unsuitable { reason, hint: None };
        let encoded = encoder.encode(dataset, rows);
        let numbers = encoder.shape().len();
        if encoded.inputs.len() != rows.len() * numbers {
            return Err(unsuitable(format!(
                "a {name} example has {} numbers, the training examples have {numbers}",
                encoded.inputs.len() / rows.len().max(1)
            )));
        }
        let targets = match encoded.targets {
            EncodedTargets::Classes { labels, classes } => Targets::Classes { labels, classes },
            EncodedTargets::Values(mut values) => {
                let (mean, deviation) = (encoder.target_mean(), encoder.target_sd());
                for value in &mut values {
                    *value = ((f64::from(*value) - mean) / deviation) as f32;
                }
                Targets::Values { values, deviation }
            }
        };
        let (has, needs) = match (&targets, metric.is_for_classes()) {
            (Targets::Classes { .. }, false) => ("classes", "values"),
            (Targets::Values { .. }, true) => ("values", "classes"),
            _ => {
                return Ok(Self {
                    inputs: channels_last(encoded.shape, encoded.inputs),
                    numbers,
                    targets,
                });
            }
        };
        Err(TrainError::Unsuitable {
            reason: format!(
                "the metric `{}` needs {needs}, the {name} targets are {has}",
                metric.name()
            ),
            hint: Some(if metric.is_for_classes() {
                "use the metric `rmse`".to_owned()
            } else {
                "use the metric `error_rate` or `cross_entropy`".to_owned()
            }),
        })
    }

    pub(super) fn len(&self) -> usize {
        match &self.targets {
            Targets::Classes { labels, .. } => labels.len(),
            Targets::Values { values, .. } => values.len(),
        }
    }

    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Copies the inputs of `rows` to `target`, one after the other.
    pub(super) fn copy_inputs(&self, target: &mut [f32], rows: impl Iterator<Item = usize>) {
        for (target, row) in target.chunks_exact_mut(self.numbers).zip(rows) {
            target.copy_from_slice(&self.inputs[row * self.numbers..][..self.numbers]);
        }
    }
}

/// Pixel by pixel instead of channel by channel.
fn channels_last(shape: InputShape, inputs: Vec<f32>) -> Vec<f32> {
    let InputShape::Image { channels, height, width } = shape else { return inputs };
    if channels == 1 {
        return inputs;
    }
    let area = height * width;
    let mut image = vec![0.0; channels * area];
    let mut inputs = inputs;
    for example in inputs.chunks_exact_mut(channels * area) {
        for (channel, plane) in example.chunks_exact(area).enumerate() {
            for (pixel, value) in plane.iter().enumerate() {
                image[pixel * channels + channel] = *value;
            }
        }
        example.copy_from_slice(&image);
    }
    inputs
}
