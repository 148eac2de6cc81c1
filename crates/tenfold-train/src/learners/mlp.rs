//! `mlp`: fully connected layers with `ReLU`.

use super::{Fitting, Learner, Recorded, Takes};
use crate::engine::{TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, Length};
use crate::ops::Activation;

#[derive(Debug)]
pub(super) struct Mlp;

impl Learner for Mlp {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn takes(&self) -> Takes {
        Takes::TablesAndImages
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings {
            width: 256,
            depth: 2,
            length: Length::Epochs(20.0),
            minimum_steps: 1000,
            learning_rate: 1e-3,
            ..LearnerSettings::of_network(super::MLP)
        }
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Gradient(self)
    }
}

impl Recorded for Mlp {
    fn record(
        &self,
        tape: &mut TapeRecorder,
        input: Value,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value> {
        let features = (0..settings.depth).fold(input, |hidden, _| {
            let hidden = tape.linear(hidden, settings.width, Activation::Relu);
            tape.dropout(hidden, settings.dropout)
        });
        Some(tape.output(features, outputs))
    }
}
