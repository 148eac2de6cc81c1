//! `rhn-lm`: a language model of one recurrent highway layer.
//!
//! # Reference
//! Zilly et al. (2017), arXiv:1607.03474; the architecture of the character models of Hestness et al.
//! (2017), arXiv:1712.00409, section 4.2.

use super::windows::{EMBEDDING, SMOOTHING, WINDOW, of_language_model};
use super::{Fitting, Learner, Recorded, Takes};
use crate::engine::{TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, SettingKey};
use crate::ops::{Source, Streams};

#[derive(Debug)]
pub(super) struct RhnLm;

impl Learner for RhnLm {
    fn name(&self) -> &'static str {
        "rhn-lm"
    }

    fn takes(&self) -> Takes {
        Takes::Texts
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings { width: 128, depth: 3, ..of_language_model(super::RHN_LM) }
    }

    fn own_settings(&self) -> &'static [SettingKey] {
        &[WINDOW, EMBEDDING, SMOOTHING]
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Gradient(self)
    }
}

impl Recorded for RhnLm {
    fn record(
        &self,
        tape: &mut TapeRecorder,
        input: Value,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value> {
        let width = settings.own_number(&EMBEDDING) as usize;
        let source = Source::Tokens { tokens: input, vocabulary: outputs, width };
        let hidden =
            tape.recurrent_highway(source, settings.width, settings.depth, Streams::Carried);
        let hidden = tape.dropout(hidden, settings.dropout);
        Some(tape.output_each(hidden, outputs))
    }
}
