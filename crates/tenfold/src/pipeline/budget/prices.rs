//! What trials cost in the unit of a budget: trials, operations, or seconds of this machine.

use std::collections::BTreeMap;

use tenfold_core::TrainingSetSize;
use tenfold_core::decide::budget::{Possible, Timing, TrialCost};

use crate::pipeline::throughput::Throughput;
use crate::prepared::Prepared;
use crate::store::TrialRow;
use crate::study::schedule::TrialKey;
use crate::study::{Budget, SearchScope};

/// Prices of all models together, one row for each size.
#[derive(Clone, Debug)]
pub(super) struct PriceList {
    sizes: Vec<TrainingSetSize>,
    /// Price of one seed at each size.
    seed: Vec<f64>,
    /// Price of the other candidates of the search at each size, which only the first seed pays.
    search: Vec<f64>,
}

/// Inputs of the prices.
pub(super) struct PriceModel<'a> {
    pub(super) data: &'a Prepared,
    pub(super) possible: &'a Possible,
    pub(super) budget: Option<Budget>,
    pub(super) throughput: &'a Throughput,
    /// The trials, of which the finished ones have their seconds.
    pub(super) rows: &'a [TrialRow],
    /// Candidates searched at the sizes between the ends of the pilot, by model, once known.
    pub(super) narrowed: &'a BTreeMap<usize, Vec<usize>>,
    /// Index of the largest size of the pilot, once decided.
    pub(super) pilot_to: Option<usize>,
    pub(super) workers: usize,
}

impl PriceModel<'_> {
    /// The current prices; `None` while the time of some model is not known.
    pub(super) fn prices(&self) -> Option<PriceList> {
        let sizes = self.possible.sizes.clone();
        let (mut seed, mut search) = (vec![0.0; sizes.len()], vec![0.0; sizes.len()]);
        for model in 0..self.data.plan.grids.len() {
            let seconds = self.seconds_of(model);
            for at in 0..sizes.len() {
                let (one, others) = self.prices_at(model, at, seconds.as_ref())?;
                seed[at] += one;
                // Candidates train in parallel; the seeds of one size run one after another.
                search[at] += others / self.side_by_side();
            }
        }
        Some(PriceList { sizes, seed, search })
    }

    /// Prices of one seed at the size with index `at` and of the other candidates of its search.
    fn prices_at(&self, model: usize, at: usize, seconds: Option<&Seconds>) -> Option<(f64, f64)> {
        if self.data.plan.is_carried(model) {
            return self.carried(model, at, seconds);
        }
        let size = self.data.plan.sizes[at];
        let searched = self.searched(model, at).into_iter();
        let prices: Vec<f64> = searched
            .map(|candidate| self.price(model, size, candidate, seconds))
            .collect::<Option<_>>()?;
        // The winner is one of them. Until it is known, the candidate in the middle stands in for
        // it.
        let one = prices[prices.len() / 2];
        Some((one, prices.iter().sum::<f64>() - one))
    }

    /// Prices of one seed at the size with index `at` and of the search whose winner is carried to
    /// it. Where that also serves the size before, it is paid there.
    fn carried(&self, model: usize, at: usize, seconds: Option<&Seconds>) -> Option<(f64, f64)> {
        let plan = &self.data.plan;
        let (grid, size) = (&plan.grids[model], plan.sizes[at]);
        let middle = grid.len() / 2;
        let one = self.price(model, size, middle, seconds)?;
        let searched_at = plan.searched_at(size);
        if at > 0 && plan.searched_at(plan.sizes[at - 1]) == searched_at {
            return Some((one, 0.0));
        }
        let mut total = 0.0;
        for rung in plan.rungs_at(model, searched_at) {
            // Which candidates go on is not known; the one in the middle stands in for them.
            let is_all = rung.candidates == grid.len();
            let trained = (0..rung.candidates).map(|one| if is_all { one } else { middle });
            let indices = trained.map(|candidate| grid.stopped(candidate, rung.share));
            total += indices
                .map(|candidate| self.price(model, searched_at, candidate, seconds))
                .sum::<Option<f64>>()?;
        }
        // The winner's first seed at the smallest size is paid as a seed.
        Some((one, if searched_at == size { total - one } else { total }))
    }

    /// Number of trials that run in parallel and so share the time; 1 unless the budget is of time.
    fn side_by_side(&self) -> f64 {
        match self.budget {
            Some(Budget::Seconds(_)) => self.workers.max(1) as f64,
            _ => 1.0,
        }
    }

    /// Candidates that may be searched at the size with index `at`.
    fn searched(&self, model: usize, at: usize) -> Vec<usize> {
        let grid = &self.data.plan.grids[model];
        let is_end = at == 0 || Some(at) == self.pilot_to;
        match self.narrowed.get(&model) {
            Some(narrowed) if !is_end && self.data.plan.scope != SearchScope::Full => {
                narrowed.clone()
            }
            _ => grid.all(),
        }
    }

    fn price(
        &self,
        model: usize,
        size: u64,
        candidate: usize,
        seconds: Option<&Seconds>,
    ) -> Option<f64> {
        let flop = || self.data.expected_flop(TrialKey { model, size, seed: 0, candidate });
        match self.budget {
            Some(Budget::Trials(_)) | None => Some(1.0),
            Some(Budget::Flop(_)) => Some(flop()),
            Some(Budget::Seconds(_)) => match seconds? {
                Seconds::PerFlop(throughput) => Some(throughput * flop()),
                Seconds::Fitted(cost) => Some(cost.of(TrainingSetSize::new(size as f64)?)),
            },
        }
    }

    /// How long trials of a model take: for a built-in learner computed from their operations, for
    /// a command fitted to the times of its finished trials.
    fn seconds_of(&self, model: usize) -> Option<Seconds> {
        let (name, _) = &self.data.facts.models[model];
        if self.data.plan.grids[model].recipe(0).learner().is_some() {
            return self.throughput.seconds_per_flop(name).map(Seconds::PerFlop);
        }
        let timing = |row: &TrialRow| {
            let cost = row.measured.as_ref()?.seconds;
            let size = TrainingSetSize::new(row.planned.size as f64)?;
            (row.planned.model == *name && cost > 0.0).then_some(Timing { size, cost })
        };
        let timings: Vec<Timing> = self.rows.iter().filter_map(timing).collect();
        TrialCost::fit(&timings).map(Seconds::Fitted)
    }
}

/// How long trials of one model take.
enum Seconds {
    PerFlop(f64),
    Fitted(TrialCost),
}

impl PriceList {
    /// Price of one seed at `size`; infinite if it exceeds `most`.
    pub(super) fn seed(&self, size: TrainingSetSize, most: f64) -> f64 {
        let price = self.row(size, &self.seed);
        if price > most { f64::INFINITY } else { price }
    }

    /// Price of the search at `size`.
    pub(super) fn search(&self, size: TrainingSetSize) -> f64 {
        self.row(size, &self.search)
    }

    fn row(&self, size: TrainingSetSize, prices: &[f64]) -> f64 {
        self.sizes.binary_search(&size).map_or(f64::INFINITY, |at| prices[at])
    }
}
