//! Checks whether a learner suits a data set, and computes the size of its model.

use tenfold_data::{Dataset, Encoder, InputShape};

use crate::engine::{Shape, Tape, TapeRecorder};
use crate::error::TrainError;
use crate::learners::settings::LearnerSettings;
use crate::learners::{Fitting, Recorded, Takes};
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
            Ok(size_of(&record(encoder.shape(), task.as_ref(), learner, settings)?))
        }
        Fitting::Direct(_) => Ok(ModelSize { parameter_count: 0, flop_per_example: 0.0 }),
    }
}

pub(crate) fn size_of(tape: &Tape) -> ModelSize {
    ModelSize {
        parameter_count: tape.parameter_count() as u64,
        flop_per_example: 3.0 * tape.flop_per_example(),
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
    if input.is_empty() {
        return Err(TrainError::Unsuitable {
            reason: "the data set has no input columns, a learner needs at least one".to_owned(),
            hint: None,
        });
    }
    let learner = settings.learner;
    match (learner.takes(), input) {
        (Takes::TablesAndImages, _)
        | (Takes::Images, InputShape::Image { .. } | InputShape::Ragged) => Ok(()),
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
        InputShape::Ragged => Shape::flat(0),
    };
    let (mut tape, input) = TapeRecorder::new(shape);
    let Some(output) = learner.record(&mut tape, input, settings, task.outputs()) else {
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
    task.record_loss(&mut tape, output);
    Ok(tape.finish())
}
