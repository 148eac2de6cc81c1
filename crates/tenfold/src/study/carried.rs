//! The search at a quarter of a size, whose winner is carried to the size (`search = "carried"`).
//!
//! All candidates are trained for an eighth of their updates, the best third of them for a quarter,
//! the best eighth to the end ([`super::halving`]). The winner there is trained at the size itself on all seeds. The reasons and what was measured
//! are in `docs/decisions/carried-search.md`.

use std::collections::{BTreeMap, BTreeSet};

use tenfold_train::Share;

use super::grid::Grid;
use super::halving::{Known, Rung, Search, Winner, search};
use super::schedule::{Later, Part, Plan, TrialKey};

/// The carried searches of one model.
#[derive(Clone, Debug, Default)]
pub(super) struct CarriedSearches {
    /// The known ends of trials of the first seed, by size and index in the grid.
    ends: BTreeMap<(u64, usize), Known>,
    /// The trials that are wanted so far: a trial of a search may also be one of the curve.
    wanted: BTreeSet<TrialKey>,
}

/// A model of a plan whose searches are carried, and the part that is measured.
#[derive(Clone, Copy)]
pub(super) struct CarriedModel<'a> {
    pub(super) plan: &'a Plan,
    pub(super) part: &'a Part,
    pub(super) model: usize,
}

impl CarriedModel<'_> {
    fn grid(&self) -> &Grid {
        &self.plan.grids[self.model]
    }

    /// The sizes that are measured, and the number of seeds of each.
    fn sizes(&self) -> impl Iterator<Item = (u64, u64)> {
        let sizes = self.plan.sizes.iter().copied().zip(self.part.seeds.iter().copied());
        sizes.filter(|(_, seeds)| *seeds > 0)
    }

    fn search_at(&self, size: u64, searches: &CarriedSearches) -> Search {
        let grid = self.grid();
        let end_of =
            |share, candidate| searches.ends.get(&(size, grid.stopped(candidate, share))).copied();
        search(&self.plan.rungs_at(self.model, size), &end_of)
    }
}

impl CarriedSearches {
    /// Calls `want` with each trial key of `model` that the known ends make wanted and that was not
    /// wanted before. With `searched_at` only those that a search at this size decides.
    pub(super) fn advance(
        &mut self,
        model: CarriedModel<'_>,
        searched_at: Option<u64>,
        want: &mut dyn FnMut(TrialKey),
    ) {
        let mut keys = Vec::new();
        for (size, seeds) in model.sizes() {
            let at = model.plan.searched_at(size);
            if searched_at.is_some_and(|only| only != at) {
                continue;
            }
            let search = model.search_at(at, self);
            let key =
                |size, seed, candidate| TrialKey { model: model.model, size, seed, candidate };
            let grid = model.grid();
            let trials = search.trials.iter();
            keys.extend(trials.map(|(share, one)| key(at, 0, grid.stopped(*one, *share))));
            if let Winner::Candidate(winner) = search.winner {
                keys.extend((0..seeds).map(|seed| key(size, seed, winner)));
            }
        }
        keys.retain(|key| self.wanted.insert(*key));
        keys.into_iter().for_each(want);
    }

    /// Records the end of the trial at `trial_key`, and calls `want` with each trial key that becomes
    /// wanted because of it.
    pub(super) fn take(
        &mut self,
        model: CarriedModel<'_>,
        trial_key: TrialKey,
        known: Known,
        want: &mut dyn FnMut(TrialKey),
    ) {
        // Only trials of the first seed choose.
        if trial_key.seed == 0 {
            self.ends.insert((trial_key.size, trial_key.candidate), known);
            self.advance(model, Some(trial_key.size), want);
        }
    }

    /// The trials of `model` that will be wanted once more ends are known.
    pub(super) fn later(&self, model: CarriedModel<'_>) -> Vec<Later> {
        let mut later = Vec::new();
        let mut seen = BTreeSet::new();
        for (size, seeds) in model.sizes() {
            let at = model.plan.searched_at(size);
            let search = model.search_at(at, self);
            let of_search = |rung: &Rung| Later {
                model: model.model,
                size: at,
                share: rung.share,
                count: rung.candidates,
            };
            if seen.insert(at) {
                later.extend(search.later.iter().map(of_search));
            }
            // At the smallest size the winner's first seed is one of the search.
            let more = seeds as usize - usize::from(at == size);
            let is_open = search.winner == Winner::Undecided && more > 0;
            let of_size = Later { model: model.model, size, share: Share::WHOLE, count: more };
            later.extend(is_open.then_some(of_size));
        }
        later
    }
}
