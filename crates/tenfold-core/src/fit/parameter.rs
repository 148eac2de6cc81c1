//! Estimates of the parameters of the reported fit, with intervals from refits.

use crate::estimate::{Estimate, Interval};
use crate::fit::region::refits_of;
use crate::law::{CurveFamily, Fitted, ParameterRole, Units, finite_exp};
use crate::stats::quantile::quantile_of_sorted;
use crate::stats::{normal, student};

/// A parameter of a law by name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedEstimate {
    /// Name, as in the law's `parameter_names`.
    pub name: &'static str,
    /// Value and intervals.
    pub estimate: Estimate,
    /// Whether the data determine it; if not, the interval is no more than the range of the refits.
    pub identified: bool,
}

/// What [`estimates`] looks at.
pub(crate) struct Refits<'a> {
    pub(crate) family: &'static dyn CurveFamily,
    pub(crate) units: Units,
    pub(crate) reported: usize,
    pub(crate) fitted: &'a [Fitted],
    pub(crate) resampled: &'a [Fitted],
    /// Sizes to spare after the parameters.
    pub(crate) degrees: usize,
    pub(crate) floor_identified: bool,
}

/// One estimate a parameter, in absolute units.
pub(crate) fn estimates(refits: &Refits<'_>) -> Vec<NamedEstimate> {
    let names = refits.family.parameter_names();
    let centre = &refits.fitted[refits.reported].parameters;
    let centre = refits.family.rescale(centre, refits.units);
    let members: Vec<_> = refits_of(refits.resampled, refits.fitted.len(), refits.reported)
        .map(|member| refits.family.rescale(&member.parameters, refits.units))
        .collect();
    let floor = refits.family.parameter_with(ParameterRole::Floor);
    let named = names.iter().enumerate().map(|(at, &name)| {
        let values = members.iter().map(|member| member[at]).collect();
        let identified = floor != Some(name) || refits.floor_identified;
        let estimate = estimate_of(centre[at], values, refits.degrees);
        NamedEstimate { name, estimate, identified }
    });
    named.collect()
}

/// Interval of `value` from `refits`, stretched for the few degrees of freedom the noise was estimated
/// from.
///
/// The hull of the percentile interval and of its mirror image, the basic interval: near a floor of 0
/// refits pile up on one side of the value while the truth lies on the other, and each of the two
/// alone covers too little. Positive parameters are mirrored in the logarithm unless refits reach 0;
/// ends keep the sign of `value`, as every parameter does.
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
    // Ends that are mirrored in different scales may cross by a hair.
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

/// Share of a positive value below which a refit is as good as 0, whose logarithm would mirror to
/// infinity.
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
        // 0 has no other side: floors are not below it, exponents not above.
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
