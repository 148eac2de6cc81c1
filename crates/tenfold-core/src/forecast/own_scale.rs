//! An interval scale learnt on the user's own curves, from their back-tests.
//!
//! The shipped scales are learnt on public curves and assume that the user's are like them. With
//! enough curves of one kind there is no need to assume it: hiding the last sizes of each says by what
//! factor half widths hold the truth there.

use std::fmt;

use crate::fit::{CurveFit, OwnCalibration};
use crate::forecast::scale::IntervalScale;
use crate::stats::quantile::weighted_quantile;

/// Fewest curves: a conformal 95 % quantile needs 19 exchangeable ones.
pub const FEWEST_OWN_CURVES: usize = 20;

/// Smallest factor as a share of the shipped one: exact curves would leave intervals without width.
const SMALLEST_SHARE: f64 = 0.01;

/// Name of the scale that calibrated an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScaleName {
    /// One that comes with Tenfold, by name and version.
    Shipped(&'static str),
    /// One learnt on the user's own curves.
    Own {
        /// Number of curves it was learnt on.
        curves: usize,
    },
}

impl fmt::Display for ScaleName {
    /// `error-rate/v1`, or `own/24-curves`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped(name) => formatter.write_str(name),
            Self::Own { curves } => write!(formatter, "own/{curves}-curves"),
        }
    }
}

/// How far off one hidden size of a back-test was: what a scale is learnt from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandardisedMiss {
    /// Doublings from the largest size kept.
    pub doublings: f64,
    /// Log measured minus log forecast, without sign, in half widths of the 80 % and the 95 % interval
    /// before calibration.
    pub in_half_widths: [f64; 2],
}

/// A calibration of forecasts learnt on the user's own curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnScale(OwnCalibration);

impl OwnScale {
    /// The scale of curves whose back-tests left `misses`, one list a curve in order of distance; `None`
    /// below [`FEWEST_OWN_CURVES`] lists with any.
    ///
    /// Curves weigh alike, and a quantile counts one more curve than there are, as split-conformal
    /// prediction does: the 80 % intervals of a new curve that is exchangeable with them hold at least as
    /// often as stated. Of few curves the 95 % quantile is the one that went worst; it is drawn towards
    /// the shipped scale's, as much wider as the 80 % intervals are. Where misses grow faster with distance
    /// than half widths do, so do the factors.
    pub fn learn(misses: &[Vec<StandardisedMiss>], shipped: &IntervalScale) -> Option<Self> {
        let told: Vec<&Vec<StandardisedMiss>> =
            misses.iter().filter(|of_curve| !of_curve.is_empty()).collect();
        let curves = told.len();
        if curves < FEWEST_OWN_CURVES {
            return None;
        }
        let total = curves as f64 + 1.0;
        let growth = growth(&told);
        let all = told.iter().flat_map(|of_curve| {
            let weight = 1.0 / of_curve.len() as f64;
            of_curve.iter().map(move |miss| (miss, weight))
        });
        let factor = |at: usize, coverage: f64| {
            let missed =
                |miss: &StandardisedMiss| miss.in_half_widths[at] / grown(growth, miss.doublings);
            let mut values: Vec<(f64, f64)> =
                all.clone().map(|(miss, weight)| (missed(miss), weight)).collect();
            let found = weighted_quantile(&mut values, coverage, total)?;
            Some(found.max(SMALLEST_SHARE * shipped.intervals[at]))
        };
        let (of_80, of_95) = (factor(0, 0.80)?, factor(1, 0.95)?);
        // What the shipped scale has beside 80 % intervals as wide as these.
        let as_shipped = shipped.intervals[1] * of_80 / shipped.intervals[0];
        let sure = curves as f64 / (curves as f64 + SURE_OF_TAIL);
        let factors = [of_80, as_shipped * (of_95 / as_shipped).powf(sure)];
        Some(Self(OwnCalibration { curves, factors, growth }))
    }

    /// Factors that make half widths 80 % and 95 % intervals at a distance in doublings.
    pub fn factors_at(&self, doublings: f64) -> [f64; 2] {
        self.0.factors_at(doublings)
    }
}

impl OwnCalibration {
    pub(super) fn factors_at(&self, doublings: f64) -> [f64; 2] {
        self.factors.map(|factor| factor * grown(self.growth, doublings))
    }
}

/// Curves at which their own 95 % quantile counts half, in logs.
const SURE_OF_TAIL: f64 = 50.0;

/// Curves at which what they say of growth counts half: the log of a ratio of two quantiles of as many
/// curves has a standard error near .8 over the root of their number, true growths one near .1.
const SURE_OF_GROWTH: f64 = 64.0;

/// Log growth of a doubling that misses show beyond half widths: the 80 % quantile of the farthest over
/// that of the nearest of each curve, held back where curves are few; not below 0.
fn growth(told: &[&Vec<StandardisedMiss>]) -> f64 {
    let several = || told.iter().filter(|of_curve| of_curve.len() > 1);
    let ends = || several().filter_map(|of_curve| Some((of_curve.first()?, of_curve.last()?)));
    let curves = ends().count() as f64;
    let middle = |misses: &mut dyn Iterator<Item = f64>, probability: f64| {
        let mut values: Vec<(f64, f64)> = misses.map(|value| (value, 1.0)).collect();
        weighted_quantile(&mut values, probability, curves)
    };
    let near = middle(&mut ends().map(|(near, _)| near.in_half_widths[0]), 0.8);
    let far = middle(&mut ends().map(|(_, far)| far.in_half_widths[0]), 0.8);
    let apart = middle(&mut ends().map(|(near, far)| far.doublings - near.doublings), 0.5);
    let (Some(near), Some(far), Some(apart)) = (near, far, apart) else { return 0.0 };
    let found = (far / near).ln() / apart * curves / (curves + SURE_OF_GROWTH);
    if found > 0.0 && found.is_finite() { found.min(MOST_GROWTH) } else { 0.0 }
}

/// Largest growth of a doubling, as a log.
const MOST_GROWTH: f64 = 0.5;

/// Distance at which growth ends, in doublings: no interval was ever checked beyond it.
const GROWTH_ENDS: f64 = 4.0;

fn grown(growth: f64, doublings: f64) -> f64 {
    (growth * doublings.clamp(0.0, GROWTH_ENDS)).exp()
}

impl CurveFit {
    /// The fit with forecasts calibrated by `scale` instead of the shipped one; plans keep theirs.
    #[must_use]
    pub fn with_own_scale(mut self, scale: &OwnScale) -> Self {
        self.evidence.own_calibration = Some(scale.0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::MetricKind;
    use crate::forecast::scale_for;

    fn shipped() -> &'static IntervalScale {
        scale_for(MetricKind::ErrorRate)
    }

    fn miss(doublings: f64, of_80: f64) -> StandardisedMiss {
        StandardisedMiss { doublings, in_half_widths: [of_80, 10.0 * of_80] }
    }

    #[test]
    fn nineteen_curves_are_too_few() {
        let misses = |count: usize| vec![vec![miss(1.0, 1.0)]; count];
        assert_eq!(OwnScale::learn(&misses(19), shipped()), None);
        let mut some = misses(20);
        some.extend([Vec::new(), Vec::new()]);
        assert_eq!(OwnScale::learn(&some, shipped()).unwrap().0.curves, 20);
    }

    #[test]
    fn quantiles_are_conformal_and_curves_weigh_alike() {
        // Misses of 1 to 20 half widths, tenfold for the wider interval; the first curve's is repeated,
        // which must not count more.
        let mut misses: Vec<_> = (1..=20).map(|k| vec![miss(1.0, f64::from(k))]).collect();
        misses[0] = vec![miss(1.0, 1.0); 50];
        let factors = OwnScale::learn(&misses, shipped()).unwrap().factors_at(1.0);
        // The smallest k with k / 21 at or above .8 is 17, and 20 / 21 holds .95, of which 20 curves are
        // believed two sevenths.
        assert!((factors[0] - 17.0).abs() < 1e-9, "{factors:?}");
        let as_shipped = shipped().intervals[1] * 17.0 / shipped().intervals[0];
        let expected = as_shipped.powf(5.0 / 7.0) * 200_f64.powf(2.0 / 7.0);
        assert!((factors[1] - expected).abs() < 1e-9 * expected, "{factors:?}");
    }

    #[test]
    fn factors_grow_with_distance_as_misses_do_and_never_shrink() {
        // The second hidden size is missed by e^g times as many half widths as the first.
        let scale = |g: f64, curves: u32| {
            let two = |k| vec![miss(1.0, f64::from(k)), miss(2.0, f64::from(k) * f64::exp(g))];
            OwnScale::learn(&(1..=curves).map(two).collect::<Vec<_>>(), shipped()).unwrap()
        };
        let growth = |scale: OwnScale| (scale.factors_at(2.0)[0] / scale.factors_at(1.0)[0]).ln();
        // 64 curves are believed half.
        assert!((growth(scale(0.3, 64)) - 0.15).abs() < 1e-9);
        assert!(growth(scale(0.3, 6_400)) > 0.29);
        assert!(growth(scale(-0.3, 640)).abs() < 1e-12);
        assert!(growth(scale(9.0, 640)) < 0.51);
        let far = scale(0.3, 640);
        assert_eq!(far.factors_at(4.0).map(f64::to_bits), far.factors_at(9.0).map(f64::to_bits));
    }

    #[test]
    fn curves_that_are_forecast_exactly_leave_intervals_some_width() {
        let exact = vec![vec![miss(1.0, 0.0), miss(2.0, 0.0)]; 30];
        let scale = OwnScale::learn(&exact, shipped()).unwrap();
        assert!(scale.factors_at(3.0).iter().all(|factor| *factor > 0.0), "{scale:?}");
    }

    #[test]
    fn scales_are_called_by_their_origin() {
        assert_eq!(ScaleName::Own { curves: 24 }.to_string(), "own/24-curves");
        assert_eq!(ScaleName::Shipped("loss/v1").to_string(), "loss/v1");
    }
}
