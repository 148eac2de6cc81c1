//! `deep-speech`: convolutions over time and pitch, then recurrent layers in both directions, then the
//! probabilities of characters in each step, trained without alignment.
//!
//! # Reference
//! Amodei et al. (2016), *Deep Speech 2*, arXiv:1512.02595, section 3, with long short-term memory, without
//! batch norm, and with convolutions of 5 × 5 and 3 × 3, the first of which halves time and pitch.

use super::windows::of_language_model;
use super::{Fitting, Learner, RecordedSpeech, SpeechInputs, Takes};
use crate::engine::{Sliding, TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, OwnDefault, SettingKey, ValueKind};
use crate::ops::{Activation, Bias, Ending};

#[derive(Debug)]
pub(super) struct DeepSpeech;

const CHANNELS: SettingKey = SettingKey::own(
    "channels",
    "Channels of the convolutions of a speech model.",
    ValueKind::Whole { least: 1, most: 1_024 },
    OwnDefault::Number(16.0),
);

/// What the first convolution does to time and pitch.
const HALVING: Sliding = Sliding { kernel: 5, stride: 2, padding: 2 };

const BIAS_RELU: Ending = Ending { bias: Bias::Trained, activation: Activation::Relu };

impl Learner for DeepSpeech {
    fn name(&self) -> &'static str {
        "deep-speech"
    }

    fn takes(&self) -> Takes {
        Takes::Recordings
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings {
            width: 128,
            depth: 2,
            dropout: 0.1,
            // Larger batches take as many more updates until anything is written.
            batch: 8,
            ..of_language_model(super::DEEP_SPEECH)
        }
    }

    fn own_settings(&self) -> &'static [SettingKey] {
        &[CHANNELS]
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Speech(self)
    }
}

impl RecordedSpeech for DeepSpeech {
    fn record(
        &self,
        tape: &mut TapeRecorder,
        inputs: SpeechInputs,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value> {
        let channels = settings.own_number(&CHANNELS) as usize;
        let lengths = tape.shortened(inputs.lengths, HALVING.stride);
        let seen = tape.convolution(inputs.frames, channels, HALVING, BIAS_RELU)?;
        // What a convolution makes of the silence behind an end must not be seen by the next one.
        let seen = tape.rows_without_padding(seen, lengths);
        let seen = tape.convolution(seen, channels, Sliding::SAME_3, BIAS_RELU)?;
        let mut heard = tape.rows_as_steps(seen);
        for _ in 0..settings.depth {
            let both = tape.bidirectional_lstm(heard, lengths, settings.width.div_ceil(2))?;
            heard = tape.dropout(both.steps, settings.dropout);
        }
        Some(tape.output_each(heard, outputs))
    }
}
