//! The root of the mean squared error.

use tenfold_core::{Aggregate, MetricKind};

use super::{Metric, TargetRows};
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct Rmse;

impl Metric for Rmse {
    fn name(&self) -> &'static str {
        "rmse"
    }

    fn doc(&self) -> &'static str {
        "root of the mean squared error, in units of the target"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Values]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Unbounded
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::ROOT_MEAN
    }

    /// The squared error, in squared units of the target. It is scaled back, because the loss is
    /// that of standardised targets.
    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        let deviation = example.scale.deviation;
        statistics.push((example.loss * deviation * deviation) as f32);
    }

    /// RMSE of always predicting the mean of `pool`.
    fn best_guess(&self, pool: TargetRows<'_>, test: TargetRows<'_>) -> Option<f64> {
        let mean = pool.values()?.sum::<f64>() / pool.rows.len() as f64;
        let squares = test.values()?.map(|value| (value - mean).powi(2));
        Some((squares.sum::<f64>() / test.rows.len() as f64).sqrt())
    }
}
