//! Where a run within a budget stands, from what it has measured.

use tenfold_core::TrainingSetSize;
use tenfold_core::decide::budget::{Design, Extent, Possible, Prices, StopReason, narrowing};

use super::look::Look;
use super::prices::PriceList;
use crate::pipeline::budget_state::{BudgetState, NextTrial};
use crate::study::{Budget, Until};

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
