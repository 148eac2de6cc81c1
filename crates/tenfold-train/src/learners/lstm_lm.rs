//! `lstm-lm`: a recurrent language model with long short-term memory.
//!
//! # Reference
//! Hestness et al. (2017), arXiv:1712.00409, section 4.1: recurrent language models whose learning curves
//! they measured; layers as in Zaremba et al. (2014), arXiv:1409.2329, dropout between them only.

use super::windows::{EMBEDDING, WINDOW, of_language_model};
use super::{Fitting, Learner, Recorded, Takes};
use crate::engine::{TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, SettingKey};
use crate::ops::{Source, Streams};

#[derive(Debug)]
pub(super) struct LstmLm;

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
        &[WINDOW, EMBEDDING]
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
        let mut source = Source::Tokens { tokens: input, vocabulary: outputs, width };
        for _ in 0..settings.depth {
            let hidden = tape.lstm(source, settings.width, Streams::Carried);
            source = Source::Vectors(tape.dropout(hidden, settings.dropout));
        }
        match source {
            Source::Vectors(hidden) => Some(tape.output_each(hidden, outputs)),
            Source::Tokens { .. } => None,
        }
    }
}
