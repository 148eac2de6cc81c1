//! An interval scale learnt on the user's own curves, from their back-tests.
//!
//! The shipped scales are learnt on public curves and assume that the user's are like them. With
//! enough curves of one kind there is no need to assume it: hiding the last sizes of each says how
//! many raw deviations hold the truth there.

use std::fmt;

use crate::fit::{CurveFit, OwnCalibration};
use crate::forecast::scale::{COVERAGES, IntervalScale, Ladder};
use crate::stats::quantile::weighted_quantile;

/// Fewest curves: a conformal 95 % quantile needs 19 exchangeable ones.
pub const FEWEST_OWN_CURVES: usize = 20;

/// Smallest quantile as a share of the shipped one: exact curves would leave intervals without width.
const SMALLEST_SHARE: f64 = 0.01;

/// Factor by which a quantile lies above the one before it at least, so that none coincide.
const SMALLEST_RISE: f64 = 1.000_001;

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

/// A calibration of forecasts learnt on the user's own curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnScale {
    curves: usize,
    ladder: Ladder,
}

impl OwnScale {
    /// The scale of curves whose back-tests left the standardised `residuals`, one list a curve;
    /// `None` below [`FEWEST_OWN_CURVES`] lists with any.
    ///
    /// Curves weigh alike, and a quantile counts one more curve than there are, as split-conformal
    /// prediction does: for a new curve that is exchangeable with them, coverage is at least as stated
    /// up to 95 %. What lies beyond the last quantile that so few curves give is stretched as in
    /// `shipped`.
    pub fn learn(residuals: &[Vec<f64>], shipped: &IntervalScale) -> Option<Self> {
        let told: Vec<&Vec<f64>> =
            residuals.iter().filter(|of_curve| !of_curve.is_empty()).collect();
        let curves = told.len();
        if curves < FEWEST_OWN_CURVES {
            return None;
        }
        let weighed = told.iter().flat_map(|of_curve| {
            let weight = 1.0 / of_curve.len() as f64;
            of_curve.iter().map(move |residual| (residual.abs(), weight))
        });
        let mut values: Vec<(f64, f64)> = weighed.collect();
        let total = curves as f64 + 1.0;
        let mut ladder = [0.0; COVERAGES.len()];
        let mut below = 0.0;
        for (at, coverage) in COVERAGES.into_iter().enumerate() {
            let usual = shipped.forecast.0[at];
            let found = weighted_quantile(&mut values, coverage, total).unwrap_or_else(|| {
                let before = at.checked_sub(1).map_or(usual, |at| shipped.forecast.0[at]);
                below * usual / before
            });
            below = found.max(SMALLEST_SHARE * usual).max(SMALLEST_RISE * below);
            ladder[at] = below;
        }
        Some(Self { curves, ladder: Ladder(ladder) })
    }

    /// How many raw deviations hold the truth.
    pub fn ladder(&self) -> Ladder {
        self.ladder
    }
}

impl CurveFit {
    /// The fit with forecasts calibrated by `scale` instead of the shipped one; plans keep theirs.
    #[must_use]
    pub fn with_own_scale(mut self, scale: &OwnScale) -> Self {
        self.evidence.own_calibration =
            Some(OwnCalibration { curves: scale.curves, quantiles: scale.ladder.0 });
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

    #[test]
    fn nineteen_curves_are_too_few() {
        let residuals = |count: usize| vec![vec![1.0]; count];
        assert_eq!(OwnScale::learn(&residuals(19), shipped()), None);
        let mut some = residuals(20);
        some.extend([Vec::new(), Vec::new()]);
        assert_eq!(OwnScale::learn(&some, shipped()).unwrap().curves, 20);
    }

    #[test]
    fn quantiles_are_conformal_and_curves_weigh_alike() {
        // Residuals 1 to 20; the first curve's is repeated, which must not count more.
        let mut residuals: Vec<Vec<f64>> = (1..=20).map(|k| vec![-f64::from(k)]).collect();
        residuals[0] = vec![1.0; 50];
        let ladder = OwnScale::learn(&residuals, shipped()).unwrap().ladder().0;
        // The smallest k with k / 21 at or above .5 is 11, and 20 / 21 holds .95.
        assert!((ladder[1] - 11.0).abs() < 1e-9, "{ladder:?}");
        assert!((ladder[4] - 20.0).abs() < 1e-9, "{ladder:?}");
        let tail = shipped().forecast.0[5] / shipped().forecast.0[4];
        assert!((ladder[5] / 20.0 / tail - 1.0).abs() < 1e-9, "{ladder:?}");
    }

    #[test]
    fn a_ladder_of_equal_residuals_still_has_an_inverse() {
        for residual in [0.0, 0.7] {
            let scale = OwnScale::learn(&vec![vec![residual]; 30], shipped()).unwrap();
            let ladder = scale.ladder();
            assert!(ladder.0.windows(2).all(|pair| pair[0] < pair[1]), "{ladder:?}");
            let back = ladder.cumulative(ladder.quantile(0.9));
            assert!((back - 0.9).abs() < 1e-6, "{back}");
        }
    }

    #[test]
    fn scales_are_called_by_their_origin() {
        assert_eq!(ScaleName::Own { curves: 24 }.to_string(), "own/24-curves");
        assert_eq!(ScaleName::Shipped("loss/v1").to_string(), "loss/v1");
    }
}
