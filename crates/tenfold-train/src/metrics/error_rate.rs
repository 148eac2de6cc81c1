//! The share of wrong classes.

use tenfold_core::{Aggregate, MetricKind};

use super::{Metric, TargetRows};
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct ErrorRate;

impl Metric for ErrorRate {
    fn name(&self) -> &'static str {
        "error_rate"
    }

    fn doc(&self) -> &'static str {
        "share of wrong classes"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Classes]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::ErrorRate
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::MEAN
    }

    /// 1 if the predicted class is wrong, else 0. The prediction is the class with the largest
    /// output, the first one of equal outputs.
    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        let (output, label) = (example.output, example.target as usize);
        let (before, after) = (&output[..label], &output[label + 1..]);
        let is_right = before.iter().all(|value| *value < output[label])
            && after.iter().all(|value| *value <= output[label]);
        statistics.push(f32::from(!is_right));
    }

    /// Error rate of always predicting the most frequent class of `pool`.
    fn best_guess(&self, pool: TargetRows<'_>, test: TargetRows<'_>) -> Option<f64> {
        let counts = pool.class_counts()?;
        let most = (0..counts.len()).rev().max_by_key(|class| counts[*class])?;
        let (labels, _) = test.labels()?;
        Some(labels.filter(|label| *label != most).count() as f64 / test.rows.len() as f64)
    }
}
