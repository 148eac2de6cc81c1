//! Whether a curve falls faster towards its largest size than before it.

use crate::curve::noise::{MISFIT, variance_of_median};
use crate::curve::{CurvePoint, LearningCurve};

use super::noise::TrialNoise;

/// Standard deviations beyond which a curve has sped up: on public curves one in nine has. A mistake costs
/// one trial at half of the largest size; with 1.25, 1.75 and 2 the mean error of a run at half the cost of
/// five seeds everywhere is .0001, .0003 and .0005 higher (120 draws of noise).
const DEVIATIONS: f64 = 1.5;

/// Whether `curve` falls faster from its second largest size to its largest than over at least as
/// many doublings before. If so, half of the largest size, left out so far, shows where the faster
/// fall begins.
///
/// The second largest point must lie at least `1.5 sqrt(v)` above the straight line, in logarithms,
/// between the largest point and one at least as far below the second largest; v is the variance of
/// that distance: `0.02^2` and the points' noise. `false` where no size is that far below, or every
/// run was perfect at one of the lower two. If every run was perfect at the largest size, its bound
/// is used as the error: the other points lie at least as far above the true error.
pub fn quickens(curve: &LearningCurve, noise: &TrialNoise) -> bool {
    let [earlier @ .., second, last] = curve.points() else { return false };
    let step = last.size.log() - second.size.log();
    // The tolerance is a hundredth of a step, for sizes that are rounded.
    let is_far = |point: &&CurvePoint| second.size.log() - point.size.log() >= 0.99 * step;
    let Some(first) = earlier.iter().rev().find(is_far) else { return false };
    if first.is_censored || second.is_censored {
        return false;
    }
    let share = step / (last.size.log() - first.size.log());
    let log_error = |point: &CurvePoint| point.error().ln();
    let above = log_error(second) - share * log_error(first) - (1.0 - share) * log_error(last);
    let variance = |point: &CurvePoint| {
        noise.at(point.size).powi(2) * variance_of_median(point.replicates.len())
    };
    let noise =
        variance(second) + share.powi(2) * variance(first) + (1.0 - share).powi(2) * variance(last);
    above > DEVIATIONS * (noise + MISFIT * MISFIT).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Replicate;
    use crate::decide::budget::simulated::curve_of;
    use crate::stats::random::RandomStream;
    use crate::units::TrainingSetSize;

    /// Sizes of a pilot and the largest, half of it left out, with one seed each.
    fn curve(error: impl Fn(f64) -> f64, mut log_noise: impl FnMut() -> f64) -> LearningCurve {
        let point = |below: i32| {
            let size = 1024.0 * 2_f64.powi(-below);
            let mut point = CurvePoint::measured(TrainingSetSize::new(size).unwrap(), 1.0);
            let error = error(size) * log_noise().exp();
            point.replicates = vec![Replicate { seed: 0, error, outcomes: None }];
            point
        };
        curve_of([6, 5, 4, 3, 2, 0].map(point).to_vec())
    }

    fn found(curve: &LearningCurve, deviation: f64) -> bool {
        quickens(curve, &TrialNoise { deviation, size: curve.largest_size() })
    }

    #[test]
    fn a_late_fall_is_found_and_a_straight_or_flattening_curve_is_not() {
        let late = |m: f64| if m <= 256.0 { 0.4 } else { 0.4 * (m / 256.0).powf(-0.3) };
        assert!(found(&curve(late, || 0.0), 0.03));
        // The same fall is not significant in noise as large as it.
        assert!(!found(&curve(late, || 0.0), 0.3));
        assert!(!found(&curve(|m: f64| m.powf(-0.5), || 0.0), 0.0));
        assert!(!found(&curve(|m: f64| m.powf(-0.5) + 0.1, || 0.0), 0.0));
        // 1.5 times .02 above the straight line is the limit without noise.
        let bent =
            |above: f64| move |m: f64| if (m - 256.0).abs() < 1.0 { f64::exp(above) } else { 1.0 };
        assert!(
            found(&curve(bent(0.031), || 0.0), 0.0) && !found(&curve(bent(0.029), || 0.0), 0.0)
        );
    }

    #[test]
    fn of_straight_curves_with_noise_one_in_fifteen_seems_to() {
        let mut stream = RandomStream::new(41, 0);
        let deviation = 0.1;
        let straight = |m: f64| m.powf(-0.3);
        let count = (0..2_000)
            .filter(|_| {
                let noisy = curve(straight, || deviation * stream.normal());
                // All sizes have the same noise here; usually small sizes have more.
                found(&noisy, deviation)
            })
            .count();
        // P(normal > 1.5) is .067; the noise granted to small sizes is larger than that drawn.
        assert!((40..=134).contains(&count), "{count}");
    }
}
