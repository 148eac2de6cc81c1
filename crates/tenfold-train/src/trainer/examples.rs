//! Encoded examples, and copying some of them into a workspace.

use tenfold_data::{Dataset, Encoder, Images, InputShape, Inputs, Targets as RawTargets};

use crate::error::TrainError;
use crate::metric::MetricName;

/// Examples as the engine reads them: channels last.
pub(super) struct Examples<'a> {
    inputs: Kept<'a>,
    numbers: usize,
    targets: Targets,
}

/// How inputs are kept.
enum Kept<'a> {
    /// Encoded, one row after the other.
    Encoded(Vec<f32>),
    /// As the data set's bytes, a quarter of the memory; encoded for each batch.
    Bytes {
        images: &'a Images,
        rows: &'a [u32],
        /// What each byte becomes, for each channel.
        tables: Vec<[f32; 256]>,
    },
}

/// What is to be predicted.
pub(super) enum Targets {
    /// Below `classes`.
    Classes { labels: Vec<u32>, classes: usize },
    /// Standardised by the shard's mean and its `deviation`, which is in units of the target.
    Values { values: Vec<f32>, deviation: f64 },
}

impl<'a> Examples<'a> {
    /// Encodes `rows` of `dataset`, which is called `name` in errors.
    pub(super) fn new(
        encoder: &Encoder,
        (dataset, rows): (&'a Dataset, &'a [u32]),
        (name, metric): (&str, MetricName),
    ) -> Result<Self, TrainError> {
        let numbers = encoder.shape().len();
        let (inputs, found) = if let (Inputs::Images(images), InputShape::Image { channels, .. }) =
            (&dataset.inputs, encoder.shape())
        {
            let tables = byte_tables(encoder, channels)?;
            (Kept::Bytes { images, rows, tables }, images.image_len())
        } else {
            let inputs = encoder.encode(dataset, rows).inputs;
            let found = if rows.is_empty() { numbers } else { inputs.len() / rows.len() };
            (Kept::Encoded(inputs), found)
        };
        if found != numbers {
            return Err(TrainError::Unsuitable {
                reason: format!(
                    "a {name} example has {found} numbers, the training examples have {numbers}"
                ),
                hint: None,
            });
        }
        let targets = Targets::new(encoder, dataset, rows);
        check_metric(&targets, name, metric)?;
        Ok(Self { inputs, numbers, targets })
    }

    pub(super) fn len(&self) -> usize {
        match &self.targets {
            Targets::Classes { labels, .. } => labels.len(),
            Targets::Values { values, .. } => values.len(),
        }
    }

    /// Classes, where the targets are classes.
    pub(super) fn classes(&self) -> Option<usize> {
        match self.targets {
            Targets::Classes { classes, .. } => Some(classes),
            Targets::Values { .. } => None,
        }
    }

    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Writes the inputs of `examples` to `target`, one after the other.
    pub(super) fn copy_inputs(&self, target: &mut [f32], examples: impl Iterator<Item = usize>) {
        for (target, example) in target.chunks_exact_mut(self.numbers).zip(examples) {
            match &self.inputs {
                Kept::Encoded(inputs) => {
                    target.copy_from_slice(&inputs[example * self.numbers..][..self.numbers]);
                }
                Kept::Bytes { images, rows, tables } => {
                    encode_image(target, images.image(rows[example]), tables);
                }
            }
        }
    }
}

impl Targets {
    fn new(encoder: &Encoder, dataset: &Dataset, rows: &[u32]) -> Self {
        match &dataset.targets {
            RawTargets::Classes { labels, names } => Self::Classes {
                labels: rows.iter().map(|row| labels[*row as usize]).collect(),
                classes: names.len(),
            },
            RawTargets::Values { values, .. } => {
                let (mean, deviation) = (encoder.target_mean(), encoder.target_sd());
                let standard = |value: f32| ((f64::from(value) - mean) / deviation) as f32;
                let values = rows.iter().map(|row| standard(values[*row as usize])).collect();
                Self::Values { values, deviation }
            }
        }
    }
}

fn check_metric(targets: &Targets, name: &str, metric: MetricName) -> Result<(), TrainError> {
    let (has, needs, hint) = match (targets, metric.is_for_classes()) {
        (Targets::Classes { .. }, true) | (Targets::Values { .. }, false) => return Ok(()),
        (Targets::Classes { .. }, false) => {
            ("classes", "values", "use the metric `error_rate` or `cross_entropy`")
        }
        (Targets::Values { .. }, true) => ("values", "classes", "use the metric `rmse`"),
    };
    let metric = metric.name();
    Err(TrainError::Unsuitable {
        reason: format!("the metric `{metric}` needs {needs}, the {name} targets are {has}"),
        hint: Some(hint.to_owned()),
    })
}

/// What `encoder` makes of each byte in each channel: the encoding of an image that has them all.
fn byte_tables(encoder: &Encoder, channels: usize) -> Result<Vec<[f32; 256]>, TrainError> {
    let all: Vec<u8> = (0..channels).flat_map(|_| 0..=u8::MAX).collect();
    let images = Images { pixels: all.into(), channels, height: 1, width: 256 };
    let targets = RawTargets::Values { values: vec![0.0], name: String::new() };
    let probe = Dataset::new(Inputs::Images(images), targets)
        .map_err(|error| TrainError::Unsuitable { reason: error.to_string(), hint: None })?;
    Ok(encoder.encode(&probe, &[0]).inputs.as_chunks::<256>().0.to_vec())
}

/// Writes a channels-first image of bytes to `target`, channels last.
fn encode_image(target: &mut [f32], image: &[u8], tables: &[[f32; 256]]) {
    let channels = tables.len();
    let area = image.len() / channels;
    for (channel, (plane, table)) in image.chunks_exact(area).zip(tables).enumerate() {
        let places = target[channel..].iter_mut().step_by(channels);
        for (target, byte) in places.zip(plane) {
            *target = table[usize::from(*byte)];
        }
    }
}
