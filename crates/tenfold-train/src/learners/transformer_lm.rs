//! `transformer-lm`: a language model of causal self-attention, normalised before each part.
//!
//! # Reference
//! Vaswani et al. (2017), arXiv:1706.03762, the decoder; layer norm before each part and trained positions
//! as in Radford et al. (2019), *Language models are unsupervised multitask learners*, section 2.3.

use super::windows::{SMOOTHING, TIED, WINDOW, of_language_model};
use super::{Fitting, Learner, Recorded, Takes};
use crate::engine::{TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, OwnDefault, SettingKey, ValueKind};
use crate::ops::{Activation, Attends};

#[derive(Debug)]
pub(super) struct TransformerLm;

pub(super) const HEADS: SettingKey = SettingKey::own(
    "heads",
    "Heads of each attention layer of a transformer; they share its width evenly.",
    ValueKind::Whole { least: 1, most: 64 },
    OwnDefault::Number(4.0),
);

/// Standard deviation of the tokens' vectors before the first update, as in the second reference.
const EMBEDDING_DEVIATION: f64 = 0.02;

impl Learner for TransformerLm {
    fn name(&self) -> &'static str {
        "transformer-lm"
    }

    fn takes(&self) -> Takes {
        Takes::Texts
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings {
            width: 128,
            depth: 4,
            learning_rate: 1e-3,
            ..of_language_model(super::TRANSFORMER_LM)
        }
    }

    fn own_settings(&self) -> &'static [SettingKey] {
        &[WINDOW, HEADS, TIED, SMOOTHING]
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Gradient(self)
    }
}

impl Recorded for TransformerLm {
    /// `None` where the width cannot be shared evenly among the heads.
    fn record(
        &self,
        tape: &mut TapeRecorder,
        input: Value,
        settings: &LearnerSettings,
        outputs: usize,
    ) -> Option<Value> {
        let (width, heads) = (settings.width, settings.own_number(&HEADS) as usize);
        let plain = Activation::Identity;
        let tokens = tape.embedding(input, outputs, width, EMBEDDING_DEVIATION);
        let mut hidden = tape.add_positions(tokens);
        for _ in 0..settings.depth {
            let normed = tape.layer_norm(hidden);
            let asked = tape.linear_each(normed, 3 * width, plain);
            let found = tape.attention(asked, heads, Attends::ToThePast)?;
            let found = tape.linear_each(found, width, plain);
            let found = tape.dropout(found, settings.dropout);
            hidden = tape.add(hidden, found, plain)?;
            let normed = tape.layer_norm(hidden);
            let wide = tape.linear_each(normed, 4 * width, plain);
            let wide = tape.gelu(wide);
            let thought = tape.linear_each(wide, width, plain);
            let thought = tape.dropout(thought, settings.dropout);
            hidden = tape.add(hidden, thought, plain)?;
        }
        let normed = tape.layer_norm(hidden);
        if settings.own_flag(&TIED) {
            return tape.tied_output(normed, tokens, outputs);
        }
        Some(tape.output_each(normed, outputs))
    }
}
