//! The state of a run within a budget, for display and as stored in events: a flat object, in which
//! unknown prices are `null`.

use serde::{Deserialize, Serialize};
use tenfold_core::TrainingSetSize;
use tenfold_core::decide::budget::{BudgetPlan, StopReason};

use crate::study::{Budget, Until};

/// One way to spend a budget, with its price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PricedPlan {
    /// Its name.
    pub name: String,
    /// The largest size it measures, in examples; `None` if it measures nothing.
    pub largest: Option<f64>,
    /// Its price, in the unit of the budget.
    pub cost: f64,
    /// Its price divided by the price of every seed at every size.
    pub share_of_full: f64,
    /// Half the 80 % interval at four times the largest size, divided by the error: the median over
    /// public curves.
    pub half_width: f64,
    /// The budget in whose unit the price is; `None` if the price is in trials.
    pub budget: Option<Budget>,
}

impl PricedPlan {
    /// `plan`, with its price in the unit of `budget`.
    pub(super) fn new(plan: &BudgetPlan, budget: Option<Budget>) -> Self {
        Self {
            name: plan.name.to_owned(),
            largest: plan.design.largest().map(TrainingSetSize::get),
            cost: plan.cost,
            share_of_full: plan.share_of_full,
            half_width: plan.typical_half_width[1],
            budget,
        }
    }
}

/// The state of a run within a budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "StateDocument", try_from = "StateDocument")]
pub struct BudgetState {
    /// The budget; `None` if only an interval ends the run.
    pub budget: Option<Budget>,
    /// The interval that ends the run.
    pub until: Option<Until>,
    /// Amount spent, in the unit of the budget; in trials if there is no budget.
    pub spent: f64,
    /// Price of every seed at every size, if it is known.
    pub full: Option<f64>,
    /// The size at which the interval is computed, and half of the widest curve's interval there
    /// over its error.
    pub half_width: Option<(TrainingSetSize, f64)>,
    /// Price and gain of one more seed, if there is one to run.
    pub next: Option<NextTrial>,
    /// Whether half of the largest size was measured early because the error falls faster there.
    pub quickened: bool,
    /// Price and gain of one trial at the next larger size instead, if the study has a larger one.
    pub larger: Option<NextTrial>,
    /// Why the run stopped, if it did.
    pub stopped: Option<StopReason>,
}

/// One more trial, its price and its gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NextTrial {
    /// Its training-set size.
    pub size: TrainingSetSize,
    /// Number of its seed at this size, from 1.
    pub number: u32,
    /// Its price, in the unit of the budget.
    pub price: f64,
    /// Half of the interval expected after it, divided by the error.
    pub half_width: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StateDocument {
    /// `seconds`, `trials` or `flop`.
    unit: String,
    spent: f64,
    budget: Option<f64>,
    full: Option<f64>,
    size: Option<f64>,
    half_width: Option<f64>,
    next: Option<NextDocument>,
    larger: Option<NextDocument>,
    quickened: bool,
    until: Option<UntilDocument>,
    stopped: Option<Stopped>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct NextDocument {
    size: f64,
    seed: u32,
    half_width: f64,
    price: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct UntilDocument {
    /// 80 or 95.
    percent: u8,
    size: f64,
    half_width: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stopped {
    WidthReached,
    BudgetSpent,
    NoiseSmall,
    SeedsSpent,
}

impl From<StopReason> for Stopped {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::WidthReached => Self::WidthReached,
            StopReason::BudgetSpent | StopReason::TooSmall => Self::BudgetSpent,
            StopReason::NoiseSmall => Self::NoiseSmall,
            StopReason::SeedsSpent => Self::SeedsSpent,
        }
    }
}

impl From<Stopped> for StopReason {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::WidthReached => Self::WidthReached,
            Stopped::BudgetSpent => Self::BudgetSpent,
            Stopped::NoiseSmall => Self::NoiseSmall,
            Stopped::SeedsSpent => Self::SeedsSpent,
        }
    }
}

impl From<BudgetState> for StateDocument {
    fn from(state: BudgetState) -> Self {
        let unit = match state.budget {
            Some(Budget::Seconds(_)) => "seconds",
            Some(Budget::Flop(_)) => "flop",
            Some(Budget::Trials(_)) | None => "trials",
        };
        let next = |next: NextTrial| NextDocument {
            size: next.size.get(),
            seed: next.number,
            half_width: next.half_width,
            price: Some(next.price).filter(|price| price.is_finite()),
        };
        Self {
            unit: unit.to_owned(),
            spent: state.spent,
            budget: state.budget.map(Budget::amount),
            full: state.full.filter(|full| full.is_finite()),
            size: state.half_width.map(|(size, _)| size.get()),
            half_width: state.half_width.map(|(_, half)| half),
            next: state.next.map(next),
            larger: state.larger.map(next),
            quickened: state.quickened,
            until: state.until.map(|until| UntilDocument {
                percent: if until.is_95 { 95 } else { 80 },
                size: until.size.get(),
                half_width: until.half_width,
            }),
            stopped: state.stopped.map(Stopped::from),
        }
    }
}

impl TryFrom<StateDocument> for BudgetState {
    type Error = String;

    fn try_from(document: StateDocument) -> Result<Self, String> {
        let size = |size: f64| {
            TrainingSetSize::new(size).ok_or_else(|| format!("{size} is no training-set size"))
        };
        let next = |next: Option<NextDocument>| {
            let trial = |next: NextDocument| {
                Ok::<NextTrial, String>(NextTrial {
                    size: size(next.size)?,
                    number: next.seed,
                    price: next.price.unwrap_or(f64::INFINITY),
                    half_width: next.half_width,
                })
            };
            next.map(trial).transpose()
        };
        let until = |until: UntilDocument| {
            let at = size(until.size)?;
            let is_95 = until.percent == 95;
            Ok::<Until, String>(Until { is_95, size: at, half_width: until.half_width })
        };
        let budget = document.budget.map(|amount| match document.unit.as_str() {
            "seconds" => Budget::Seconds(amount),
            "flop" => Budget::Flop(amount),
            _ => Budget::Trials(amount as u64),
        });
        let width = |(at, half): (f64, f64)| Ok::<_, String>((size(at)?, half));
        Ok(Self {
            budget,
            until: document.until.map(until).transpose()?,
            spent: document.spent,
            full: document.full,
            half_width: document.size.zip(document.half_width).map(width).transpose()?,
            next: next(document.next)?,
            quickened: document.quickened,
            larger: next(document.larger)?,
            stopped: document.stopped.map(StopReason::from),
        })
    }
}
