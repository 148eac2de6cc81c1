//! `seq2seq`: reads a text in both directions and writes another one, attending to what it read.
//!
//! Layers of long short-term memory in both directions read the source. The layers that write get the
//! last states of these with every token they have written before; each step attends to all steps of
//! the source, and what it finds goes through one more layer before the next token is predicted.
//!
//! # Reference
//! Bahdanau, Cho and Bengio (2015), arXiv:1409.0473: both directions and additive attention. That the
//! states are an input of every step is from Cho et al. (2014), arXiv:1406.1078; that attention comes
//! after the recurrent layers, so that all steps are one product, from Luong, Pham and Manning (2015),
//! arXiv:1508.04025, equations 4 and 5, here with a `ReLU`.

use super::windows::{EMBEDDING, SMOOTHING, of_language_model};
use super::{Fitting, Learner, PairInputs, RecordedPairs, Takes, TargetPart};
use crate::engine::{TapeRecorder, Value};
use crate::learners::settings::{LearnerSettings, SettingKey};
use crate::ops::{Activation, Source, Streams};

#[derive(Debug)]
pub(super) struct Seq2Seq;

impl Learner for Seq2Seq {
    fn name(&self) -> &'static str {
        "seq2seq"
    }

    fn takes(&self) -> Takes {
        Takes::Pairs
    }

    fn defaults(&self) -> LearnerSettings {
        LearnerSettings { width: 128, depth: 1, dropout: 0.1, ..of_language_model(super::SEQ2SEQ) }
    }

    fn own_settings(&self) -> &'static [SettingKey] {
        &[EMBEDDING, SMOOTHING]
    }

    fn fitting(&self) -> Fitting<'_> {
        Fitting::Pairs(self)
    }
}

impl RecordedPairs for Seq2Seq {
    fn record(
        &self,
        tape: &mut TapeRecorder,
        inputs: PairInputs,
        settings: &LearnerSettings,
        [sources, targets]: [usize; 2],
    ) -> Option<Value> {
        let (width, plain) = (settings.width, Activation::Identity);
        let embedding = settings.own_number(&EMBEDDING) as usize;
        let mut read = tape.embedding(inputs.source, sources, embedding, 1.0);
        let mut last = None;
        for _ in 0..settings.depth {
            let both = tape.bidirectional_lstm(read, inputs.lengths, width.div_ceil(2))?;
            read = tape.dropout(both.steps, settings.dropout);
            last = Some(both.last);
        }
        let before = tape.embedding(inputs.before, targets, embedding, 1.0);
        let steps = tape.shape(before).pixels();
        let last = tape.at_every_step(last?, steps);
        let mut written = tape.side_by_side(before, last)?;
        let streams = match inputs.part {
            TargetPart::Whole => Streams::Fresh,
            TargetPart::Next { .. } => Streams::Carried,
        };
        for _ in 0..settings.depth {
            let hidden = tape.lstm(Source::Vectors(written), width, streams);
            written = tape.dropout(hidden, settings.dropout);
        }
        let queries = tape.linear_each(written, width, plain);
        let keys = tape.linear_each(read, width, plain);
        let weights = tape.additive_attention(queries, keys, inputs.lengths)?;
        let found = tape.weighted_sum(weights, read)?;
        let both = tape.side_by_side(written, found)?;
        let both = tape.linear_each(both, width, Activation::Relu);
        let both = tape.dropout(both, settings.dropout);
        Some(tape.output_each(both, targets))
    }
}
