//! `transformer`: blocks of self-attention read a text, and blocks that attend to it write another one.
//!
//! # Reference
//! Vaswani et al. (2017), arXiv:1706.03762, with layer norm before each part and at the end of both
//! stacks, as in Wang et al. (2019), arXiv:1906.01787.

use super::transformer_lm::HEADS;
use super::windows::{SMOOTHING, of_language_model};
use super::{Fitting, Learner, PairInputs, RecordedPairs, Takes, TargetPart};
use crate::engine::{TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, SettingKey};
use crate::ops::{Activation, Attends};

#[derive(Debug)]
pub(super) struct Transformer;

/// Standard deviation of the tokens' vectors before the first update: they are as large as the waves
/// that tell positions.
const EMBEDDING_DEVIATION: f64 = 1.0;

impl Learner for Transformer {
    fn name(&self) -> &'static str {
        "transformer"
    }

    fn takes(&self) -> Takes {
        Takes::Pairs
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings {
            width: 128,
            depth: 2,
            dropout: 0.1,
            learning_rate: 1e-3,
            ..of_language_model(super::TRANSFORMER)
        }
    }

    fn own_settings(&self) -> &'static [SettingKey] {
        &[HEADS, SMOOTHING]
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Pairs(self)
    }
}

impl RecordedPairs for Transformer {
    /// `None` where the width cannot be shared evenly among the heads.
    fn record(
        &self,
        tape: &mut TapeRecorder,
        inputs: PairInputs,
        settings: &LearnerSettings,
        [sources, targets]: [usize; 2],
    ) -> Option<Value> {
        let (width, heads) = (settings.width, settings.own_number(&HEADS) as usize);
        let plain = Activation::Identity;
        let mut read = embed(tape, inputs.source, sources, TargetPart::Whole, settings);
        for _ in 0..settings.depth {
            let normed = tape.layer_norm(read);
            read = attend(tape, [read, normed, normed], inputs.lengths, settings)?;
            read = think(tape, read, settings)?;
        }
        let read = tape.layer_norm(read);
        let mut written = embed(tape, inputs.before, targets, inputs.part, settings);
        for _ in 0..settings.depth {
            let normed = tape.layer_norm(written);
            let asked = tape.linear_each(normed, 3 * width, plain);
            let found = match inputs.part {
                TargetPart::Whole => tape.attention(asked, heads, Attends::ToThePast)?,
                TargetPart::Next { most } => tape.continued_attention(asked, heads, most)?,
            };
            written = add_part(tape, written, found, settings)?;
            let normed = tape.layer_norm(written);
            written = attend(tape, [written, normed, read], inputs.lengths, settings)?;
            written = think(tape, written, settings)?;
        }
        let written = tape.layer_norm(written);
        Some(tape.output_each(written, targets))
    }
}

/// Tokens as vectors that tell their positions.
fn embed(
    tape: &mut TapeRecorder,
    tokens: Value,
    vocabulary: usize,
    part: TargetPart,
    settings: &LearnerSettings,
) -> Value {
    let embedded = tape.embedding(tokens, vocabulary, settings.width, EMBEDDING_DEVIATION);
    let placed = match part {
        TargetPart::Whole => tape.add_sinusoids(embedded),
        TargetPart::Next { most } => tape.continue_sinusoids(embedded, most),
    };
    tape.dropout(placed, settings.dropout)
}

/// `hidden` and what attention of `asking` to `attended` finds.
fn attend(
    tape: &mut TapeRecorder,
    [hidden, asking, attended]: [Value; 3],
    lengths: Value,
    settings: &LearnerSettings,
) -> Option<Value> {
    let (width, heads) = (settings.width, settings.own_number(&HEADS) as usize);
    let queries = tape.linear_each(asking, width, Activation::Identity);
    let both = tape.linear_each(attended, 2 * width, Activation::Identity);
    let found = tape.cross_attention(queries, both, lengths, heads)?;
    add_part(tape, hidden, found, settings)
}

/// `hidden` and what the two layers of each step by itself make of it.
fn think(tape: &mut TapeRecorder, hidden: Value, settings: &LearnerSettings) -> Option<Value> {
    let normed = tape.layer_norm(hidden);
    let wide = tape.linear_each(normed, 4 * settings.width, Activation::Relu);
    add_part(tape, hidden, wide, settings)
}

/// `hidden` and `part`, which goes through a layer and dropout.
fn add_part(
    tape: &mut TapeRecorder,
    hidden: Value,
    part: Value,
    settings: &LearnerSettings,
) -> Option<Value> {
    let part = tape.linear_each(part, settings.width, Activation::Identity);
    let part = tape.dropout(part, settings.dropout);
    tape.add(hidden, part, Activation::Identity)
}
