//! Simulated curves with a known cause, by three unrelated sets of formulas: two with which the
//! thresholds of the diagnosis were examined, one that only scores them.

use tenfold_core::diagnose::{AxisEnd, SearchEdge, TrainingFacts};
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Aggregate, CurveDescription, CurvePoint, LearningCurve, MetricKind, ParameterCount, Replicate,
    TrainingSetSize, Verdict,
};

/// Which formulas a curve comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generator {
    /// Sums of power laws and floors, sizes in doublings, normal noise.
    Sums,
    /// Laws that saturate at guessing, floors of flipped answers, other spacings, heavy tails.
    Saturating,
    /// Two slopes, floors approached from guessing, sizes 1, 2, 5, 10 …, uniform noise; no
    /// threshold was chosen with it.
    Unseen,
}

/// A simulated study: a curve, and what is known of its training.
pub(crate) struct Case {
    pub(crate) curve: LearningCurve,
    pub(crate) facts: TrainingFacts,
}

/// Random numbers that every generator draws for a curve.
struct Draw {
    stream: RandomStream,
    generator: Generator,
    sizes: Vec<f64>,
    slope: f64,
    seeds: u64,
    noise: f64,
    test_examples: f64,
}

impl Draw {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.stream.uniform()
    }

    fn chance(&mut self, share: f64) -> bool {
        self.stream.uniform() < share
    }

    fn new(generator: Generator, index: u64) -> Self {
        let seed = 101 * (1 + generator as u64);
        let mut draw = Self {
            stream: RandomStream::new(seed, index),
            generator,
            sizes: Vec::new(),
            slope: 0.0,
            seeds: 3,
            noise: 0.0,
            test_examples: 0.0,
        };
        let (first, factor, count) = match generator {
            Generator::Sums => (64.0, 2.0, 8 + draw.stream.below(5)),
            Generator::Saturating => {
                let first = draw.between(50.0, 500.0).round();
                (first, draw.between(1.7, 2.6), 9 + draw.stream.below(4))
            }
            Generator::Unseen => (1_000.0, 0.0, 9 + draw.stream.below(4)),
        };
        draw.sizes = if generator == Generator::Unseen {
            let decade = |k: usize| 10_f64.powi(i32::try_from(k / 3).unwrap());
            (0..count).map(|k| first * [1.0, 2.0, 5.0][k % 3] * decade(k)).collect()
        } else {
            (0..count).map(|k| (first * f64::powf(factor, k as f64)).round()).collect()
        };
        draw.slope = draw.between(0.25, 0.6);
        draw.seeds = 1 + draw.stream.below(5) as u64;
        draw.noise = draw.between(0.005, 0.03);
        draw.test_examples = draw.between(5_000.0, 40_000.0).round();
        draw
    }

    fn largest(&self) -> f64 {
        self.sizes[self.sizes.len() - 1]
    }

    /// The error that data alone would bring, from about .6 down.
    fn learnable(&self, size: f64) -> f64 {
        let relative = size / self.sizes[0];
        match self.generator {
            Generator::Sums => 0.6 * relative.powf(-self.slope),
            // (1/m + 1/m0)^c saturates at guessing below m0, as M3 does.
            Generator::Saturating => 0.65 * (0.5 + 0.5 * relative).powf(-self.slope),
            Generator::Unseen => {
                0.5 * relative.powf(-0.8 * self.slope)
                    * (1.0 + relative / 30.0).powf(-0.2 * self.slope)
            }
        }
    }

    /// `learnable` and `floor` together.
    fn with_floor(&self, learnable: f64, floor: f64) -> f64 {
        match self.generator {
            Generator::Sums => learnable + floor,
            // Two answers, of which a share is flipped.
            Generator::Saturating => {
                let flipped = floor.min(0.3);
                flipped + (1.0 - 2.0 * flipped) * learnable
            }
            // M4's form: the learnable share of the distance from guessing to the floor.
            Generator::Unseen => floor + (0.75 - floor).max(0.1) * learnable / 0.75,
        }
    }

    fn noise(&mut self) -> f64 {
        let normal = self.stream.normal();
        match self.generator {
            Generator::Sums => self.noise * normal,
            Generator::Unseen => self.noise * 3_f64.sqrt() * (2.0 * self.stream.uniform() - 1.0),
            // Laplace noise with the same deviation: a normal times the root of an exponential.
            Generator::Saturating => {
                self.noise * normal * (-(1.0 - self.stream.uniform()).ln()).sqrt()
            }
        }
    }
}

/// The shape of a study before noise.
struct Truth {
    /// Test error at each size.
    errors: Vec<f64>,
    /// Train error at the largest size over the test error there.
    train_share: f64,
    /// Whether the winner's size stops growing below the largest shards, so that larger models were
    /// left to try.
    is_capped: bool,
    /// Sizes in a row, from the largest down, whose winners had an extreme learning rate.
    edges: usize,
    test_examples: f64,
}

/// Causes that are simulated: all that a verdict names.
pub(crate) const CAUSES: [Verdict; 9] = [
    Verdict::MoreData,
    Verdict::ModelTooSmall,
    Verdict::SearchTooThin,
    Verdict::NoisyLabels,
    Verdict::NothingNewInTheData,
    Verdict::Irreducible,
    Verdict::ValidationTooSmall,
    Verdict::NotMonotone,
    Verdict::DoesNotLearn,
];

/// Offset of the streams of the causes that were added after the first eight.
const LATER_STREAMS: u64 = 1 << 32;

/// Curve number `index` with the cause `verdict`.
pub(crate) fn case(generator: Generator, verdict: Verdict, index: u64) -> Case {
    let stream = match verdict {
        Verdict::DoesNotLearn | Verdict::NotTold => LATER_STREAMS + index,
        _ => 8 * index + verdict as u64,
    };
    let mut draw = Draw::new(generator, stream);
    let truth = truth(&mut draw, verdict);
    let facts = facts(&mut draw, &truth);
    Case { curve: curve(&mut draw, &truth), facts }
}

fn truth(draw: &mut Draw, verdict: Verdict) -> Truth {
    let sizes = draw.sizes.clone();
    let last = draw.learnable(draw.largest());
    // Every curve has some floor; a small one is no fault.
    let small_floor = last * draw.between(0.0, 0.15);
    let high_floor = last * draw.between(2.0, 5.0);
    let errors_with = |draw: &Draw, floor: f64| -> Vec<f64> {
        sizes.iter().map(|&size| draw.with_floor(draw.learnable(size), floor)).collect()
    };
    let mut truth = Truth {
        errors: errors_with(draw, small_floor),
        train_share: draw.between(0.02, 0.45),
        is_capped: draw.chance(0.1),
        // A winner at the end of an axis happens by chance at one size.
        edges: usize::from(draw.chance(0.15)),
        test_examples: draw.test_examples,
    };
    match verdict {
        Verdict::MoreData | Verdict::NotTold => {}
        Verdict::ModelTooSmall => {
            truth.errors = errors_with(draw, high_floor);
            truth.train_share = draw.between(0.75, 0.98);
            truth.is_capped = true;
        }
        Verdict::SearchTooThin => {
            let affected = 2 + draw.stream.below(3);
            let penalty = draw.between(0.05, 0.3);
            let from = sizes.len() - affected;
            for (at, error) in truth.errors[from..].iter_mut().enumerate() {
                *error *= (penalty * (at + 1) as f64).exp();
            }
            truth.edges = affected;
        }
        Verdict::NoisyLabels => {
            truth.errors = errors_with(draw, high_floor);
            truth.is_capped = false;
        }
        Verdict::NothingNewInTheData => {
            let doublings = draw.between(2.0, 3.5);
            let used_up = draw.largest() * 2_f64.powf(-doublings);
            let effective = |size: f64| match draw.generator {
                Generator::Sums => size.min(used_up),
                // Each further example is new with a falling chance.
                Generator::Saturating if size > used_up => {
                    used_up * (1.0 + 0.15 * (size / used_up).ln())
                }
                Generator::Saturating => size,
                // Draws with replacement from what there is.
                Generator::Unseen => 2.0 * used_up * -(-0.5 * size / used_up).exp_m1(),
            };
            truth.errors = sizes
                .iter()
                .map(|&size| draw.with_floor(draw.learnable(effective(size)), small_floor))
                .collect();
            truth.is_capped = false;
        }
        Verdict::Irreducible => {
            truth.errors = errors_with(draw, high_floor);
            truth.train_share = draw.between(0.75, 0.98);
            truth.is_capped = false;
        }
        Verdict::ValidationTooSmall => {
            // There are so few test examples that their noise is 1.5 to 3 times the fall of the
            // next doubling.
            let next = draw.learnable(2.0 * draw.largest());
            let fall = (truth.errors[sizes.len() - 1] / draw.with_floor(next, small_floor)).ln();
            let noise = fall * draw.between(1.5, 3.0);
            let error = truth.errors[sizes.len() - 1];
            truth.test_examples = ((1.0 - error) / (error * noise * noise)).ceil().max(20.0);
        }
        Verdict::NotMonotone => {
            let height = draw.between(0.8, 1.4);
            let at = 3 + draw.stream.below(sizes.len() - 5);
            let width = match draw.generator {
                Generator::Sums => 0.5,
                Generator::Saturating => 0.7,
                Generator::Unseen => 0.6,
            };
            for (k, error) in truth.errors.iter_mut().enumerate() {
                let distance = (k as f64 - at as f64) / width;
                *error *= (height * (-0.5 * distance * distance).exp()).exp();
            }
        }
        Verdict::DoesNotLearn => {
            // The error is that of guessing at every size, or grows with size.
            let growth = match draw.generator {
                Generator::Sums => 0.0,
                Generator::Saturating => draw.between(-0.1, 0.1).max(0.0),
                Generator::Unseen => draw.between(0.0, 0.05),
            };
            let guess = draw.between(0.3, 0.8);
            let at = |size: &f64| guess * (size / sizes[0]).powf(growth);
            truth.errors = sizes.iter().map(at).collect();
            truth.train_share = draw.between(0.02, 1.0);
        }
    }
    // Nothing is worse than guessing.
    let worst = truth.errors.iter().copied().fold(0.8, f64::max);
    for error in &mut truth.errors {
        *error *= 0.8 / worst;
    }
    truth
}

fn size(examples: f64) -> TrainingSetSize {
    TrainingSetSize::new(examples).unwrap()
}

fn curve(draw: &mut Draw, truth: &Truth) -> LearningCurve {
    let count = draw.sizes.len();
    // One test set for all sizes: a part of its noise is the same at every size.
    let shared = draw.stream.normal();
    let points: Vec<CurvePoint> = (0..count)
        .map(|k| {
            let error = truth.errors[k].min(0.9);
            let test_noise = ((1.0 - error) / (error * truth.test_examples)).sqrt();
            let own = draw.stream.normal();
            let of_size = test_noise * 0.5_f64.sqrt() * (shared + own);
            let replicates = (0..draw.seeds)
                .map(|seed| {
                    let log = error.ln() + of_size + draw.noise();
                    let error = log.exp().clamp(0.5 / (truth.test_examples + 1.0), 1.0);
                    Replicate { seed, error, outcomes: None }
                })
                .collect();
            // Smaller shards are memorised more easily.
            let share = truth.train_share * ((k + 1) as f64 / count as f64);
            let growth = if truth.is_capped { k.min(count - 4) } else { k };
            CurvePoint {
                replicates,
                train_error: Some(share * error),
                parameter_count: Some(ParameterCount(1_000 << growth)),
                test_examples: Some(truth.test_examples as u64),
                ..CurvePoint::measured(size(draw.sizes[k]), 1.0)
            }
        })
        .collect();
    let description = CurveDescription {
        name: "simulated".to_owned(),
        metric: MetricKind::ErrorRate,
        aggregate: Aggregate::MEAN,
        best_guess: None,
    };
    LearningCurve::new(description, points).unwrap()
}

fn facts(draw: &mut Draw, truth: &Truth) -> TrainingFacts {
    // Half of the studies searched the model's size, so that the end of that axis is known. The
    // others searched only the learning rate, and parameter counts show whether the model was
    // capped.
    let searches_width = draw.chance(0.5);
    let edge = |examples: f64, setting: &str, is_model_size: bool| SearchEdge {
        size: size(examples),
        setting: setting.to_owned(),
        value: "1".to_owned(),
        end: AxisEnd::Largest,
        values: 4,
        is_model_size,
    };
    let from_largest = |count: usize| draw.sizes.iter().rev().take(count);
    let mut edges: Vec<SearchEdge> =
        from_largest(truth.edges).map(|&m| edge(m, "learning_rate", false)).collect();
    if truth.is_capped && searches_width {
        edges.extend(from_largest(3).map(|&m| edge(m, "width", true)));
    }
    TrainingFacts { edges, searches_model_size: searches_width, ..TrainingFacts::default() }
}
