//! The state of a run within a budget, computed from its results.

use tenfold_core::TrainingSetSize;
use tenfold_core::decide::budget::{Design, Extent, Possible, Prices, StopReason, narrowing};

use super::interim::InterimAnalysis;
use super::prices::PriceList;
use crate::pipeline::budget_state::{BudgetState, NextTrial};
use crate::study::{Budget, Until};

/// Inputs of the state.
pub(super) struct ControllerState<'a> {
    pub(super) budget: Option<Budget>,
    pub(super) until: Option<Until>,
    pub(super) spent: f64,
    pub(super) possible: &'a Possible,
    pub(super) last: Option<Extent>,
    pub(super) stopped: Option<StopReason>,
    pub(super) list: Option<&'a PriceList>,
    pub(super) interim: &'a InterimAnalysis,
}

/// The state of a run.
pub(super) fn state(controller: &ControllerState<'_>) -> BudgetState {
    let widest = controller.interim.widest();
    let full = |list: &PriceList| {
        let (seed, search) = (
            |size: TrainingSetSize| list.seed(size, f64::INFINITY),
            |size: TrainingSetSize| list.search(size),
        );
        controller.possible.full().cost(&Prices { seed: &seed, search: &search })
    };
    BudgetState {
        budget: controller.budget,
        until: controller.until,
        spent: controller.spent,
        full: controller.list.map(full),
        half_width: widest.map(|(_, size, width)| (size, width)),
        next: next_seed(controller),
        // Unless the curve quickens, half of the largest size is measured only after every seed.
        quickened: controller.last.is_some_and(|extent| {
            extent.with_half && controller.possible.after(extent, false).is_some()
        }),
        larger: larger_size(controller),
        stopped: controller.stopped,
    }
}

/// The seed that comes after what is measured, whether or not the budget can pay for it.
fn next_seed(controller: &ControllerState<'_>) -> Option<NextTrial> {
    let measured = controller.last?;
    let findings = controller.interim.findings(Some(measured), controller.until);
    let next = controller.possible.after(measured, findings.wants_half())?;
    let [now, then]: [Design; 2] =
        [measured, next].map(|extent| controller.possible.reach_first(extent));
    let rows = now.seeds.iter().zip(&then.seeds);
    let at = rows.clone().rposition(|(now, then)| then > now)?;
    let size = *controller.possible.sizes.get(at)?;
    let price = controller.list?.seed(size, f64::INFINITY);
    controller.trial(size, then.seeds[at], price)
}

/// The first trial of the next larger size and its search, whether or not the budget can pay for
/// it.
fn larger_size(controller: &ControllerState<'_>) -> Option<NextTrial> {
    let size = *controller.possible.sizes.get(controller.last?.top + 1)?;
    let list = controller.list?;
    controller.trial(size, 1, list.seed(size, f64::INFINITY) + list.search(size))
}

impl ControllerState<'_> {
    /// The trial of seed `number` at `size`, with the half width expected after it of the interval
    /// that is widest now.
    fn trial(&self, size: TrainingSetSize, number: u32, price: f64) -> Option<NextTrial> {
        let (seen, target, width) = self.interim.widest()?;
        let factor = narrowing(&seen.curve, size, target);
        let half_width = (factor * width.ln_1p()).exp_m1();
        Some(NextTrial { size, number, price, half_width })
    }
}
