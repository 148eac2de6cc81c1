//! How a curve leaves the power law: not at all, into a floor, or at a break.
//!
//! A floor bends the curve over all its sizes, since the law's part falls slowly below it. Data that
//! repeat leave the law at one size and the error stays where it was, at once or as draws
//! with replacement use up what is new. All these laws have three parameters, so that their misfits
//! compare as they are.

use crate::curve::LearningCurve;

/// Largest sizes looked at: what happened before says little about the bend.
const MOST_SIZES: usize = 8;

/// Fewest sizes that leave three parameters room to misfit.
const FEWEST_SIZES: usize = 6;

/// Misfits of three shapes, each a sum of squares of log residuals, and the floor of the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bend {
    sizes: f64,
    /// `ln e = a + b x`, with x the log of the size.
    straight: f64,
    /// `e = alpha m^beta + gamma`.
    floor: f64,
    /// Fall of log error that a doubling brought on average, by the straight line.
    pub(crate) fall: f64,
    /// `ln e = a + b ln u`, with u the examples that are new: `min(m, d)` or `d (1 - exp(-m / d))`.
    broken: f64,
    /// gamma over the error at the largest size.
    pub(crate) floor_share: f64,
}

/// Squared residual of log error that counts as none, a point: a tenth of a percent squared.
const NO_MISFIT: f64 = 1e-6;

/// Ratio of explained to residual variance from which a floor is there: the 99 % quantile of F with 1
/// and 5 degrees of freedom is 16.3, the 98 % quantile 11.3.
const CLEAR_FLOOR: f64 = 12.0;

/// Misfit of a break over that of a floor below which it is a break: a floor sharper than that of the
/// law fits a break a little better.
const CLEAR_BREAK: f64 = 0.5;

impl Bend {
    /// Whether a floor explains what a straight line cannot, and is `share` or more of the error.
    pub(crate) fn has_floor(&self, share: f64) -> bool {
        let residual = (self.floor / (self.sizes - 3.0)).max(NO_MISFIT);
        self.floor_share >= share && (self.straight - self.floor) / residual >= CLEAR_FLOOR
    }

    /// Whether a break fits far better than a floor.
    pub(crate) fn is_break(&self) -> bool {
        self.broken + NO_MISFIT < CLEAR_BREAK * self.floor
    }
}

/// The bend of the largest sizes of `curve`; `None` with fewer than 6.
pub(crate) fn bend(curve: &LearningCurve) -> Option<Bend> {
    let points = curve.points();
    let points = &points[points.len().saturating_sub(MOST_SIZES)..];
    if points.len() < FEWEST_SIZES {
        return None;
    }
    let last = &points[points.len() - 1];
    let logs: Vec<(f64, f64)> = points
        .iter()
        .map(|point| (point.size.log() - last.size.log(), (point.error() / last.error()).ln()))
        .collect();
    let (floor, floor_share) = floor_misfit(&logs);
    let (straight, slope) = line(logs.iter().copied());
    Some(Bend {
        sizes: logs.len() as f64,
        straight,
        fall: (-slope * std::f64::consts::LN_2).max(0.0),
        floor,
        broken: break_misfit(&logs),
        floor_share,
    })
}

/// Sum of squares around the line through `(x, y)`, and its slope.
fn line(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let count = pairs.clone().count() as f64;
    let mean_x = pairs.clone().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = pairs.clone().map(|(_, y)| y).sum::<f64>() / count;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    ((yy - slope * xy).max(0.0), slope)
}

/// Places of a break tried between two sizes.
const PLACES: usize = 4;

/// Least misfit of a power law of the examples that are new, which end between the third size and the
/// last.
fn break_misfit(logs: &[(f64, f64)]) -> f64 {
    let places = logs[2..].windows(2).flat_map(|pair| {
        let (from, to) = (pair[0].0, pair[1].0);
        (0..PLACES).map(move |step| from + (to - from) * step as f64 / PLACES as f64)
    });
    places
        .map(|place| {
            let at_once = logs.iter().map(move |&(x, y)| (x.min(place), y));
            // ln(1 - exp(-m / d)), the number of different ones among m draws from d.
            let drawn = logs.iter().map(move |&(x, y)| ((-(-(x - place).exp()).exp_m1()).ln(), y));
            line(at_once).0.min(line(drawn).0)
        })
        .fold(f64::INFINITY, f64::min)
}

/// Exponents tried, evenly spaced in the logarithm between .05 and 3.
const EXPONENTS: usize = 60;

/// Least misfit of a law with a floor, and its floor relative to the last error.
///
/// For each exponent scale and floor are weighted least squares with weights 1/e^2, the floor held at
/// 0 or above; the exponent is the one of least log misfit.
fn floor_misfit(logs: &[(f64, f64)]) -> (f64, f64) {
    let mut best = (f64::INFINITY, 0.0);
    for step in 0..EXPONENTS {
        let share = step as f64 / (EXPONENTS - 1) as f64;
        let exponent = -0.05 * f64::powf(60.0, share);
        // Relative residuals of alpha p + gamma = e: columns p / e and 1 / e against 1.
        let (mut pp, mut p1, mut ones, mut p, mut one) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &(x, y) in logs {
            let inverse = (-y).exp();
            let power = (exponent * x).exp() * inverse;
            pp += power * power;
            p1 += power * inverse;
            ones += inverse * inverse;
            p += power;
            one += inverse;
        }
        let determinant = pp * ones - p1 * p1;
        let free = ((p * ones - one * p1) / determinant, (one * pp - p * p1) / determinant);
        let (scale, floor) = match free {
            (scale, floor) if scale >= 0.0 && floor >= 0.0 => (scale, floor),
            (_, floor) if floor < 0.0 => (p / pp, 0.0),
            _ => (0.0, one / ones),
        };
        let residual = |&(x, y): &(f64, f64)| {
            let error = scale * (exponent * x).exp() + floor;
            (error.ln() - y).powi(2)
        };
        let misfit: f64 = logs.iter().map(residual).sum();
        if misfit < best.0 {
            best = (misfit, floor / (scale + floor));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(error: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        let sizes = (0..9).map(|k| 2_f64.powi(k - 8));
        sizes.map(|m| (m.ln(), (error(m) / error(1.0)).ln())).collect()
    }

    #[test]
    fn exact_floors_and_breaks_are_told_apart() {
        let floored = logs(|m| m.powf(-0.5) + 3.0);
        let (misfit, share) = floor_misfit(&floored);
        // 60 exponents are 7 % apart, so the exact one is missed by up to 3.5 %.
        assert!(misfit < 1e-3 && (share - 0.75).abs() < 0.03, "{misfit} {share}");
        assert!(break_misfit(&floored) > 4.0 * misfit);
        let broken = logs(|m| m.min(0.25).powf(-0.5));
        assert!(break_misfit(&broken) < 1e-12);
        assert!(floor_misfit(&broken).0 > 0.01);
    }
}
