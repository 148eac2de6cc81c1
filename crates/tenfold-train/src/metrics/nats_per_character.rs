//! The loss of a language model, a character: it compares models of different tokens.

use tenfold_core::{Aggregate, MetricKind};

use super::Metric;
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct NatsPerCharacter;

impl Metric for NatsPerCharacter {
    fn name(&self) -> &'static str {
        "nats_per_character"
    }

    fn doc(&self) -> &'static str {
        "in nats, the end of each text counted as a character"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Texts, TargetKind::Translations, TargetKind::Transcripts]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Loss
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::RATIO
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        statistics.push(example.loss as f32);
        statistics.push(example.characters as f32);
    }
}
