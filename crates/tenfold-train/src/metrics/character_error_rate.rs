//! The character error rate of written texts: edits over the characters of the right texts.

use tenfold_core::{Aggregate, MetricKind};

use super::{Metric, character_edits};
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct CharacterErrorRate;

impl Metric for CharacterErrorRate {
    fn name(&self) -> &'static str {
        "character_error_rate"
    }

    fn doc(&self) -> &'static str {
        "insertions, deletions and substitutions of characters over the characters of the transcripts"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Transcripts]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::ErrorRate
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::RATIO
    }

    fn reads_what_is_written(&self) -> bool {
        true
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        let written = example.written;
        let found = character_edits(written.hypothesis, written.reference);
        statistics.extend([found.edits as f32, found.length as f32]);
    }
}
