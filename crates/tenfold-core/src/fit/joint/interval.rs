//! Intervals of quantities that span orders of magnitude.

use crate::estimate::{Estimate, Interval};
use crate::law::finite_exp;
use crate::stats::quantile::quantile_of_sorted;
use crate::stats::{normal, student};

/// Interval of `exp(value)` from logs of refits, stretched for the few degrees of freedom the noise was
/// estimated from: the hull of the percentile interval and its mirror image, all in logs.
///
/// As for the parameters of a curve, but a budget far beyond the runs spreads refits over orders of
/// magnitude, where only logs are mirrored well.
pub(super) fn estimate_of_logs(value: f64, mut refits: Vec<f64>, degrees: usize) -> Estimate {
    refits.retain(|log| log.is_finite());
    refits.sort_by(f64::total_cmp);
    if refits.is_empty() {
        refits.push(value);
    }
    let interval = |tail: f64| {
        let stretch = student::quantile(1.0 - tail, degrees.max(1)) / normal::quantile(1.0 - tail);
        let at =
            |probability: f64| value + stretch * (quantile_of_sorted(&refits, probability) - value);
        let (low, high) = (at(tail), at(1.0 - tail));
        let low_end = low.min(2.0 * value - high).min(value);
        let high_end = high.max(2.0 * value - low).max(value);
        Interval { low: finite_exp(low_end), high: finite_exp(high_end) }
    };
    let centre = finite_exp(value);
    let count = refits.len() as f64;
    let mean = refits.iter().sum::<f64>() / count;
    let squares: f64 = refits.iter().map(|log| (log - mean) * (log - mean)).sum();
    // To first order the deviation of a value is its log's times the value.
    let deviation = centre * (squares / (count - 1.0)).sqrt();
    Estimate {
        value: centre,
        standard_error: deviation.is_finite().then_some(deviation),
        interval_80: interval(0.1),
        interval_95: interval(0.025),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_lie_around_the_value_and_stay_above_0() {
        let estimate = estimate_of_logs(2.0, (0..100).map(f64::from).collect(), 100);
        assert!((estimate.value - 2.0_f64.exp()).abs() < 1e-12);
        assert!(
            estimate.interval_95.low > 0.0 && estimate.interval_95.low < estimate.interval_80.low
        );
        assert!(estimate.interval_95.high > estimate.interval_80.high, "{estimate:?}");
    }
}
