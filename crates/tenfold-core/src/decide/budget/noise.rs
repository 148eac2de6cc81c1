//! How much trials of the same size differ from each other.

use crate::curve::noise::MISFIT;
use crate::curve::seed_noise::USUAL_GROWTH;
use crate::curve::{CurvePoint, LearningCurve};
use crate::units::TrainingSetSize;

/// Standard deviation of log error between trials: `deviation * 2^(0.2 t)` at t doublings below the
/// size it is stated for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialNoise {
    /// Standard deviation of the log error of one trial at `size`.
    pub deviation: f64,
    /// The size it is stated for.
    pub size: TrainingSetSize,
}

/// Standard deviation of log error assumed before anything is measured: for half of 274 tabular
/// curves it lies between .03 and .07 at their larger sizes.
const PRIOR_DEVIATION: f64 = 0.05;

/// Degrees of freedom the assumption counts for: three seeds at one size outweigh it.
const PRIOR_DEGREES: f64 = 2.0;

impl TrialNoise {
    /// The noise of `curve`'s trials at `size`, pooled over all its sizes.
    ///
    /// `s^2 = (2 * 0.05^2 + sum over trials of (ln error - mean of its size)^2 / 4^(0.2 t)) / (2 +
    /// trials - sizes)`: a scaled inverse chi-square prior, since a pilot has few seeds.
    ///
    /// # Reference
    /// Gelman et al. (2013), "Bayesian data analysis", section 2.6, for the prior.
    pub fn pooled(curve: &LearningCurve, size: TrainingSetSize) -> Self {
        let (mut squares, mut degrees) =
            (PRIOR_DEGREES * PRIOR_DEVIATION * PRIOR_DEVIATION, PRIOR_DEGREES);
        for point in curve.points() {
            let count = point.replicates.len() as f64;
            let mean = mean_log_error(point);
            let square = |error: f64| (error.ln() - mean).powi(2);
            let sum: f64 = point.replicates.iter().map(|one| square(one.error)).sum();
            squares += sum / growth(size, point.size).powi(2);
            degrees += count - 1.0;
        }
        Self { deviation: (squares / degrees).sqrt(), size }
    }

    /// Standard deviation of the log error of one trial at `size`.
    pub fn at(&self, size: TrainingSetSize) -> f64 {
        self.deviation * growth(self.size, size)
    }

    /// Weight of a point of `seeds` trials at `size`, its inverse variance
    /// `1 / (sd^2 / n + 0.02^2)`; 0 without trials.
    pub fn weight(&self, size: TrainingSetSize, seeds: u32) -> f64 {
        if seeds == 0 {
            return 0.0;
        }
        1.0 / (self.at(size).powi(2) / f64::from(seeds) + MISFIT * MISFIT)
    }
}

/// How many times larger the deviation is at `to` than at `from`.
fn growth(from: TrainingSetSize, to: TrainingSetSize) -> f64 {
    (USUAL_GROWTH * (from.log() - to.log())).exp()
}

/// Mean of the log errors of a point's trials.
pub(super) fn mean_log_error(point: &CurvePoint) -> f64 {
    let logs = point.replicates.iter().map(|replicate| replicate.error.ln());
    logs.sum::<f64>() / point.replicates.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Replicate;
    use crate::decide::budget::simulated::curve_of;
    use crate::stats::random::RandomStream;

    fn curve(deviation: f64, seeds: u64, factor: f64) -> LearningCurve {
        let mut stream = RandomStream::new(5, seeds);
        let point = |step: i32| {
            let size = TrainingSetSize::new(16.0 * 2_f64.powi(step)).unwrap();
            let spread = deviation * 2_f64.powf(0.2 * f64::from(9 - step));
            let mut point = CurvePoint::measured(size, 1.0);
            point.replicates = (0..seeds)
                .map(|seed| {
                    let error = factor * 0.1 * (spread * stream.normal()).exp();
                    Replicate { seed, error, outcomes: None }
                })
                .collect();
            point
        };
        curve_of((0..10).map(point).collect())
    }

    #[test]
    fn the_deviation_of_many_seeds_is_found_at_every_size() {
        let curve = curve(0.03, 200, 1.0);
        let noise = TrialNoise::pooled(&curve, curve.largest_size());
        // 1,990 degrees of freedom: a relative standard error of 1.6 %.
        assert!((noise.deviation / 0.03 - 1.0).abs() < 0.05, "{noise:?}");
        let smallest = curve.points()[0].size;
        assert!((noise.at(smallest) / noise.deviation / 2_f64.powf(1.8) - 1.0).abs() < 1e-12);
        let elsewhere = TrialNoise::pooled(&curve, smallest);
        assert!((elsewhere.deviation / noise.at(smallest) - 1.0).abs() < 0.01, "{elsewhere:?}");
    }

    #[test]
    fn single_trials_leave_the_assumption_and_units_do_not_matter() {
        let single = curve(0.03, 1, 1.0);
        let noise = TrialNoise::pooled(&single, single.largest_size());
        assert!((noise.deviation - PRIOR_DEVIATION).abs() < 1e-12);
        let (one, other) = (curve(0.03, 4, 1.0), curve(0.03, 4, 50.0));
        let [one, other] =
            [one, other].map(|curve| TrialNoise::pooled(&curve, curve.largest_size()).deviation);
        assert!((one - other).abs() < 1e-12);
    }

    #[test]
    fn more_trials_weigh_more_and_never_more_than_the_misfit_allows() {
        let size = TrainingSetSize::new(1e3).unwrap();
        let noise = TrialNoise { deviation: 0.05, size };
        let weights: Vec<f64> = [0, 1, 2, 8, 10_000].map(|n| noise.weight(size, n)).to_vec();
        assert!(weights.windows(2).all(|pair| pair[0] < pair[1]), "{weights:?}");
        assert!(weights[4] < 1.0 / (MISFIT * MISFIT));
        assert!((weights[1] - 1.0 / (0.05_f64.powi(2) + 0.02_f64.powi(2))).abs() < 1e-9);
    }
}
