//! The shipped interval scales, one a metric kind.
//!
//! A scale is what public curves tell of (measured log error - forecast): conformal quantiles of its
//! magnitude over the half width of an interval, and over a raw deviation. `examples/learn_scales.rs`
//! prints them.

use crate::curve::MetricKind;

/// Coverages at which the quantiles are kept.
pub const COVERAGES: [f64; 6] = [0.2, 0.5, 0.8, 0.9, 0.95, 0.98];

/// How many raw deviations hold the truth, by coverage; symmetric around the forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ladder(pub [f64; COVERAGES.len()]);

impl Ladder {
    /// Raw deviations that a standardised residual stays below with `probability`.
    pub fn quantile(&self, probability: f64) -> f64 {
        let coverage = (2.0 * probability - 1.0).clamp(-0.999_999, 0.999_999);
        let magnitude = self.magnitude(coverage.abs());
        magnitude.copysign(coverage)
    }

    /// Probability that a standardised residual stays below `deviations`.
    pub fn cumulative(&self, deviations: f64) -> f64 {
        let coverage = self.coverage(deviations.abs());
        0.5 + 0.5 * coverage.copysign(deviations)
    }

    fn magnitude(&self, coverage: f64) -> f64 {
        let (mut low, mut at_low) = (0.0, 0.0);
        for (&step, &value) in COVERAGES.iter().zip(&self.0) {
            if coverage <= step {
                return at_low + (value - at_low) * (coverage - low) / (step - low);
            }
            (low, at_low) = (step, value);
        }
        at_low * ((1.0 - low) / (1.0 - coverage)).powf(1.0 / TAIL)
    }

    fn coverage(&self, magnitude: f64) -> f64 {
        let (mut low, mut at_low) = (0.0, 0.0);
        for (&step, &value) in COVERAGES.iter().zip(&self.0) {
            if magnitude <= value {
                return low + (step - low) * (magnitude - at_low) / (value - at_low);
            }
            (low, at_low) = (step, value);
        }
        1.0 - (1.0 - low) * (at_low / magnitude).powf(TAIL)
    }
}

/// Power of the tail beyond the last quantile: as heavy as Student's t with 4 degrees of freedom.
const TAIL: f64 = 4.0;

/// A calibration of raw deviations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalScale {
    /// Name and version, quoted with every interval.
    pub name: &'static str,
    /// Half widths of the 80 % and the 95 % interval, in those before calibration.
    pub intervals: [f64; 2],
    /// For probabilities of errors at a given size.
    pub forecast: Ladder,
    /// For whether a target is reached at a given size.
    pub plan: Ladder,
}

/// The scale that applies to `metric`.
pub fn scale_for(metric: MetricKind) -> &'static IntervalScale {
    match metric {
        MetricKind::ErrorRate => &ERROR_RATE,
        MetricKind::Loss => &LOSS,
        MetricKind::Unbounded => &UNBOUNDED,
    }
}

/// From the development half of the public curves: 36 of image classification in 6 groups, 4 of
/// BIG-Bench in 1 and 263 of tabular learners in 31, each cut twice; printed by
/// `examples/learn_scales.rs`, which says how.
static ERROR_RATE: IntervalScale = IntervalScale {
    name: "error-rate/v1",
    intervals: [0.879, 0.924],
    forecast: Ladder([0.051, 0.233, 0.681, 1.123, 1.72, 2.471]),
    plan: Ladder([0.078, 0.334, 0.85, 1.193, 1.652, 2.578]),
};

/// Those curves and 5 of translation loss, pooled: 5 are too few for a scale of their own, since a
/// conformal 95 % quantile needs 19.
const POOLED_FORECAST: Ladder = Ladder([0.052, 0.233, 0.674, 1.096, 1.653, 2.41]);

/// As [`POOLED_FORECAST`], for intervals.
const POOLED_INTERVALS: [f64; 2] = [0.866, 0.919];

/// As [`POOLED_FORECAST`], for plans.
const POOLED_PLAN: Ladder = Ladder([0.079, 0.342, 0.863, 1.193, 1.64, 2.523]);

static LOSS: IntervalScale = IntervalScale {
    name: "loss/v1",
    intervals: POOLED_INTERVALS,
    forecast: POOLED_FORECAST,
    plan: POOLED_PLAN,
};

static UNBOUNDED: IntervalScale = IntervalScale {
    name: "unbounded/v1",
    intervals: POOLED_INTERVALS,
    forecast: POOLED_FORECAST,
    plan: POOLED_PLAN,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn check_inverse(ladder: Ladder) {
        for percent in 1..100 {
            let probability = f64::from(percent) / 100.0;
            let back = ladder.cumulative(ladder.quantile(probability));
            assert!((back - probability).abs() < 1e-9, "{ladder:?} {probability} {back}");
        }
    }

    #[test]
    fn cumulative_and_quantile_are_inverse() {
        for metric in [MetricKind::ErrorRate, MetricKind::Loss, MetricKind::Unbounded] {
            check_inverse(scale_for(metric).forecast);
            check_inverse(scale_for(metric).plan);
        }
    }

    #[test]
    fn ladders_increase() {
        for metric in [MetricKind::ErrorRate, MetricKind::Loss, MetricKind::Unbounded] {
            let scale = scale_for(metric);
            assert!(scale.forecast.0.windows(2).all(|pair| pair[0] < pair[1]), "{metric:?}");
            assert!(scale.plan.0.windows(2).all(|pair| pair[0] < pair[1]), "{metric:?}");
        }
    }
}
