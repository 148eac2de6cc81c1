//! Which trials a study needs, as far as the results so far determine them.
//!
//! Hestness et al. (2017), section 3: the smallest and the largest shard are searched over the
//! whole grid, and the shards between them over the part of the grid that the two winners span. The
//! search runs on the first seed of each size, and the winner is trained on all seeds. The schedule
//! is a pure function of the study and the *set* of results: neither their order nor the number of
//! threads changes it. `search = "carried"` searches at smaller sizes instead, by successive halving
//! (`study/carried.rs`).

use std::collections::BTreeSet;

use tenfold_train::Share;

use super::SearchScope;
use super::grid::Grid;
use super::halving::{self, Rung};
pub use super::halving::{Known, Winner};
use crate::trial::Trial;

/// All possible trials of a study: grids, sizes and seeds.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The grid of each model.
    pub grids: Vec<Grid>,
    /// Training-set sizes, ascending.
    pub sizes: Vec<u64>,
    /// Number of seeds at each size.
    pub seeds: u64,
    /// How much of the grid is searched at the sizes between the smallest and the largest.
    pub scope: SearchScope,
}

/// The part of a study that is to be measured: all of it, or what a budget pays for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Number of seeds at each size of the plan, the first of the study's list; 0 leaves the size
    /// out.
    pub seeds: Vec<u64>,
    /// Index of the size that is searched over the whole grid, like the smallest; all other sizes
    /// are searched over the part that the two winners span. It is the largest size, or with a
    /// budget the largest size of the pilot: searching a whole grid at the largest size would leave
    /// nothing for seeds.
    pub searched_to: usize,
}

/// The key of a trial in a [`Plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrialKey {
    /// Index of the model.
    pub model: usize,
    /// Training-set size, in examples.
    pub size: u64,
    /// Index of the seed, from 0.
    pub seed: u64,
    /// Index in the model's [`Grid`], which also tells how far the candidate is trained.
    pub candidate: usize,
}

/// The trials that are needed, as far as the results so far determine them.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// The trials, including finished ones, by model, size, seed and candidate.
    pub trials: Vec<Trial>,
    /// About how many more trials will be needed once the winners are known.
    pub later: Vec<Later>,
}

/// Trials that will be wanted once the winners are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// Index of the model.
    pub model: usize,
    /// Training-set size, in examples.
    pub size: u64,
    /// How far they are trained.
    pub share: Share,
    /// About how many trials.
    pub count: usize,
}

impl Plan {
    /// Every seed at every size.
    pub fn everything(&self) -> Part {
        Part {
            seeds: vec![self.seeds; self.sizes.len()],
            searched_to: self.sizes.len().saturating_sub(1),
        }
    }

    /// Whether the winners of `model` are carried from smaller sizes. Commands are searched as with
    /// [`SearchScope::Narrowed`].
    pub fn is_carried(&self, model: usize) -> bool {
        let grid = &self.grids[model];
        let is_learner = grid.recipe(0).learner().is_some();
        self.scope == SearchScope::Carried && !grid.is_single() && is_learner
    }

    /// The size at which carried winners of `size` are searched.
    pub fn searched_at(&self, size: u64) -> u64 {
        halving::searched_at(&self.sizes, size)
    }

    /// The rungs of the search of `model`, whose winners are carried, at `size`. At the smallest
    /// size, whose own point needs the winner, all candidates are trained to the end.
    pub fn rungs_at(&self, model: usize, size: u64) -> Vec<Rung> {
        let grid = &self.grids[model];
        let is_smallest = self.sizes.first() == Some(&size);
        halving::rungs(grid.len(), grid.is_stoppable() && !is_smallest)
    }

    /// The key of every trial of `model` that the study could need, whatever its results.
    pub fn keys(&self, model: usize) -> BTreeSet<TrialKey> {
        let grid = &self.grids[model];
        let key = |size, seed, candidate| TrialKey { model, size, seed, candidate };
        let mut keys = BTreeSet::new();
        for &size in &self.sizes {
            let of_seed = |seed| grid.all().into_iter().map(move |one| key(size, seed, one));
            keys.extend((0..self.seeds).flat_map(of_seed));
            if self.is_carried(model) {
                let searched_at = self.searched_at(size);
                keys.extend(grid.all_shares().map(|one| key(searched_at, 0, one)));
            }
        }
        keys
    }

    /// Whether the study could need the trial with the key `trial_key`.
    pub fn contains(&self, trial_key: TrialKey) -> bool {
        let TrialKey { model, size, seed, candidate } = trial_key;
        let grid = &self.grids[model];
        let is_of_search = self.is_carried(model)
            && seed == 0
            && self.sizes.iter().any(|one| self.searched_at(*one) == size)
            && grid.all_shares().contains(&candidate);
        let is_of_curve = self.sizes.contains(&size) && seed < self.seeds && candidate < grid.len();
        is_of_curve || is_of_search
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tenfold_train::{LearnerSettings, SettingValue, learners};

    use super::super::{ModelSpec, SearchAxis};
    use super::*;
    use crate::trial::Recipe;
    use crate::trial::TrialId;
    use crate::trial::identity::{DataIdentity, trial_id};

    fn plan(scope: SearchScope) -> Plan {
        let rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
        Plan {
            sizes: vec![64, 128, 256, 512],
            seeds: 3,
            ..plan_of(&[("learning_rate", &rates)], scope)
        }
    }

    /// Nine settings and five seeds at sizes from 64 to 8192.
    fn nine_settings(scope: SearchScope) -> Plan {
        let axes: [(&str, &[f64]); 2] =
            [("learning_rate", &[1e-3, 3e-3, 1e-2]), ("width", &[16.0, 32.0, 64.0])];
        plan_of(&axes, scope)
    }

    fn plan_of(axes: &[(&str, &[f64])], scope: SearchScope) -> Plan {
        let axis = |(key, values): &(&str, &[f64])| SearchAxis {
            key: (*key).to_owned(),
            values: values.iter().map(|v| SettingValue::Number(*v)).collect(),
        };
        let recipe = Recipe::learnt(LearnerSettings::defaults(learners::MLP));
        let model = ModelSpec {
            name: "m".to_owned(),
            recipe,
            axes: axes.iter().map(axis).collect(),
            ranks: 1,
            lever: None,
            after: None,
        };
        let sizes = (6..14).map(|power| 1 << power).collect();
        Plan { grids: vec![Grid::new(&model)], sizes, seeds: 5, scope }
    }

    fn make(plan: &Plan) -> impl FnMut(TrialKey) -> Trial {
        let grids = plan.grids.clone();
        move |trial_key: TrialKey| {
            let grid = &grids[trial_key.model];
            let recipe = grid.recipe(trial_key.candidate).clone();
            let share = grid.share(trial_key.candidate);
            let shard = format!("{}-{}", trial_key.size, trial_key.seed);
            let data =
                DataIdentity { encoding: "c", held_out: "h", shard: &shard, metric: "error_rate" };
            Trial {
                id: trial_id(&data, &recipe, trial_key.seed, share, None),
                model: "m".to_owned(),
                size: trial_key.size,
                seed: trial_key.seed,
                candidate: trial_key.candidate,
                recipe,
                training_seed: trial_key.seed,
                share,
                after: None,
                expected_flop: share.of(1000 * trial_key.size) as f64,
            }
        }
    }

    /// Finishes trials one by one; `pick` chooses among the trials that wait.
    fn complete(plan: &Plan, mut pick: impl FnMut(usize) -> usize) -> Vec<Trial> {
        let mut known = BTreeMap::new();
        let mut make = make(plan);
        loop {
            let schedule = plan.schedule(&known, &mut make);
            let waiting: Vec<&Trial> =
                schedule.trials.iter().filter(|t| !known.contains_key(&t.id)).collect();
            if waiting.is_empty() {
                assert!(schedule.later.is_empty());
                return schedule.trials;
            }
            let trial = waiting[pick(waiting.len())];
            // Candidate 1 wins at small sizes, candidate 2 at large ones.
            let best = if trial.size < 200 { 1.0 } else { 2.0 };
            let candidate = plan.grids[0].candidate(trial.candidate);
            let validation_error = 0.1 + (candidate as f64 - best).abs();
            known.insert(trial.id.clone(), Known::Finished { validation_error });
        }
    }

    #[test]
    fn the_ends_are_searched_in_full_and_the_rest_between_their_winners() {
        let trials = complete(&plan(SearchScope::Narrowed), |_| 0);
        let searched = |size: u64| -> BTreeSet<usize> {
            let of_size = trials.iter().filter(|t| t.size == size && t.seed == 0);
            of_size.map(|t| t.candidate).collect()
        };
        assert_eq!(searched(64).len(), 5);
        assert_eq!(searched(512).len(), 5);
        assert_eq!(searched(128), BTreeSet::from([0, 1, 2, 3]));
        let full = complete(&plan(SearchScope::Full), |_| 0);
        assert_eq!(full.len(), 4 * (5 + 2));
    }

    #[test]
    fn the_winner_and_only_the_winner_gets_every_seed() {
        let trials = complete(&plan(SearchScope::Narrowed), |_| 0);
        for (size, winner) in [(64, 1), (128, 1), (256, 2), (512, 2)] {
            let seeds: Vec<(u64, usize)> = trials
                .iter()
                .filter(|t| t.size == size && t.seed > 0)
                .map(|t| (t.seed, t.candidate))
                .collect();
            assert_eq!(seeds, [(1, winner), (2, winner)]);
        }
    }

    #[test]
    fn the_order_in_which_results_arrive_changes_nothing() {
        check_order(&plan(SearchScope::Narrowed));
        check_order(&nine_settings(SearchScope::Carried));
    }

    fn check_order(plan: &Plan) {
        let ids =
            |trials: Vec<Trial>| -> Vec<TrialId> { trials.into_iter().map(|t| t.id).collect() };
        let expected = ids(complete(plan, |_| 0));
        let mut state = 7_u64;
        for _ in 0..20 {
            let found = complete(plan, |count| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as usize % count
            });
            assert_eq!(ids(found), expected);
        }
    }

    #[test]
    fn a_carried_winner_is_searched_at_a_quarter_and_nothing_else_at_the_size() {
        let plan = nine_settings(SearchScope::Carried);
        let trials = complete(&plan, |_| 0);
        let at = |size: u64| trials.iter().filter(move |trial| trial.size == size);
        let of_share = |size: u64, share: Share| -> Vec<usize> {
            let stopped = at(size).filter(|trial| trial.share == share && trial.seed == 0);
            stopped.map(|trial| plan.grids[0].candidate(trial.candidate)).collect()
        };
        // 4096 and 8192 are a quarter of no size; at 1024 candidate 2 wins.
        for size in [4096, 8192] {
            let seeds: Vec<(u64, usize)> = at(size).map(|t| (t.seed, t.candidate)).collect();
            assert_eq!(seeds, [(0, 2), (1, 2), (2, 2), (3, 2), (4, 2)]);
        }
        assert_eq!(of_share(2048, Share::EIGHTH), plan.grids[0].all());
        assert_eq!(of_share(2048, Share::QUARTER), [1, 2, 3]);
        assert_eq!(of_share(2048, Share::WHOLE), [1, 2]);
        // The smallest size is searched itself, and its winner serves up to four times of it.
        assert_eq!(of_share(64, Share::WHOLE), plan.grids[0].all());
        assert!(at(64).all(|trial| trial.share == Share::WHOLE));
        assert_eq!((of_share(256, Share::WHOLE), at(256).count()), (vec![1, 2], 9 + 3 + 2 + 4));
        // Every trial is among those that the study could need.
        let keys = plan.keys(0);
        for Trial { size, seed, candidate, .. } in trials.iter().cloned() {
            let key = TrialKey { model: 0, size, seed, candidate };
            assert!(plan.contains(key) && keys.contains(&key), "{key:?}");
        }
        assert!(keys.iter().all(|key| plan.contains(*key)));
    }

    #[test]
    fn what_is_announced_is_what_is_trained_in_the_end() {
        let plan = nine_settings(SearchScope::Carried);
        let schedule = plan.schedule(&BTreeMap::new(), &mut make(&plan));
        let later: usize = schedule.later.iter().map(|later| later.count).sum();
        let trained = complete(&plan, |_| 0).len();
        // Where a winner was also searched to the end at its size, it was announced twice.
        assert!((trained..trained + 6).contains(&(schedule.trials.len() + later)));
    }

    #[test]
    fn nine_settings_and_five_seeds_cost_six_trials_of_the_largest_size() {
        let cost = |scope: SearchScope, searched_at: u64| -> f64 {
            let trials = complete(&nine_settings(scope), |_| 0);
            let of_curve = trials.iter().filter(|trial| trial.size == 8192);
            let of_search = trials.iter().filter(|trial| {
                let is_finalist = [1, 2].contains(&trial.candidate) && trial.seed == 0;
                trial.size == searched_at && (is_finalist || !trial.share.is_whole())
            });
            let flop = of_curve.chain(of_search).map(|trial| trial.expected_flop).sum::<f64>();
            flop / 8_192_000.0
        };
        // Five seeds, and a quarter of 9/8 + 3/4 + 2 trials.
        assert!((cost(SearchScope::Carried, 2048) - 5.968_75).abs() < 1e-9);
        // The whole grid, and four more seeds of its winner.
        assert!((cost(SearchScope::Narrowed, 0) - 13.0).abs() < 1e-9);
    }

    #[test]
    fn a_failed_candidate_cannot_win_and_does_not_hold_up_the_study() {
        let plan = plan(SearchScope::Full);
        let mut make = make(&plan);
        let mut known = BTreeMap::new();
        for candidate in 0..5 {
            let trial = make(TrialKey { model: 0, size: 64, seed: 0, candidate });
            let state = match candidate {
                1 => Known::Finished { validation_error: 0.3 },
                4 => Known::Finished { validation_error: 0.2 },
                _ => Known::Failed,
            };
            known.insert(trial.id, state);
        }
        let schedule = plan.schedule(&known, &mut make);
        let seeds: Vec<usize> = schedule
            .trials
            .iter()
            .filter(|t| t.size == 64 && t.seed > 0)
            .map(|t| t.candidate)
            .collect();
        assert_eq!(seeds, [4, 4]);
    }
}
