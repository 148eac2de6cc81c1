//! The built-in learners as tapes: each function reads like a forward pass.

use tenfold_data::{Dataset, Encoder, InputShape, Targets};

use crate::engine::TapeRecorder;
use crate::engine::shape::{Shape, Sliding};
use crate::engine::tape::{Activation, Bias, Tape, Value};
use crate::error::TrainError;
use crate::settings::{Architecture, LearnerSettings};

/// Size of a model and the work of one example.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ModelSize {
    /// Trained numbers.
    pub parameter_count: u64,
    /// Floating-point operations to train on one example once: three times its forward pass, as
    /// the gradient costs one product for the weights and one for the inputs of each layer.
    pub flop_per_example: f64,
}

/// Size of the model that `settings` describe for `dataset`, without training it.
///
/// # Errors
/// [`TrainError::Unsuitable`], as for training.
pub fn describe(dataset: &Dataset, settings: &LearnerSettings) -> Result<ModelSize, TrainError> {
    let tape = record(Encoder::fit(dataset, &[]).shape(), outputs_for(dataset), settings)?;
    Ok(size_of(&tape))
}

pub(crate) fn size_of(tape: &Tape) -> ModelSize {
    ModelSize {
        parameter_count: tape.parameter_count() as u64,
        flop_per_example: 3.0 * tape.flop_per_example(),
    }
}

/// Numbers a model has to give for each example: one a class, or one value.
pub(crate) fn outputs_for(dataset: &Dataset) -> usize {
    match &dataset.targets {
        Targets::Classes { names, .. } => names.len(),
        Targets::Values { .. } => 1,
    }
}

/// Records the learner.
pub(crate) fn record(
    input: InputShape,
    outputs: usize,
    settings: &LearnerSettings,
) -> Result<Tape, TrainError> {
    let (shape, is_image) = match input {
        InputShape::Image { channels, height, width } => (Shape { height, width, channels }, true),
        InputShape::Flat { features } => (Shape::flat(features), false),
    };
    if shape.numbers() == 0 {
        return Err(TrainError::Unsuitable {
            reason: "the data set has no input columns, a learner needs at least one".to_owned(),
            hint: None,
        });
    }
    let architecture = settings.architecture;
    let needs_image = matches!(architecture, Architecture::Cnn | Architecture::Resnet);
    if needs_image && !is_image {
        let name = architecture.name();
        return Err(TrainError::Unsuitable {
            reason: format!(
                "`{name}` needs images, the data set is a table of {} features",
                shape.channels
            ),
            hint: Some("use `learner = \"mlp\"` or `learner = \"linear\"`".to_owned()),
        });
    }
    let (mut tape, input) = TapeRecorder::new(shape);
    let features = match architecture {
        Architecture::Linear => Some(input),
        Architecture::Mlp => Some(mlp(&mut tape, input, settings)),
        Architecture::Cnn => cnn(&mut tape, input, settings),
        Architecture::Resnet => resnet(&mut tape, input, settings),
    };
    let Some(features) = features else {
        return Err(TrainError::Unsuitable {
            reason: format!(
                "images of {} × {} pixels are too small for this `{}`",
                shape.height,
                shape.width,
                architecture.name()
            ),
            hint: Some("use `learner = \"mlp\"`".to_owned()),
        });
    };
    tape.output(features, outputs);
    Ok(tape.finish())
}

fn mlp(tape: &mut TapeRecorder, input: Value, settings: &LearnerSettings) -> Value {
    (0..settings.depth).fold(input, |hidden, _| {
        let hidden = tape.linear(hidden, settings.width, Activation::Relu);
        tape.dropout(hidden, settings.dropout)
    })
}

/// Stages of 3×3 convolution, batch norm, `ReLU` and 2×2 max pooling, with twice the channels each.
///
/// A stage whose image has become a single pixel high or wide goes without pooling.
fn cnn(tape: &mut TapeRecorder, input: Value, settings: &LearnerSettings) -> Option<Value> {
    let mut hidden = input;
    for stage in 0..settings.depth {
        let channels = channels_of(settings.width, stage)?;
        hidden = normalised_convolution(tape, hidden, channels, Sliding::SAME_3, Activation::Relu)?;
        hidden = tape.max_pool(hidden, 2).unwrap_or(hidden);
    }
    Some(tape.dropout(hidden, settings.dropout))
}

/// Stages of a CIFAR residual network.
const RESNET_STAGES: usize = 3;

/// # Reference
/// He et al. (2016), arXiv:1512.03385, section 4.2; shortcuts that change size are 1×1 convolutions.
fn resnet(tape: &mut TapeRecorder, input: Value, settings: &LearnerSettings) -> Option<Value> {
    let first = settings.width;
    let mut hidden = normalised_convolution(tape, input, first, Sliding::SAME_3, Activation::Relu)?;
    for stage in 0..RESNET_STAGES {
        let channels = channels_of(settings.width, stage)?;
        for block in 0..settings.depth {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            hidden = residual_block(tape, hidden, channels, stride)?;
        }
    }
    let features = tape.global_average_pool(hidden);
    Some(tape.dropout(features, settings.dropout))
}

fn residual_block(
    tape: &mut TapeRecorder,
    input: Value,
    channels: usize,
    stride: usize,
) -> Option<Value> {
    let entry = Sliding { kernel: 3, stride, padding: 1 };
    let hidden = normalised_convolution(tape, input, channels, entry, Activation::Relu)?;
    let hidden =
        normalised_convolution(tape, hidden, channels, Sliding::SAME_3, Activation::Identity)?;
    let shortcut = if tape.shape(input) == tape.shape(hidden) {
        input
    } else {
        let pixelwise = Sliding { kernel: 1, stride, padding: 0 };
        normalised_convolution(tape, input, channels, pixelwise, Activation::Identity)?
    };
    tape.add(hidden, shortcut, Activation::Relu)
}

fn normalised_convolution(
    tape: &mut TapeRecorder,
    input: Value,
    channels: usize,
    sliding: Sliding,
    activation: Activation,
) -> Option<Value> {
    let output = tape.convolution(input, channels, sliding, (Bias::None, Activation::Identity))?;
    Some(tape.batch_norm(output, activation))
}

/// Channels of a stage, twice those of the stage before; `None` beyond a million.
fn channels_of(width: usize, stage: usize) -> Option<usize> {
    let factor = 1_usize.checked_shl(u32::try_from(stage).ok()?)?;
    width.checked_mul(factor).filter(|channels| *channels <= 1 << 20)
}
