//! The loss of a language model, a token.

use tenfold_core::{Aggregate, MetricKind};

use super::Metric;
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct NatsPerToken;

impl Metric for NatsPerToken {
    fn name(&self) -> &'static str {
        "nats_per_token"
    }

    fn doc(&self) -> &'static str {
        "in nats, the end of each text counted as a token"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Texts, TargetKind::Translations]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Loss
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::RATIO
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        statistics.push(example.loss as f32);
        statistics.push(example.tokens as f32);
    }
}
