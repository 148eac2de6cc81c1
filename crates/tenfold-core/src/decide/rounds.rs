//! Buying in rounds: buy, measure again, plan again.
//!
//! A forecast is surest up to twice the data, and every doubling measured makes the next one surer. So
//! a large purchase is cut into rounds of at most a doubling; after each the curve is measured anew and
//! the plan made again, which stops the buying as soon as it no longer pays.

use serde::{Serialize, Serializer};

use crate::decide::InvestmentOptions;
use crate::estimate::Interval;
use crate::fit::CurveFit;
use crate::forecast::Forecast;
use crate::units::{Cost, TrainingSetSize};

/// One round of buying, as forecast today.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Round {
    /// Examples there are after it.
    pub size: TrainingSetSize,
    /// Examples bought in it.
    pub examples: f64,
    /// Their price.
    pub cost: Option<Cost>,
    /// Days from now until the last of them arrives.
    pub days: Option<f64>,
    /// The error that measuring again should find.
    #[serde(flatten, serialize_with = "error_and_interval")]
    pub forecast: Forecast,
    /// Probability that the target is reached by `size`.
    pub probability_reached: Option<f64>,
}

/// Serialises the expected error and its interval, without the size, which is a field of its own.
fn error_and_interval<S: Serializer>(
    forecast: &Forecast,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Expected {
        error: f64,
        interval_80: Interval,
    }
    let Forecast { error, interval_80, .. } = *forecast;
    Expected { error, interval_80 }.serialize(serializer)
}

/// Most rounds: as many doublings as lie within the horizon of a plan.
const MOST_ROUNDS: f64 = 14.0;

impl CurveFit {
    /// Rounds of at most a doubling each, in equal ratios, from the present examples to `goal`.
    ///
    /// Empty when there is nothing to buy. Prices and probabilities are as seen from today; each round
    /// is meant to be followed by a new plan.
    pub fn rounds(&self, goal: TrainingSetSize, options: &InvestmentOptions) -> Vec<Round> {
        let have = options.have.unwrap_or(self.evidence.largest_size);
        let doublings = (goal.get() / have.get()).log2();
        // A ratio that rounding puts just above a doubling counts as a doubling.
        let count = (doublings - 1e-9).ceil().clamp(0.0, MOST_ROUNDS) as usize;
        let mut before = have;
        let mut rounds = Vec::with_capacity(count);
        for number in 1..=count {
            let ratio = (doublings * number as f64 / count as f64).exp2();
            let whole = (have.get() * ratio).round().min(goal.get());
            let reached = if number == count { goal.get() } else { whole };
            let Some(size) = TrainingSetSize::new(reached).filter(|size| *size > before) else {
                continue;
            };
            let examples = size.get() - before.get();
            rounds.push(Round {
                size,
                examples,
                cost: options.cost_per_example.map(|each| Cost(examples * each.0)),
                days: options.examples_per_day.map(|rate| (size.get() - have.get()) / rate),
                forecast: self.forecast(size),
                probability_reached: options.target.map(|target| self.reached_by(target, size)),
            });
            before = size;
        }
        rounds
    }

    /// Probability that the target is reached by `size`: 1 when it was measured to be.
    pub(crate) fn reached_by(&self, target: f64, size: TrainingSetSize) -> f64 {
        if self.evidence.largest_size_error <= target {
            return 1.0;
        }
        self.probability_reached_by(target, size)
    }
}
