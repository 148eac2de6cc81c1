//! A scale learnt on the user's own curves covers where the shipped one does not.

use tenfold_core::forecast::{OwnScale, ScaleName, StandardisedMiss, scale_for};
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{CurveFit, Forecast, Interval, LearningCurve, MetricKind, back_test, fit_curve};

use crate::simulated::{curve_through, doublings, quick, size};

/// Sizes hidden in each back-test, and forecast on left-out curves.
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

/// Times that a scale is learnt on 40 curves and judged on 40 others.
const SETS: u64 = 12;

/// Share of hidden points of left-out curves inside their 80 % and 95 % intervals, with the shipped
/// scale and with those learnt on other curves.
fn coverage(wander: f64) -> [[f64; 2]; 2] {
    let mut inside = [[0.0; 2]; 2];
    for set in 0..SETS {
        let curves: Vec<LearningCurve> =
            (0..80).map(|index| wandering(80 * set + index, wander)).collect();
        let tests = curves[..40].iter().map(|curve| back_test(curve, HIDDEN, &quick()).unwrap());
        let misses: Vec<Vec<StandardisedMiss>> = tests.map(|test| test.standardised()).collect();
        let own = OwnScale::learn(&misses, scale_for(MetricKind::Loss)).unwrap();
        for curve in &curves[40..] {
            let fit = fit_curve(&curve.hide_largest(HIDDEN).unwrap(), &quick()).unwrap();
            let scaled = fit.clone().with_own_scale(&own);
            let shown = scaled.forecast(size(1e5)).interval_scale;
            assert_eq!(shown, ScaleName::Own { curves: 40 });
            for (sums, fit) in inside.iter_mut().zip([&fit, &scaled]) {
                let found = held(fit, curve);
                *sums = [sums[0] + found[0], sums[1] + found[1]];
            }
        }
    }
    inside.map(|sums| sums.map(|sum| sum / (SETS * 40) as f64))
}

/// Share of a curve's hidden points inside the 80 % and the 95 % intervals of `fit`.
fn held(fit: &CurveFit, curve: &LearningCurve) -> [f64; 2] {
    let hidden = &curve.points()[curve.points().len() - HIDDEN..];
    let holds = |interval: &dyn Fn(Forecast) -> Interval| {
        let inside = hidden
            .iter()
            .filter(|point| interval(fit.forecast(point.size)).contains(point.error()));
        inside.count() as f64 / HIDDEN as f64
    };
    [holds(&|forecast| forecast.interval_80), holds(&|forecast| forecast.interval_95)]
}

#[test]
fn a_scale_of_ones_own_covers_curves_that_wander() {
    let [shipped, own] = coverage(0.12);
    // 480 curves of two dependent points: standard errors of about 1.7 and .9 points, and those of 12
    // scales of 40 curves as much again.
    assert!((0.75..0.86).contains(&own[0]), "{own:?}, shipped {shipped:?}");
    assert!((0.92..0.99).contains(&own[1]), "{own:?}, shipped {shipped:?}");
    assert!(shipped[0] < 0.65, "{own:?}, shipped {shipped:?}");
}

#[test]
fn a_scale_of_ones_own_narrows_curves_that_obey_a_law() {
    let [shipped, own] = coverage(0.01);
    // Here the shipped scale is too wide: 94 % of its 80 % intervals hold.
    assert!((0.75..0.86).contains(&own[0]), "{own:?}, shipped {shipped:?}");
    assert!((0.92..0.99).contains(&own[1]), "{own:?}, shipped {shipped:?}");
    assert!(shipped[0] > 0.90, "{own:?}, shipped {shipped:?}");
}
