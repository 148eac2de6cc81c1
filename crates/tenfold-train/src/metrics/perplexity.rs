//! Perplexity of a language model: among how many tokens it would choose evenly.

use tenfold_core::{Aggregate, MetricKind};

use super::Metric;
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct Perplexity;

impl Metric for Perplexity {
    fn name(&self) -> &'static str {
        "perplexity"
    }

    fn doc(&self) -> &'static str {
        "the exponential of the nats per token"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Texts, TargetKind::Translations]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Loss
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::EXP_RATIO
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        statistics.push(example.loss as f32);
        statistics.push(example.tokens as f32);
    }
}
