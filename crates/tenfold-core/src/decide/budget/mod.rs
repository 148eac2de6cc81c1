//! Which trials to run within a budget: reach first, then seeds, top-heavy.
//!
//! A doubling of the largest size improves a forecast more than any number of seeds, and small
//! sizes cost almost nothing. So a pilot of small sizes measures noise and costs first. Then every
//! size up to the largest that the budget pays gets one seed. Then seeds are added, most of them at
//! the largest size. Reading order: [`TrialCost`], [`TrialNoise`], [`Design`], [`next_step`],
//! [`budget_plans`], [`narrowing()`], [`quickens`].

mod cost;
mod design;
mod narrowing;
mod noise;
mod plan;
mod quickening;
#[cfg(test)]
mod simulated;
mod step;

pub use cost::{Timing, TrialCost};
pub use design::{Design, Extent, Possible, Prices};
pub use narrowing::narrowing;
pub use noise::TrialNoise;
pub use plan::{BudgetPlan, budget_plans};
pub use quickening::quickens;
pub use step::{Findings, RemainingBudget, Step, StopReason, Width, next_step};
