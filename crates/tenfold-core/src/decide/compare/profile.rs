//! Distribution of one curve's error at any size: the posterior is computed at some sizes and
//! interpolated between them.

use crate::curve::LearningCurve;
use crate::decide::compare::Contender;
use crate::fit::CurveFit;
use crate::posterior::Mixture;
use crate::units::TrainingSetSize;

/// Share of the variance of a measurement's noise that is added when two curves are compared,
/// because the noise is itself only estimated. Without it, 7.6, 6.3 and 5.2 % of pairs of equal
/// curves with 1, 3 and 5 seeds are told apart at their largest size, where 5 % may be; with all of
/// it, 1.1, .1 and .3 %.
const NOISE_SHARE: f64 = 0.25;

/// Number of components to which a distribution is reduced before two are compared.
const PARTS: usize = 12;

/// Steps a doubling beyond the largest size; between them a distribution changes slowly enough to be
/// blended.
const STEPS_A_DOUBLING: f64 = 2.0;

/// Most steps of a profile: forecasts over hundreds of doublings are no real question.
const MOST_STEPS: f64 = 200.0;

/// Most measured sizes of a profile; if there are more, evenly spread ones are used.
const MOST_MEASURED: usize = 32;

/// The log error of a curve as a function of log size.
#[derive(Clone, Debug)]
pub(super) struct Profile<'a> {
    contender: Contender<'a>,
    /// Ascending in size, at least one.
    stops: Vec<Stop>,
}

/// The posterior at one size.
#[derive(Clone, Debug)]
struct Stop {
    log_size: f64,
    /// Median of the log error.
    median: f64,
    /// Distribution of the log error of the curve itself, in few parts.
    distribution: Mixture,
}

impl<'a> Profile<'a> {
    /// The profile up to the log size `end`.
    pub(super) fn new(contender: Contender<'a>, end: f64) -> Self {
        let points = contender.curve.points();
        let looked_at = points.len().min(MOST_MEASURED);
        // The largest size is always included; it comes with the steps beyond it.
        let measured = (1..looked_at)
            .map(|number| points[(number * points.len() / looked_at).saturating_sub(1)].size.log());
        let largest = contender.curve.largest_size().log();
        let length = (end - largest).max(0.0);
        let steps = (length / std::f64::consts::LN_2 * STEPS_A_DOUBLING).ceil();
        let steps = steps.clamp(1.0, MOST_STEPS);
        let beyond = (0..=steps as usize).map(|at| largest + length * at as f64 / steps);
        let mut sizes: Vec<f64> =
            std::iter::once(points[0].size.log()).chain(measured).chain(beyond).collect();
        sizes.dedup();
        let stop = |log_size: f64| {
            // The largest size is used as it is, because a round trip through its logarithm may
            // change it.
            let size = if log_size.total_cmp(&largest).is_eq() {
                contender.curve.largest_size()
            } else {
                TrainingSetSize::from_log(log_size)
            };
            let whole = contender.fit.log_error_with(size, NOISE_SHARE);
            Stop { log_size, median: whole.quantile(0.5), distribution: whole.joined(PARTS) }
        };
        Self { contender, stops: sizes.into_iter().map(stop).collect() }
    }

    pub(super) fn curve(&self) -> &'a LearningCurve {
        self.contender.curve
    }

    pub(super) fn fit(&self) -> &'a CurveFit {
        self.contender.fit
    }

    /// Log of the smallest size measured.
    pub(super) fn smallest(&self) -> f64 {
        self.fit().evidence.smallest_size.log()
    }

    /// Log of the largest size measured.
    pub(super) fn largest(&self) -> f64 {
        self.fit().evidence.largest_size.log()
    }

    /// The stops around a log size, and the share of the second.
    fn around(&self, at: f64) -> (&Stop, &Stop, f64) {
        let after = self.stops.partition_point(|stop| stop.log_size < at);
        let after = after.min(self.stops.len() - 1);
        let (low, high) = (&self.stops[after.saturating_sub(1)], &self.stops[after]);
        let length = high.log_size - low.log_size;
        let share = if length > 0.0 { ((at - low.log_size) / length).clamp(0.0, 1.0) } else { 1.0 };
        (low, high, share)
    }

    /// Median log error of the curve at the log size `at`.
    pub(super) fn expected(&self, at: f64) -> f64 {
        let (low, high, share) = self.around(at);
        low.median + share * (high.median - low.median)
    }

    /// Distribution of the log error of the curve itself at the log size `at`: a blend of the
    /// distributions at the two stops around it, each shifted to the median at `at`.
    pub(super) fn at(&self, at: f64) -> Mixture {
        let (low, high, share) = self.around(at);
        let median = self.expected(at);
        let moved = |stop: &Stop| stop.distribution.clone().shifted(median - stop.median);
        Mixture::blended(moved(low), moved(high), share)
    }
}
