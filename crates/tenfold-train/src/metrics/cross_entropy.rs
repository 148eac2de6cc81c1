//! The loss of a classifier.

use tenfold_core::{Aggregate, MetricKind};

use super::{Metric, TargetRows};
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct CrossEntropy;

impl Metric for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn doc(&self) -> &'static str {
        "in nats"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Classes]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Loss
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::MEAN
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        statistics.push(example.loss as f32);
    }

    /// Cross-entropy of always predicting the shares of the classes in `pool`. Half an example is
    /// added to each class, so that the loss of an unseen class is finite.
    fn best_guess(&self, pool: TargetRows<'_>, test: TargetRows<'_>) -> Option<f64> {
        let counts = pool.class_counts()?;
        let total = pool.rows.len() as f64 + 0.5 * counts.len() as f64;
        let loss = |label: usize| -((counts[label] as f64 + 0.5) / total).ln();
        let (labels, _) = test.labels()?;
        Some(labels.map(loss).sum::<f64>() / test.rows.len() as f64)
    }
}
