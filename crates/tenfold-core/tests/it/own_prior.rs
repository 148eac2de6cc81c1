//! A prior sharpened by curves of one kind forecasts further ones better than the shipped prior
//! does.

use tenfold_core::forecast::{FEWEST_OWN_CURVES, own_prior};
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{FitOptions, LearningCurve, Prior, PriorName, fit_curve};

use crate::simulated::{curve_through, doublings, size};

/// Sizes hidden of left-out curves.
const HIDDEN: usize = 2;

/// A power law with a floor whose level wanders: after every doubling the log error moves by a normal step
/// of `wander`, as when recipes change with the data.
fn wandering(index: u64, wander: f64) -> LearningCurve {
    let mut stream = RandomStream::new(91, index);
    let beta_g = -(0.2 + 0.5 * stream.uniform());
    let floor = 0.1 * stream.uniform();
    let mut level = 0.0;
    let pairs: Vec<(f64, f64)> = doublings(11)
        .into_iter()
        .map(|m| {
            level += wander * stream.normal();
            (m, (0.9 * (m / 64.0).powf(beta_g) + floor) * f64::exp(level))
        })
        .collect();
    curve_through(&pairs)
}

/// Scores of a prior on left-out curves.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    points: f64,
    /// Points inside the 80 % interval.
    inside: f64,
    /// Sum of interval scores at 80 % in log error.
    width_and_misses: f64,
}

impl Score {
    fn add(&mut self, curve: &LearningCurve, prior: &Prior) {
        let options = FitOptions { prior: Some(prior), ..FitOptions::default() };
        let fit = fit_curve(&curve.hide_largest(HIDDEN).unwrap(), &options).unwrap();
        for point in &curve.points()[curve.points().len() - HIDDEN..] {
            let interval = fit.forecast(point.size).interval_80;
            let outside = (interval.low / point.error()).max(point.error() / interval.high).ln();
            self.points += 1.0;
            self.inside += f64::from(u8::from(interval.contains(point.error())));
            self.width_and_misses += (interval.high / interval.low).ln() + 10.0 * outside.max(0.0);
        }
    }
}

/// Scores of the shipped prior and of one sharpened by 40 curves, on 120 others.
fn shipped_and_own(wander: f64) -> [Score; 2] {
    let curves: Vec<LearningCurve> = (0..160).map(|index| wandering(index, wander)).collect();
    let (taught, asked) = curves.split_at(40);
    let own = own_prior(&taught.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!(own.name(), PriorName::Own { curves: 40 });
    [Prior::shipped(), &own].map(|prior| {
        let mut score = Score::default();
        for curve in asked {
            score.add(curve, prior);
        }
        score
    })
}

#[test]
fn a_prior_of_ones_own_narrows_curves_that_obey_a_law() {
    let [shipped, own] = shipped_and_own(0.005);
    assert!(own.width_and_misses < shipped.width_and_misses, "{shipped:?} {own:?}");
    assert!((0.68..0.97).contains(&(own.inside / own.points)), "{shipped:?} {own:?}");
}

#[test]
fn a_prior_of_ones_own_covers_curves_that_wander() {
    let [shipped, own] = shipped_and_own(0.2);
    let coverage = [shipped, own].map(|score| score.inside / score.points);
    // 240 points of 120 curves: a standard error of 3 points.
    assert!((0.70..0.90).contains(&coverage[1]), "{coverage:?}");
    assert!(own.width_and_misses < shipped.width_and_misses, "{shipped:?} {own:?}");
}

#[test]
fn few_curves_are_no_prior() {
    let curves: Vec<LearningCurve> = (0..30).map(|index| wandering(index, 0.05)).collect();
    let all: Vec<&LearningCurve> = curves.iter().collect();
    assert!(own_prior(&all[..FEWEST_OWN_CURVES - 1]).is_none());
    let short: Vec<LearningCurve> =
        curves.iter().map(|curve| curve.up_to(size(256.0)).unwrap()).collect();
    // Curves of three sizes do not show how a curve continues.
    assert!(own_prior(&short.iter().collect::<Vec<_>>()).is_none());
    assert!(own_prior(&all[..FEWEST_OWN_CURVES]).is_some());
}
