//! `cnn`: stages of 3×3 convolution, batch norm, `ReLU` and 2×2 max pooling, with twice the channels
//! each.

use super::convolutions::{channels_of, normalised_convolution};
use super::{Fitting, Learner, Recorded, Takes};
use crate::engine::{Sliding, TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, Length};
use crate::ops::Activation;

#[derive(Debug)]
pub(super) struct Cnn;

impl Learner for Cnn {
    fn name(&self) -> &'static str {
        "cnn"
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings {
            width: 16,
            depth: 3,
            dropout: 0.2,
            length: Length::Epochs(12.0),
            minimum_steps: 500,
            learning_rate: 3e-3,
            ..LearnerSettings::of_network(super::CNN)
        }
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Gradient(self)
    }
}

impl Recorded for Cnn {
    /// A stage whose image has become a single pixel high or wide goes without pooling.
    fn record(
        &self,
        tape: &mut TapeRecorder,
        input: Value,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value> {
        let (sliding, relu) = (Sliding::SAME_3, Activation::Relu);
        let mut hidden = input;
        for stage in 0..settings.depth {
            let channels = channels_of(settings.width, stage)?;
            hidden = normalised_convolution(tape, hidden, channels, sliding, relu)?;
            hidden = tape.max_pool(hidden, 2).unwrap_or(hidden);
        }
        let features = tape.dropout(hidden, settings.dropout);
        Some(tape.output(features, outputs))
    }
}
