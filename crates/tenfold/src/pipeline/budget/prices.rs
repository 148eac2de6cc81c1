//! What trials cost in the unit of a budget: trials, operations, or seconds of this machine.

use std::collections::BTreeMap;

use tenfold_core::TrainingSetSize;
use tenfold_core::decide::budget::{Possible, Timing, TrialCost};

use crate::pipeline::throughput::Throughput;
use crate::prepared::Prepared;
use crate::store::TrialRow;
use crate::study::schedule::TrialKey;
use crate::study::{Budget, SearchScope};

/// Prices of all models together, one row a size.
#[derive(Clone, Debug)]
pub(super) struct PriceList {
    sizes: Vec<TrainingSetSize>,
    /// One seed.
    seed: Vec<f64>,
    /// What the first seed costs beside: the other candidates of the search.
    search: Vec<f64>,
}

/// What prices are made from.
pub(super) struct PriceModel<'a> {
    pub(super) data: &'a Prepared,
    pub(super) possible: &'a Possible,
    pub(super) budget: Option<Budget>,
    pub(super) throughput: &'a Throughput,
    /// Trials with their seconds.
    pub(super) rows: &'a [TrialRow],
    /// Candidates searched between the ends of the pilot, by model, once known.
    pub(super) narrowed: &'a BTreeMap<usize, Vec<usize>>,
    /// Size up to which the pilot goes, once decided.
    pub(super) pilot_to: Option<usize>,
    pub(super) workers: usize,
}

impl PriceModel<'_> {
    /// Today's prices, or `None` while the time of some model is not known.
    pub(super) fn prices(&self) -> Option<PriceList> {
        let sizes = self.possible.sizes.clone();
        let (mut seed, mut search) = (vec![0.0; sizes.len()], vec![0.0; sizes.len()]);
        for model in 0..self.data.plan.grids.len() {
            let seconds = self.seconds_of(model);
            for (at, size) in self.data.plan.sizes.iter().enumerate() {
                let searched = self.searched(model, at);
                // The winner is one of them; before it is known, the one in the middle stands for it.
                let prices: Option<Vec<f64>> = searched
                    .iter()
                    .map(|&candidate| self.price(model, *size, candidate, seconds.as_ref()))
                    .collect();
                let prices = prices?;
                let one = prices[prices.len() / 2];
                seed[at] += one;
                let others = prices.iter().sum::<f64>() - one;
                // Candidates train side by side, seeds of one size come one after another.
                search[at] += others / self.side_by_side();
            }
        }
        Some(PriceList { sizes, seed, search })
    }

    /// Trials that share the wall-clock time, where that is the unit.
    fn side_by_side(&self) -> f64 {
        match self.budget {
            Some(Budget::Seconds(_)) => self.workers.max(1) as f64,
            _ => 1.0,
        }
    }

    /// Candidates searched at the size of index `at`, at most.
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
        let flop = || self.data.trial(TrialKey { model, size, repeat: 0, candidate }).expected_flop;
        match self.budget {
            Some(Budget::Trials(_)) | None => Some(1.0),
            Some(Budget::Flop(_)) => Some(flop()),
            Some(Budget::Seconds(_)) => match seconds? {
                Seconds::PerFlop(throughput) => Some(throughput * flop()),
                Seconds::Fitted(cost) => Some(cost.of(TrainingSetSize::new(size as f64)?)),
            },
        }
    }

    /// How long trials of a model take: those of a built-in learner from their operations, those of
    /// a command from the times of its trials.
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
    /// Price of one seed at `size`; infinite where one alone takes more than `most`.
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
