//! Simulated curves with known laws and noise.

use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Aggregate, CurveDescription, CurvePoint, LearningCurve, MetricKind, Outcomes, Replicate,
    TrainingSetSize,
};

/// `alpha * m^beta_g + gamma`, the truth behind a simulated curve.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    pub(crate) alpha: f64,
    pub(crate) beta_g: f64,
    pub(crate) gamma: f64,
}

impl Truth {
    pub(crate) fn error(&self, size: f64) -> f64 {
        self.alpha * size.powf(self.beta_g) + self.gamma
    }
}

pub(crate) fn size(examples: f64) -> TrainingSetSize {
    TrainingSetSize::new(examples).unwrap()
}

/// `count` power-of-two sizes from 64.
pub(crate) fn doublings(count: u32) -> Vec<f64> {
    (0..count).map(|k| 64.0 * f64::from(1_u32 << k)).collect()
}

pub(crate) fn description() -> CurveDescription {
    CurveDescription {
        name: "simulated".to_owned(),
        metric: MetricKind::Loss,
        aggregate: Aggregate::MEAN,
        best_guess: None,
    }
}

pub(crate) fn curve_of(points: Vec<CurvePoint>) -> LearningCurve {
    LearningCurve::new(description(), points).unwrap()
}

/// The curve through (size, error) pairs.
pub(crate) fn curve_through(pairs: &[(f64, f64)]) -> LearningCurve {
    curve_of(pairs.iter().map(|&(m, error)| CurvePoint::measured(size(m), error)).collect())
}

/// The exact law at power-of-two sizes.
pub(crate) fn exact(truth: Truth, count: u32) -> LearningCurve {
    let pairs: Vec<(f64, f64)> = doublings(count).iter().map(|&m| (m, truth.error(m))).collect();
    curve_through(&pairs)
}

/// One run a size with log-normal noise of deviation `noise`.
pub(crate) fn noisy(
    truth: Truth,
    count: u32,
    noise: f64,
    stream: &mut RandomStream,
) -> LearningCurve {
    let pairs: Vec<(f64, f64)> = doublings(count)
        .iter()
        .map(|&m| (m, truth.error(m) * (noise * stream.normal()).exp()))
        .collect();
    curve_through(&pairs)
}

/// A point of some runs with log-normal noise: how many, and its deviation.
fn point_of(truth: Truth, m: f64, runs: (u64, f64), stream: &mut RandomStream) -> CurvePoint {
    let (seeds, noise) = runs;
    let mut point = CurvePoint::measured(size(m), 1.0);
    let replicate = |seed| {
        let error = truth.error(m) * (noise * stream.normal()).exp();
        Replicate { seed, error, outcomes: None }
    };
    point.replicates = (0..seeds).map(replicate).collect();
    point
}

/// `seeds` runs a size with log-normal noise of deviation `noise`.
pub(crate) fn seeded(
    truth: Truth,
    count: u32,
    seeds: u64,
    noise: f64,
    stream: &mut RandomStream,
) -> LearningCurve {
    let points = doublings(count).into_iter().map(|m| point_of(truth, m, (seeds, noise), stream));
    curve_of(points.collect())
}

/// The same curve with the relative standard error `noise` stated at every size.
pub(crate) fn with_standard_errors(curve: &LearningCurve, noise: f64) -> LearningCurve {
    let points = curve
        .points()
        .iter()
        .map(|point| CurvePoint { standard_error: Some(noise * point.error()), ..point.clone() });
    curve_of(points.collect())
}

/// Ten sizes with many seeds at the small ones and one at the largest, as a budget leaves them; the noise of
/// a run is 2 % at the largest size and grows with 2^`growth` a halving.
pub(crate) fn few_seeds_at_the_top(
    truth: Truth,
    growth: f64,
    stream: &mut RandomStream,
) -> LearningCurve {
    const SEEDS: [u64; 10] = [4, 4, 4, 4, 3, 3, 1, 1, 0, 1];
    let rows = doublings(10).into_iter().zip(SEEDS).enumerate();
    let measured = rows.filter(|(_, (_, seeds))| *seeds > 0);
    let points = measured.map(|(at, (m, seeds))| {
        let noise = 0.02 * 2_f64.powf(growth * (9 - at) as f64);
        point_of(truth, m, (seeds, noise), stream)
    });
    curve_of(points.collect())
}

/// Error rates from `seeds` runs a size scored on one test set of `examples`: an example is answered
/// wrong where its difficulty, shared by all runs, plus noise of the run exceeds what the law allows.
pub(crate) fn scored(
    truth: Truth,
    count: u32,
    seeds: u64,
    examples: usize,
    stream: &mut RandomStream,
) -> LearningCurve {
    let difficulties: Vec<f64> = (0..examples).map(|_| stream.uniform()).collect();
    let points = doublings(count).into_iter().map(|m| {
        let replicates = (0..seeds).map(|seed| {
            let rate = truth.error(m) * (0.02 * stream.normal()).exp();
            let outcomes: Vec<f32> =
                difficulties.iter().map(|&hard| if hard < rate { 1.0 } else { 0.0 }).collect();
            let error = f64::from(outcomes.iter().sum::<f32>()) / examples as f64;
            Replicate { seed, error, outcomes: Outcomes::new(1, outcomes) }
        });
        let mut point = CurvePoint::measured(size(m), 1.0);
        point.replicates = replicates.collect();
        point.test_examples = Some(examples as u64);
        point
    });
    let mut description = description();
    description.metric = MetricKind::ErrorRate;
    LearningCurve::new(description, points.collect()).unwrap()
}
