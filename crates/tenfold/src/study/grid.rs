//! The search grid of one model: every combination of its axes, and the part of it that is worth
//! searching between the smallest and the largest shard (Hestness et al. 2017, section 3).

use std::cmp::Ordering;

use tenfold_train::SettingValue;

use super::{ModelSpec, SearchAxis};
use crate::trial::Recipe;

/// Every combination of a model's search axes.
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

    /// The recipe of candidate `index`.
    pub fn recipe(&self, index: usize) -> &Recipe {
        &self.candidates[index].recipe
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
    fn narrowing_keeps_the_winners_box_and_one_step_around_it() {
        let grid = grid(&[1e-4, 3e-4, 1e-3, 3e-3, 1e-2], &[16.0, 32.0, 64.0, 128.0]);
        // Winners at (rate 1, width 0) and (rate 2, width 0): rates 0..=3, widths 0..=1.
        let kept = grid.narrowed(4, 8);
        assert_eq!(kept, [0, 1, 4, 5, 8, 9, 12, 13]);
        assert_eq!(grid.narrowed(8, 4), kept);
    }
}
