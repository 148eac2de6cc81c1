//! The trials that a study needs, updated with each result.
//!
//! A result costs only the work for what it changes: its own search, and what that search decides.
//! The trials wanted in the end are a pure function of the *set* of results, independent of their
//! order.

use std::collections::BTreeMap;

use tenfold_train::Share;

use super::SearchScope;
use super::carried::{CarriedModel, CarriedSearches};
use super::schedule::{Known, Later, Part, Plan, Schedule, TrialKey, Winner};
use crate::trial::{Trial, TrialId};

/// The trials of a study that are wanted so far.
#[derive(Clone, Debug)]
pub struct Planner<'a> {
    plan: &'a Plan,
    part: Part,
    /// The searches of each model, one for each size.
    searches: Vec<Vec<Search>>,
    /// The searches of the models whose winners are carried from smaller sizes.
    carried: BTreeMap<usize, CarriedSearches>,
}

/// The search of one model at one size, on its first seed.
#[derive(Clone, Debug, Default)]
struct Search {
    /// Candidates to search; `None` until they are known.
    candidates: Option<Vec<usize>>,
    undecided: usize,
    best: Option<(f64, usize)>,
}

impl Search {
    fn winner(&self) -> Winner {
        match (&self.candidates, self.undecided, self.best) {
            (Some(_), 0, Some((_, candidate))) => Winner::Candidate(candidate),
            (Some(_), 0, None) => Winner::AllFailed,
            _ => Winner::Undecided,
        }
    }

    /// Records a result. The candidate with the lowest validation error wins; of two equal ones,
    /// the earlier in the grid.
    fn take(&mut self, candidate: usize, known: Known) {
        self.undecided = self.undecided.saturating_sub(1);
        if let Known::Finished { validation_error } = known {
            let is_better = self.best.is_none_or(|(error, of)| {
                validation_error.total_cmp(&error).then(candidate.cmp(&of)).is_lt()
            });
            if is_better {
                self.best = Some((validation_error, candidate));
            }
        }
    }
}

impl Plan {
    /// The trials that are needed given the results `known`; `trial` constructs the trial of a key.
    pub fn schedule(
        &self,
        known: &BTreeMap<TrialId, Known>,
        trial: &mut dyn FnMut(TrialKey) -> Trial,
    ) -> Schedule {
        let mut wanted = Vec::new();
        let everything = self.everything();
        let mut planner = Planner::new(self, everything, &mut |trial_key| wanted.push(trial_key));
        let mut trials = Vec::new();
        while let Some(trial_key) = wanted.pop() {
            let trial = trial(trial_key);
            if let Some(known) = known.get(&trial.id) {
                planner.take(trial_key, *known, &mut |trial_key| wanted.push(trial_key));
            }
            trials.push((trial_key, trial));
        }
        trials.sort_by_key(|(trial_key, _)| *trial_key);
        let trials = trials.into_iter().map(|(_, trial)| trial).collect();
        Schedule { trials, later: planner.later() }
    }
}

impl<'a> Planner<'a> {
    /// Plans the trials of `part` that are wanted before any result; calls `want` with each trial
    /// key.
    pub fn new(plan: &'a Plan, part: Part, want: &mut dyn FnMut(TrialKey)) -> Self {
        let searches = plan.grids.iter().map(|_| vec![Search::default(); plan.sizes.len()]);
        let carried = BTreeMap::new();
        let mut planner = Self { plan, part, searches: searches.collect(), carried };
        let sizes: Vec<usize> = planner.sizes().collect();
        let Some(&first) = sizes.first() else { return planner };
        let last = planner.part.searched_to;
        for (model, grid) in plan.grids.iter().enumerate() {
            if plan.is_carried(model) {
                let mut searches = CarriedSearches::default();
                searches.advance(planner.carried_model(model), None, want);
                planner.carried.insert(model, searches);
                continue;
            }
            let is_full = plan.scope == SearchScope::Full || grid.is_single();
            for &size in sizes.iter().filter(|&&size| is_full || size == first || size == last) {
                planner.open(model, size, grid.all(), want);
            }
        }
        planner
    }

    /// Indices of the sizes that are wanted.
    fn sizes(&self) -> impl Iterator<Item = usize> {
        let seeds = self.part.seeds.iter().enumerate();
        seeds.filter(|(_, seeds)| **seeds > 0).map(|(size, _)| size)
    }

    /// Records the end of the trial at `trial_key`, and calls `want` with each trial key that becomes
    /// wanted because of it. Each trial key may be reported once.
    pub fn take(&mut self, trial_key: TrialKey, known: Known, want: &mut dyn FnMut(TrialKey)) {
        if let Some(mut searches) = self.carried.remove(&trial_key.model) {
            searches.take(self.carried_model(trial_key.model), trial_key, known, want);
            self.carried.insert(trial_key.model, searches);
            return;
        }
        let Ok(size) = self.plan.sizes.binary_search(&trial_key.size) else { return };
        // Only trials of the first seed choose the winner.
        if trial_key.seed > 0 {
            return;
        }
        let search = &mut self.searches[trial_key.model][size];
        search.take(trial_key.candidate, known);
        if search.winner() == Winner::Undecided {
            return;
        }
        if let Winner::Candidate(candidate) = search.winner() {
            let seeds = self.part.seeds[size];
            (1..seeds).for_each(|seed| want(TrialKey { seed, candidate, ..trial_key }));
        }
        self.open_between(trial_key.model, want);
    }

    /// About how many more trials will be wanted once the winners are known.
    pub fn later(&self) -> Vec<Later> {
        let mut later = Vec::new();
        for (model, searches) in self.searches.iter().enumerate() {
            if let Some(searches) = self.carried.get(&model) {
                later.extend(searches.later(self.carried_model(model)));
                continue;
            }
            for at in self.sizes() {
                let (search, size) = (&searches[at], self.plan.sizes[at]);
                let more_seeds = self.part.seeds[at].saturating_sub(1) as usize;
                let count = match (&search.candidates, search.winner()) {
                    // The narrowed grid is not known yet. This is about its size if both ends have
                    // the same winner, which is not at the edge of the grid.
                    (None, _) => self.plan.grids[model].len().min(3) + more_seeds,
                    (Some(_), Winner::Undecided) => more_seeds,
                    _ => 0,
                };
                let share = Share::WHOLE;
                later.extend((count > 0).then_some(Later { model, size, share, count }));
            }
        }
        later
    }

    fn carried_model(&self, model: usize) -> CarriedModel<'_> {
        CarriedModel { plan: self.plan, part: &self.part, model }
    }

    /// The candidates of `model` to search at the sizes that are not searched in full; `None` until
    /// the winners of the sizes searched in full are known, and for winners that are carried.
    pub fn narrowed(&self, model: usize) -> Option<Vec<usize>> {
        if self.carried.contains_key(&model) {
            return None;
        }
        let grid = &self.plan.grids[model];
        if self.plan.scope == SearchScope::Full || grid.is_single() {
            return Some(grid.all());
        }
        let searches = &self.searches[model];
        let first = searches[self.sizes().next()?].winner();
        // A part without that size has only a few trials, to measure their time; it is searched
        // around the winner of the smallest size.
        let last = searches.get(self.part.searched_to).map_or(first, Search::winner);
        Some(match (first, last) {
            (Winner::Undecided, _) | (_, Winner::Undecided) => return None,
            (Winner::Candidate(a), Winner::Candidate(b)) => grid.narrowed(a, b),
            (Winner::Candidate(a), Winner::AllFailed)
            | (Winner::AllFailed, Winner::Candidate(a)) => grid.narrowed(a, a),
            (Winner::AllFailed, Winner::AllFailed) => grid.all(),
        })
    }

    /// Starts the searches at the sizes between the two ends of `model`, once both ends have
    /// winners.
    fn open_between(&mut self, model: usize, want: &mut dyn FnMut(TrialKey)) {
        let searches = &self.searches[model];
        let closed: Vec<usize> =
            self.sizes().filter(|&size| searches[size].candidates.is_none()).collect();
        if closed.is_empty() {
            return;
        }
        let Some(narrowed) = self.narrowed(model) else { return };
        for size in closed {
            self.open(model, size, narrowed.clone(), want);
        }
    }

    fn open(
        &mut self,
        model: usize,
        size: usize,
        candidates: Vec<usize>,
        want: &mut dyn FnMut(TrialKey),
    ) {
        let size_in_examples = self.plan.sizes[size];
        for &candidate in &candidates {
            want(TrialKey { model, size: size_in_examples, seed: 0, candidate });
        }
        let search = &mut self.searches[model][size];
        search.undecided = candidates.len();
        search.candidates = Some(candidates);
    }
}
