//! The word error rate of written texts: edits over the words of the right texts.

use tenfold_core::{Aggregate, MetricKind};

use super::{Metric, word_edits};
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct WordErrorRate;

impl Metric for WordErrorRate {
    fn name(&self) -> &'static str {
        "word_error_rate"
    }

    fn doc(&self) -> &'static str {
        "the same of words"
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
        let found = word_edits(written.hypothesis, written.reference);
        statistics.extend([found.edits as f32, found.length as f32]);
    }
}
