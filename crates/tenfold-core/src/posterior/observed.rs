//! A curve as the filter sees it.

use crate::curve::LearningCurve;
use crate::curve::noise::measured_noise;
use crate::posterior::filter::Observation;

/// Largest log error that a point may differ by from the one at the largest size.
const MOST: f64 = 100.0;

/// All points of `curve`, relative to its point number `kept` (from 1).
pub(crate) fn observations(curve: &LearningCurve, kept: usize) -> Vec<Observation> {
    let points = curve.points();
    let noise = measured_noise(curve);
    let origin = &points[kept.clamp(1, points.len()) - 1];
    let (largest, last) = (origin.size.log(), origin.error().ln());
    let one = |(point, deviation): (&crate::curve::CurvePoint, &f64)| Observation {
        doublings: (point.size.log() - largest) / std::f64::consts::LN_2,
        log_error: (point.error().ln() - last).clamp(-MOST, MOST),
        variance: deviation * deviation,
        is_bound: point.is_censored,
    };
    points.iter().zip(&noise.deviations).map(one).collect()
}
