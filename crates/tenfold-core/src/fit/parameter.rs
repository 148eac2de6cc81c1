//! Estimates of the parameters of the reported fit: marginals of the posterior, or intervals from refits.

use serde::Serialize;

use crate::estimate::{Estimate, Interval};
use crate::law::{
    CurveFamily, ParameterRole, Parameters, PowerLawOffset, Units, finite_exp, padded,
};
use crate::posterior::{Cell, ForecastOf, Posterior, Shape};
use crate::stats::quantile::{quantile_of_sorted, weighted_quantile};
use crate::stats::{normal, student};
use crate::units::TrainingSetSize;

/// A parameter of a law by name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NamedEstimate {
    /// Name, as in the law's `parameter_names`.
    pub name: &'static str,
    /// Value and intervals.
    pub estimate: Estimate,
    /// Whether the data determine it; if not, the interval is no more than the range of the refits.
    pub identified: bool,
}

/// Distance, in doublings, over which the reported law falls by as much as the forecast.
const NEAR: f64 = 2.0;

/// Smallest share of the reducible error that may be left at that distance: it corresponds to an
/// exponent of 2.
const LEAST_LEFT: f64 = 1.0 / 16.0;

/// Largest ratio of the reported floor to the forecast of the curve, since the forecast of a
/// measurement has another median.
const BELOW: f64 = 0.999;

/// Distances at which the forecast must not lie below the floor, in doublings: 10, 100 and 10,000 times.
const FAR: [f64; 3] = [3.32, 6.64, 13.29];

/// The posterior of a fit, read parameter by parameter.
pub(crate) struct Marginals<'a> {
    pub(crate) family: &'static dyn CurveFamily,
    pub(crate) posterior: &'a Posterior,
    pub(crate) largest_size: TrainingSetSize,
    /// Log of the error measured at the largest size, which levels of the posterior are relative to.
    pub(crate) log_error: f64,
}

impl Marginals<'_> {
    /// One estimate a parameter, in absolute units.
    ///
    /// All values belong to one law. For the law with a floor, it is the law with the median floor
    /// share that passes through the median level and falls as the forecast does. Intervals are
    /// quantiles over the cells.
    pub(crate) fn parameters(&self, floor_identified: bool) -> Vec<NamedEstimate> {
        let values = self.values();
        let names = self.family.parameter_names().iter().enumerate();
        let cells: Vec<(f64, Parameters)> =
            self.posterior.cells.iter().map(|cell| (cell.weight, self.absolute(cell))).collect();
        let floor = self.family.parameter_with(ParameterRole::Floor);
        names
            .map(|(at, &name)| {
                let marginal = cells.iter().map(|(weight, cell)| (cell[at], *weight)).collect();
                let is_told = self.posterior.sizes() > 1;
                let identified = is_told && (floor != Some(name) || floor_identified);
                NamedEstimate {
                    name,
                    estimate: marginal_estimate(values[at], marginal),
                    identified,
                }
            })
            .collect()
    }

    /// The quantile of a function of the cells.
    pub(crate) fn quantile(&self, of: impl Fn(&Cell) -> f64, probability: f64) -> f64 {
        let cells = self.posterior.cells.iter();
        let mut values: Vec<(f64, f64)> = cells.map(|cell| (of(cell), cell.weight)).collect();
        weighted_quantile(&mut values, probability)
    }

    /// Probability of the cells that `is` holds for.
    pub(crate) fn probability(&self, is: impl Fn(&Cell) -> bool) -> f64 {
        self.posterior.cells.iter().filter(|cell| is(cell)).map(|cell| cell.weight).sum()
    }

    /// Root mean square over the cells of the run noise, which no measurement gives.
    pub(crate) fn run_noise(&self) -> f64 {
        let cells = self.posterior.cells.iter();
        cells.map(|cell| cell.weight * cell.dynamics.run_noise.powi(2)).sum::<f64>().sqrt()
    }

    /// Parameters of the reported law.
    fn values(&self) -> Parameters {
        if let Some(likeliest) = &self.posterior.likeliest {
            return self.absolute(likeliest);
        }
        let Some(any) = self.posterior.cells.first() else { return Parameters::default() };
        let level = self.quantile(|cell| cell.level, 0.5);
        let median = |doublings: f64| {
            self.posterior.log_error(doublings, ForecastOf::MeanCurve).quantile(0.5)
        };
        let without_floor = self.probability(|cell| floor_law(cell).1 <= 0.0);
        let mut floor_share =
            if without_floor > 0.5 { 0.0 } else { self.quantile(|cell| floor_law(cell).1, 0.5) };
        if floor_share > 0.0 {
            // Cells without a floor lower the forecast far from the data; the reported floor must
            // lie below it.
            for doublings in FAR {
                floor_share = floor_share.min(BELOW * (median(doublings) - level).exp());
            }
        }
        // Use the exponent with which the law falls as far as the forecast does: the median
        // exponent and the median floor, each taken alone, do not belong to one law. A curve that
        // is not forecast to fall has slope 0.
        let left = ((median(NEAR) - median(0.0)).exp() - floor_share) / (1.0 - floor_share);
        let exponent = if left < 1.0 { -left.max(LEAST_LEFT).log2() / NEAR } else { 0.0 };
        self.absolute(&Cell { shape: Shape::Floor { exponent, floor_share }, level, ..*any })
    }

    /// Parameters of a cell's law in absolute units.
    fn absolute(&self, cell: &Cell) -> Parameters {
        let units =
            Units { log_size: self.largest_size.log(), log_error: self.log_error + cell.level };
        match cell.shape {
            Shape::Floor { exponent, floor_share } => {
                let relative = padded(&[1.0 - floor_share, -exponent, floor_share]);
                PowerLawOffset.rescale(&relative, units)
            }
            Shape::Member { family, parameters } => {
                // The level is that of a law whose error at the largest size is 1.
                let own = family.predict(&parameters, 1.0).max(f64::MIN_POSITIVE).ln();
                family.rescale(&parameters, Units { log_error: units.log_error - own, ..units })
            }
        }
    }
}

/// Exponent and floor share of a cell; for other laws, slope and floor share at the largest size.
pub(crate) fn floor_law(cell: &Cell) -> (f64, f64) {
    match cell.shape {
        Shape::Floor { exponent, floor_share } => (exponent, floor_share),
        Shape::Member { .. } => {
            let exponent = -cell.shape.log_ratio(1.0) / std::f64::consts::LN_2;
            (exponent, cell.shape.floor_share())
        }
    }
}

/// An estimate whose intervals are quantiles of the pairs `(value, weight)`, widened to contain
/// `value`.
fn marginal_estimate(value: f64, mut marginal: Vec<(f64, f64)>) -> Estimate {
    let mut interval = |tail: f64| Interval {
        low: weighted_quantile(&mut marginal, tail).min(value),
        high: weighted_quantile(&mut marginal, 1.0 - tail).max(value),
    };
    let (interval_80, interval_95) = (interval(0.1), interval(0.025));
    let mean = marginal.iter().map(|(value, weight)| weight * value).sum::<f64>();
    let square =
        marginal.iter().map(|(value, weight)| weight * (value - mean).powi(2)).sum::<f64>();
    let standard_error = square.sqrt();
    let standard_error = standard_error.is_finite().then_some(standard_error);
    Estimate { value, standard_error, interval_80, interval_95 }
}

/// Interval of `value` from `refits`, stretched for the few degrees of freedom the noise was estimated
/// from.
///
/// The hull of the percentile interval and of its mirror image, the basic interval: near a floor of
/// 0 refits lie mostly on one side of the value while the truth lies on the other, and each of the
/// two alone covers too little. Positive parameters are mirrored in the logarithm unless refits
/// reach 0; ends keep the sign of `value`, as every parameter does.
///
/// # Reference
/// Davison and Hinkley (1997), "Bootstrap methods and their application", section 5.2.
pub(crate) fn estimate_of(value: f64, mut refits: Vec<f64>, degrees: usize) -> Estimate {
    refits.sort_by(f64::total_cmp);
    let interval = |tail: f64| {
        let stretch = student::quantile(1.0 - tail, degrees.max(1)) / normal::quantile(1.0 - tail);
        let at =
            |probability: f64| stretched(value, quantile_of_sorted(&refits, probability), stretch);
        let (low, high) = (at(tail), at(1.0 - tail));
        Interval {
            low: low.min(mirrored(value, high)).min(value),
            high: high.max(mirrored(value, low)).max(value),
        }
    };
    let mean = refits.iter().sum::<f64>() / refits.len() as f64;
    let squares = refits.iter().map(|refit| (refit - mean) * (refit - mean)).sum::<f64>();
    let deviation = (squares / (refits.len() as f64 - 1.0)).sqrt();
    let (interval_80, tails) = (interval(0.1), interval(0.025));
    // Ends that are mirrored on different scales may cross by a rounding error.
    let interval_95 =
        Interval { low: tails.low.min(interval_80.low), high: tails.high.max(interval_80.high) };
    let standard_error = deviation.is_finite().then_some(deviation);
    Estimate { value, standard_error, interval_80, interval_95 }
}

/// The point `factor` times as far from `value` as `end` is, with the sign of `value`.
fn stretched(value: f64, end: f64, factor: f64) -> f64 {
    if value > 0.0 && end > NEAR_ZERO * value {
        finite_exp(value.ln() + factor * (end.ln() - value.ln()))
    } else if value > 0.0 {
        (value + factor * (end - value)).max(0.0)
    } else if end > 0.0 {
        // A floor of 0 whose refits lie above it.
        (factor * end).min(f64::MAX)
    } else {
        (value + factor * (end - value)).clamp(-f64::MAX, 0.0)
    }
}

/// Share of a positive value below which a refit counts as 0, because mirroring its logarithm would
/// lead to infinity.
const NEAR_ZERO: f64 = 0.1;

/// The point as far on the other side of `value` as `end` is on this one, with the sign of `value`.
fn mirrored(value: f64, end: f64) -> f64 {
    if value > 0.0 && end > NEAR_ZERO * value {
        finite_exp(2.0 * value.ln() - end.ln())
    } else if value > 0.0 {
        (value + (value - end)).min(f64::MAX)
    } else if value < 0.0 {
        // Exponents are at most 0.
        (value + (value - end)).clamp(-f64::MAX, 0.0)
    } else {
        // A value of 0 is not mirrored, because floors cannot be below 0 and exponents cannot be
        // above it.
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_not_below_0_and_exponents_not_above() {
        let floor = estimate_of(0.0, (0..100).map(|k| 0.001 * f64::from(k % 50)).collect(), 6);
        assert!(floor.interval_95.low >= 0.0, "{floor:?}");
        assert!(floor.interval_80.high > 0.03, "{floor:?}");
        let exponent = estimate_of(0.0, (0..100).map(|k| -0.001 * f64::from(k % 50)).collect(), 6);
        assert!(exponent.interval_95.high <= 0.0, "{exponent:?}");
        assert!(exponent.interval_80.low < -0.03, "{exponent:?}");
    }
}
