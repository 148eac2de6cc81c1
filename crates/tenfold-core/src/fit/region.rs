//! The three regions of a curve, from the posterior.
//!
//! The small-data region ends where the law begins to hold; the irreducible-error region begins where the
//! floor is the larger part of the error.

use serde::Serialize;

use crate::estimate::{Estimate, Interval};
use crate::fit::parameter::{Marginals, floor_law};
use crate::posterior::Cell;
use crate::units::TrainingSetSize;

/// Where the regions of a curve begin and end, in training-set sizes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Regions {
    /// Where the power law takes over from guessing; `None` when it holds from the smallest size on.
    pub small_data_ends: Option<Estimate>,
    /// Where the floor becomes the larger part of the error; `None` when the floor is unknown.
    pub irreducible_begins: Option<Estimate>,
}

/// Share of the error at the largest size up to which a floor counts as negligible.
const NO_FLOOR: f64 = 0.05;

/// A floor counts as identified if a negligible floor has less than this probability.
const IDENTIFIED: f64 = 0.05;

/// Factor to which the end of the small-data region can be determined: half the distance between
/// the reaches of the grid.
const TOLD: f64 = 1.7;

/// Probability from which on a small-data region is reported.
const LIKELY: f64 = 0.5;

/// Whether the law levels off almost certainly.
pub(super) fn floor_is_identified(marginals: &Marginals<'_>) -> bool {
    marginals.probability(|cell| floor_law(cell).1 <= NO_FLOOR) < IDENTIFIED
}

/// The regions, with intervals that are quantiles over the cells.
pub(super) fn regions(
    marginals: &Marginals<'_>,
    smallest: TrainingSetSize,
    floor_identified: bool,
) -> Regions {
    let first = (smallest.log() - marginals.largest_size.log()) / std::f64::consts::LN_2;
    let has_region = |cell: &Cell| cell.dynamics.is_before(first);
    let small_data_ends = (marginals.probability(has_region) > LIKELY).then(|| {
        // In a cell without a small-data region, the region ends at the smallest size.
        let ends = |cell: &Cell| if has_region(cell) { -cell.dynamics.reach } else { first };
        let found = size_estimate(marginals, ends);
        let wider = |interval: Interval| Interval {
            low: (interval.low / TOLD).max(smallest.get()),
            high: (interval.high * TOLD).min(marginals.largest_size.get()),
        };
        Estimate {
            interval_80: wider(found.interval_80),
            interval_95: wider(found.interval_95),
            ..found
        }
    });
    let irreducible_begins = floor_identified.then(|| size_estimate(marginals, floor_begins));
    Regions { small_data_ends, irreducible_begins }
}

/// Largest distance, in doublings, of the beginning or end of a region.
const MOST_DOUBLINGS: f64 = 100.0;

/// Doublings beyond the largest size at which the reducible error equals the floor.
fn floor_begins(cell: &Cell) -> f64 {
    let (exponent, share) = floor_law(cell);
    let doublings = ((1.0 - share) / share.max(f64::MIN_POSITIVE)).log2() / exponent.max(1e-9);
    doublings.clamp(-MOST_DOUBLINGS, MOST_DOUBLINGS)
}

/// The estimate of a size `doublings` beyond the largest.
fn size_estimate(marginals: &Marginals<'_>, doublings: impl Fn(&Cell) -> f64) -> Estimate {
    let size = |probability: f64| {
        let at = marginals.quantile(&doublings, probability) * std::f64::consts::LN_2;
        TrainingSetSize::from_log(marginals.largest_size.log() + at).get()
    };
    let interval = |tail: f64| Interval { low: size(tail), high: size(1.0 - tail) };
    Estimate {
        value: size(0.5),
        standard_error: None,
        interval_80: interval(0.1),
        interval_95: interval(0.025),
    }
}
