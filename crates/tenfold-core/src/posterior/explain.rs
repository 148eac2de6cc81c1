//! Probabilities of named explanations of a curve by the posterior: that it does not fall, that it
//! levels off, that its data repeat.

use crate::curve::MetricKind;
use crate::posterior::dynamics::DynamicsStep;
use crate::posterior::repeats::{self, LogEvidence};
use crate::posterior::smooth::{few, smoothed};
use crate::posterior::{Cell, Mixture, Normal, Posterior, Prior};
use crate::stats::normal;

/// Doublings at the top of a curve that count as its last ones, and the share of its range that they may be.
const LAST: (f64, f64) = (2.0, 1.0 / 3.0);

/// Share of the earlier fall per doubling up to which the last doublings count as level: the share
/// that remains for a law whose floor has grown from a quarter of the error to half of it.
const LEVEL: f64 = 2.0 / 3.0;

/// Fall of log error per doubling from which on a curve never counts as level, whatever its earlier
/// fall: a fifth. Chosen by hand; .1 and .3 are compared in `docs/results/constants.md`.
const STEEP: f64 = 0.2;

impl Posterior {
    /// Distribution of how far the log error of the curve itself falls between two sizes, in doublings
    /// beyond the largest and so at most 0.
    pub(crate) fn fall(&self, from: f64, to: f64) -> Mixture {
        let parts = few(&self.cells).into_iter().map(|cell| {
            let (mean, variance) = self.fall_of(&cell, from, to);
            Normal { weight: cell.weight, mean, deviation: variance.sqrt() }
        });
        Mixture::new(parts.collect())
    }

    /// Probability that the floor is `share` or more of the error at the largest size.
    pub(crate) fn probability_of_floor(&self, share: f64) -> f64 {
        let has_floor = self.cells.iter().filter(|cell| cell.shape.floor_share() >= share);
        has_floor.map(|cell| cell.weight).sum::<f64>().clamp(0.0, 1.0)
    }

    /// Where the last doublings of the curve begin, in doublings beyond the largest size.
    pub(crate) fn last_doublings(&self) -> f64 {
        -LAST.0.min(-self.observations[0].doublings * LAST.1)
    }

    /// Probability that the curve levels off: where it follows its law, that `share` or more of the error is
    /// floor; where it leaves every law, that its last doublings brought two thirds or less of what those
    /// before them did, and less than a fifth of the error.
    pub(crate) fn levels_off(&self, share: f64) -> f64 {
        let first = self.observations[0].doublings;
        let last = self.last_doublings();
        let mut total = 0.0;
        let mut level = 0.0;
        for cell in few(&self.cells) {
            total += cell.weight;
            level += cell.weight * self.cell_levels_off(&cell, share, first, last);
        }
        level / total
    }

    fn cell_levels_off(&self, cell: &Cell, share: f64, first: f64, last: f64) -> f64 {
        let has_floor = cell.shape.floor_share() >= share;
        if (has_floor && cell.dynamics.is_fine()) || last >= 0.0 {
            return f64::from(u8::from(has_floor));
        }
        let (before, before_variance) = self.fall_of(cell, first, last);
        let (after, after_variance) = self.fall_of(cell, last, 0.0);
        // Falls a doubling, of which the last must be below two limits.
        let (to_before, to_after) = (LEVEL / (last - first), -1.0 / last);
        let after_variance = to_after * to_after * after_variance;
        let below = |limit: f64, variance: f64| {
            normal::cumulative((limit - to_after * after) / (after_variance + variance).sqrt())
        };
        let of_before = below(to_before * before, to_before * to_before * before_variance);
        of_before.min(below(STEEP, 0.0))
    }

    /// Mean and variance of the fall between two sizes under a cell. The errors at the two sizes
    /// count as independent, unless the prior variance of the fall under the cell is smaller.
    fn fall_of(&self, cell: &Cell, from: f64, to: f64) -> (f64, f64) {
        let before = smoothed(cell, &self.observations, from);
        let after = smoothed(cell, &self.observations, to);
        let mut variance = before.1 + after.1;
        let dynamics = &cell.dynamics;
        if !dynamics.is_before(from) {
            let deviation = dynamics.slope_deviation * cell.moves;
            let step = DynamicsStep::of(dynamics.persistence, to - from).scaled(deviation);
            let slope = step.gain * deviation;
            variance = variance.min(step.noise[0] + slope * slope);
        }
        (before.0 - after.0, variance.max(f64::MIN_POSITIVE))
    }

    /// Log evidence of repeated data relative to that of all laws with a floor together; `None`
    /// where there are too few sizes.
    ///
    /// Assumes that the posterior is one of floor laws under the same `prior`.
    pub(crate) fn repeats(&self, metric: MetricKind, prior: &Prior) -> Option<LogEvidence> {
        let LogEvidence { all, lawful } = repeats::log_evidence(&self.observations, metric, prior)?;
        Some(LogEvidence { all: all - self.log_evidence, lawful: lawful - self.log_evidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::posterior::Observation;

    /// The posterior of nine doublings with these errors.
    fn posterior(error: impl Fn(f64) -> f64, deviation: f64) -> Posterior {
        let one = |doublings: f64| Observation {
            doublings,
            log_error: (error(doublings) / error(0.0)).ln(),
            variance: deviation * deviation,
            is_bound: false,
        };
        let seen = (0..9).map(|k| one(f64::from(k - 8))).collect();
        Posterior::of(seen, MetricKind::ErrorRate, Prior::shipped())
    }

    #[test]
    fn floors_and_breaks_level_off_and_laws_do_not() {
        let level = |error: fn(f64) -> f64| posterior(error, 0.01).levels_off(0.5);
        assert!(level(|x| (-0.5 * x).exp2() + 3.0) > 0.9);
        assert!(level(|x| (-0.5 * x.min(-3.0)).exp2()) > 0.9);
        assert!(level(|x| (-0.4 * x).exp2()) < 0.1);
        assert!(level(|x| (-0.2 * x).exp2()) < 0.2);
    }

    #[test]
    fn the_fall_of_a_curve_is_what_it_fell() {
        let fall = posterior(|x| (-0.4 * x).exp2(), 0.01).fall(-8.0, 0.0);
        let expected = 0.4 * 8.0 * std::f64::consts::LN_2;
        assert!((fall.mean() - expected).abs() < 0.02, "{} {expected}", fall.mean());
        assert!(fall.variance().sqrt() < 0.03);
        let none = posterior(|_| 1.0, 0.01).fall(-8.0, 0.0);
        assert!(none.mean().abs() < 0.02 && none.variance().sqrt() < 0.03, "{}", none.mean());
    }

    #[test]
    fn a_size_alone_falls_by_nothing() {
        let one = Observation { doublings: 0.0, log_error: 0.0, variance: 0.0, is_bound: false };
        let seen = vec![one];
        let posterior = Posterior::of(seen, MetricKind::ErrorRate, Prior::shipped());
        assert!((posterior.fall(0.0, 0.0).cumulative(0.0) - 0.5).abs() < 1e-6);
        assert!(posterior.levels_off(0.5).is_finite());
    }
}
