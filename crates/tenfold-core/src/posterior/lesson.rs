//! Likelihood of one curve under every cell, from which a prior is learnt.

use crate::curve::LearningCurve;
use crate::posterior::filter::{self, Laws, Observation, Sequence, Steps};
use crate::posterior::grid::{GRID, Leaf, PERSISTENCES};
use crate::posterior::observed::observations;
use crate::posterior::prior::kind_number;
use crate::posterior::refine;

/// Likelihood of one curve under every cell, from which a prior is learnt.
#[derive(Clone, Debug)]
pub struct Lesson {
    pub(super) kind: usize,
    /// Likelihood of each cell, relative to the best; laws within dynamics.
    pub(super) likelihoods: Vec<f32>,
}

impl Lesson {
    /// The likelihood of all points of `curve`, relative to its point number `kept` (from 1): floor
    /// share and small-data region are counted from that point, as in a forecast from the first
    /// `kept` points.
    pub fn of(curve: &LearningCurve, kept: usize) -> Self {
        let observations = observations(curve, kept);
        let likelihoods = likelihoods(&observations);
        Self { kind: kind_number(curve.metric()), likelihoods }
    }
}

/// A lesson among others, with the curve it is of.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// All points of the curve.
    pub curve: &'a LearningCurve,
    /// How many of them, from the smallest on, a forecast would have seen.
    pub kept: usize,
    /// The likelihood of the curve.
    pub lesson: &'a Lesson,
    /// How many curves it counts for.
    pub weight: f64,
}

fn likelihoods(observations: &[Observation]) -> Vec<f32> {
    let grid = &*GRID;
    let has_noise = observations.iter().any(|one| one.variance > 0.0);
    let first = observations[0].doublings;
    let steps = Steps::of(&PERSISTENCES, observations);
    let sequence = Sequence { observations, steps: &steps };
    let leaves = refine::refined(grid, sequence).leaves;
    let coarse = Laws::of(grid.shapes.iter().map(Leaf::shape), observations);
    let fine = Laws::of(leaves.iter().map(Leaf::shape), observations);
    let laws = grid.shapes.len();
    let mut rows: Vec<Option<Vec<f64>>> = vec![None; grid.dynamics.len()];
    let mut best = f64::NEG_INFINITY;
    for (number, dynamics) in grid.dynamics.iter().enumerate() {
        if grid.representative(number, has_noise, first) != number {
            continue;
        }
        let laws = if dynamics.is_fine() { &fine } else { &coarse };
        let found = filter::run(dynamics, sequence, laws).log_likelihood;
        best = found.iter().copied().fold(best, f64::max);
        rows[number] = Some(found);
    }
    let mut likelihoods = Vec::with_capacity(grid.cells());
    for (number, dynamics) in grid.dynamics.iter().enumerate() {
        let representative = grid.representative(number, has_noise, first);
        let mut row = vec![0.0; laws];
        let found = rows[representative].as_deref().unwrap_or_default();
        if dynamics.is_fine() {
            for (leaf, log) in leaves.iter().zip(found) {
                row[leaf.coarse] += leaf.share * (log - best).exp();
            }
        } else {
            row.iter_mut().zip(found).for_each(|(cell, log)| *cell = (log - best).exp());
        }
        // Single precision: a likelihood is a factor on a prior that is known to two digits.
        #[expect(clippy::cast_possible_truncation, reason = "f64 to f32, as the comment says")]
        likelihoods.extend(row.into_iter().map(|likelihood| likelihood as f32));
    }
    likelihoods
}
