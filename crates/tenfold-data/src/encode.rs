//! From examples to dense rows of numbers, with statistics of the shard only.

use crate::dataset::{
    Dataset, Field, FieldValues, Images, MISSING, Pairs, Recorded, Targets, Texts,
};

/// Shape of one encoded example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputShape {
    /// Channels first: (C, H, W).
    Image {
        /// 1 or 3.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// A vector.
    Flat {
        /// Its length.
        features: usize,
    },
    /// Texts, as the numbers of their tokens; of any length, so not made into rows of numbers here.
    Tokens {
        /// How many numbers there are.
        vocabulary: usize,
    },
    /// Pairs of texts, each as the numbers of its tokens.
    TokenPairs {
        /// How many numbers there are in what is translated.
        source: usize,
        /// How many there are in what it is translated to.
        target: usize,
    },
    /// Recordings, as samples; and their transcripts, as the numbers of their tokens.
    Sounds {
        /// Samples a second.
        rate: u32,
        /// How many numbers there are.
        vocabulary: usize,
    },
    /// None: examples are of any length, and are not made into rows of numbers here.
    Ragged,
}

impl InputShape {
    /// Numbers in one example.
    pub fn len(&self) -> usize {
        match self {
            Self::Image { channels, height, width } => channels * height * width,
            Self::Flat { features } => *features,
            Self::Tokens { .. } | Self::TokenPairs { .. } | Self::Sounds { .. } | Self::Ragged => 0,
        }
    }

    /// Whether an example has no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Encoded examples.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// Shape of one row of `inputs`.
    pub shape: InputShape,
    /// One row of `shape.len()` numbers an example, images channels first.
    pub inputs: Vec<f32>,
    /// One target an example.
    pub targets: EncodedTargets,
}

/// Targets of encoded examples.
#[derive(Debug, Clone, PartialEq)]
pub enum EncodedTargets {
    /// Classification.
    Classes {
        /// Below `classes`.
        labels: Vec<u32>,
        /// Number of classes of the data set.
        classes: usize,
    },
    /// Regression, in raw units; see [`Encoder::target_mean`].
    Values(Vec<f32>),
    /// None beside the inputs.
    Own,
}

/// How a shard's learner sees examples.
///
/// Which features there are follows from the data set, so that it is the same for all shards;
/// means and standard deviations are those of the shard alone.
///
/// Numbers are standardised and clamped to ±10, missing ones become 0 (the mean); categories are
/// one 0/1 feature a level. A column with missing values in the data set gets one more 0/1 feature
/// that marks them. Pixels are standardised by channel.
#[derive(Debug, Clone)]
pub struct Encoder {
    shape: InputShape,
    columns: Vec<ColumnEncoder>,
    channels: Vec<Standard>,
    target: Standard,
}

/// Standardised numbers beyond this are clamped: a column that hardly varies in a small shard must
/// not send a huge number into a network later.
const CLAMP: f32 = 10.0;

#[derive(Debug, Clone, Copy)]
struct Standard {
    mean: f64,
    deviation: f64,
}

impl Standard {
    const NONE: Self = Self { mean: 0.0, deviation: 1.0 };

    /// Mean and standard deviation of the values that are there; deviation 1 where it would be 0.
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let present = values.filter(|value| !value.is_nan());
        let count = present.clone().count() as f64;
        if count < 1.0 {
            return Self::NONE;
        }
        let mean = present.clone().sum::<f64>() / count;
        let variance = present.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        // Rounding alone leaves about 1e-16 of the mean when all values are equal.
        let deviation = variance.sqrt();
        let varies = deviation > 1e-12 * mean.abs();
        Self { mean, deviation: if varies { deviation } else { 1.0 } }
    }

    fn apply(self, value: f64) -> f32 {
        ((value - self.mean) / self.deviation) as f32
    }
}

#[derive(Debug, Clone)]
struct ColumnEncoder {
    kind: ColumnKind,
    /// Whether one more feature marks missing values.
    flags_missing: bool,
}

#[derive(Debug, Clone)]
enum ColumnKind {
    Numeric(Standard),
    Categorical { levels: usize },
}

impl ColumnEncoder {
    fn fit(values: &FieldValues, shard: &[u32]) -> Option<Self> {
        let kind = match values {
            FieldValues::Numeric(numbers) => ColumnKind::Numeric(Standard::of(
                shard.iter().map(|row| f64::from(numbers[*row as usize])),
            )),
            FieldValues::Categorical { levels, .. } => {
                ColumnKind::Categorical { levels: levels.len() }
            }
            FieldValues::Images(_) | FieldValues::Texts(_) | FieldValues::Sounds(_) => return None,
        };
        Some(Self { kind, flags_missing: values.missing_count() > 0 })
    }

    fn width(&self) -> usize {
        let own = match self.kind {
            ColumnKind::Numeric(_) => 1,
            ColumnKind::Categorical { levels } => levels,
        };
        own + usize::from(self.flags_missing)
    }

    fn encode(&self, values: &FieldValues, row: u32, features: &mut Vec<f32>) {
        let is_missing = match (&self.kind, values) {
            (ColumnKind::Numeric(standard), FieldValues::Numeric(numbers)) => {
                let value = numbers[row as usize];
                let encoded = if value.is_nan() { 0.0 } else { standard.apply(f64::from(value)) };
                features.push(encoded.clamp(-CLAMP, CLAMP));
                value.is_nan()
            }
            (ColumnKind::Categorical { levels }, FieldValues::Categorical { codes, .. }) => {
                let code = codes[row as usize];
                let start = features.len();
                features.resize(start + levels, 0.0);
                if let Some(feature) = features[start..].get_mut(code as usize) {
                    *feature = 1.0;
                }
                code == MISSING
            }
            // A column of another kind can only come from a data set that was not aligned; it is
            // encoded as zeros.
            (ColumnKind::Numeric(_) | ColumnKind::Categorical { .. }, _) => {
                let own = self.width() - usize::from(self.flags_missing);
                features.resize(features.len() + own, 0.0);
                true
            }
        };
        if self.flags_missing {
            features.push(f32::from(u8::from(is_missing)));
        }
    }
}

/// Rate of recordings and size of the vocabulary of their transcripts, once that is known.
fn heard(recorded: Recorded<'_>) -> Option<(u32, usize)> {
    Some((recorded.sounds.rate(), recorded.transcripts.vocabulary()?.size()))
}

impl Encoder {
    /// The encoder of one shard; `shard` holds rows of `dataset`.
    pub fn fit(dataset: &Dataset, shard: &[u32]) -> Self {
        let (shape, columns, channels) = if let Some(images) = dataset.images() {
            let Images { channels, height, width, .. } = *images;
            let shape = InputShape::Image { channels, height, width };
            (shape, Vec::new(), channel_statistics(images, shard))
        } else if let Some(vocabulary) = dataset.texts().and_then(Texts::vocabulary) {
            let shape = InputShape::Tokens { vocabulary: vocabulary.size() };
            (shape, Vec::new(), Vec::new())
        } else if let Some([source, target]) = dataset.pairs().and_then(Pairs::vocabularies) {
            let shape = InputShape::TokenPairs { source: source.size(), target: target.size() };
            (shape, Vec::new(), Vec::new())
        } else if let Some((rate, vocabulary)) = dataset.recordings().and_then(heard) {
            (InputShape::Sounds { rate, vocabulary }, Vec::new(), Vec::new())
        } else {
            let fields = dataset.fields.iter();
            let columns: Option<Vec<ColumnEncoder>> =
                fields.map(|field| ColumnEncoder::fit(&field.values, shard)).collect();
            let shape = columns.as_ref().map_or(InputShape::Ragged, |columns| InputShape::Flat {
                features: columns.iter().map(ColumnEncoder::width).sum(),
            });
            (shape, columns.unwrap_or_default(), Vec::new())
        };
        let target = match &dataset.targets {
            Targets::Classes { .. }
            | Targets::Own { .. }
            | Targets::Translations { .. }
            | Targets::Transcripts { .. } => Standard::NONE,
            Targets::Values { values, .. } => {
                Standard::of(shard.iter().map(|row| f64::from(values[*row as usize])))
            }
        };
        Self { shape, columns, channels, target }
    }

    /// Shape of one encoded example, the same for every shard of a data set.
    pub fn shape(&self) -> InputShape {
        self.shape
    }

    /// Mean of the shard's targets, in raw units; 0 for classes.
    pub fn target_mean(&self) -> f64 {
        self.target.mean
    }

    /// Standard deviation of the shard's targets, in raw units, > 0; 1 for classes.
    pub fn target_sd(&self) -> f64 {
        self.target.deviation
    }

    /// Encodes `rows` of `dataset`: the one the encoder was fitted on, or one aligned to it with
    /// [`Dataset::align_to`].
    pub fn encode(&self, dataset: &Dataset, rows: &[u32]) -> Encoded {
        let mut inputs = Vec::with_capacity(rows.len() * self.shape.len());
        match dataset.images() {
            Some(images) => self.encode_images(images, rows, &mut inputs),
            None => self.encode_columns(&dataset.fields, rows, &mut inputs),
        }
        let targets = match &dataset.targets {
            Targets::Classes { labels, names } => EncodedTargets::Classes {
                labels: rows.iter().map(|row| labels[*row as usize]).collect(),
                classes: names.len(),
            },
            Targets::Values { values, .. } => {
                EncodedTargets::Values(rows.iter().map(|row| values[*row as usize]).collect())
            }
            Targets::Own { .. } | Targets::Translations { .. } | Targets::Transcripts { .. } => {
                EncodedTargets::Own
            }
        };
        Encoded { shape: self.shape, inputs, targets }
    }

    fn encode_columns(&self, fields: &[Field], rows: &[u32], inputs: &mut Vec<f32>) {
        for row in rows {
            for (encoder, column) in self.columns.iter().zip(fields) {
                encoder.encode(&column.values, *row, inputs);
            }
        }
    }

    fn encode_images(&self, images: &Images, rows: &[u32], inputs: &mut Vec<f32>) {
        // A byte has 256 values: one table a channel replaces the arithmetic.
        let tables: Vec<Vec<f32>> = self
            .channels
            .iter()
            .map(|standard| (0..=255).map(|byte| standard.apply(f64::from(byte))).collect())
            .collect();
        let area = images.height * images.width;
        for row in rows {
            for (plane, table) in images.image(*row).chunks_exact(area).zip(&tables) {
                inputs.extend(plane.iter().map(|byte| table[usize::from(*byte)]));
            }
        }
    }
}

/// Mean and standard deviation of each channel, from exact sums of bytes.
fn channel_statistics(images: &Images, shard: &[u32]) -> Vec<Standard> {
    let area = images.height * images.width;
    let mut counts = vec![[0_u64; 256]; images.channels];
    for row in shard {
        for (plane, counts) in images.image(*row).chunks_exact(area).zip(&mut counts) {
            for byte in plane {
                counts[usize::from(*byte)] += 1;
            }
        }
    }
    counts.iter().map(histogram_statistics).collect()
}

fn histogram_statistics(counts: &[u64; 256]) -> Standard {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return Standard::NONE;
    }
    let weighted = |value_of: &dyn Fn(f64) -> f64| -> f64 {
        let terms = counts.iter().enumerate();
        terms.map(|(byte, count)| *count as f64 * value_of(byte as f64)).sum::<f64>() / total as f64
    };
    let mean = weighted(&|byte| byte);
    let variance = weighted(&|byte| (byte - mean) * (byte - mean));
    Standard { mean, deviation: if variance > 1e-9 { variance.sqrt() } else { 1.0 } }
}
