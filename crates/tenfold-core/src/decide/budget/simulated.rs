//! Curves for the tests of this folder.

use crate::curve::{CurveDescription, CurvePoint, LearningCurve, MetricKind};
use crate::metric::Aggregate;

/// The curve of a loss through `points`.
pub(super) fn curve_of(points: Vec<CurvePoint>) -> LearningCurve {
    let description = CurveDescription {
        name: "simulated".to_owned(),
        metric: MetricKind::Loss,
        aggregate: Aggregate::MEAN,
        best_guess: None,
    };
    LearningCurve::new(description, points).unwrap()
}
