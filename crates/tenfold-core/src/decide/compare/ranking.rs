//! All curves in the order of how many others each is expected to beat at a size.
//!
//! If many curves are ranked by their forecast error alone, the first is the one whose forecast
//! errs most in its favour. The probability of beating each other curve includes the uncertainty of
//! both, so that an uncertain forecast gains little from a low value.
//!
//! # Reference
//! Shah and Wainwright (2018), "Simple, robust and optimal ranking from pairwise comparisons", for the count
//! of wins (after Borda).

use crate::decide::compare::profile::Profile;
use crate::decide::compare::{PairAt, PairComparison};
use crate::units::TrainingSetSize;

/// All contenders in order at one size, the best first, as their indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The size.
    pub at: TrainingSetSize,
    /// By the number of others that each is expected to beat there: the sum of the probabilities.
    pub by_forecast: Vec<usize>,
    /// By the error at the largest size that all of them were measured at.
    pub by_last_measured: Vec<usize>,
}

/// The rankings at each of the sizes that `pairs` were compared at.
pub(super) fn rankings(
    profiles: &[Profile<'_>],
    pairs: &[PairComparison],
    at: &[TrainingSetSize],
) -> Vec<Ranking> {
    let common = profiles.iter().map(Profile::largest).fold(f64::INFINITY, f64::min);
    let last: Vec<f64> = profiles.iter().map(|profile| profile.expected(common)).collect();
    let by_last_measured = least_first(&last);
    let ranking = |(number, &at): (usize, &TrainingSetSize)| {
        let of_pairs = pairs.iter().map(|pair| (pair.a, pair.b, &pair.at[number]));
        let by_forecast = least_first(&losses(profiles.len(), of_pairs));
        Ranking { at, by_forecast, by_last_measured: by_last_measured.clone() }
    };
    at.iter().enumerate().map(ranking).collect()
}

/// How many of the others are expected to beat each contender.
fn losses<'a>(count: usize, pairs: impl Iterator<Item = (usize, usize, &'a PairAt)>) -> Vec<f64> {
    let mut losses = vec![0.0; count];
    for (a, b, pair) in pairs {
        losses[a] += 1.0 - pair.probability_a_better;
        losses[b] += pair.probability_a_better;
    }
    losses
}

fn least_first(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    order
}
