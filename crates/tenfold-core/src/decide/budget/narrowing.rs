//! What one more trial would take from a forecast's interval.

use crate::curve::LearningCurve;
use crate::curve::noise::variance_of_median;
use crate::decide::budget::noise::TrialNoise;
use crate::posterior::{ForecastOf, Observation, Posterior, Prior, observations};
use crate::units::TrainingSetSize;

/// Relative tolerance of a size that was measured.
const SAME_SIZE: f64 = 1e-9;

/// The log width of the 80 % interval at `target` after one more trial at `size`, as a factor of that now; at
/// most 1.
///
/// The trial is taken to leave every error where it is: the point at `size` has the noise of one seed more,
/// or is added on the curve as the posterior has it. `size` must not exceed the largest measured; 1 where it
/// does.
pub fn narrowing(
    curve: &LearningCurve,
    noise: &TrialNoise,
    size: TrainingSetSize,
    target: TrainingSetSize,
) -> f64 {
    let doublings =
        |size: TrainingSetSize| (size.log() - curve.largest_size().log()) / std::f64::consts::LN_2;
    if doublings(size) > SAME_SIZE {
        return 1.0;
    }
    let now = observations(curve, curve.points().len());
    let posterior =
        |seen: &[Observation]| Posterior::of(seen.to_vec(), curve.metric(), Prior::shipped());
    let before = posterior(&now);
    let width = |posterior: &Posterior| {
        let forecast = posterior.log_error(doublings(target), ForecastOf::NextMeasurement);
        forecast.quantile(0.9) - forecast.quantile(0.1)
    };
    let mut then = now;
    if let Some(at) = curve.points().iter().position(|point| is_same(point.size, size)) {
        let seeds = curve.points()[at].replicates.len().max(1);
        then[at].variance *= variance_of_median(seeds + 1) / variance_of_median(seeds);
    } else {
        let at = then.partition_point(|one| one.doublings < doublings(size));
        let expected = before.log_error(doublings(size), ForecastOf::MeanCurve);
        let added = Observation {
            doublings: doublings(size),
            log_error: expected.quantile(0.5),
            variance: noise.at(size).powi(2),
        };
        then.insert(at, added);
    }
    (width(&posterior(&then)) / width(&before)).min(1.0)
}

fn is_same(one: TrainingSetSize, other: TrainingSetSize) -> bool {
    (one.log() - other.log()).abs() <= SAME_SIZE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{CurvePoint, Replicate};
    use crate::decide::budget::simulated::curve_of;
    use crate::stats::random::RandomStream;

    fn size(step: i32) -> TrainingSetSize {
        TrainingSetSize::new(64.0 * 2_f64.powi(step)).unwrap()
    }

    /// Ten doublings with `seeds` at each; the law is .5 (m / 64)^-.5 + .02, with 5 % noise, times `unit`.
    fn curve(seeds: [u64; 10], draw: u64, unit: f64) -> LearningCurve {
        let mut stream = RandomStream::new(3, draw);
        let point = |(step, count): (i32, u64)| {
            let law = unit * (0.5 * 2_f64.powf(-0.5 * f64::from(step)) + 0.02);
            let mut point = CurvePoint::measured(size(step), law);
            let mut replicate = |seed| {
                let error = law * (0.05 * stream.normal()).exp();
                Replicate { seed, error, outcomes: None }
            };
            point.replicates = (0..count).map(&mut replicate).collect();
            point
        };
        let mut point = point;
        let points = (0..10).zip(seeds).filter(|row| row.1 > 0).map(&mut point).collect();
        curve_of(points)
    }

    const FEW: [u64; 10] = [4, 4, 4, 4, 3, 3, 1, 1, 0, 1];

    fn narrowed(draw: u64, unit: f64, step: i32) -> f64 {
        let curve = curve(FEW, draw, unit);
        let noise = TrialNoise::pooled(&curve, curve.largest_size());
        narrowing(&curve, &noise, size(step), size(12))
    }

    #[test]
    fn units_of_error_do_not_matter_and_top_trials_say_most() {
        let mean = |step: i32| (0..40).map(|draw| narrowed(draw, 1.0, step)).sum::<f64>() / 40.0;
        let [small, half, top] = [0, 8, 9].map(mean);
        assert!(top < half && half < small, "{top} {half} {small}");
        assert!(top < 0.97 && small > 0.98 && small <= 1.0, "{top} {small}");
        let (one, other) = (narrowed(0, 1.0, 9), narrowed(0, 30.0, 9));
        assert!((one / other - 1.0).abs() < 1e-6, "{one} {other}");
    }

    #[test]
    fn what_is_said_of_another_seed_is_most_of_what_it_brings() {
        let mut more = FEW;
        more[9] += 1;
        let width = |curve: &LearningCurve| {
            let fit = crate::fit::fit_curve(curve, &crate::fit::FitOptions::default()).unwrap();
            let interval = fit.forecast(size(12)).interval_80;
            (interval.high / interval.low).ln()
        };
        let (mut said, mut found) = (0.0, 0.0);
        for draw in 0..120 {
            said += narrowed(draw, 1.0, 9).ln();
            // The same trials and one more, since the largest size is drawn last.
            found += (width(&curve(more, draw, 1.0)) / width(&curve(FEW, draw, 1.0))).ln();
        }
        // A second seed also tells the noise at its size, which is not foreseen and brings more. Both are
        // sums of 120 logs that vary by .2.
        let share = said / found;
        assert!((0.5..1.1).contains(&share), "{share}: {} {}", said / 120.0, found / 120.0);
    }

    #[test]
    fn sizes_beyond_the_largest_are_another_question() {
        let curve = curve(FEW, 0, 1.0);
        let noise = TrialNoise::pooled(&curve, curve.largest_size());
        assert!((narrowing(&curve, &noise, size(10), size(12)) - 1.0).abs() < f64::EPSILON);
    }
}
