//! Estimates of the parameters of the reported fit, with intervals from refits.

use crate::estimate::{Estimate, Interval};
use crate::fit::region::refits_of;
use crate::law::{CurveFamily, Fitted, Units};
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
    let named = names.iter().enumerate().map(|(at, &name)| {
        let values = members.iter().map(|member| member[at]).collect();
        let identified = name != "gamma" || refits.floor_identified;
        let estimate = estimate_of(centre[at], values, refits.degrees);
        NamedEstimate { name, estimate, identified }
    });
    named.collect()
}

/// Percentile interval of `refits`, stretched for the few degrees of freedom the noise was estimated
/// from; ends keep the sign of `value`, as every parameter's does.
fn estimate_of(value: f64, mut refits: Vec<f64>, degrees: usize) -> Estimate {
    refits.sort_by(f64::total_cmp);
    let interval = |tail: f64| {
        let stretch = student::quantile(1.0 - tail, degrees.max(1)) / normal::quantile(1.0 - tail);
        // The sampling distribution of a floor is one-sided: a percentile, not a symmetric width.
        let end = |probability: f64| {
            let stretched = normal::cumulative(normal::quantile(probability) * stretch);
            quantile_of_sorted(&refits, stretched)
        };
        Interval { low: end(tail).min(value), high: end(1.0 - tail).max(value) }
    };
    let mean = refits.iter().sum::<f64>() / refits.len() as f64;
    let squares = refits.iter().map(|refit| (refit - mean) * (refit - mean)).sum::<f64>();
    let deviation = (squares / (refits.len() as f64 - 1.0)).sqrt();
    Estimate {
        value,
        standard_error: deviation.is_finite().then_some(deviation),
        interval_80: interval(0.1),
        interval_95: interval(0.025),
    }
}
