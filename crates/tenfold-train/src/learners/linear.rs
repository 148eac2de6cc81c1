//! `linear`: softmax regression, or least squares.

use super::{Fitting, Learner, Recorded, Takes};
use crate::engine::{TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, Length};

#[derive(Debug)]
pub(super) struct Linear;

impl Learner for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn takes(&self) -> Takes {
        Takes::TablesAndImages
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings {
            width: 1,
            depth: 1,
            length: Length::Epochs(20.0),
            minimum_steps: 2000,
            learning_rate: 3e-3,
            ..LearnerSettings::of_network(super::LINEAR)
        }
    }

    fn ignores(&self) -> &'static [&'static str] {
        &["width", "depth"]
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Gradient(self)
    }
}

impl Recorded for Linear {
    fn record(
        &self,
        tape: &mut TapeRecorder,
        input: Value,
        _settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value> {
        Some(tape.output(input, outputs))
    }
}
