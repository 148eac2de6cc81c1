//! Runs the part of a study that a budget pays for: it decides, measures, analyses, and decides
//! again.
//!
//! The decision rule is the core's (`tenfold_core::decide::budget`). This module gives it the
//! prices, the results and the user's options, and stores each decision in the database (`log`)
//! before it acts on it. It decides only when all trials decided before are finished, so no
//! decision depends on the order in which trials finish: the same budget of trials runs the same
//! trials on one thread and on eight.

mod interim;
mod log;
mod prices;
mod state;

use std::collections::BTreeMap;

use anyhow::Result;
use tenfold_core::TrainingSetSize;
use tenfold_core::decide::budget::{
    Design, Extent, Findings, Possible, Prices, RemainingBudget, Step, StopReason, budget_plans,
    next_step,
};

use super::budget_state::{BudgetState, PricedPlan};
use super::coordinate::Coordinator;
use super::event::RunEvent;
use super::summary::RunSummary;
use super::throughput::Throughput;
use crate::executor::Executor;
use crate::prepared::Prepared;
use crate::store::Spending;
use crate::study::schedule::Part;
use crate::study::{Budget, Study};
use interim::InterimAnalysis;
use log::DecisionLog;
use prices::{PriceList, PriceModel};

/// Runs the trials that the budget pays for, until the interval of the run options is reached.
pub(super) fn run_within(
    coordinator: &Coordinator<'_>,
    executor: &mut dyn Executor,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<RunSummary> {
    coordinator.study.check_budget()?;
    let mut controller = Controller::new(coordinator, executor.capacity())?;
    if controller.log.last().is_none() {
        watch(&RunEvent::Plans { plans: controller.plans()? });
        // Before anything is written, so that a budget too small for any trial leaves the folder
        // unchanged.
        controller.decide(&BTreeMap::new())?;
    }
    let mut progress = coordinator.plan(controller.part(), executor, watch)?;
    let mut state = None;
    while coordinator.run_wanted(&mut progress, executor, watch)? {
        // Either nothing more can be measured, whatever is decided, or part of what was decided
        // cannot be.
        if progress.wanted.is_given_up() || !progress.summary.stale.is_empty() {
            break;
        }
        let now = controller.decide(&progress.wanted.narrowed())?;
        watch(&RunEvent::Spent { state: now.clone() });
        let is_over = now.stopped.is_some();
        state = Some(now);
        if is_over {
            break;
        }
        progress.grow(controller.part(), watch)?;
    }
    let mut summary = coordinator.conclude(progress, executor, watch)?;
    summary.budget = state;
    // A run that is stopped between two steps has no waiting trials, but more would have been
    // decided.
    let is_over = summary.budget.as_ref().is_some_and(|state| state.stopped.is_some());
    summary.is_interrupted |= coordinator.stop.is_asked() && !is_over;
    Ok(summary)
}

/// The plans that a budget could pay for on `data` before anything is measured. Empty without a
/// budget, or if the time of a command is not known.
pub fn plans_before(
    study: &Study,
    data: &Prepared,
    throughput: &Throughput,
    workers: usize,
) -> Vec<PricedPlan> {
    let possible = possible_of(data);
    let price_model = PriceModel {
        data,
        possible: &possible,
        budget: study.run.budget,
        throughput,
        rows: &[],
        narrowed: &BTreeMap::new(),
        pilot_to: None,
        workers,
    };
    price_model.prices().map_or_else(Vec::new, |prices| {
        priced(&possible, &possible.nothing(), &prices, study.run.budget)
    })
}

/// The three plans up to the largest size that `budget` pays for.
fn priced(
    possible: &Possible,
    free: &Design,
    list: &PriceList,
    budget: Option<Budget>,
) -> Vec<PricedPlan> {
    let (seed, search) = (
        |size: TrainingSetSize| list.seed(size, f64::INFINITY),
        |size: TrainingSetSize| list.search(size),
    );
    let prices = Prices { seed: &seed, search: &search };
    let available = budget.map_or(f64::INFINITY, Budget::amount);
    let top = possible.reach(free, &prices, available).unwrap_or(0);
    let plans = budget_plans(possible, top, &prices);
    plans.iter().map(|plan| PricedPlan::new(plan, budget)).collect()
}

fn possible_of(data: &Prepared) -> Possible {
    let sizes = data.plan.sizes.iter();
    Possible {
        sizes: sizes.filter_map(|&size| TrainingSetSize::new(size as f64)).collect(),
        most_seeds: u32::try_from(data.plan.seeds).unwrap_or(u32::MAX),
    }
}

/// A run within a budget, between two decisions.
struct Controller<'a> {
    coordinator: &'a Coordinator<'a>,
    possible: Possible,
    log: DecisionLog,
    workers: usize,
}

impl<'a> Controller<'a> {
    fn new(coordinator: &'a Coordinator<'a>, workers: usize) -> Result<Self> {
        let possible = possible_of(coordinator.data);
        let now = coordinator.clock.seconds_since_epoch();
        let free = || interim::finished_seeds(coordinator);
        let log = DecisionLog::open(coordinator.study, coordinator.database, now, free)?;
        Ok(Self { coordinator, possible, log, workers })
    }

    /// The design of all decisions so far, together with the results that were there before.
    fn design(&self) -> Design {
        let mut design = Design { seeds: self.log.free.clone(), ..self.possible.nothing() };
        for extent in self.log.extents() {
            let decided = self.possible.reach_first(extent).seeds;
            for (seeds, decided) in design.seeds.iter_mut().zip(decided) {
                *seeds = (*seeds).max(decided);
            }
        }
        design
    }

    fn part(&self) -> Part {
        let seeds = self.design().seeds.into_iter().map(u64::from).collect();
        Part { seeds, searched_to: self.log.pilot_to.unwrap_or(0) }
    }

    fn budget(&self) -> Option<Budget> {
        self.coordinator.study.run.budget
    }

    fn prices(&self, narrowed: &BTreeMap<usize, Vec<usize>>) -> Result<Option<PriceList>> {
        let Coordinator { data, database, .. } = *self.coordinator;
        // Before the pilot is decided there are no winners to narrow the search.
        let nothing = BTreeMap::new();
        let narrowed = if self.log.pilot_to.is_some() { narrowed } else { &nothing };
        // Only a budget of time needs the machine's throughput, which takes a short training to
        // measure.
        let throughput = match self.budget() {
            Some(Budget::Seconds(_)) => Throughput::new(data, database)?,
            _ => Throughput::default(),
        };
        let price_model = PriceModel {
            data,
            possible: &self.possible,
            budget: self.budget(),
            throughput: &throughput,
            rows: &database.trials()?,
            narrowed,
            pilot_to: self.log.pilot_to,
            workers: self.workers,
        };
        Ok(price_model.prices())
    }

    fn plans(&self) -> Result<Vec<PricedPlan>> {
        let list = self.prices(&BTreeMap::new())?;
        let free = self.design();
        Ok(list.map_or_else(Vec::new, |list| priced(&self.possible, &free, &list, self.budget())))
    }

    fn spent(&self) -> Result<f64> {
        let Spending { seconds, trials, flop } =
            self.coordinator.database.spent_since(self.log.begun)?;
        Ok(match self.budget() {
            Some(Budget::Seconds(_)) => seconds,
            Some(Budget::Flop(_)) => flop,
            Some(Budget::Trials(_)) | None => trials,
        })
    }

    /// Analyses the results so far, decides what to measure next and stores the decision.
    fn decide(&mut self, narrowed: &BTreeMap<usize, Vec<usize>>) -> Result<BudgetState> {
        let study = self.coordinator.study;
        let spent = self.spent()?;
        let interim = match self.log.last() {
            Some(extent) if extent.top_seeds > 0 => {
                InterimAnalysis::at(self.coordinator.database, study.run.until)?
            }
            _ => InterimAnalysis::default(),
        };
        let list = self.prices(narrowed)?;
        if self.log.stopped().is_none() {
            match &list {
                Some(list) => self.take_steps(&interim, list, spent)?,
                None => self.probe(spent)?,
            }
        }
        if self.log.stopped() == Some(StopReason::TooSmall) {
            let (top, price) = self.smallest(list.as_ref());
            let budget = self.budget().unwrap_or(Budget::Trials(0));
            return Err(study.budget_too_small(budget, price, top).into());
        }
        Ok(state::state(&state::ControllerState {
            budget: self.budget(),
            until: study.run.until,
            spent,
            possible: &self.possible,
            last: self.log.last(),
            stopped: self.log.stopped(),
            list: list.as_ref(),
            interim: &interim,
        }))
    }

    /// Decides to measure the smallest sizes once, because only finished trials show how long a
    /// command takes.
    fn probe(&mut self, spent: f64) -> Result<()> {
        let top = 2.min(self.possible.sizes.len().saturating_sub(1));
        let extent = Extent { top, top_seeds: 1, even_quarter: false, with_half: false };
        if self.log.last() == Some(extent) {
            // All trials that were to show the time failed.
            return self.log.stop(StopReason::BudgetSpent, self.coordinator.database);
        }
        self.log.decide(extent, spent, self.coordinator.database)
    }

    /// Decides steps until one needs results: one for which [`Extent::is_looked_at`], or any if an
    /// interval width may end the run. Steps that need no new results are decided together, so
    /// their trials run in parallel.
    fn take_steps(
        &mut self,
        interim: &InterimAnalysis,
        list: &PriceList,
        spent: f64,
    ) -> Result<()> {
        let run = &self.coordinator.study.run;
        let mut left = run.budget.map_or(f64::INFINITY, |budget| budget.amount() - spent);
        let mut measured = self.log.last().filter(|_| self.log.pilot_to.is_some());
        let mut has_decided = false;
        loop {
            let findings = interim.findings(measured, run.until);
            let extent = match self.next_step(&findings, list, left) {
                (Step::Measure(extent), price) => {
                    left -= price;
                    extent
                }
                (Step::Stop(_), _) if has_decided => return Ok(()),
                // Not stored: this run made no trial, and the next run may have a larger budget.
                (Step::Stop(StopReason::TooSmall), _) => {
                    self.log.refuse();
                    return Ok(());
                }
                (Step::Stop(reason), _) => {
                    return self.log.stop(reason, self.coordinator.database);
                }
            };
            self.decide_on(extent, spent)?;
            if extent.is_looked_at() || run.until.is_some() {
                return Ok(());
            }
            (measured, has_decided) = (Some(extent), true);
        }
    }

    /// The next step with `left` to spend, and its price.
    fn next_step(&self, findings: &Findings, list: &PriceList, left: f64) -> (Step, f64) {
        let seed = |size: TrainingSetSize| list.seed(size, left);
        let search = |size: TrainingSetSize| list.search(size);
        let prices = Prices { seed: &seed, search: &search };
        let design = self.design();
        let step = next_step(&self.possible, &design, findings, &RemainingBudget { left, prices });
        let price = match step {
            Step::Measure(extent) => {
                self.possible.reach_first(extent).cost_beyond(&design, &prices)
            }
            Step::Stop(_) => 0.0,
        };
        (step, price)
    }

    fn decide_on(&mut self, extent: Extent, spent: f64) -> Result<()> {
        if extent.top_seeds == 0 {
            let pilot = self.possible.reach_first(extent);
            self.log.pilot_to = pilot.seeds.iter().rposition(|&seeds| seeds > 0);
        }
        self.log.decide(extent, spent, self.coordinator.database)
    }

    /// The largest size of the smallest design that gives a curve, and the price of that design.
    fn smallest(&self, list: Option<&PriceList>) -> (f64, f64) {
        let top = 2.min(self.possible.sizes.len().saturating_sub(1));
        let extent = Extent { top, top_seeds: 1, even_quarter: false, with_half: false };
        let seed = |size: TrainingSetSize| list.map_or(0.0, |l| l.seed(size, f64::INFINITY));
        let search = |size: TrainingSetSize| list.map_or(0.0, |l| l.search(size));
        let design = self.possible.reach_first(extent);
        let price = design.cost_beyond(&self.design(), &Prices { seed: &seed, search: &search });
        (self.possible.sizes.get(top).map_or(0.0, |size| size.get()), price)
    }
}
