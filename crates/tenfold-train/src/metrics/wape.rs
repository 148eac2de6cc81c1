//! The weighted absolute percentage error of demand forecasts: absolute errors over absolute targets.
//!
//! # Reference
//! Kolassa and Schütz (2007), *Advantages of the MAD/mean ratio over the MAPE*, Foresight 6.

use tenfold_core::{Aggregate, MetricKind};

use super::{Metric, TargetRows};
use crate::example::{Example, TargetKind};

#[derive(Debug)]
pub(super) struct Wape;

impl Metric for Wape {
    fn name(&self) -> &'static str {
        "wape"
    }

    fn doc(&self) -> &'static str {
        "sum of the absolute errors over the sum of the absolute targets"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Values]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::Unbounded
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::RATIO
    }

    /// The absolute error and the absolute target, both in units of the target.
    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        statistics.push(example.absolute_error() as f32);
        statistics.push(example.value().abs() as f32);
    }

    /// WAPE of always predicting the median of `pool`.
    fn best_guess(&self, pool: TargetRows<'_>, test: TargetRows<'_>) -> Option<f64> {
        let median = pool.median()?;
        let errors: f64 = test.values()?.map(|value| (value - median).abs()).sum();
        let targets: f64 = test.values()?.map(f64::abs).sum();
        Some(errors / targets)
    }
}
