//! Where a run within a budget stands, for whoever shows it.

use serde::{Deserialize, Serialize};
use tenfold_core::TrainingSetSize;
use tenfold_core::decide::budget::{
    BudgetPlan, Design, Extent, Possible, Prices, StopReason, narrowing,
};

use super::look::Look;
use super::prices::PriceList;
use super::state_document::StateDocument;
use crate::study::{Budget, Until};

/// One way to spend, priced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PricedPlan {
    /// Its name.
    pub name: String,
    /// The largest size it measures, in examples; `None` if it measures nothing.
    pub largest: Option<f64>,
    /// Its price, in the unit of the budget.
    pub cost: f64,
    /// The price over that of every seed at every size.
    pub share_of_full: f64,
    /// Half of the 80 % interval at four times the largest size that half of public curves had, over the
    /// error.
    pub half_width: f64,
    /// The budget whose unit the price is in; `None`: trials.
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

/// Where a run within a budget stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "StateDocument", try_from = "StateDocument")]
pub struct BudgetState {
    /// The budget; `None` where only an interval ends the run.
    pub budget: Option<Budget>,
    /// The interval that ends the run.
    pub until: Option<Until>,
    /// Spent, in the unit of the budget; without one in trials.
    pub spent: f64,
    /// What every seed at every size would cost, where that is known.
    pub full: Option<f64>,
    /// The size looked at, and half of the widest curve's interval there over its error.
    pub half_width: Option<(TrainingSetSize, f64)>,
    /// What one more seed would bring, if there is one to run.
    pub next: Option<NextTrial>,
    /// Whether half of the largest size was measured before its turn, since the error falls faster there.
    pub quickened: bool,
    /// What one trial at the next larger size would bring instead, if the study has a larger one.
    pub larger: Option<NextTrial>,
    /// Why it stopped, once it did.
    pub stopped: Option<StopReason>,
}

/// One more trial, its price and its gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NextTrial {
    /// Where.
    pub size: TrainingSetSize,
    /// Which seed of the size, from 1.
    pub number: u32,
    /// Its price, in the unit of the budget.
    pub price: f64,
    /// Half of the interval it is expected to leave, over the error.
    pub half_width: f64,
}

/// What a state is made from.
pub(super) struct Standing<'a> {
    pub(super) budget: Option<Budget>,
    pub(super) until: Option<Until>,
    pub(super) spent: f64,
    pub(super) possible: &'a Possible,
    pub(super) last: Option<Extent>,
    pub(super) stopped: Option<StopReason>,
    pub(super) list: Option<&'a PriceList>,
    pub(super) look: &'a Look,
}

/// The state of a run.
pub(super) fn state(standing: &Standing<'_>) -> BudgetState {
    let widest = standing.look.widest();
    let full = |list: &PriceList| {
        let (seed, search) = (
            |size: TrainingSetSize| list.seed(size, f64::INFINITY),
            |size: TrainingSetSize| list.search(size),
        );
        standing.possible.full().cost(&Prices { seed: &seed, search: &search })
    };
    BudgetState {
        budget: standing.budget,
        until: standing.until,
        spent: standing.spent,
        full: standing.list.map(full),
        half_width: widest.map(|(_, size, width)| (size, width)),
        next: next_seed(standing),
        // Its turn comes when every seed has run.
        quickened: standing.last.is_some_and(|extent| {
            extent.with_half && standing.possible.after(extent, false).is_some()
        }),
        larger: larger_size(standing),
        stopped: standing.stopped,
    }
}

/// The seed that comes after what is measured, whether it can be paid or not.
fn next_seed(standing: &Standing<'_>) -> Option<NextTrial> {
    let measured = standing.last?;
    let findings = standing.look.findings(Some(measured), standing.until);
    let next = standing.possible.after(measured, findings.wants_half())?;
    let [now, then]: [Design; 2] =
        [measured, next].map(|extent| standing.possible.reach_first(extent));
    let rows = now.seeds.iter().zip(&then.seeds);
    let at = rows.clone().rposition(|(now, then)| then > now)?;
    let size = *standing.possible.sizes.get(at)?;
    let price = standing.list?.seed(size, f64::INFINITY);
    standing.trial(size, then.seeds[at], price)
}

/// The first trial of the next larger size, with its search, whether it can be paid or not.
fn larger_size(standing: &Standing<'_>) -> Option<NextTrial> {
    let size = *standing.possible.sizes.get(standing.last?.top + 1)?;
    let list = standing.list?;
    standing.trial(size, 1, list.seed(size, f64::INFINITY) + list.search(size))
}

impl Standing<'_> {
    /// The trial of seed `number` at `size`, with what it is expected to leave of the widest interval.
    fn trial(&self, size: TrainingSetSize, number: u32, price: f64) -> Option<NextTrial> {
        let (seen, target, width) = self.look.widest()?;
        let factor = narrowing(&seen.curve, size, target);
        let half_width = (factor * width.ln_1p()).exp_m1();
        Some(NextTrial { size, number, price, half_width })
    }
}
