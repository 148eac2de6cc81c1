//! How often the slope of a curve turns beyond the data (a late break), and by how much.
//!
//! Law and dynamics that the first points of a curve show still hold for most curves a few
//! doublings later, but some curves break. The probability of a break is learnt from the later
//! points.

use crate::posterior::filter::Observation;
use crate::posterior::lesson::Example;
use crate::posterior::mixture::{Mixture, Normal};
use crate::posterior::prior::LateBreak;
use crate::posterior::state::State;
use crate::posterior::{ForecastOf, Posterior, Prior, observations};

/// Turns of the slope, in log error a doubling, whose chances are learnt. Chosen by hand, not swept.
const TURNS: [f64; 3] = [0.2, 0.6, 1.5];

/// Prior probability of each turn in a doubling, and how many doublings of curves it counts for: a
/// twentieth of a turn among hundreds of curves. Chosen by hand, not swept.
const BELIEVED: (f64, f64) = (0.005, 10.0);

/// Largest chance of all turns together. Chosen by hand, not swept; what is learnt stays far below it.
const MOST: f64 = 0.3;

/// Rounds of expectation and maximisation.
const ROUNDS: usize = 30;

/// Most hidden points of a curve that are used; if there are more, evenly spread ones are.
const POINTS: usize = 8;

/// Densities of one hidden point: without a break, and under each turn.
struct Hidden {
    weight: f64,
    doublings: f64,
    plain: f64,
    turned: [f64; TURNS.len()],
}

/// The probabilities of breaks that make the points after the seen ones most likely.
pub(super) fn learn_breaks(prior: &Prior, examples: &[Example<'_>]) -> Vec<LateBreak> {
    let hidden: Vec<Hidden> = examples.iter().flat_map(|one| hidden(prior, one)).collect();
    let mut chances = [BELIEVED.0; TURNS.len()];
    for _ in 0..ROUNDS {
        let mut broken = [BELIEVED.0 * BELIEVED.1; TURNS.len()];
        let mut at_risk = BELIEVED.1;
        for one in &hidden {
            let each: f64 = chances.iter().sum();
            let any = 1.0 - (1.0 - each).powf(one.doublings);
            let shares: [f64; TURNS.len()] =
                std::array::from_fn(|turn| any * chances[turn] / each * one.turned[turn]);
            let total = (1.0 - any) * one.plain + shares.iter().sum::<f64>();
            if total <= 0.0 {
                continue;
            }
            broken = std::array::from_fn(|at| broken[at] + one.weight * shares[at] / total);
            at_risk += one.weight * one.doublings;
        }
        chances = broken.map(|sum| sum / at_risk);
        let each: f64 = chances.iter().sum();
        if each > MOST {
            chances = chances.map(|chance| chance * MOST / each);
        }
    }
    let pairs = TURNS.into_iter().zip(chances);
    pairs.map(|(turn, probability)| LateBreak { turn, probability }).collect()
}

fn hidden(prior: &Prior, example: &Example<'_>) -> Vec<Hidden> {
    let all = observations(example.curve, example.kept);
    let (seen, beyond) = all.split_at(example.kept);
    let posterior = Posterior::of(seen.to_vec(), example.curve.metric(), prior);
    let moves = posterior.moves();
    let count = beyond.len().min(POINTS);
    // The density of a bound is the probability that no error was seen.
    let density = |mixture: &Mixture, one: &Observation| {
        if !one.is_bound {
            return mixture.density(one.log_error);
        }
        let none = |part: &Normal| {
            let noise = State { level: part.mean, slope: 0.0, covariance: [0.0; 3] };
            part.weight * noise.below(one.log_error, part.deviation * part.deviation).1.exp()
        };
        mixture.parts().iter().map(none).sum::<f64>()
    };
    let looked_at = (1..=count).map(|number| &beyond[number * beyond.len() / count - 1]);
    looked_at
        .map(|one| {
            let plain = posterior.log_error(one.doublings, ForecastOf::NextMeasurement);
            let turned = TURNS.map(|turn| {
                let certain = [LateBreak { turn, probability: 1.0 }];
                let plain = plain.clone();
                let broken: Mixture = plain.with_late_breaks(one.doublings, moves, &certain);
                density(&broken, one)
            });
            Hidden {
                weight: example.weight / count as f64,
                doublings: one.doublings,
                plain: density(&plain, one),
                turned,
            }
        })
        .collect()
}
