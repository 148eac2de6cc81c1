//! Whether a curve bends where its law does not: then more seeds would only measure the wrong law
//! more exactly.

use crate::curve::noise::MISFIT;
use crate::curve::{CurvePoint, LearningCurve};
use crate::law::{CurveFamily, ErrorColumn, FULL_SEARCH, FitPoints, PowerLawOffset, PowerTable};
use crate::units::TrainingSetSize;

use super::noise::{TrialNoise, mean_log_error};

/// What keeps a curve from following its law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curvature {
    /// The error at a size is farther from the law with a floor than noise explains.
    Misfit {
        /// The size.
        size: TrainingSetSize,
        /// Log error measured minus that of the law.
        residual: f64,
    },
    /// The error rises from one size to the next.
    Rise {
        /// The larger of the two sizes.
        size: TrainingSetSize,
        /// Rise of log error.
        rise: f64,
    },
}

/// Standard deviations of a residual that count as curvature. At 2 a third of straight curves would.
const RESIDUAL_DEVIATIONS: f64 = 3.0;

/// Rise of log error that counts beyond noise.
const RISE: f64 = 0.03;

/// Standard errors of a rise that count as noise.
const RISE_DEVIATIONS: f64 = 2.0;

/// Prior degrees of freedom of independence between the sizes a seed was run at.
const INDEPENDENCE: f64 = 2.0;

/// The first sign that `curve` does not follow a power law with a floor, a rise before a misfit;
/// `None` for a straight curve or fewer than 4 sizes.
///
/// A residual counts beyond `3 sqrt(sd^2 / n + 0.02^2)`, a rise between neighbouring sizes beyond
/// `3 % + 2` standard errors. Shards are nested and the test set is shared, so that one seed errs to the
/// same side at neighbouring sizes: rises are taken over the seeds that both sizes have, and their
/// variance is what such pairs were found to have.
pub fn curvature(curve: &LearningCurve, noise: &TrialNoise) -> Option<Curvature> {
    let points = curve.points();
    if points.len() <= PowerLawOffset.minimum_sizes() {
        return None;
    }
    largest_rise(points, noise).or_else(|| largest_misfit(curve, noise))
}

fn largest_rise(points: &[CurvePoint], noise: &TrialNoise) -> Option<Curvature> {
    let pairs: Vec<Paired> =
        points.windows(2).filter_map(|pair| Paired::new(&pair[0], &pair[1], noise)).collect();
    let squares: f64 = pairs.iter().map(|pair| pair.squares / pair.variance).sum();
    let degrees: f64 = pairs.iter().map(|pair| pair.count - 1.0).sum();
    let share = (INDEPENDENCE + squares) / (INDEPENDENCE + degrees);
    let excess = |pair: &Paired| {
        pair.rise - RISE - RISE_DEVIATIONS * (share * pair.variance / pair.count).sqrt()
    };
    let worst = pairs.iter().max_by(|a, b| excess(a).total_cmp(&excess(b)))?;
    (excess(worst) > 0.0).then_some(Curvature::Rise { size: worst.size, rise: worst.rise })
}

/// The seeds that two neighbouring sizes have in common.
struct Paired {
    size: TrainingSetSize,
    count: f64,
    /// Mean rise of log error.
    rise: f64,
    /// Sum of squared deviations of the seeds' rises from their mean.
    squares: f64,
    /// Variance of one seed's rise if its trials were independent.
    variance: f64,
}

impl Paired {
    fn new(low: &CurvePoint, high: &CurvePoint, noise: &TrialNoise) -> Option<Self> {
        let same = |seed: u64| low.replicates.iter().find(|replicate| replicate.seed == seed);
        let rises: Vec<f64> = high
            .replicates
            .iter()
            .filter_map(|one| Some((one.error / same(one.seed)?.error).ln()))
            .collect();
        let count = rises.len() as f64;
        let rise = rises.iter().sum::<f64>() / count;
        (!rises.is_empty()).then(|| Self {
            size: high.size,
            count,
            rise,
            squares: rises.iter().map(|one| (one - rise).powi(2)).sum(),
            variance: noise.at(low.size).powi(2) + noise.at(high.size).powi(2),
        })
    }
}

fn largest_misfit(curve: &LearningCurve, noise: &TrialNoise) -> Option<Curvature> {
    let largest = curve.largest_size().log();
    let points = curve.points();
    let table = PowerTable::new(points.iter().map(|point| point.size.log() - largest).collect());
    let logs: Vec<f64> = points.iter().map(mean_log_error).collect();
    let last = logs.last().copied()?;
    let mut column = ErrorColumn::default();
    column.set(logs.iter().map(|log| log - last));
    let law = PowerLawOffset.fit(&FitPoints::new(&table, &column, 0, FULL_SEARCH)).parameters;
    let rows = points.iter().zip(table.log_sizes()).zip(column.log_errors());
    let residuals = rows.map(|((point, log_size), log_error)| {
        let residual = log_error - PowerLawOffset.predict(&law, log_size.exp()).ln();
        let seeds = point.replicates.len() as f64;
        let variance = noise.at(point.size).powi(2) / seeds + MISFIT * MISFIT;
        (residual.abs() / variance.sqrt(), point.size, residual)
    });
    let (deviations, size, residual) = residuals.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (deviations > RESIDUAL_DEVIATIONS).then_some(Curvature::Misfit { size, residual })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Replicate;
    use crate::decide::budget::simulated::curve_of;
    use crate::stats::random::RandomStream;

    /// Ten sizes, `seeds` seeds each; a share of the noise belongs to the seed and not to the size.
    fn simulated(
        index: u64,
        (deviation, shared, seeds): (f64, f64, u64),
        error: impl Fn(i32) -> f64,
    ) -> LearningCurve {
        let mut stream = RandomStream::new(17, index);
        let columns: Vec<f64> = (0..seeds).map(|_| stream.normal()).collect();
        let point = |step: i32| {
            let size = TrainingSetSize::new(64.0 * 2_f64.powi(step)).unwrap();
            let mut point = CurvePoint::measured(size, 1.0);
            let replicate = |(seed, column): (u64, &f64)| {
                let own = (1.0 - shared).sqrt() * stream.normal();
                let log = deviation * (shared.sqrt() * column + own);
                Replicate { seed, error: error(step) * log.exp(), outcomes: None }
            };
            point.replicates = (0..seeds).zip(&columns).map(replicate).collect();
            point
        };
        curve_of((0..10).map(point).collect())
    }

    fn flagged(noise: (f64, f64, u64), error: impl Fn(i32) -> f64 + Copy) -> usize {
        let found = |index| {
            let curve = simulated(index, noise, error);
            curvature(&curve, &TrialNoise::pooled(&curve, curve.largest_size()))
        };
        (0..200).filter(|&index| found(index).is_some()).count()
    }

    fn straight(step: i32) -> f64 {
        0.5 * 2_f64.powf(-0.4 * f64::from(step)) + 0.02
    }

    #[test]
    fn straight_curves_are_rarely_called_curved() {
        for noise in [(0.0, 0.0, 1), (0.03, 0.0, 2), (0.03, 0.7, 2), (0.05, 0.0, 1)] {
            let count = flagged(noise, straight);
            assert!(count <= 10, "{noise:?}: {count} of 200");
        }
    }

    #[test]
    fn a_bump_is_found_as_a_rise_and_a_late_break_as_a_misfit() {
        let bump = |step: i32| straight(step) * if step == 6 { 1.6 } else { 1.0 };
        assert!(flagged((0.03, 0.0, 2), bump) >= 198);
        let curve = simulated(0, (0.01, 0.0, 2), bump);
        let noise = TrialNoise::pooled(&curve, curve.largest_size());
        let found = curvature(&curve, &noise).unwrap();
        assert!(
            matches!(found, Curvature::Rise { size, .. } if size == TrainingSetSize::new(4_096.0).unwrap())
        );
        let late = |step: i32| if step < 7 { 0.5 } else { 0.5 * 0.4_f64.powi(step - 6) };
        let curve = simulated(0, (0.01, 0.0, 2), late);
        let noise = TrialNoise::pooled(&curve, curve.largest_size());
        assert!(matches!(curvature(&curve, &noise), Some(Curvature::Misfit { .. })));
    }

    #[test]
    fn pairs_of_one_seed_find_a_rise_that_independent_trials_would_hide() {
        let rising = |step: i32| if step == 9 { 1.08 * straight(8) } else { straight(step) };
        let rises = |shared: f64| {
            let found = |index| {
                let curve = simulated(index, (0.06, shared, 4), rising);
                let noise = TrialNoise::pooled(&curve, curve.largest_size());
                matches!(curvature(&curve, &noise), Some(Curvature::Rise { size, .. })
                    if size == curve.largest_size())
            };
            (0..200).filter(|&index| found(index)).count()
        };
        let (paired, apart) = (rises(0.97), rises(0.0));
        assert!(paired > 180 && apart < 120, "paired {paired}, independent {apart}");
    }

    #[test]
    fn three_sizes_tell_nothing() {
        let curve = simulated(0, (0.0, 0.0, 1), straight).hide_largest(7).unwrap();
        assert_eq!(curvature(&curve, &TrialNoise::pooled(&curve, curve.largest_size())), None);
    }
}
