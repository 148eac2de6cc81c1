//! Finer cells of laws where a curve determines its law better than the coarse grid resolves.
//!
//! A curve measured to a thousandth determines its exponent to a percent, and with cells 40 % apart
//! it would seem to leave every law. Cells are halved, in exponent and floor share, as long as one
//! holds much of the probability when the curve is held to its law. A cell is judged by its middle,
//! so for a precise curve the cell that contains the law may look worse than its neighbours; least
//! squares find that cell.

use crate::law::{CurveFamily, ErrorColumn, FULL_SEARCH, FitPoints, PowerLawOffset, PowerTable};
use crate::posterior::filter::{self, Laws, Observation, Sequence};
use crate::posterior::grid::{Grid, Leaf};
use crate::posterior::shape::Shape;

/// Share of the probability that a cell may hold without being halved. Chosen by hand, not swept.
const MOST_HELD: f64 = 0.1;

/// Most halvings of a cell: exponents 7e-4 apart.
const MOST_HALVINGS: u32 = 9;

/// Cells of laws that are fine enough for a curve.
pub(super) struct Refined {
    pub(super) leaves: Vec<Leaf>,
    /// Numbers of the leaves that are most probable when the curve is held to its law, for any
    /// reach.
    pub(super) likely: Vec<usize>,
}

/// Leaves of each reach among the likely ones.
const LIKELY: usize = 8;

/// The refined cells of laws, for dynamics with which a curve follows its law.
pub(super) fn refined(grid: &Grid, sequence: Sequence<'_>) -> Refined {
    let observations = sequence.observations;
    let has_noise = observations.iter().any(|one| one.variance > 0.0);
    let first = observations[0].doublings;
    let guides: Vec<usize> = (0..grid.dynamics.len())
        .filter(|&number| grid.dynamics[number].is_lawful())
        .filter(|&number| grid.representative(number, has_noise, first) == number)
        .collect();
    let likelihoods = |leaves: &[Leaf]| -> Vec<Vec<f64>> {
        let laws = Laws::of(leaves.iter().map(Leaf::shape), observations);
        let run =
            |&number: &usize| filter::run(&grid.dynamics[number], sequence, &laws).log_likelihood;
        guides.iter().map(run).collect()
    };
    let reaches: Vec<f64> = guides.iter().map(|&number| grid.dynamics[number].reach).collect();
    let mut leaves = grid.shapes.clone();
    let mut found = likelihoods(&leaves);
    // Least squares cannot use bounds. It only shows where to refine, and the cells there are
    // weighted with the bounds included.
    let seen: Vec<Observation> = observations.iter().copied().filter(|one| !one.is_bound).collect();
    let fitted = Fitted::to(&seen);
    for _ in 0..MOST_HALVINGS {
        let mut halved = to_halve(&leaves, &found, &reaches);
        for (halve, leaf) in halved.iter_mut().zip(&leaves) {
            *halve |= can_be_halved(leaf) && fitted.iter().any(|one| one.is_hidden_in(leaf));
        }
        if halved.iter().all(|halve| !halve) {
            break;
        }
        let parts: Vec<Leaf> =
            leaves.iter().zip(&halved).filter(|one| *one.1).flat_map(|one| parts(one.0)).collect();
        let of_parts = likelihoods(&parts);
        let keep = |values: &mut Vec<f64>, more: Vec<f64>| {
            let mut halve = halved.iter();
            values.retain(|_| !halve.next().copied().unwrap_or(false));
            values.extend(more);
        };
        for (row, more) in found.iter_mut().zip(of_parts) {
            keep(row, more);
        }
        let mut halve = halved.iter();
        leaves.retain(|_| !halve.next().copied().unwrap_or(false));
        leaves.extend(parts);
    }
    // Sort laws with the same floor side by side, as the filter needs them.
    let mut order: Vec<usize> = (0..leaves.len()).collect();
    order.sort_by(|&a, &b| leaves[b].moves.total_cmp(&leaves[a].moves).then(a.cmp(&b)));
    let leaves: Vec<Leaf> = order.iter().map(|&at| leaves[at]).collect();
    for row in &mut found {
        *row = order.iter().map(|&at| row[at]).collect();
    }
    let likely = likely(&leaves, &found, &reaches);
    Refined { leaves, likely }
}

/// Probability of each leaf under the guides of each reach; rows of `found` are guides.
fn held(leaves: &[Leaf], found: &[Vec<f64>], reaches: &[f64]) -> Vec<Vec<f64>> {
    let mut distinct = reaches.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let of_reach = |reach: f64| {
        let rows = || {
            found.iter().zip(reaches).filter(|row| row.1.total_cmp(&reach).is_eq()).map(|row| row.0)
        };
        let best = rows().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut held = vec![0.0; leaves.len()];
        for row in rows() {
            for ((sum, log), leaf) in held.iter_mut().zip(row).zip(leaves) {
                *sum += leaf.share * (log - best).exp();
            }
        }
        held
    };
    distinct.into_iter().map(of_reach).collect()
}

/// The leaves with the largest probability under the guides of each reach.
fn likely(leaves: &[Leaf], found: &[Vec<f64>], reaches: &[f64]) -> Vec<usize> {
    let mut likely = Vec::new();
    for held in held(leaves, found, reaches) {
        let mut order: Vec<usize> = (0..leaves.len()).collect();
        let count = LIKELY.min(order.len() - 1);
        order.select_nth_unstable_by(count, |&a, &b| held[b].total_cmp(&held[a]).then(a.cmp(&b)));
        likely.extend_from_slice(&order[..count]);
    }
    likely.sort_unstable();
    likely.dedup();
    likely
}

/// Whether each leaf holds too much probability under the guides of some reach; rows of `found` are
/// guides.
fn to_halve(leaves: &[Leaf], found: &[Vec<f64>], reaches: &[f64]) -> Vec<bool> {
    let mut halved = vec![false; leaves.len()];
    for held in held(leaves, found, reaches) {
        let total: f64 = held.iter().sum();
        for ((halve, held), leaf) in halved.iter_mut().zip(held).zip(leaves) {
            *halve |= can_be_halved(leaf) && held > MOST_HELD * total;
        }
    }
    halved
}

fn can_be_halved(leaf: &Leaf) -> bool {
    leaf.half_exponent > 0.0 && leaf.depth < MOST_HALVINGS
}

/// Least standard deviation of a curve's log errors around a law: that of the calmest dynamics.
const LEAST_SCATTER: f64 = 5e-4;

/// The law that least squares finds.
struct Fitted<'a> {
    log_exponent: f64,
    floor_share: f64,
    /// Standard deviation of the log errors around it.
    scatter: f64,
    /// The observations that it was fitted to.
    observations: &'a [Observation],
}

impl<'a> Fitted<'a> {
    /// Fits laws to all sizes and to the larger half, which may lie outside a small-data region.
    fn to(observations: &'a [Observation]) -> Vec<Self> {
        let half = observations.len() / 2;
        let starts = [0, half].into_iter().take(if half >= FEWEST_SIZES { 2 } else { 1 });
        starts.filter_map(|first| Self::of(&observations[first..])).collect()
    }

    fn of(observations: &'a [Observation]) -> Option<Self> {
        let degrees = observations.len().checked_sub(PowerLawOffset.minimum_sizes())?;
        let logs = observations.iter().map(|one| one.doublings * std::f64::consts::LN_2);
        let table = PowerTable::new(logs.collect());
        let mut column = ErrorColumn::default();
        column.set(observations.iter().map(|one| one.log_error));
        let fitted = PowerLawOffset.fit(&FitPoints::new(&table, &column, 0, FULL_SEARCH));
        let [scale, exponent, floor, ..] = fitted.parameters;
        let scatter = (fitted.sum_of_squares / degrees.max(1) as f64).sqrt();
        let found = Self {
            log_exponent: (-exponent).ln(),
            floor_share: floor / (scale + floor),
            scatter: scatter.max(LEAST_SCATTER),
            observations,
        };
        (found.log_exponent + found.floor_share).is_finite().then_some(found)
    }

    /// Whether `leaf` contains this law, and the curve can tell the law in its middle from this
    /// one.
    fn is_hidden_in(&self, leaf: &Leaf) -> bool {
        let is_held = (self.log_exponent - leaf.log_exponent).abs() <= leaf.half_exponent
            && (self.floor_share - leaf.floor_share).abs() <= leaf.half_floor;
        if !is_held {
            return false;
        }
        let (exponent, floor_share) = (self.log_exponent.exp(), self.floor_share);
        let (law, (middle, _)) = (Shape::Floor { exponent, floor_share }, leaf.shape());
        self.observations.iter().any(|one| {
            let apart = law.log_ratio(one.doublings) - middle.log_ratio(one.doublings);
            apart.abs() > self.scatter
        })
    }
}

/// Fewest sizes of the larger half to which a law is fitted.
const FEWEST_SIZES: usize = 4;

/// The halves of a leaf in its exponent, and in its floor share where it has one.
fn parts(leaf: &Leaf) -> Vec<Leaf> {
    let quarter_exponent = 0.5 * leaf.half_exponent;
    let quarter_floor = 0.5 * leaf.half_floor;
    let floors: &[f64] = if leaf.half_floor > 0.0 { &[-1.0, 1.0] } else { &[0.0] };
    let share = leaf.share / (2 * floors.len()) as f64;
    let part = |sides: (f64, f64)| Leaf {
        log_exponent: leaf.log_exponent + sides.0 * quarter_exponent,
        half_exponent: quarter_exponent,
        floor_share: leaf.floor_share + sides.1 * quarter_floor,
        half_floor: quarter_floor,
        share,
        depth: leaf.depth + 1,
        ..*leaf
    };
    [-1.0, 1.0].iter().flat_map(|&of| floors.iter().map(move |&side| part((of, side)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posterior::filter::{Observation, Steps};
    use crate::posterior::grid::{GRID, PERSISTENCES};

    fn observations(noise: f64) -> Vec<Observation> {
        (0..10)
            .map(|k| {
                let doublings = f64::from(k - 9);
                let wave = noise * f64::from((k * 7) % 5 - 2);
                let log_error = (0.2 + 0.8 * (-0.317 * doublings).exp2()).ln() + wave;
                Observation { doublings, log_error, variance: 0.0, is_bound: false }
            })
            .collect()
    }

    fn found(observations: &[Observation]) -> Refined {
        let steps = Steps::of(&PERSISTENCES, observations);
        refined(&GRID, Sequence { observations, steps: &steps })
    }

    #[test]
    fn an_exact_curve_is_resolved_to_a_percent_and_a_noisy_one_not_at_all() {
        let exact = found(&observations(0.0)).leaves;
        let near = |leaf: &&Leaf| {
            (leaf.log_exponent.exp() / 0.317 - 1.0).abs() < 0.01
                && (leaf.floor_share - 0.2).abs() < 0.02
        };
        assert!(exact.iter().any(|leaf| near(&leaf)));
        let total: f64 = exact.iter().map(|leaf| leaf.share).sum();
        assert!(
            (total - GRID.shapes.len() as f64).abs() < 1e-9,
            "shares must not be lost: {total}"
        );
        let noisy = found(&observations(0.2)).leaves;
        assert!(noisy.len() < exact.len() && noisy.len() < 200, "{}", noisy.len());
    }
}
