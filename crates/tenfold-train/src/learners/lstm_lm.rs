//! `lstm-lm`: a recurrent language model with long short-term memory.
//!
//! # Reference
//! Hestness et al. (2017), arXiv:1712.00409, section 4.1: recurrent language models whose learning curves
//! they measured; layers as in Zaremba et al. (2014), arXiv:1409.2329, dropout between them only.

use super::windows::{EMBEDDING, SMOOTHING, TIED, WINDOW, of_language_model};
use super::{Fitting, Learner, Recorded, Takes};
use crate::engine::{TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, SettingKey};
use crate::ops::{Activation, Source, Streams};

#[derive(Debug)]
pub(super) struct LstmLm;

/// Standard deviation of the tokens' vectors before the first update where they are the weights of
/// the last layer too: that of the even distribution from −0.1 to 0.1 of Zaremba et al. (2014), so
/// that the first predictions are almost the same for every token.
const TIED_DEVIATION: f64 = 0.058;

impl Learner for LstmLm {
    fn name(&self) -> &'static str {
        "lstm-lm"
    }

    fn takes(&self) -> Takes {
        Takes::Texts
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings { width: 128, depth: 1, ..of_language_model(super::LSTM_LM) }
    }

    fn own_settings(&self) -> &'static [SettingKey] {
        &[WINDOW, EMBEDDING, TIED, SMOOTHING]
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Gradient(self)
    }
}

impl Recorded for LstmLm {
    fn record(
        &self,
        tape: &mut TapeRecorder,
        input: Value,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value> {
        let width = settings.own_number(&EMBEDDING) as usize;
        if settings.own_flag(&TIED) {
            return record_tied(tape, input, settings, [outputs, width]);
        }
        let source = Source::Tokens { tokens: input, vocabulary: outputs, width };
        let hidden = record_layers(tape, source, settings)?;
        Some(tape.output_each(hidden, outputs))
    }
}

/// The hidden layers; `None` for a depth of 0.
fn record_layers(
    tape: &mut TapeRecorder,
    mut source: Source,
    settings: &LearnerSettings,
) -> Option<Value> {
    for _ in 0..settings.depth {
        let hidden = tape.lstm(source, settings.width, Streams::Carried);
        source = Source::Vectors(tape.dropout(hidden, settings.dropout));
    }
    match source {
        Source::Vectors(hidden) => Some(hidden),
        Source::Tokens { .. } => None,
    }
}

/// The model whose last layer shares the table of the embedding; a layer of the embedding's width
/// comes before it where the hidden layers have another width.
fn record_tied(
    tape: &mut TapeRecorder,
    input: Value,
    settings: &LearnerSettings,
    [outputs, width]: [usize; 2],
) -> Option<Value> {
    let embedded = tape.embedding(input, outputs, width, TIED_DEVIATION);
    let mut hidden = record_layers(tape, Source::Vectors(embedded), settings)?;
    if width != settings.width {
        hidden = tape.linear_each(hidden, width, Activation::Identity);
    }
    tape.tied_output(hidden, embedded, outputs)
}
