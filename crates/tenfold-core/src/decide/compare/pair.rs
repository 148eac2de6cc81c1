//! The distribution of the difference between two curves' log errors.

use crate::curve::LearningCurve;
use crate::decide::compare::profile::Profile;
use crate::metric::{Influence, Outcomes};
use crate::posterior::Mixture;
use crate::stats::normal;

/// Least share of the variances of two curves that remains when they share test examples: a
/// covariance estimated from few examples may be too large. Chosen by hand, not swept.
const LEAST_UNSHARED: f64 = 0.05;

/// Two profiles and the covariance between them.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub(super) a: &'a Profile<'a>,
    pub(super) b: &'a Profile<'a>,
    /// Covariance of the two log errors from shared test examples; `None` when they share none.
    shared: Option<f64>,
}

impl<'a> Pair<'a> {
    pub(super) fn new(a: &'a Profile<'a>, b: &'a Profile<'a>) -> Self {
        let shared = shared_covariance(a.curve(), b.curve());
        Self { a, b, shared }
    }

    pub(super) fn is_paired(&self) -> bool {
        self.shared.is_some()
    }

    /// Median log error of `a` less that of `b` at the log size `at`.
    pub(super) fn log_ratio(&self, at: f64) -> f64 {
        self.a.expected(at) - self.b.expected(at)
    }

    /// Probability that `a` has the lower error at the log size `at`.
    pub(super) fn probability_a_better(&self, at: f64) -> f64 {
        self.probability_below(&self.a.at(at), &self.b.at(at))
    }

    /// Probability that `b` with the log size `at_b` is at least as good as `a` with `at_a`.
    pub(super) fn probability_b_reaches(&self, a: &Mixture, at_b: f64) -> f64 {
        self.probability_below(&self.b.at(at_b), a)
    }

    /// Probability that a draw of `one` is below a draw of `other`, which share the noise of the
    /// test examples.
    fn probability_below(&self, one: &Mixture, other: &Mixture) -> f64 {
        let shared = 2.0 * self.shared.unwrap_or(0.0);
        let mut probability = 0.0;
        for a in one.parts() {
            for b in other.parts() {
                let sum = a.deviation * a.deviation + b.deviation * b.deviation;
                let deviation = (sum - shared).max(LEAST_UNSHARED * sum).sqrt();
                let apart = (b.mean - a.mean) / deviation;
                probability += a.weight * b.weight * normal::cumulative(apart);
            }
        }
        probability.clamp(0.0, 1.0)
    }
}

/// Covariance of the log errors of two curves over new test sets, from the outcomes of shared test
/// examples at the largest size of each; `None` when outcomes were not kept or are not the same number.
///
/// To first order this agrees with the paired bootstrap of the log ratio of two errors; for two
/// means it is `cov(outcome_a, outcome_b) / (n mean_a mean_b)`.
fn shared_covariance(a: &LearningCurve, b: &LearningCurve) -> Option<f64> {
    let influence = |curve: &LearningCurve| {
        let kept = &curve.points().last()?.replicates;
        let outcomes = kept.iter().filter_map(|replicate| replicate.outcomes.as_ref());
        Influence::of(&Outcomes::average(outcomes)?, curve.aggregate())
    };
    influence(a)?.covariance(&influence(b)?).map(|covariance| covariance.max(0.0))
}
