//! How much one more trial would narrow a forecast's interval.

use crate::curve::{CurveDescription, CurvePoint, LearningCurve, Replicate};
use crate::posterior::{ForecastOf, Posterior, Prior, observations};
use crate::units::TrainingSetSize;

/// Relative tolerance of a size that was measured.
const SAME_SIZE: f64 = 1e-9;

/// Equally likely quantiles of a trial's error, over which its narrowing is averaged. A trial that
/// was assumed to come out exactly as forecast would confirm the law and overstate the narrowing.
const OUTCOMES: [f64; 4] = [0.125, 0.375, 0.625, 0.875];

/// Log width of the 80 % interval at `target` after one more trial at `size`, over the present log
/// width; at most 1.
///
/// It is the geometric mean over the possible errors of the trial, by the posterior. Each error is
/// added to the curve and informs the noise as a measured one would. `size` may be a measured size,
/// lie between measured sizes, or beyond them.
pub fn narrowing(curve: &LearningCurve, size: TrainingSetSize, target: TrainingSetSize) -> f64 {
    let now = Seen::of(curve);
    let outcome = now.posterior.log_error(now.doublings(size), ForecastOf::NextMeasurement);
    let last = curve.points().last().map_or(1.0, CurvePoint::error);
    let widths = OUTCOMES.into_iter().map(|probability| {
        let error = last * outcome.quantile(probability).exp();
        with_trial(curve, size, error).map_or(0.0, |then| Seen::of(&then).width(target).ln())
    });
    let mean = widths.sum::<f64>() / OUTCOMES.len() as f64;
    (mean.exp() / now.width(target)).min(1.0)
}

/// The largest size of a curve, and its posterior.
struct Seen {
    largest: TrainingSetSize,
    posterior: Posterior,
}

impl Seen {
    fn of(curve: &LearningCurve) -> Self {
        let seen = observations(curve, curve.points().len());
        let posterior = Posterior::of(seen, curve.metric(), Prior::shipped());
        Self { largest: curve.largest_size(), posterior }
    }

    fn doublings(&self, size: TrainingSetSize) -> f64 {
        (size.log() - self.largest.log()) / std::f64::consts::LN_2
    }

    /// Log width of the 80 % interval at `target`.
    fn width(&self, target: TrainingSetSize) -> f64 {
        let forecast =
            self.posterior.log_error(self.doublings(target), ForecastOf::NextMeasurement);
        forecast.quantile(0.9) - forecast.quantile(0.1)
    }
}

/// `curve` with one more trial of `error` at `size`; `None` for an error that no curve may have.
fn with_trial(curve: &LearningCurve, size: TrainingSetSize, error: f64) -> Option<LearningCurve> {
    let mut points = curve.points().to_vec();
    let seeds = || points.iter().flat_map(|point| &point.replicates).map(|one| one.seed);
    let seed = seeds().max().unwrap_or(0).saturating_add(1);
    let is_same = |point: &&mut CurvePoint| (point.size.log() - size.log()).abs() <= SAME_SIZE;
    if let Some(point) = points.iter_mut().find(is_same) {
        let trial = Replicate { seed, error, outcomes: None };
        // The trial gives a censored size an error of its own, which replaces its bound.
        if std::mem::take(&mut point.is_censored) {
            point.replicates.clear();
        }
        point.replicates.push(trial);
    } else {
        let like = points.last()?.test_examples;
        points.push(CurvePoint { test_examples: like, ..CurvePoint::measured(size, error) });
    }
    let description = CurveDescription {
        name: curve.name().to_owned(),
        metric: curve.metric(),
        aggregate: curve.aggregate(),
        best_guess: curve.best_guess(),
    };
    LearningCurve::new(description, points).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::budget::simulated::curve_of;
    use crate::stats::random::RandomStream;

    fn size(step: i32) -> TrainingSetSize {
        TrainingSetSize::new(64.0 * 2_f64.powi(step)).unwrap()
    }

    /// Ten doublings with `seeds` at each; the law is .5 (m / 64)^-.5 + .02, with 5 % noise, times `unit`.
    fn curve(seeds: &[u64], draw: u64, unit: f64) -> LearningCurve {
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
        let rows = (0..).zip(seeds.iter().copied());
        let points = rows.filter(|row| row.1 > 0).map(&mut point).collect();
        curve_of(points)
    }

    const FEW: [u64; 10] = [4, 4, 4, 4, 3, 3, 1, 1, 0, 1];

    fn narrowed(draw: u64, unit: f64, step: i32) -> f64 {
        narrowing(&curve(&FEW, draw, unit), size(step), size(12))
    }

    #[test]
    fn units_of_error_do_not_matter_and_top_trials_say_most() {
        let mean = |step: i32| (0..40).map(|draw| narrowed(draw, 1.0, step)).sum::<f64>() / 40.0;
        let [small, half, top] = [0, 8, 9].map(mean);
        assert!(top < half && half < small, "{top} {half} {small}");
        assert!(top < 0.9 && small > 0.95 && small <= 1.0, "{top} {small}");
        let (one, other) = (narrowed(0, 1.0, 9), narrowed(0, 30.0, 9));
        assert!((one / other - 1.0).abs() < 1e-6, "{one} {other}");
    }

    /// Predicted narrowing by one more trial at `step` over the narrowing found, as sums of 60 logs
    /// that vary by .2; `more` has the seeds with that trial, which is drawn last.
    fn said_over_found(step: i32, more: &[u64]) -> f64 {
        let width = |curve: &LearningCurve| Seen::of(curve).width(size(12)).ln();
        let (mut said, mut found) = (0.0, 0.0);
        for draw in 0..60 {
            said += narrowed(draw, 1.0, step).ln();
            found += width(&curve(more, draw, 1.0)) - width(&curve(&FEW, draw, 1.0));
        }
        said / found
    }

    #[test]
    fn what_is_said_of_another_trial_is_most_of_what_it_brings() {
        let mut seed = FEW;
        seed[9] += 1;
        let share = said_over_found(9, &seed);
        assert!((0.5..1.1).contains(&share), "a second seed: {share}");
        let larger: Vec<u64> = FEW.into_iter().chain([1]).collect();
        let share = said_over_found(10, &larger);
        assert!((0.6..1.6).contains(&share), "a larger size: {share}");
    }

    #[test]
    fn a_larger_size_tells_more_than_a_seed_and_the_size_itself_most() {
        let mean = |step: i32| (0..40).map(|draw| narrowed(draw, 1.0, step)).sum::<f64>() / 40.0;
        let [top, next, after, target] = [9, 10, 11, 12].map(mean);
        assert!(target < after && after < next && next < top, "{target} {after} {next} {top}");
    }
}
