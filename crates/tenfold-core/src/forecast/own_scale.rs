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

/// A calibration of forecasts learnt on the user's own curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnScale {
    curves: usize,
    factors: [f64; 2],
}

impl OwnScale {
    /// The scale of curves whose back-tests left the standardised `residuals`, one list a curve;
    /// `None` below [`FEWEST_OWN_CURVES`] lists with any.
    ///
    /// Curves weigh alike, and a quantile counts one more curve than there are, as split-conformal
    /// prediction does: for a new curve that is exchangeable with them, coverage is at least as stated.
    pub fn learn(residuals: &[Vec<[f64; 2]>], shipped: &IntervalScale) -> Option<Self> {
        let told: Vec<&Vec<[f64; 2]>> =
            residuals.iter().filter(|of_curve| !of_curve.is_empty()).collect();
        let curves = told.len();
        if curves < FEWEST_OWN_CURVES {
            return None;
        }
        let total = curves as f64 + 1.0;
        let factor = |at: usize, coverage: f64| {
            let weighed = told.iter().flat_map(|of_curve| {
                let weight = 1.0 / of_curve.len() as f64;
                of_curve.iter().map(move |residual| (residual[at], weight))
            });
            let mut values: Vec<(f64, f64)> = weighed.collect();
            let found = weighted_quantile(&mut values, coverage, total)?;
            Some(found.max(SMALLEST_SHARE * shipped.intervals[at]))
        };
        Some(Self { curves, factors: [factor(0, 0.80)?, factor(1, 0.95)?] })
    }

    /// Factors that make half widths 80 % and 95 % intervals.
    pub fn factors(&self) -> [f64; 2] {
        self.factors
    }
}

impl CurveFit {
    /// The fit with forecasts calibrated by `scale` instead of the shipped one; plans keep theirs.
    #[must_use]
    pub fn with_own_scale(mut self, scale: &OwnScale) -> Self {
        self.evidence.own_calibration =
            Some(OwnCalibration { curves: scale.curves, factors: scale.factors });
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
        let residuals = |count: usize| vec![vec![[1.0; 2]]; count];
        assert_eq!(OwnScale::learn(&residuals(19), shipped()), None);
        let mut some = residuals(20);
        some.extend([Vec::new(), Vec::new()]);
        assert_eq!(OwnScale::learn(&some, shipped()).unwrap().curves, 20);
    }

    #[test]
    fn quantiles_are_conformal_and_curves_weigh_alike() {
        // Residuals 1 to 20, tenfold for the wider interval; the first curve's is repeated, which must
        // not count more.
        let residual = |k: u32| [f64::from(k), 10.0 * f64::from(k)];
        let mut residuals: Vec<Vec<[f64; 2]>> = (1..=20).map(|k| vec![residual(k)]).collect();
        residuals[0] = vec![residual(1); 50];
        let factors = OwnScale::learn(&residuals, shipped()).unwrap().factors();
        // The smallest k with k / 21 at or above .8 is 17, and 20 / 21 holds .95.
        assert!((factors[0] - 17.0).abs() < 1e-9, "{factors:?}");
        assert!((factors[1] - 200.0).abs() < 1e-9, "{factors:?}");
    }

    #[test]
    fn curves_that_are_forecast_exactly_leave_intervals_some_width() {
        let scale = OwnScale::learn(&vec![vec![[0.0; 2]]; 30], shipped()).unwrap();
        assert!(scale.factors().iter().all(|factor| *factor > 0.0), "{scale:?}");
    }

    #[test]
    fn scales_are_called_by_their_origin() {
        assert_eq!(ScaleName::Own { curves: 24 }.to_string(), "own/24-curves");
        assert_eq!(ScaleName::Shipped("loss/v1").to_string(), "loss/v1");
    }
}
