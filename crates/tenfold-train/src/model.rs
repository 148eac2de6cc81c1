//! Checks whether a learner suits a data set, and computes the size of its model.

use tenfold_data::{Dataset, Encoder, InputShape, LogMel, Texts};

use crate::engine::{Shape, Tape, TapeRecorder, Value};
use crate::error::TrainError;
use crate::learners::BANDS;
use crate::learners::settings::LearnerSettings;
use crate::learners::{
    Fitting, PairInputs, PairShape, Recorded, RecordedPairs, RecordedSpeech, SpeechInputs,
    SpeechShape, Takes, TargetPart, smoothing, window,
};
use crate::tasks::{Task, task_of};

/// Size of a model and the work of one example.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ModelSize {
    /// Trained numbers; 0 where they are not known before the model is fitted.
    pub parameter_count: u64,
    /// Floating-point operations to train on one example once: three times its forward pass, as
    /// the gradient costs one product for the weights and one for the inputs of each layer. 0 where
    /// they are not known before.
    pub flop_per_example: f64,
    /// Tokens of an example, which is a window of a text; `None` where examples are rows or images.
    pub window: Option<usize>,
}

/// Size of the model that `settings` describe for `dataset`, without training it.
///
/// # Errors
/// [`TrainError::Unsuitable`], as for training.
pub fn describe(dataset: &Dataset, settings: &LearnerSettings) -> Result<ModelSize, TrainError> {
    let encoder = Encoder::fit(dataset, &[]);
    check(encoder.shape(), settings)?;
    match settings.learner.fitting() {
        Fitting::Gradient(learner) => {
            let task = task_of(dataset, &encoder)?;
            let size = size_of(&record(encoder.shape(), task.as_ref(), learner, settings)?);
            let is_text = matches!(encoder.shape(), InputShape::Tokens { .. });
            Ok(ModelSize { window: is_text.then(|| window(settings)), ..size })
        }
        Fitting::Pairs(learner) => {
            let task = task_of(dataset, &encoder)?;
            let shape = mean_shape(dataset);
            let tape = record_pairs(encoder.shape(), shape, task.as_ref(), learner, settings)?;
            Ok(size_of(&tape))
        }
        Fitting::Speech(learner) => {
            let task = task_of(dataset, &encoder)?;
            Ok(size_of(&record_speech(mean_speech(dataset), task.as_ref(), learner, settings)?))
        }
        Fitting::Direct(_) => Ok(ModelSize::UNKNOWN),
    }
}

impl ModelSize {
    /// Of a model of which nothing is known before it is fitted.
    pub const UNKNOWN: Self = Self { parameter_count: 0, flop_per_example: 0.0, window: None };
}

pub(crate) fn size_of(tape: &Tape) -> ModelSize {
    ModelSize {
        parameter_count: tape.parameter_count() as u64,
        flop_per_example: 3.0 * tape.flop_per_example(),
        window: None,
    }
}

/// Whether the learner can learn from examples of the shape `input`.
pub(crate) fn check(input: InputShape, settings: &LearnerSettings) -> Result<(), TrainError> {
    if input == InputShape::Ragged {
        return Err(TrainError::Unsuitable {
            reason: format!(
                "`{}` needs images or a table, the data set has examples of any length",
                settings.learner.name()
            ),
            hint: Some("use a command: `command = [\"python\", \"train.py\", …]`".to_owned()),
        });
    }
    let name = settings.learner.name();
    let (unsuited, hint) = match (settings.learner.takes(), input) {
        (Takes::Pairs, InputShape::TokenPairs { .. })
        | (Takes::Recordings, InputShape::Sounds { .. }) => return Ok(()),
        (Takes::Pairs, _) => (Some("translates, the data set has no pairs of texts"), None),
        (Takes::Recordings, _) => (Some("transcribes, the data set has no recordings"), None),
        (_, InputShape::TokenPairs { .. }) => (
            Some("translates no texts, and the data set has pairs of texts"),
            Some("use `learner = \"seq2seq\"` or `learner = \"transformer\"`".to_owned()),
        ),
        (_, InputShape::Sounds { .. }) => (
            Some("hears nothing, and the data set has recordings"),
            Some("use `learner = \"deep-speech\"`".to_owned()),
        ),
        _ => (None, None),
    };
    if let Some(unsuited) = unsuited {
        return Err(TrainError::Unsuitable { reason: format!("`{name}` {unsuited}"), hint });
    }
    if input.is_empty() && !matches!(input, InputShape::Tokens { .. }) {
        return Err(TrainError::Unsuitable {
            reason: "the data set has no input columns, a learner needs at least one".to_owned(),
            hint: None,
        });
    }
    let learner = settings.learner;
    match (learner.takes(), input) {
        (Takes::TablesAndImages, InputShape::Image { .. } | InputShape::Flat { .. })
        | (Takes::Images, InputShape::Image { .. })
        | (Takes::Texts, InputShape::Tokens { .. })
        | (_, InputShape::Ragged | InputShape::TokenPairs { .. } | InputShape::Sounds { .. })
        | (Takes::Pairs | Takes::Recordings, _) => Ok(()),
        (Takes::Texts, _) => Err(TrainError::Unsuitable {
            reason: format!(
                "`{}` needs texts, the data set has {}",
                learner.name(),
                if matches!(input, InputShape::Flat { .. }) { "a table" } else { "images" }
            ),
            hint: Some("use `learner = \"mlp\"` or `learner = \"linear\"`".to_owned()),
        }),
        (Takes::TablesAndImages | Takes::Images, InputShape::Tokens { .. }) => {
            Err(TrainError::Unsuitable {
                reason: format!("`{}` reads no texts, and the data set has texts", learner.name()),
                hint: Some("use `learner = \"lstm-lm\"`".to_owned()),
            })
        }
        (Takes::Images, InputShape::Flat { features }) => Err(TrainError::Unsuitable {
            reason: format!(
                "`{}` needs images, the data set is a table of {features} features",
                learner.name()
            ),
            hint: Some("use `learner = \"mlp\"` or `learner = \"linear\"`".to_owned()),
        }),
    }
}

/// Records the learner and the loss of its task.
pub(crate) fn record(
    input: InputShape,
    task: &dyn Task,
    learner: &dyn Recorded,
    settings: &LearnerSettings,
) -> Result<Tape, TrainError> {
    let shape = match input {
        InputShape::Image { channels, height, width } => Shape { height, width, channels },
        InputShape::Flat { features } => Shape::flat(features),
        InputShape::Tokens { .. } => Shape::sequence(window(settings), 1),
        InputShape::Ragged | InputShape::TokenPairs { .. } | InputShape::Sounds { .. } => {
            Shape::flat(0)
        }
    };
    let is_text = matches!(input, InputShape::Tokens { .. });
    let (mut tape, input) = TapeRecorder::new(shape);
    let Some(output) = learner.record(&mut tape, input, settings, task.outputs()) else {
        if is_text {
            return Err(uneven_heads(settings));
        }
        return Err(TrainError::Unsuitable {
            reason: format!(
                "images of {} × {} pixels are too small for this `{}`",
                shape.height,
                shape.width,
                settings.learner.name()
            ),
            hint: Some("use `learner = \"mlp\"`".to_owned()),
        });
    };
    task.record_loss(&mut tape, output, smoothing(settings));
    Ok(tape.finish())
}

fn uneven_heads(settings: &LearnerSettings) -> TrainError {
    TrainError::Unsuitable {
        reason: format!(
            "a width of {} cannot be shared evenly among the heads of this `{}`",
            settings.width,
            settings.learner.name()
        ),
        hint: Some("`heads = 4` with a `width` that is a multiple of 4".to_owned()),
    }
}

/// The mean numbers of tokens of the pairs of `dataset`, rounded up, and their ends.
fn mean_shape(dataset: &Dataset) -> PairShape {
    let mean = |texts: &Texts| {
        let counts = (0..texts.len() as u32).filter_map(|row| texts.tokens(row));
        counts.sum::<u64>().div_ceil(texts.len().max(1) as u64) as usize + 1
    };
    match dataset.pairs() {
        Some(pairs) => PairShape { source: mean(pairs.source), target: mean(pairs.target) },
        None => PairShape { source: 1, target: 1 },
    }
}

/// Records the learner for batches of `shape`, and the loss of its task. Input 0 is the source, 1 its
/// length, 2 what stands before each token of the target, 3 these tokens.
pub(crate) fn record_pairs(
    input: InputShape,
    shape: PairShape,
    task: &dyn Task,
    learner: &dyn RecordedPairs,
    settings: &LearnerSettings,
) -> Result<Tape, TrainError> {
    let (part, sizes) = (TargetPart::Whole, [source_size(input), task.outputs()]);
    let (mut tape, output) = record_translator(shape, part, learner, settings, sizes)?;
    task.record_loss(&mut tape, output, smoothing(settings));
    Ok(tape.finish())
}

/// Records the learner to write targets of at most `shape.target` steps, one after the other.
pub(crate) fn record_writer(
    input: InputShape,
    shape: PairShape,
    task: &dyn Task,
    learner: &dyn RecordedPairs,
    settings: &LearnerSettings,
) -> Result<Tape, TrainError> {
    let sizes = [source_size(input), task.outputs()];
    let part = TargetPart::Next { most: shape.target };
    let step = PairShape { target: 1, ..shape };
    Ok(record_translator(step, part, learner, settings, sizes)?.0.finish())
}

/// Records the inputs and layers of the learner; returns what it puts out too.
fn record_translator(
    shape: PairShape,
    part: TargetPart,
    learner: &dyn RecordedPairs,
    settings: &LearnerSettings,
    sizes: [usize; 2],
) -> Result<(TapeRecorder, Value), TrainError> {
    let (mut tape, source) = TapeRecorder::new(Shape::sequence(shape.source, 1));
    let lengths = tape.input(Shape::flat(1));
    let before = tape.input(Shape::sequence(shape.target, 1));
    let inputs = PairInputs { source, lengths, before, part };
    let output = learner.record(&mut tape, inputs, settings, sizes);
    output.map(|output| (tape, output)).ok_or_else(|| uneven_heads(settings))
}

/// Tokens of the vocabulary of sources.
fn source_size(input: InputShape) -> usize {
    match input {
        InputShape::TokenPairs { source, .. } => source,
        _ => 0,
    }
}

/// The mean frames and labels of the recordings of `dataset`, rounded up.
fn mean_speech(dataset: &Dataset) -> SpeechShape {
    let Some(recordings) = dataset.recordings() else {
        return SpeechShape { frames: 4, bands: BANDS, labels: 1 };
    };
    let rows = || 0..recordings.sounds.len() as u32;
    let count = recordings.sounds.len().max(1);
    let mel = LogMel::new(recordings.sounds.rate(), BANDS);
    let frames: usize = rows().map(|row| mel.frames(recordings.sounds.samples(row) as usize)).sum();
    let labels = rows().filter_map(|row| recordings.transcripts.tokens(row)).sum::<u64>() as usize;
    SpeechShape {
        frames: frames.div_ceil(count).max(4),
        bands: BANDS,
        labels: labels.div_ceil(count).max(1),
    }
}

/// Records the learner for batches of `shape`, and the loss of its task. Input 0 are the frames, 1 says
/// how many there are, 2 are the labels.
pub(crate) fn record_speech(
    shape: SpeechShape,
    task: &dyn Task,
    learner: &dyn RecordedSpeech,
    settings: &LearnerSettings,
) -> Result<Tape, TrainError> {
    let frames = Shape { height: shape.frames, width: shape.bands, channels: 1 };
    let (mut tape, frames) = TapeRecorder::new(frames);
    let lengths = tape.input(Shape::flat(1));
    tape.input(Shape::sequence(shape.labels, 1));
    let inputs = SpeechInputs { frames, lengths };
    let Some(output) = learner.record(&mut tape, inputs, settings, task.outputs()) else {
        return Err(TrainError::Unsuitable {
            reason: format!(
                "{} bands of pitch are too few for this `{}`",
                shape.bands,
                settings.learner.name()
            ),
            hint: None,
        });
    };
    task.record_loss(&mut tape, output, smoothing(settings));
    Ok(tape.finish())
}
