//! How a curve leaves the power law: not at all, into a floor, or at a break.

use crate::curve::{CurvePoint, LearningCurve};
use crate::diagnose::repeats::{LogPoint, log_odds_of_repeats};
use crate::fit::noise::{MISFIT, measured_noise};

/// Largest sizes looked at: what happened before says little about the bend.
const MOST_SIZES: usize = 8;

/// Fewest sizes that leave three parameters room to misfit.
const FEWEST_SIZES: usize = 6;

/// Misfits of two shapes, each a sum of squares of log residuals, and what else tells a floor from a
/// break.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bend {
    sizes: f64,
    /// `ln e = a + b x`, with x the log of the size.
    straight: f64,
    /// `e = alpha m^beta + gamma`.
    floor: f64,
    /// Fall of log error that a doubling brought on average, by the straight line.
    pub(crate) fall: f64,
    /// gamma over the error at the largest size.
    pub(crate) floor_share: f64,
    /// Largest sizes that are far enough apart to tell data that repeat from a floor.
    spaced: Vec<LogPoint>,
}

/// Squared residual of log error that counts as none, a point: a tenth of a percent squared.
const NO_MISFIT: f64 = 1e-6;

/// Ratio of explained to residual variance from which a floor is there: the 99 % quantile of F with 1
/// and 5 degrees of freedom is 16.3, the 98 % quantile 11.3.
const CLEAR_FLOOR: f64 = 12.0;

impl Bend {
    /// Whether a floor explains what a straight line cannot, and is `share` or more of the error.
    pub(crate) fn has_floor(&self, share: f64) -> bool {
        let residual = (self.floor / (self.sizes - 3.0)).max(NO_MISFIT);
        self.floor_share >= share && (self.straight - self.floor) / residual >= CLEAR_FLOOR
    }

    /// Whether data that repeat explain a curve that levels off better than a floor does; not with fewer
    /// than 6 sizes that tell.
    pub(crate) fn is_break(&self) -> bool {
        self.spaced.len() >= FEWEST_SIZES && log_odds_of_repeats(&self.spaced) > 0.0
    }
}

/// Deviation of log error between seeds where nothing is known of it.
const GUESSED_NOISE: f64 = 0.02;

/// Log of the ratio of neighbouring sizes, from the largest down, that tell repeats from a floor: half a
/// doubling. Eight sizes within a few percent of each other tell nothing, and their odds are even.
const SPACING: f64 = 0.5 * std::f64::consts::LN_2;

/// The bend of the largest sizes of `curve`; `None` with fewer than 6.
pub(crate) fn bend(curve: &LearningCurve) -> Option<Bend> {
    let points = curve.points();
    if points.len() < FEWEST_SIZES {
        return None;
    }
    let last = &points[points.len() - 1];
    let noise = measured_noise(curve);
    let unknown = if noise.seeds_known { 0.0 } else { GUESSED_NOISE };
    let log_point = |(point, deviation): (&CurvePoint, &f64)| LogPoint {
        size: point.size.log() - last.size.log(),
        error: (point.error() / last.error()).ln(),
        variance: deviation.powi(2) + unknown.powi(2) + MISFIT.powi(2),
    };
    let all: Vec<LogPoint> = points.iter().zip(&noise.deviations).map(log_point).collect();
    let logs = &all[all.len().saturating_sub(MOST_SIZES)..];
    let (floor, floor_share) = floor_misfit(logs);
    let (straight, slope) = line(logs);
    Some(Bend {
        sizes: logs.len() as f64,
        straight,
        floor,
        fall: (-slope * std::f64::consts::LN_2).max(0.0),
        floor_share,
        spaced: spaced(&all),
    })
}

/// The largest sizes of `points`, ascending, that are `SPACING` apart.
fn spaced(points: &[LogPoint]) -> Vec<LogPoint> {
    let mut kept: Vec<LogPoint> = Vec::new();
    for point in points.iter().rev() {
        if kept.len() < MOST_SIZES
            && kept.last().is_none_or(|next| next.size - point.size >= SPACING)
        {
            kept.push(*point);
        }
    }
    kept.reverse();
    kept
}

/// Sum of squares around the line through `points`, and its slope.
fn line(points: &[LogPoint]) -> (f64, f64) {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|point| point.size).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.error).sum::<f64>() / count;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for point in points {
        let (x, y) = (point.size - mean_x, point.error - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    ((yy - slope * xy).max(0.0), slope)
}

/// Exponents tried, evenly spaced in the logarithm between .05 and 3.
const EXPONENTS: usize = 60;

/// Least misfit of a law with a floor, and its floor relative to the last error.
///
/// For each exponent scale and floor are weighted least squares with weights 1/e^2, the floor held at
/// 0 or above; the exponent is the one of least log misfit.
fn floor_misfit(logs: &[LogPoint]) -> (f64, f64) {
    let mut best = (f64::INFINITY, 0.0);
    for step in 0..EXPONENTS {
        let share = step as f64 / (EXPONENTS - 1) as f64;
        let exponent = -0.05 * f64::powf(60.0, share);
        // Relative residuals of alpha p + gamma = e: columns p / e and 1 / e against 1.
        let (mut pp, mut p1, mut ones, mut p, mut one) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &LogPoint { size: x, error: y, .. } in logs {
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
        let residual = |point: &LogPoint| {
            let error = scale * (exponent * point.size).exp() + floor;
            (error.ln() - point.error).powi(2)
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

    #[test]
    fn sizes_close_together_tell_no_repeats_and_those_between_change_nothing() {
        let repeats = |m: f64| m.min(0.2).powf(-0.5);
        let curve_at = |sizes: &[f64]| -> Vec<LogPoint> {
            let point = |&m: &f64| LogPoint {
                size: f64::ln(m),
                error: (repeats(m) / repeats(1.0)).ln(),
                variance: 1e-3,
            };
            sizes.iter().map(point).collect()
        };
        let doublings: Vec<f64> = (0..8).map(|k| 2_f64.powi(k - 7)).collect();
        let expected = curve_at(&doublings);
        assert_eq!(spaced(&expected), expected);
        let mut dense = doublings;
        dense.extend([0.97, 0.98, 0.99, 0.51, 0.26]);
        dense.sort_by(f64::total_cmp);
        let found = spaced(&curve_at(&dense));
        let apart = |pair: &[LogPoint]| pair[1].size - pair[0].size >= SPACING;
        assert!(found.windows(2).all(apart) && found.len() == 8, "{found:?}");
        assert!(log_odds_of_repeats(&found) > 3.0);
        let close: Vec<f64> = (0..20).map(|k| 1.0 - 0.01 * f64::from(19 - k)).collect();
        assert_eq!(spaced(&curve_at(&close)).len(), 1);
    }

    #[test]
    fn the_floor_of_an_exact_curve_is_found() {
        let points: Vec<LogPoint> = (0..9)
            .map(|k| {
                let size = 2_f64.powi(k - 8);
                let error = (size.powf(-0.5) + 3.0) / 4.0;
                LogPoint { size: size.ln(), error: error.ln(), variance: 1e-4 }
            })
            .collect();
        let (misfit, share) = floor_misfit(&points);
        // 60 exponents are 7 % apart, so the exact one is missed by up to 3.5 %.
        assert!(misfit < 1e-3 && (share - 0.75).abs() < 0.03, "{misfit} {share}");
    }
}
