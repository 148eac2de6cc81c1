//! `resnet`: residual network as in CIFAR experiments.
//!
//! # Reference
//! He et al. (2016), arXiv:1512.03385, section 4.2; shortcuts that change size are 1×1 convolutions.

use super::convolutions::{channels_of, normalised_convolution};
use super::{Fitting, Learner, Recorded, Takes};
use crate::engine::{Sliding, TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, Length};
use crate::ops::Activation;

/// Stages of a CIFAR residual network.
const STAGES: usize = 3;

#[derive(Debug)]
pub(super) struct Resnet;

impl Learner for Resnet {
    fn name(&self) -> &'static str {
        "resnet"
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings {
            width: 16,
            depth: 2,
            length: Length::Epochs(12.0),
            minimum_steps: 500,
            learning_rate: 3e-3,
            ..LearnerSettings::of_network(super::RESNET)
        }
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Gradient(self)
    }
}

impl Recorded for Resnet {
    fn record(
        &self,
        tape: &mut TapeRecorder,
        input: Value,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value> {
        let width = settings.width;
        let mut hidden =
            normalised_convolution(tape, input, width, Sliding::SAME_3, Activation::Relu)?;
        for stage in 0..STAGES {
            let channels = channels_of(settings.width, stage)?;
            for block in 0..settings.depth {
                let stride = 1 + usize::from(stage > 0 && block == 0);
                hidden = residual_block(tape, hidden, channels, stride)?;
            }
        }
        let features = tape.global_average_pool(hidden);
        let features = tape.dropout(features, settings.dropout);
        Some(tape.output(features, outputs))
    }
}

fn residual_block(
    tape: &mut TapeRecorder,
    input: Value,
    channels: usize,
    stride: usize,
) -> Option<Value> {
    let plain = Activation::Identity;
    let entry = Sliding { kernel: 3, stride, padding: 1 };
    let hidden = normalised_convolution(tape, input, channels, entry, Activation::Relu)?;
    let hidden = normalised_convolution(tape, hidden, channels, Sliding::SAME_3, plain)?;
    let shortcut = if tape.shape(input) == tape.shape(hidden) {
        input
    } else {
        let pixelwise = Sliding { kernel: 1, stride, padding: 0 };
        normalised_convolution(tape, input, channels, pixelwise, plain)?
    };
    tape.add(hidden, shortcut, Activation::Relu)
}
