//! The mean absolute error.

use tenfold_core::{Aggregate, MetricKind};

use super::{Metric, TargetRows};
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct Mae;

impl Metric for Mae {
    fn name(&self) -> &'static str {
        "mae"
    }

    fn doc(&self) -> &'static str {
        "mean absolute error, in units of the target"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Values]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Unbounded
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::MEAN
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        statistics.push(example.absolute_error() as f32);
    }

    /// Mean absolute error of always predicting the median of `pool`.
    fn best_guess(&self, pool: TargetRows<'_>, test: TargetRows<'_>) -> Option<f64> {
        let median = pool.median()?;
        let errors = test.values()?.map(|value| (value - median).abs());
        Some(errors.sum::<f64>() / test.rows.len() as f64)
    }
}
