//! The distribution of the difference between two curves' log errors.

use crate::curve::{CurvePoint, LearningCurve};
use crate::decide::compare::profile::Profile;
use crate::forecast::{Ladder, RawForecast};
use crate::stats::normal;

/// Calibration of differences, learnt on pairs of tabular learners on one data set, 2 to 4 doublings
/// beyond their data; printed by `examples/score_comparisons.rs`, which says how.
static DIFFERENCE_SCALE: Ladder = Ladder([0.098, 0.362, 0.894, 1.406, 1.972, 3.029]);

/// Least part of the variances of two curves that is left when they share test examples: a
/// covariance estimated from few of them may be too large.
const LEAST_UNSHARED: f64 = 0.05;

/// Log error of `a` minus that of `b`, before calibration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawDifference {
    /// Expected difference; below 0 when `a` is better.
    pub log_ratio: f64,
    /// Raw standard deviation of the difference of two newly measured log errors.
    pub deviation: f64,
}

/// Two profiles and what ties them.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub(super) a: &'a Profile<'a>,
    pub(super) b: &'a Profile<'a>,
    /// Largest log size that both were measured at.
    pub(super) common: f64,
    /// Covariance of the two log errors from shared test examples; `None` when they share none.
    shared: Option<f64>,
}

impl<'a> Pair<'a> {
    pub(super) fn new(a: &'a Profile<'a>, b: &'a Profile<'a>) -> Self {
        let shared = shared_covariance(a.curve(), b.curve());
        Self { a, b, common: a.largest().min(b.largest()), shared }
    }

    pub(super) fn is_paired(&self) -> bool {
        self.shared.is_some()
    }

    /// The difference at the log size `at`.
    ///
    /// Forecasts as they are, not drawn to the last measured difference as in rankings: on the
    /// development half they put 89.5 % of pairs right, the last errors 88.2 %.
    pub(super) fn difference(&self, at: f64) -> RawDifference {
        let (a, b) = (self.a.at(at), self.b.at(at));
        let log_ratio = a.log_error - b.log_error;
        RawDifference { log_ratio, deviation: self.deviation(a, b) }
    }

    /// Probability that `a` has the lower error at the log size `at`.
    pub(super) fn probability_a_better(&self, at: f64) -> f64 {
        let RawDifference { log_ratio, deviation } = self.difference(at);
        cumulative(-log_ratio / deviation, at <= self.common)
    }

    /// Probability that `b` with the log size `at_b` is at least as good as `a` with `at_a`.
    pub(super) fn probability_b_reaches(&self, at_a: f64, at_b: f64) -> f64 {
        let (a, b) = (self.a.at(at_a), self.b.at(at_b));
        let is_measured = at_a <= self.a.largest() && at_b <= self.b.largest();
        cumulative((a.log_error - b.log_error) / self.deviation(a, b), is_measured)
    }

    fn deviation(&self, a: RawForecast, b: RawForecast) -> f64 {
        let sum = a.deviation.powi(2) + b.deviation.powi(2);
        (sum - 2.0 * self.shared.unwrap_or(0.0)).max(LEAST_UNSHARED * sum).sqrt()
    }
}

/// Between measured points noise is all there is; forecasts have the heavier tails of laws that fail.
fn cumulative(deviations: f64, is_measured: bool) -> f64 {
    if is_measured {
        normal::cumulative(deviations)
    } else {
        DIFFERENCE_SCALE.cumulative(deviations)
    }
}

/// Covariance of the log errors of two curves over new test sets, from the outcomes of shared test
/// examples at the largest size of each; `None` when outcomes were not kept or are not the same number.
///
/// To first order the paired bootstrap of the log ratio of two means:
/// `cov(outcome_a, outcome_b) / (n mean_a mean_b)`.
fn shared_covariance(a: &LearningCurve, b: &LearningCurve) -> Option<f64> {
    let outcomes_a = mean_outcomes(a.points().last()?)?;
    let outcomes_b = mean_outcomes(b.points().last()?)?;
    let count = outcomes_a.len() as f64;
    if outcomes_a.len() != outcomes_b.len() || outcomes_a.len() < 2 {
        return None;
    }
    let mean_a = outcomes_a.iter().sum::<f64>() / count;
    let mean_b = outcomes_b.iter().sum::<f64>() / count;
    let products: f64 =
        outcomes_a.iter().zip(&outcomes_b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    // The log of a square root halves a relative deviation.
    let factor = |curve: &LearningCurve| curve.aggregate().error_from_mean(4.0) / 4.0;
    let covariance = products / (count - 1.0) / count / (mean_a * mean_b) * factor(a) * factor(b);
    covariance.is_finite().then_some(covariance.max(0.0))
}

/// Outcome of each test example, averaged over the replicates that kept them.
fn mean_outcomes(point: &CurvePoint) -> Option<Vec<f64>> {
    let kept: Vec<&[f32]> =
        point.replicates.iter().filter_map(|replicate| replicate.outcomes.as_deref()).collect();
    let examples = kept.first()?.len();
    let mean = |example: usize| {
        kept.iter().map(|outcomes| f64::from(outcomes[example])).sum::<f64>() / kept.len() as f64
    };
    Some((0..examples).map(mean).collect())
}
