//! How much a model writes: characters of what it writes over those of the right texts, whatever they are.
//!
//! No curve is of it. A model trained by connectionist temporal classification begins by writing nothing but
//! blanks, and neither its loss nor its errors move until that has ended
//! (`docs/decisions/stop-by-loss.md`).

use tenfold_core::{Aggregate, MetricKind};

use super::Metric;
use crate::example::{Example, TargetKind};

/// Below this share a model counts as writing nothing yet: guessing the most frequent letter once a word is
/// no beginning.
pub(crate) const LEAST_WRITTEN: f64 = 0.5;

#[derive(Debug)]
pub(super) struct ShareWritten;

impl Metric for ShareWritten {
    fn name(&self) -> &'static str {
        "share_written"
    }

    fn doc(&self) -> &'static str {
        "characters written over the characters of the right texts"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Transcripts]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Unbounded
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::RATIO
    }

    fn reads_what_is_written(&self) -> bool {
        true
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        let characters = |text: &str| text.chars().count() as f32;
        let written = example.written;
        statistics.extend([characters(written.hypothesis), characters(written.reference)]);
    }
}
