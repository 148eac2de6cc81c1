//! The search grid of one model: every combination of its axes, and the part of it that is worth
//! searching between the smallest and the largest shard (Hestness et al. 2017, section 3).

use std::cmp::Ordering;
use std::ops::Range;

use tenfold_train::{SettingValue, Share};

use super::{ModelSpec, SearchAxis};
use crate::trial::Recipe;

/// How far a search trains a candidate; the place in this list is part of its index in the grid.
const SHARES: [Share; 3] = [Share::WHOLE, Share::QUARTER, Share::EIGHTH];

/// Every combination of a model's search axes.
///
/// Indices below the number of candidates are those of candidates trained to the end. The same
/// candidates stopped at a quarter of their updates follow, and then those stopped at an eighth.
#[derive(Clone, Debug)]
pub struct Grid {
    candidates: Vec<Candidate>,
    /// Whether the values of each axis have an order: numbers have one, names have none.
    is_ordered: Vec<bool>,
}

#[derive(Clone, Debug)]
struct Candidate {
    recipe: Recipe,
    /// Index of its value on each axis.
    place: Vec<usize>,
}

impl Candidate {
    /// One candidate for each of `values` of the setting `key`.
    fn extended(&self, key: &str, values: &[SettingValue]) -> Vec<Self> {
        let with = |(index, value): (usize, &SettingValue)| {
            let mut next = self.clone();
            next.place.push(index);
            // Setting the value cannot fail: the study's check has already set every value of every
            // axis.
            drop(next.recipe.set(key, value));
            next
        };
        values.iter().enumerate().map(with).collect()
    }
}

impl Grid {
    /// The grid of `model`; one candidate if it has no search axes.
    ///
    /// The first axis varies slowest, and numbers run from small to large, so the order does not
    /// depend on the order in the study file.
    pub fn new(model: &ModelSpec) -> Self {
        let first = Candidate { recipe: model.recipe.clone(), place: Vec::new() };
        let mut candidates = vec![first];
        let mut is_ordered = Vec::new();
        for axis in &model.axes {
            let (values, ordered) = ordered_values(axis);
            is_ordered.push(ordered);
            let extend = |candidate: &Candidate| candidate.extended(&axis.key, &values);
            candidates = candidates.iter().flat_map(extend).collect();
        }
        Self { candidates, is_ordered }
    }

    /// Number of candidates, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a grid is never empty")]
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether the grid has only one candidate.
    pub fn is_single(&self) -> bool {
        self.candidates.len() == 1
    }

    /// The recipe of the candidate at `index`.
    pub fn recipe(&self, index: usize) -> &Recipe {
        &self.candidates[self.candidate(index)].recipe
    }

    /// The candidate at `index`, whether or not it is stopped early.
    pub fn candidate(&self, index: usize) -> usize {
        index % self.len()
    }

    /// How far the candidate at `index` is trained.
    pub fn share(&self, index: usize) -> Share {
        SHARES.get(index / self.len()).copied().unwrap_or(Share::WHOLE)
    }

    /// Index of `candidate` trained for `share` of its updates.
    pub fn stopped(&self, candidate: usize, share: Share) -> usize {
        stopped(self.len(), candidate, share)
    }

    /// Whether its candidates can be stopped early: only built-in learners that learn by updates
    /// can.
    pub fn is_stoppable(&self) -> bool {
        self.recipe(0).learner().is_some_and(|settings| settings.learner.is_stoppable())
    }

    /// Indices of all candidates, also those that are stopped early.
    pub fn all_shares(&self) -> Range<usize> {
        0..self.len() * if self.is_stoppable() { SHARES.len() } else { 1 }
    }

    /// Indices of all candidates.
    pub fn all(&self) -> Vec<usize> {
        (0..self.len()).collect()
    }

    /// Indices of the candidates within the box spanned by the winners `first` and `second`,
    /// extended by one step on each side. Axes of names have no order, so all their values are
    /// kept.
    pub fn narrowed(&self, first: usize, second: usize) -> Vec<usize> {
        let (first, second) = (&self.candidates[first].place, &self.candidates[second].place);
        let is_inside = |place: &[usize]| {
            place.iter().enumerate().all(|(axis, &at)| {
                let low = first[axis].min(second[axis]).saturating_sub(1);
                let high = first[axis].max(second[axis]) + 1;
                !self.is_ordered[axis] || (low..=high).contains(&at)
            })
        };
        (0..self.len()).filter(|&i| is_inside(&self.candidates[i].place)).collect()
    }
}

/// Index in a grid of `len` candidates of `candidate` trained for `share` of its updates.
pub fn stopped(len: usize, candidate: usize, share: Share) -> usize {
    SHARES.iter().position(|known| *known == share).unwrap_or(0) * len + candidate
}

fn ordered_values(axis: &SearchAxis) -> (Vec<SettingValue>, bool) {
    let mut values = axis.values.clone();
    let ordered = values.iter().all(|v| matches!(v, SettingValue::Number(_)));
    if ordered {
        values.sort_by(|a, b| match (a, b) {
            (SettingValue::Number(a), SettingValue::Number(b)) => a.total_cmp(b),
            _ => Ordering::Equal,
        });
    }
    (values, ordered)
}

#[cfg(test)]
mod tests {
    use tenfold_train::{LearnerSettings, learners};

    use super::*;

    fn grid(rates: &[f64], widths: &[f64]) -> Grid {
        let axis = |key: &str, values: &[f64]| SearchAxis {
            key: key.to_owned(),
            values: values.iter().map(|v| SettingValue::Number(*v)).collect(),
        };
        Grid::new(&ModelSpec {
            name: "m".to_owned(),
            recipe: Recipe::learnt(LearnerSettings::defaults(learners::MLP)),
            axes: vec![axis("learning_rate", rates), axis("width", widths)],
            ranks: 1,
            lever: None,
            after: None,
        })
    }

    #[test]
    fn the_grid_is_every_combination_in_ascending_order() {
        let grid = grid(&[3e-3, 1e-3], &[64.0, 16.0, 32.0]);
        assert_eq!(grid.len(), 6);
        let widths: Vec<usize> = (0..6).map(|i| grid.recipe(i).learner().unwrap().width).collect();
        assert_eq!(widths, [16, 32, 64, 16, 32, 64]);
        let rate = |i: usize| grid.recipe(i).learner().unwrap().learning_rate;
        assert!(rate(0) < rate(5));
    }

    #[test]
    fn an_index_tells_the_candidate_and_how_far_it_is_trained() {
        let grid = grid(&[1e-3, 3e-3], &[16.0, 32.0, 64.0]);
        assert_eq!(grid.all_shares(), 0..18);
        for share in SHARES {
            let index = grid.stopped(4, share);
            assert_eq!((grid.candidate(index), grid.share(index)), (4, share));
            assert_eq!(grid.recipe(index).learner().unwrap().width, 32);
        }
        assert_eq!(grid.stopped(4, Share::WHOLE), 4);
    }

    #[test]
    fn narrowing_keeps_the_winners_box_and_one_step_around_it() {
        let grid = grid(&[1e-4, 3e-4, 1e-3, 3e-3, 1e-2], &[16.0, 32.0, 64.0, 128.0]);
        // Winners at (rate 1, width 0) and (rate 2, width 0): rates 0..=3, widths 0..=1.
        let kept = grid.narrowed(4, 8);
        assert_eq!(kept, [0, 1, 4, 5, 8, 9, 12, 13]);
        assert_eq!(grid.narrowed(8, 4), kept);
    }
}
