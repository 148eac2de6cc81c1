//! How much of the scatter around a curve is measurement noise, and where that is known from.

use crate::curve::seed_noise::SeedNoise;
use crate::curve::{CurvePoint, LearningCurve, MetricKind};

/// What is known of the noise at each size, in log-error units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeasuredNoise {
    /// Standard deviation of each point's log error over new test sets and seeds, as measured;
    /// 0 where nothing is known, as at censored points. One per point, in the order of `curve.points()`.
    pub(crate) deviations: Vec<f64>,
    /// Degrees of freedom behind the deviations; 0 where nothing is known.
    pub(crate) degrees: usize,
    /// Whether several seeds were run at most sizes, or the source states standard errors.
    pub(crate) seeds_known: bool,
    /// Standard deviation of the log error at the largest size that is not censored, from its test examples alone.
    pub(crate) test_deviation: Option<f64>,
}

/// Reads the noise of `curve` from per-example outcomes, seeds, stated standard errors or the number
/// of test examples, whichever there are.
pub(crate) fn measured_noise(curve: &LearningCurve) -> MeasuredNoise {
    let points = curve.points();
    let seed_noise = SeedNoise::of(points);
    let deviations = points
        .iter()
        .map(|point| {
            if point.is_censored {
                return 0.0;
            }
            if let Some(standard_error) = point.standard_error {
                return (standard_error / point.error()).min(1.0);
            }
            let seeds = seed_noise.map_or(0.0, |noise| {
                noise.at_point(point) * variance_of_median(point.replicates.len())
            });
            let test = test_deviation(curve, point).unwrap_or(0.0);
            (seeds + test * test).sqrt().min(1.0)
        })
        .collect();
    let stated = points.iter().filter(|point| point.standard_error.is_some()).count();
    let is_stated = 2 * stated > curve.seen().count();
    MeasuredNoise {
        deviations,
        degrees: if is_stated {
            STATED_DEGREES
        } else {
            seed_noise.map_or(0, |noise| noise.degrees)
        },
        seeds_known: seed_noise.is_some() || is_stated,
        test_deviation: curve.seen().next_back().and_then(|point| test_deviation(curve, point)),
    }
}

impl MeasuredNoise {
    /// The same noise with the deviations of only those points of `curve` that are not censored.
    pub(crate) fn of_seen(mut self, curve: &LearningCurve) -> Self {
        let mut points = curve.points().iter();
        self.deviations.retain(|_| points.next().is_some_and(|point| !point.is_censored));
        self
    }
}

/// Degrees of freedom that a stated standard error counts for, since its own accuracy is not known:
/// those of 31 repeats, beyond which intervals hardly change.
const STATED_DEGREES: usize = 30;

/// Variance of the log error of `point` over new seeds.
pub(crate) fn variance_between_seeds(noise: &SeedNoise, point: &CurvePoint) -> f64 {
    noise.at(point.size) * variance_of_median(point.replicates.len())
}

/// Smallest log error to which a law is expected to match a curve, even without noise. Chosen by
/// hand, not swept.
pub(crate) const MISFIT: f64 = 0.02;

/// Variance of the median of `count` normal draws, in units of their variance.
///
/// Exact values up to 5, then pi / 2 over the count, which is within 5 %.
pub(crate) fn variance_of_median(count: usize) -> f64 {
    match count {
        0 | 1 => 1.0,
        2 => 0.5,
        3 => 0.448_7,
        4 => 0.298_2,
        5 => 0.286_8,
        _ => std::f64::consts::FRAC_PI_2 / count as f64,
    }
}

/// Standard deviation of a point's log error over new test sets, from the outcomes of its first
/// replicate or, for error rates, from the number of test examples.
pub(crate) fn test_deviation(curve: &LearningCurve, point: &CurvePoint) -> Option<f64> {
    let outcomes = point.replicates[0].outcomes.as_ref();
    if let Some(influence) = outcomes.and_then(|all| all.influence(curve.aggregate())) {
        return influence.deviation();
    }
    let count = point.test_examples? as f64;
    let error = point.error();
    let is_rate = curve.metric() == MetricKind::ErrorRate && error < 1.0 && count > 0.0;
    is_rate.then(|| ((1.0 - error) / (error * count)).sqrt())
}

/// Number of test examples behind a point, where it is known.
pub(crate) fn test_examples(point: &CurvePoint) -> Option<f64> {
    let outcomes = point.replicates[0].outcomes.as_ref().map(|all| all.examples() as f64);
    outcomes.or(point.test_examples.map(|count| count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::quantile::median_in_place;
    use crate::stats::random::RandomStream;

    #[test]
    fn the_variance_of_a_median_is_as_stated() {
        for count in 1..=8 {
            let mut stream = RandomStream::new(11, count as u64);
            let draws = 40_000;
            let squares: f64 = (0..draws)
                .map(|_| {
                    let mut sample: Vec<f64> = (0..count).map(|_| stream.normal()).collect();
                    median_in_place(&mut sample).powi(2)
                })
                .sum();
            // 40,000 draws of a squared normal have a standard error of 0.7 %; the approximation
            // for large counts is off by up to 10 % at 6.
            let ratio = squares / f64::from(draws) / variance_of_median(count);
            assert!((0.80..1.05).contains(&ratio), "{count}: {ratio}");
        }
    }
}
