//! Curves for the tests of this folder.

use crate::curve::{Aggregate, CurveDescription, CurvePoint, LearningCurve, MetricKind};

/// The curve of a loss through `points`.
pub(super) fn curve_of(points: Vec<CurvePoint>) -> LearningCurve {
    let description = CurveDescription {
        name: "simulated".to_owned(),
        metric: MetricKind::Loss,
        aggregate: Aggregate::Mean,
        best_guess: None,
    };
    LearningCurve::new(description, points).unwrap()
}
