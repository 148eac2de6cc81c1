//! How many examples a target needs, with probabilities from the posterior.
//!
//! The probability that the curve has reached a target by a size is that of the forecast there; since data
//! once bought stay bought, it never falls with size.

use serde::Serialize;

use crate::estimate::OptionalInterval;
use crate::fit::{CurveFit, FitWarning};
use crate::posterior::ForecastOf;
use crate::units::{Cost, TrainingSetSize};

/// What is known besides the target.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlanOptions {
    /// Examples there are already; the largest size measured when `None`.
    pub have: Option<TrainingSetSize>,
    /// Price of one more example.
    pub cost_per_example: Option<Cost>,
}

/// How many examples reach a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataPlan {
    /// The error to reach.
    pub target: f64,
    /// Size by which the target is reached with probability one half; `None` when it may never be.
    pub size: Option<TrainingSetSize>,
    /// Sizes by which it is reached with probabilities 0.1 and 0.9; `None` beyond the horizon.
    pub interval_80: OptionalInterval,
    /// Probability that it is reached within [`HORIZON_RATIO`] times the largest size measured.
    pub probability_reached: f64,
    /// Whether the error measured at the largest size is at or below the target.
    pub already_reached: bool,
    /// Size by which the target is reached with probability 0.9.
    pub safe_size: Option<TrainingSetSize>,
    /// `size` minus `have`, not below 0.
    pub examples_to_add: Option<f64>,
    /// Price of `examples_to_add`.
    pub cost: Option<Cost>,
    /// Prices of reaching the ends of `interval_80`.
    pub cost_interval_80: OptionalInterval,
    /// Examples there are already.
    pub have: TrainingSetSize,
    /// What to know before spending the money.
    pub warnings: Vec<FitWarning>,
}

/// How far ahead a target may lie, as a ratio of the largest size measured.
///
/// Beyond it no interval was checked and nobody would collect the data, so the answer is "may never
/// reach".
pub const HORIZON_RATIO: f64 = 10_000.0;

/// Probability below which no size is given.
const LIKELY: f64 = 0.5;

/// Probability below which a size comes with a warning.
const SURE: f64 = 0.8;

/// Steps per doubling at which probabilities are computed; crossings between steps are bisected.
const STEPS_A_DOUBLING: f64 = 2.0;

/// Bisections of one step: 2^-30 of half a doubling is far below a single example of most data sets.
const BISECTIONS: usize = 30;

impl CurveFit {
    /// The examples needed to bring the error to `target`.
    ///
    /// A `target` that is not above 0 is never reached.
    pub fn plan(&self, target: f64, options: &PlanOptions) -> DataPlan {
        let evidence = &self.evidence;
        let have = options.have.unwrap_or(evidence.largest_size);
        let reach = Reach { fit: self, target };
        let already_reached = evidence.largest_size_error <= target;
        let steps = reach.steps();
        let mut probability_reached = steps.last().map_or(0.0, |step| step.reached);
        let size_at = |probability| reach.size_at(&steps, probability);
        let mut size = size_at(LIKELY);
        let (mut low, mut high) = (size_at(0.1), size_at(0.9));
        if already_reached {
            // The target was reached by a measurement, so the largest size is enough, whatever the
            // law says.
            let capped = |found: Option<TrainingSetSize>| {
                Some(found.map_or(evidence.largest_size, |size| size.min(evidence.largest_size)))
            };
            (size, low, high) = (capped(size), capped(low), capped(high));
            probability_reached = 1.0;
        }
        let examples_to = |size: TrainingSetSize| (size.get() - have.get()).max(0.0);
        let price = |examples: f64| {
            let each = options.cost_per_example?.0;
            let total = examples * each;
            total.is_finite().then_some(total)
        };
        let examples_to_add = size.map(examples_to);
        DataPlan {
            target,
            size,
            interval_80: OptionalInterval {
                low: low.map(TrainingSetSize::get),
                high: high.map(TrainingSetSize::get),
            },
            probability_reached,
            already_reached,
            safe_size: high,
            examples_to_add,
            cost: examples_to_add.and_then(price).map(Cost),
            cost_interval_80: OptionalInterval {
                low: low.map(examples_to).and_then(price),
                high: high.map(examples_to).and_then(price),
            },
            have,
            warnings: self.plan_warnings(target, size, probability_reached),
        }
    }

    /// Probability that training on at most `size` examples brings the error to `target`.
    ///
    /// From the same distribution as [`CurveFit::plan`]; it never falls with `size`.
    pub fn probability_reached_by(&self, target: f64, size: TrainingSetSize) -> f64 {
        let reach = Reach { fit: self, target };
        let last = self.doublings_beyond(size);
        let steps = reach.steps();
        let now = reach.probability(last);
        match steps.iter().take_while(|step| step.doublings <= last).last() {
            Some(before) => now.max(before.reached),
            None => steps.first().map_or(now, |first| now.min(first.reached)),
        }
    }

    fn plan_warnings(
        &self,
        target: f64,
        size: Option<TrainingSetSize>,
        probability: f64,
    ) -> Vec<FitWarning> {
        let mut warnings = self.warnings.clone();
        match size {
            None => warnings.push(FitWarning::TargetMayNeverBeReached { target, probability }),
            Some(size) => {
                if probability < SURE {
                    warnings.push(FitWarning::TargetUncertain { target, probability });
                }
                warnings.extend(self.warning_at(size));
            }
        }
        warnings
    }
}

/// The probability that a target is reached, as a function of size.
struct Reach<'a> {
    fit: &'a CurveFit,
    target: f64,
}

/// One size at which the distribution was computed.
struct Step {
    /// Doublings beyond the largest size measured.
    doublings: f64,
    /// Probability that the target is reached by this size.
    reached: f64,
}

impl Reach<'_> {
    fn size(&self, doublings: f64) -> TrainingSetSize {
        let largest = self.fit.evidence.largest_size;
        TrainingSetSize::from_log(largest.log() + doublings * std::f64::consts::LN_2)
    }

    /// Probability that the next error measured there is at or below the target.
    fn probability(&self, doublings: f64) -> f64 {
        self.fit.probability_below(self.target, self.size(doublings), ForecastOf::NextMeasurement)
    }

    /// Steps up to the horizon. They begin at the smallest size measured if the target was reached,
    /// else at the largest size, where the target was measured not to be reached.
    fn steps(&self) -> Vec<Step> {
        let evidence = &self.fit.evidence;
        let first = if evidence.largest_size_error <= self.target {
            self.fit.doublings_beyond(evidence.smallest_size)
        } else {
            0.0
        };
        let last = HORIZON_RATIO.log2();
        // Sizes over hundreds of doublings are no real study; coarser steps keep the work bounded.
        let count = ((last - first) * STEPS_A_DOUBLING).ceil().min(200.0);
        let mut best: f64 = 0.0;
        (0..=count as usize)
            .map(|step| {
                let doublings = first + (last - first) * step as f64 / count;
                best = best.max(self.probability(doublings));
                Step { doublings, reached: best }
            })
            .collect()
    }

    /// Smallest size by which the target is reached with `probability`.
    fn size_at(&self, steps: &[Step], probability: f64) -> Option<TrainingSetSize> {
        let at = steps.iter().position(|step| step.reached >= probability)?;
        let (mut low, mut high) = (steps[at.saturating_sub(1)].doublings, steps[at].doublings);
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if self.probability(middle) >= probability { high = middle } else { low = middle }
        }
        Some(self.size(high))
    }
}
