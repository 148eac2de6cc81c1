//! What more data is worth: how many examples to buy, and what the next one brings.
//!
//! With `v` the worth of one unit of error, `c` the price of an example, `h` the examples there are
//! and `e(m)` the error forecast, buying up to `m` earns `v (e(h) - e(m)) - c (m - h)`. The best size
//! is where that is largest: there, or at an end, the next example is worth its price,
//! `-v e'(m) = c`. A budget and a deadline stop the purchase before.

use serde::{Serialize, Serializer};

use crate::decide::{HORIZON_RATIO, PlanOptions};
use crate::estimate::Interval;
use crate::fit::CurveFit;
use crate::forecast::Forecast;
use crate::units::{Cost, TrainingSetSize};

/// Prices, values and limits that decide a purchase; every amount is in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InvestmentOptions {
    /// Examples there are already; the largest size measured when `None`.
    pub have: Option<TrainingSetSize>,
    /// Price of one more example.
    pub cost_per_example: Option<Cost>,
    /// What one unit less error is worth.
    pub value_of_error: Option<Cost>,
    /// The error to reach.
    pub target: Option<f64>,
    /// Most that may be spent.
    pub budget: Option<Cost>,
    /// Examples that can be had a day.
    pub examples_per_day: Option<f64>,
    /// Days until the model is needed.
    pub deadline_days: Option<f64>,
}

/// Why no purchase can be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InvestmentError {
    /// A negative amount, or one that is not a number.
    #[error("the {name} is {value}, a finite number {needed} is needed")]
    BadAmount {
        /// Which amount.
        name: &'static str,
        /// What was found.
        value: f64,
        /// What was needed.
        needed: &'static str,
    },
    /// A budget without a price.
    #[error("a budget buys a number of examples only at a price, and no cost per example is given")]
    BudgetWithoutPrice,
    /// A deadline without a rate.
    #[error("a deadline limits a purchase only with the number of examples that arrive a day")]
    DeadlineWithoutRate,
    /// Neither a value, a target, a budget nor a deadline.
    #[error("a value of error, a target, a budget or a deadline is needed to say how much to buy")]
    NothingToWeigh,
}

/// What decided how many examples to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PurchaseLimit {
    /// The next example would be worth less than its price.
    Value,
    /// The target is likely reached.
    Target,
    /// The money is spent.
    Budget,
    /// No more examples arrive in time.
    Deadline,
    /// Examples are worth their price up to the horizon, beyond which nothing is forecast.
    Horizon,
    /// The target may never be reached, so nothing is bought for it.
    OutOfReach,
}

/// How many examples to buy now, and what they bring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Investment {
    /// Examples there are already.
    pub have: TrainingSetSize,
    /// Examples there are after buying.
    pub size: TrainingSetSize,
    /// Examples to buy now.
    pub examples: f64,
    /// Their price.
    pub cost: Option<Cost>,
    /// Days until the last of them arrives.
    pub days: Option<f64>,
    /// What decided the number.
    pub limit: PurchaseLimit,
    /// Error expected at `size`.
    #[serde(flatten, serialize_with = "error_and_intervals")]
    pub forecast: Forecast,
    /// Probability that the target is reached by `size`.
    pub probability_reached: Option<f64>,
    /// Worth of the purchase, where a value of error is known.
    pub worth: Option<Worth>,
}

/// Serialises the expected error and its intervals, without the size, which is a field of its own.
fn error_and_intervals<S: Serializer>(
    forecast: &Forecast,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Expected {
        error: f64,
        interval_80: Interval,
        interval_95: Interval,
    }
    let Forecast { error, interval_80, interval_95, .. } = *forecast;
    Expected { error, interval_80, interval_95 }.serialize(serializer)
}

/// What less error is worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Worth {
    /// What the first example bought is worth.
    pub first_example: f64,
    /// What one more example after the purchase is worth.
    pub next_example: f64,
    /// Size at which an example is worth no more than its price; `None` without a price or when it lies
    /// beyond [`HORIZON_RATIO`] times the largest size measured.
    pub best_size: Option<TrainingSetSize>,
    /// Worth of the error that the purchase is expected to save.
    pub gain: f64,
    /// Its 80 % interval, from that of the forecast; what is lost when the error rises is below 0.
    pub gain_interval_80: Interval,
    /// Gain minus price.
    pub net_gain: Option<f64>,
}

/// Steps per doubling at which the best size is searched for before it is refined.
const STEPS_A_DOUBLING: f64 = 8.0;

/// Iterations of golden-section search: 0.618^60 of two steps is 5e-14 of a size, below rounding.
const SEARCH_STEPS: usize = 60;

/// Relative distance over which the slope of the error is taken: far above rounding, far below a step.
const SLOPE_DISTANCE: f64 = 1e-4;

impl CurveFit {
    /// How many examples to buy now.
    ///
    /// With a value of error and a price, as many as are worth it; else as many as the target needs;
    /// else all that the budget and the deadline allow. Never more than these two allow.
    ///
    /// # Errors
    /// [`InvestmentError`]: an amount that is none, or too little to go by.
    pub fn invest(&self, options: &InvestmentOptions) -> Result<Investment, InvestmentError> {
        options.check()?;
        let have = options.have.unwrap_or(self.evidence.largest_size);
        let purchase = Purchase { fit: self, have, options };
        let best = purchase.best_size();
        let (wanted, mut limit) = purchase.wanted(best);
        let mut size = wanted;
        for (most, reason) in purchase.caps() {
            if most < size {
                (size, limit) = (most, reason);
            }
        }
        let size = TrainingSetSize::new(size).unwrap_or(have).max(have);
        let examples = size.get() - have.get();
        let cost = options.cost_per_example.map(|each| Cost(examples * each.0));
        let forecast = self.forecast(size);
        Ok(Investment {
            have,
            size,
            examples,
            cost,
            days: options.examples_per_day.map(|rate| examples / rate),
            limit,
            forecast,
            probability_reached: options.target.map(|target| self.reached_by(target, size)),
            worth: options.value_of_error.map(|value| {
                purchase.worth(value.0, &Bought { size, cost, forecast, best_size: best })
            }),
        })
    }

    /// How much one more example lowers the error expected at `size`, in error units.
    pub fn error_saved_by_an_example(&self, size: TrainingSetSize) -> f64 {
        let step = SLOPE_DISTANCE * size.get();
        let beyond = TrainingSetSize::new(size.get() + step).unwrap_or(size);
        (self.predict(size) - self.predict(beyond)) / step
    }
}

impl InvestmentOptions {
    fn check(&self) -> Result<(), InvestmentError> {
        let money = |amount: Option<Cost>| amount.map(|amount| amount.0);
        let amounts = [
            ("cost per example", money(self.cost_per_example), false),
            ("value of error", money(self.value_of_error), true),
            ("target", self.target, true),
            ("budget", money(self.budget), false),
            ("number of examples a day", self.examples_per_day, true),
            ("deadline", self.deadline_days, false),
        ];
        for (name, value, is_positive) in amounts {
            let Some(value) = value else { continue };
            let needed = if is_positive { "above 0" } else { "from 0" };
            if !value.is_finite() || value < 0.0 || (is_positive && value <= 0.0) {
                return Err(InvestmentError::BadAmount { name, value, needed });
            }
        }
        let price = self.cost_per_example.filter(|price| price.0 > 0.0);
        if self.budget.is_some() && price.is_none() {
            return Err(InvestmentError::BudgetWithoutPrice);
        }
        if self.deadline_days.is_some() && self.examples_per_day.is_none() {
            return Err(InvestmentError::DeadlineWithoutRate);
        }
        let has_value = self.value_of_error.is_some() && self.cost_per_example.is_some();
        let has_limit = self.budget.is_some() || self.deadline_days.is_some();
        if has_value || has_limit || self.target.is_some() {
            return Ok(());
        }
        Err(InvestmentError::NothingToWeigh)
    }
}

struct Purchase<'a> {
    fit: &'a CurveFit,
    have: TrainingSetSize,
    options: &'a InvestmentOptions,
}

/// A purchase whose worth is computed.
struct Bought {
    size: TrainingSetSize,
    cost: Option<Cost>,
    forecast: Forecast,
    best_size: Option<f64>,
}

impl Purchase<'_> {
    /// Largest size for which anything is forecast.
    fn horizon(&self) -> f64 {
        (HORIZON_RATIO * self.fit.evidence.largest_size.get()).max(self.have.get())
    }

    /// The most that the budget and the deadline allow.
    fn caps(&self) -> impl Iterator<Item = (f64, PurchaseLimit)> {
        let Self { have, options, .. } = self;
        let by_budget = options.budget.zip(options.cost_per_example);
        let by_budget =
            by_budget.map(|(budget, price)| (budget.0 / price.0, PurchaseLimit::Budget));
        let by_deadline = options.deadline_days.zip(options.examples_per_day);
        let by_deadline = by_deadline.map(|(days, rate)| (days * rate, PurchaseLimit::Deadline));
        let have = have.get();
        // Whole examples, up to the rounding of the division.
        let whole = |examples: f64| (examples * (1.0 + 1e-12)).floor();
        let caps = [by_budget, by_deadline].into_iter().flatten();
        caps.map(move |(examples, limit)| (have + whole(examples), limit))
    }

    /// The size wanted before budget and deadline limit it, and what decided it.
    fn wanted(&self, best_size: Option<f64>) -> (f64, PurchaseLimit) {
        let options = self.options;
        if options.value_of_error.is_some() && options.cost_per_example.is_some() {
            return match best_size {
                Some(size) => (size, PurchaseLimit::Value),
                None => (self.horizon(), PurchaseLimit::Horizon),
            };
        }
        let Some(target) = options.target else {
            return (self.horizon(), PurchaseLimit::Horizon);
        };
        let plan =
            self.fit.plan(target, &PlanOptions { have: options.have, ..PlanOptions::default() });
        match plan.size {
            Some(size) => (size.get(), PurchaseLimit::Target),
            None => (self.have.get(), PurchaseLimit::OutOfReach),
        }
    }

    /// Size with the largest gain after price; `None` without a value and a price, or at the horizon.
    ///
    /// Averaged laws may have several sizes at which the next example is worth its price, so all
    /// steps are evaluated and the neighbourhood of the best one is searched.
    fn best_size(&self) -> Option<f64> {
        let value = self.options.value_of_error?.0;
        let price = self.options.cost_per_example?.0;
        let start = self.have.get();
        let net = |size: f64| {
            TrainingSetSize::new(size)
                .map_or(f64::MIN, |at| -value * self.fit.predict(at) - price * (size - start))
        };
        let doublings = (self.horizon() / start).log2();
        let count = (STEPS_A_DOUBLING * doublings).ceil();
        let at = |step: f64| start * (step / STEPS_A_DOUBLING).exp2();
        let (mut best, mut most) = (0.0, f64::MIN);
        for step in 0..=count as usize {
            let found = net(at(step as f64));
            if found > most {
                (best, most) = (step as f64, found);
            }
        }
        if best >= count && count > 0.0 {
            return None;
        }
        let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
        let (mut low, mut high) = ((best - 1.0).max(0.0), (best + 1.0).min(count));
        for _ in 0..SEARCH_STEPS {
            let (left, right) = (high - golden * (high - low), low + golden * (high - low));
            if net(at(left)) >= net(at(right)) {
                high = right;
            } else {
                low = left;
            }
        }
        let found = at(0.5 * (low + high));
        Some(if net(found) > net(start) { found } else { start })
    }

    fn worth(&self, value: f64, bought: &Bought) -> Worth {
        let Bought { size, cost, forecast, best_size } = bought;
        let before = self.fit.predict(self.have);
        let gain = value * (before - forecast.error);
        let range = forecast.interval_80;
        let example = |at| value * self.fit.error_saved_by_an_example(at);
        Worth {
            first_example: example(self.have),
            next_example: example(*size),
            best_size: best_size.and_then(TrainingSetSize::new),
            gain,
            gain_interval_80: Interval {
                low: value * (before - range.high),
                high: value * (before - range.low),
            },
            net_gain: cost.map(|cost| gain - cost.0),
        }
    }
}
