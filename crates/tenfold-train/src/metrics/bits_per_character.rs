//! The loss of a language model in bits a character: it compares models of different tokens.

use tenfold_core::{Aggregate, MetricKind};

use super::Metric;
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct BitsPerCharacter;

impl Metric for BitsPerCharacter {
    fn name(&self) -> &'static str {
        "bits_per_character"
    }

    fn doc(&self) -> &'static str {
        "in bits, the end of each text counted as a character"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Texts]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Loss
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::RATIO
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        statistics.push((example.loss / std::f64::consts::LN_2) as f32);
        statistics.push(example.characters as f32);
    }
}
