//! Whether two curves share an exponent: they then differ by the same factor at every size.

use crate::fit::CurveFit;
use crate::law::ParameterRole;
use crate::stats::normal;

/// Probability of two exponents at least as far apart if the true ones were equal.
///
/// Each side's error is read off the end of its 80 % interval that faces the other, so that skew
/// and the few degrees of freedom behind an interval count. Assumes independent curves.
pub(super) fn same_exponent_p_value(a: &CurveFit, b: &CurveFit) -> Option<f64> {
    let a = a.parameter_with(ParameterRole::Slope)?.estimate;
    let b = b.parameter_with(ParameterRole::Slope)?.estimate;
    let (steeper, flatter) = if a.value <= b.value { (a, b) } else { (b, a) };
    let apart = flatter.value - steeper.value;
    let facing =
        [steeper.interval_80.high - steeper.value, flatter.value - flatter.interval_80.low];
    let squares: f64 = facing.map(|half| half / HALF_WIDTH).map(|error| error * error).iter().sum();
    if squares <= 0.0 {
        // Both exponents are exact.
        return Some(if apart > 0.0 { 0.0 } else { 1.0 });
    }
    let p_value = 2.0 * normal::cumulative(-apart / squares.sqrt());
    Some(p_value.clamp(0.0, 1.0))
}

/// Standard errors from an estimate to the end of its 80 % interval.
const HALF_WIDTH: f64 = 1.281_551_565_544_6;
