//! The share of tokens of translations that are not the most probable ones, each after the right ones.

use tenfold_core::{Aggregate, MetricKind};

use super::Metric;
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct TokenErrorRate;

impl Metric for TokenErrorRate {
    fn name(&self) -> &'static str {
        "token_error_rate"
    }

    fn doc(&self) -> &'static str {
        "share of the tokens of translations that are not the most probable ones behind the right ones, the \
         end counted as a token"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Translations]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::ErrorRate
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::RATIO
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        statistics.push(example.wrong as f32);
        statistics.push(example.tokens as f32);
    }
}
