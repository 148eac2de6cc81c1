//! Encoded examples, and copying some of them into a workspace.

use std::path::Path;

use tenfold_data::{Dataset, Encoder, Field, Images, InputShape, Shard, Targets};

use super::by_length::{ByLength, find_bounds};
use super::order::{Order, Shuffled};
use super::pair_set::{PairSet, longest_of};
use super::recording_set::RecordingSet;
use super::text_stream::TextStream;
use super::tokens::Holding;
use super::{TRAIN_ERROR_EXAMPLES, TRAIN_ERROR_FRAMES, TRAIN_ERROR_TOKENS, TrainJob};
use crate::engine::{Tape, Workspace};
use crate::error::TrainError;
use crate::learners::{BANDS, PairShape, SpeechShape, window};
use crate::metrics::Metric;
use crate::tasks::Task;

/// Examples as the engine reads them: channels last.
pub(super) struct Examples<'a> {
    inputs: Kept<'a>,
    numbers: usize,
    /// One an example, as the task's loss reads them; none for texts.
    targets: Vec<f32>,
}

/// How inputs are kept.
enum Kept<'a> {
    /// Encoded, one row after the other.
    Encoded(Vec<f32>),
    /// As the data set's bytes, a quarter of the memory; encoded for each batch.
    Bytes {
        images: &'a Images,
        rows: &'a [u32],
        /// Encoded value of each byte, one table per channel.
        tables: Vec<[f32; 256]>,
    },
    /// Texts, as the numbers of their tokens.
    Texts(TextStream),
    /// Pairs of texts, in the same way.
    Pairs(PairSet),
    /// Recordings, as features, with their transcripts.
    Recordings(RecordingSet),
}

/// The examples of `job`: its shard, and those for validation and test.
///
/// # Errors
/// [`TrainError::Unsuitable`] if some are missing, or the sets do not go together.
pub(super) fn encode<'a>(
    job: &TrainJob<'a>,
    encoder: &Encoder,
    task: &dyn Task,
) -> Result<[Examples<'a>; 3], TrainError> {
    // Beside the checkpoint is room for a file of tokens: the folder of temporary files may be in memory.
    let beside = job.checkpoint.and_then(Path::parent).filter(|folder| folder.is_dir());
    let folder = beside.map_or_else(std::env::temp_dir, Path::to_owned);
    let holding = Holding::new(&folder);
    let encode = |name, dataset, shard: Shard<'a>| match encoder.shape() {
        InputShape::Tokens { .. } => {
            let most = if name == "training" { TRAIN_ERROR_TOKENS } else { usize::MAX };
            let stream = TextStream::read(dataset, shard, window(job.settings), most, holding)?;
            let targets = task.targets(dataset, shard.rows, name, job.metric)?;
            Ok(Examples { numbers: stream.window(), inputs: Kept::Texts(stream), targets })
        }
        InputShape::TokenPairs { .. } => {
            let most = if name == "training" { TRAIN_ERROR_TOKENS } else { usize::MAX };
            let pairs = PairSet::read(dataset, shard.rows, most)?;
            let targets = task.targets(dataset, shard.rows, name, job.metric)?;
            Ok(Examples { numbers: 0, inputs: Kept::Pairs(pairs), targets })
        }
        InputShape::Sounds { .. } => {
            let most = if name == "training" { TRAIN_ERROR_FRAMES } else { usize::MAX };
            let recordings = RecordingSet::read(dataset, shard.rows, most)?;
            let targets = task.targets(dataset, shard.rows, name, job.metric)?;
            Ok(Examples { numbers: 0, inputs: Kept::Recordings(recordings), targets })
        }
        InputShape::Image { .. } | InputShape::Flat { .. } | InputShape::Ragged => {
            Examples::new(encoder, task, dataset, shard.rows, name, job.metric)
        }
    };
    let shard = encode("training", job.dataset, job.shard)?;
    let validation = encode("validation", job.validation.0, job.validation.1.into())?;
    let test = encode("test", job.test.0, job.test.1.into())?;
    for (name, examples) in [("training", &shard), ("validation", &validation)] {
        if examples.count() == 0 {
            return Err(TrainError::Unsuitable {
                reason: format!("there are no {name} examples, at least one is needed"),
                hint: None,
            });
        }
    }
    for (name, (dataset, _)) in [("validation", job.validation), ("test", job.test)] {
        task.check_same(dataset, name)?;
    }
    Ok([shard, validation, test])
}

/// The shapes of the batches of `sets`, which are pairs; each knows from then on which of these it takes.
/// No sequence is padded beyond the longest of its kind.
pub(super) fn pair_shapes(sets: &mut [Examples<'_>; 3]) -> Vec<PairShape> {
    let bounds = find_all_bounds(sets);
    let longest = longest_of(&sets.iter().filter_map(Examples::pairs).collect::<Vec<_>>());
    let shape = |bound: usize| PairShape {
        source: longest.source.min(bound),
        target: longest.target.min(bound),
    };
    bounds.into_iter().map(shape).collect()
}

/// The same of recordings; every batch has room for the longest transcript.
pub(super) fn speech_shapes(sets: &mut [Examples<'_>; 3]) -> Vec<SpeechShape> {
    let bounds = find_all_bounds(sets);
    let recordings = sets.iter().filter_map(Examples::recordings);
    let labels = recordings.map(RecordingSet::most_labels).max().unwrap_or(0).max(1);
    bounds.into_iter().map(|frames| SpeechShape { frames, bands: BANDS, labels }).collect()
}

fn find_all_bounds(sets: &mut [Examples<'_>; 3]) -> Vec<usize> {
    let mut all: Vec<&mut ByLength> =
        sets.iter_mut().filter_map(|examples| examples.inputs.by_length_mut()).collect();
    find_bounds(&mut all)
}

impl Kept<'_> {
    /// How examples of different lengths are put together.
    fn by_length(&self) -> Option<&ByLength> {
        match self {
            Self::Pairs(pairs) => Some(pairs.by_length()),
            Self::Recordings(recordings) => Some(recordings.by_length()),
            Self::Encoded(_) | Self::Bytes { .. } | Self::Texts(_) => None,
        }
    }

    fn by_length_mut(&mut self) -> Option<&mut ByLength> {
        match self {
            Self::Pairs(pairs) => Some(pairs.by_length_mut()),
            Self::Recordings(recordings) => Some(recordings.by_length_mut()),
            Self::Encoded(_) | Self::Bytes { .. } | Self::Texts(_) => None,
        }
    }
}

impl<'a> Examples<'a> {
    /// Encodes `rows` of `dataset`, which is called `name` in errors.
    pub(super) fn new(
        encoder: &Encoder,
        task: &dyn Task,
        dataset: &'a Dataset,
        rows: &'a [u32],
        name: &str,
        metric: &dyn Metric,
    ) -> Result<Self, TrainError> {
        let numbers = encoder.shape().len();
        let (inputs, found) = if let (Some(images), InputShape::Image { channels, .. }) =
            (dataset.images(), encoder.shape())
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
        let targets = task.targets(dataset, rows, name, metric)?;
        Ok(Self { inputs, numbers, targets })
    }

    /// Examples that can be in a batch: rows, images, or windows that hold the texts.
    pub(super) fn count(&self) -> usize {
        match &self.inputs {
            Kept::Encoded(_) | Kept::Bytes { .. } => self.targets.len(),
            Kept::Texts(stream) => stream.windows(),
            Kept::Pairs(pairs) => pairs.by_length().len(),
            Kept::Recordings(recordings) => recordings.by_length().len(),
        }
    }

    /// Examples that are measured of a held-out set: rows, images or documents.
    pub(super) fn measured_count(&self) -> usize {
        match &self.inputs {
            Kept::Encoded(_) | Kept::Bytes { .. } => self.targets.len(),
            Kept::Texts(stream) => stream.measured().len(),
            Kept::Pairs(pairs) => pairs.measured().len(),
            Kept::Recordings(recordings) => recordings.by_length().measured().len(),
        }
    }

    /// The same of the shard.
    pub(super) fn train_error_count(&self) -> usize {
        self.measured_count().min(match &self.inputs {
            Kept::Encoded(_) | Kept::Bytes { .. } => TRAIN_ERROR_EXAMPLES,
            Kept::Texts(_) | Kept::Pairs(_) | Kept::Recordings(_) => usize::MAX,
        })
    }

    /// Targets of `examples`, as [`Examples::order`] names them.
    pub(super) fn targets_of(&self, examples: &[u64]) -> usize {
        match &self.inputs {
            Kept::Encoded(_) | Kept::Bytes { .. } | Kept::Recordings(_) => examples.len(),
            Kept::Texts(stream) => examples.len() * stream.window(),
            Kept::Pairs(pairs) => {
                examples.iter().map(|pair| pairs.predicted(*pair as u32) as usize).sum()
            }
        }
    }

    /// Share of the examples that are trained on with each tape, in batches of `batch`.
    pub(super) fn shares(&self, batch: usize) -> Vec<f64> {
        self.inputs.by_length().map_or_else(|| vec![1.0], |examples| examples.shares(batch))
    }

    /// The order in which batches of `batch` hold them; `seed` fixes what is drawn.
    pub(super) fn order(&self, batch: usize, seed: u64) -> Order {
        match &self.inputs {
            Kept::Pairs(pairs) => pairs.by_length().order(batch, seed),
            Kept::Recordings(recordings) => recordings.by_length().order(batch, seed),
            Kept::Encoded(_) | Kept::Bytes { .. } => {
                Order::Shuffled(Shuffled::new(self.count(), seed))
            }
            Kept::Texts(stream) => {
                Order::Streams { tokens: stream.len() as u64, window: stream.window() as u64 }
            }
        }
    }

    /// The texts, if that is what they are.
    pub(super) fn texts(&self) -> Option<&TextStream> {
        match &self.inputs {
            Kept::Texts(stream) => Some(stream),
            _ => None,
        }
    }

    /// The pairs of texts, if that is what they are.
    pub(super) fn pairs(&self) -> Option<&PairSet> {
        match &self.inputs {
            Kept::Pairs(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The recordings, if that is what they are.
    pub(super) fn recordings(&self) -> Option<&RecordingSet> {
        match &self.inputs {
            Kept::Recordings(recordings) => Some(recordings),
            _ => None,
        }
    }

    /// What a user has to know of these examples, called `name`.
    pub(super) fn note(&self, name: &str) -> Option<String> {
        let recordings = self.recordings()?;
        let (few, all) = (recordings.too_short(), recordings.by_length().len());
        (few > 0).then(|| {
            format!(
                "{few} of {all} {name} recordings are too short for their transcripts: nothing is \
                 learnt from them, and nats do not count them"
            )
        })
    }

    /// The order in which they are measured, where that is not their own.
    pub(super) fn measured(&self) -> Option<&[u32]> {
        match &self.inputs {
            Kept::Encoded(_) | Kept::Bytes { .. } => None,
            Kept::Texts(stream) => Some(stream.measured()),
            Kept::Pairs(pairs) => Some(pairs.measured()),
            Kept::Recordings(recordings) => Some(recordings.by_length().measured()),
        }
    }

    /// An error if what was copied is wrong because it could not be read.
    pub(super) fn refuse_unread(&self) -> Result<(), TrainError> {
        match self.texts().and_then(TextStream::failure) {
            None => Ok(()),
            Some(source) => Err(TrainError::Tokens { source }),
        }
    }

    pub(super) fn targets(&self) -> &[f32] {
        &self.targets
    }

    /// Numbers of one example's input.
    pub(super) fn numbers(&self) -> usize {
        self.numbers
    }

    /// All inputs, one example after the other.
    pub(super) fn to_inputs(&self) -> Vec<f32> {
        let mut inputs = vec![0.0; self.count() * self.numbers];
        self.copy_inputs(&mut inputs, 0..self.count());
        inputs
    }

    /// Writes all inputs and targets of `examples`, as [`Examples::order`] names them, to `workspace`.
    pub(super) fn copy_to(
        &self,
        workspace: &mut Workspace<f32>,
        tape: &Tape,
        examples: impl ExactSizeIterator<Item = u64> + Clone,
    ) {
        // Only places in a text can be beyond 32 bits.
        let rows = examples.clone().map(|example| example as u32);
        match &self.inputs {
            Kept::Pairs(pairs) => return pairs.copy_to(workspace, tape, rows),
            Kept::Recordings(recordings) => return recordings.copy_to(workspace, tape, rows),
            Kept::Encoded(_) | Kept::Bytes { .. } | Kept::Texts(_) => {}
        }
        let rows = examples.map(|example| example as usize);
        self.copy_inputs(workspace.input(tape, rows.len()), rows.clone());
        let targets = workspace.input_at(tape, 1);
        let each = targets.len() / rows.len().max(1);
        for (target, example) in targets.chunks_exact_mut(each.max(1)).zip(rows) {
            match &self.inputs {
                Kept::Texts(stream) => stream.copy_targets(target, example),
                _ => target[0] = self.targets[example],
            }
        }
    }

    /// Writes the inputs of `examples`, as [`Examples::order`] names them, to `target`, one after the
    /// other.
    pub(super) fn copy_inputs(&self, target: &mut [f32], examples: impl Iterator<Item = usize>) {
        for (target, example) in target.chunks_exact_mut(self.numbers).zip(examples) {
            match &self.inputs {
                Kept::Encoded(inputs) => {
                    target.copy_from_slice(&inputs[example * self.numbers..][..self.numbers]);
                }
                Kept::Bytes { images, rows, tables } => {
                    encode_image(target, images.image(rows[example]), tables);
                }
                Kept::Texts(stream) => stream.copy_inputs(target, example),
                // These are written as a whole.
                Kept::Pairs(_) | Kept::Recordings(_) => {}
            }
        }
    }
}

/// The encoded value of each byte in each channel, from encoding an image that contains every byte.
fn byte_tables(encoder: &Encoder, channels: usize) -> Result<Vec<[f32; 256]>, TrainError> {
    let all: Vec<u8> = (0..channels).flat_map(|_| 0..=u8::MAX).collect();
    let images = Images { pixels: all.into(), channels, height: 1, width: 256 };
    let targets = Targets::Values { values: vec![0.0], name: String::new() };
    let probe = Dataset::new(vec![Field::images(images)], targets)
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
