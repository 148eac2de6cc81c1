//! Which trials a study needs, as far as the results so far determine them.
//!
//! Hestness et al. (2017), section 3: the smallest and the largest shard are searched over the
//! whole grid, and the shards between them over the part of the grid that the two winners span. The
//! search runs on the first seed of each size, and the winner is trained on all seeds. The schedule
//! is a pure function of the study and the *set* of results: neither their order nor the number of
//! threads changes it.

use super::SearchScope;
use super::grid::Grid;
use crate::trial::Trial;

/// The known end of a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known {
    /// It finished with this error on the validation set.
    Finished {
        /// Error on the validation set.
        validation_error: f64,
    },
    /// It failed and will not be retried.
    Failed,
}

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
    /// Index in the model's grid, from 0.
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
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use std::collections::BTreeSet;

    use tenfold_train::{LearnerSettings, SettingValue, learners};

    use super::super::{ModelSpec, SearchAxis};
    use super::*;
    use crate::trial::Recipe;
    use crate::trial::TrialId;
    use crate::trial::identity::{DataIdentity, trial_id};

    fn plan(scope: SearchScope) -> Plan {
        let rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
        let axis = SearchAxis {
            key: "learning_rate".to_owned(),
            values: rates.iter().map(|v| SettingValue::Number(*v)).collect(),
        };
        let recipe = Recipe::learnt(LearnerSettings::defaults(learners::MLP));
        let model = ModelSpec {
            name: "m".to_owned(),
            recipe,
            axes: vec![axis],
            ranks: 1,
            lever: None,
            after: None,
        };
        Plan { grids: vec![Grid::new(&model)], sizes: vec![64, 128, 256, 512], seeds: 3, scope }
    }

    fn make(plan: &Plan) -> impl FnMut(TrialKey) -> Trial {
        let grids = plan.grids.clone();
        move |place: TrialKey| {
            let recipe = grids[place.model].recipe(place.candidate).clone();
            let shard = format!("{}-{}", place.size, place.seed);
            let data =
                DataIdentity { encoding: "c", held_out: "h", shard: &shard, metric: "error_rate" };
            Trial {
                id: trial_id(&data, &recipe, place.seed, None),
                model: "m".to_owned(),
                size: place.size,
                seed: place.seed,
                candidate: place.candidate,
                recipe,
                training_seed: place.seed,
                after: None,
                expected_flop: place.size as f64,
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
            let validation_error = 0.1 + (trial.candidate as f64 - best).abs();
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
        let plan = plan(SearchScope::Narrowed);
        let ids =
            |trials: Vec<Trial>| -> Vec<TrialId> { trials.into_iter().map(|t| t.id).collect() };
        let expected = ids(complete(&plan, |_| 0));
        let mut state = 7_u64;
        for _ in 0..20 {
            let found = complete(&plan, |count| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as usize % count
            });
            assert_eq!(ids(found), expected);
        }
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
