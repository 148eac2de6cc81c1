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
            for (at, size) in self.data.plan.sizes.iter().enumerate() {
                let searched = self.searched(model, at);
                // The winner is one of them. Until it is known, the candidate in the middle stands
                // in for it.
                let prices: Option<Vec<f64>> = searched
                    .iter()
                    .map(|&candidate| self.price(model, *size, candidate, seconds.as_ref()))
                    .collect();
                let prices = prices?;
                let one = prices[prices.len() / 2];
                seed[at] += one;
                let others = prices.iter().sum::<f64>() - one;
                // Candidates train in parallel; the seeds of one size run one after another.
                search[at] += others / self.side_by_side();
            }
        }
        Some(PriceList { sizes, seed, search })
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
            Some(narrowed) if !is_end && self.data.plan.scope == SearchScope::Narrowed => {
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
        let flop = || self.data.trial(TrialKey { model, size, seed: 0, candidate }).expected_flop;
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
