//! Comparisons: their results for known laws, and that no valid input breaks them.

use tenfold_core::decide::{
    Comparison, Contender, OpenEstimate, PairComparison, PairVerdict, compare,
};
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    CurveFit, FitOptions, LearningCurve, MetricKind, OptionalInterval, Outcomes, fit_curve,
};

use crate::simulated::{
    Truth, curve_through, doublings, exact, noisy, scored, size, with_standard_errors,
};

/// Errors of 0.1 at 1,024 examples and 0.0125 at 65,536.
const STEEP: Truth = Truth { alpha: 3.2, beta_g: -0.5, gamma: 0.0 };

/// Crosses [`STEEP`] at 1,024 examples.
const FLAT: Truth = Truth { alpha: 0.8, beta_g: -0.3, gamma: 0.0 };

fn compared(curves: &[&LearningCurve], at: &[f64]) -> Comparison {
    let fits: Vec<CurveFit> =
        curves.iter().map(|curve| fit_curve(curve, &FitOptions::default()).unwrap()).collect();
    let contenders: Vec<Contender<'_>> =
        curves.iter().zip(&fits).map(|(curve, fit)| Contender { curve, fit }).collect();
    let at: Vec<_> = at.iter().map(|&examples| size(examples)).collect();
    compare(&contenders, &at)
}

fn pair(a: &LearningCurve, b: &LearningCurve, at: f64) -> PairComparison {
    compared(&[a, b], &[at]).pairs.remove(0)
}

fn check_close(found: f64, needed: f64, tolerance: f64) {
    assert!((found / needed - 1.0).abs() < tolerance, "{found}, not {needed}");
}

#[test]
fn the_lead_changes_where_the_laws_cross() {
    let pair = pair(&exact(STEEP, 11), &exact(FLAT, 11), 128e3);
    let crossing = pair.crossing.unwrap();
    // 3.2 m^-0.5 = 0.8 m^-0.3 at m = 4^5; straight lines between points are exact for these laws.
    check_close(crossing.size.value, 1_024.0, 0.01);
    assert!(crossing.a_leads_beyond);
    assert_eq!(pair.at[0].verdict, PairVerdict::A);
    assert!(pair.at[0].probability_a_better > 0.99);
    assert!(pair.same_exponent_p_value.unwrap() < 0.001);
}

#[test]
fn curves_that_differ_by_a_factor_never_cross() {
    let better = exact(STEEP, 10);
    let worse = exact(Truth { alpha: 2.0 * STEEP.alpha, ..STEEP }, 10);
    let pair = pair(&better, &worse, 128e3);
    assert_eq!(pair.crossing, None);
    assert!(pair.same_exponent_p_value.unwrap() > 0.5);
    // Half the error takes four times the data at an exponent of -0.5.
    assert!(!pair.data_equivalents.is_empty());
    for equivalent in &pair.data_equivalents {
        check_close(equivalent.factor.unwrap().value, 4.0, 0.02);
    }
}

#[test]
fn equal_curves_are_too_close_to_call() {
    let curve = exact(STEEP, 8);
    let pair = pair(&curve, &curve, 1e5);
    assert!((pair.at[0].probability_a_better - 0.5).abs() < 1e-9);
    assert_eq!(pair.at[0].verdict, PairVerdict::TooClose);
    assert_eq!(pair.crossing, None);
    assert!(pair.same_exponent_p_value.unwrap() > 0.99);
    for equivalent in &pair.data_equivalents {
        check_close(equivalent.factor.unwrap().value, 1.0, 0.02);
    }
}

#[test]
fn the_order_of_two_curves_does_not_matter() {
    let mut stream = RandomStream::new(9, 0);
    let first = noisy(STEEP, 9, 0.03, &mut stream);
    let second = noisy(FLAT, 9, 0.03, &mut stream);
    let (there, back) = (pair(&first, &second, 5e4), pair(&second, &first, 5e4));
    let sum = there.at[0].probability_a_better + back.at[0].probability_a_better;
    assert!((sum - 1.0).abs() < 1e-9);
    let (there, back) = (there.crossing.unwrap(), back.crossing.unwrap());
    check_close(there.size.value, back.size.value, 1e-6);
    assert_ne!(there.a_leads_beyond, back.a_leads_beyond);
}

#[test]
fn a_floor_the_other_cannot_reach_has_no_equivalent() {
    let low = exact(STEEP, 11);
    let high = exact(Truth { gamma: 0.05, ..STEEP }, 11);
    let pair = pair(&low, &high, 128e3);
    let last = pair.data_equivalents.last().unwrap();
    // 0.009 at 128,000 lies far below the floor of 0.05.
    assert_eq!(last.factor, None);
}

/// The curve with each example's outcomes in the order of `key`, its errors unchanged.
fn shuffled(curve: &LearningCurve, key: u64) -> LearningCurve {
    let points = curve.points().iter().cloned().map(|mut point| {
        for replicate in &mut point.replicates {
            let outcomes = replicate.outcomes.take().unwrap();
            let mut stream = RandomStream::new(key, 0);
            let mut order: Vec<(u64, f32)> =
                outcomes.values().iter().map(|&one| (stream.uniform().to_bits(), one)).collect();
            order.sort_by_key(|pair| pair.0);
            replicate.outcomes =
                Outcomes::new(1, order.into_iter().map(|pair| pair.1).collect::<Vec<_>>());
        }
        point
    });
    let mut description = crate::simulated::description();
    description.metric = MetricKind::ErrorRate;
    LearningCurve::new(description, points.collect()).unwrap()
}

#[test]
fn the_luck_of_shared_test_examples_cancels() {
    let slightly_worse = Truth { alpha: 1.1 * STEEP.alpha, ..STEEP };
    let a = scored(STEEP, 8, 3, 1_000, &mut RandomStream::new(3, 7));
    let b = scored(slightly_worse, 8, 3, 1_000, &mut RandomStream::new(3, 7));
    let shared = pair(&a, &b, 8_192.0);
    let unrelated = pair(&a, &shuffled(&b, 1), 8_192.0);
    assert!(shared.is_paired);
    let [with, without] = [&shared, &unrelated].map(|pair| pair.at[0].probability_a_better);
    assert!(with > without + 0.02, "{with} {without}");
    let plain = exact(STEEP, 8);
    assert!(!pair(&a, &plain, 8_192.0).is_paired);
}

#[test]
fn rankings_put_the_best_first() {
    let curves =
        [FLAT, STEEP, Truth { alpha: 2.0 * STEEP.alpha, ..STEEP }].map(|law| exact(law, 9));
    let [flat, steep, worse] = &curves;
    let comparison = compared(&[flat, steep, worse], &[64.0, 65_536.0]);
    assert_eq!(comparison.pairs.len(), 3);
    let numbers: Vec<_> = comparison.pairs.iter().map(|pair| (pair.a, pair.b)).collect();
    assert_eq!(numbers, [(0, 1), (0, 2), (1, 2)]);
    assert_eq!(comparison.rankings[0].by_forecast, [0, 1, 2]);
    // The curve that is last at 16,384 examples is ahead of the flat one at 65,536: .025 to .029.
    assert_eq!(comparison.rankings[1].by_forecast, [1, 2, 0]);
    assert_eq!(comparison.rankings[1].by_last_measured, [1, 0, 2]);
}

/// Whether a curve is ranked first that is behind at its last size but ahead by its forecast. It is
/// measured at `sizes` sizes, and the other curves are 2 % apart.
fn overtakes(sizes: usize) -> bool {
    let behind =
        |step: i32| exact(Truth { alpha: 0.24 * 1.02_f64.powi(step), beta_g: -0.2, gamma: 0.0 }, 9);
    let others: Vec<LearningCurve> = (0..8).map(behind).collect();
    // 5 % behind the first at 16,384 examples and far ahead at 131,072.
    let steep = Truth { alpha: 0.252 * 16_384_f64.powf(0.2), beta_g: -0.4, gamma: 0.0 };
    let pairs: Vec<(f64, f64)> = doublings(9).into_iter().map(|m| (m, steep.error(m))).collect();
    let challenger = curve_through(&pairs[9 - sizes..]);
    let at = size(131_072.0);
    let [ahead, first] = [&challenger, &others[0]]
        .map(|curve| fit_curve(curve, &FitOptions::default()).unwrap().predict(at));
    assert!(ahead < first, "{ahead} {first}");
    let all: Vec<&LearningCurve> = std::iter::once(&challenger).chain(&others).collect();
    let ranking = compared(&all, &[at.get()]).rankings.remove(0);
    assert_eq!(ranking.by_last_measured[0], 1);
    ranking.by_forecast[0] == 0
}

#[test]
fn a_sure_forecast_overtakes_and_a_doubtful_one_does_not() {
    assert!(overtakes(9));
    assert!(!overtakes(2));
}

fn check_estimate(estimate: &OpenEstimate) {
    assert!(estimate.value.is_finite() && estimate.value > 0.0, "{estimate:?}");
    let is_around = |interval: OptionalInterval| {
        interval.low.is_none_or(|low| low > 0.0 && low <= estimate.value * (1.0 + 1e-9))
            && interval
                .high
                .is_none_or(|high| high.is_finite() && high >= estimate.value * 0.999_999)
    };
    assert!(is_around(estimate.interval_80) && is_around(estimate.interval_95), "{estimate:?}");
}

#[test]
fn odd_curves_are_compared_without_nonsense() {
    let rising = curve_through(&[(10.0, 0.1), (20.0, 0.3), (40.0, 0.2), (80.0, 0.6), (160.0, 0.7)]);
    let flat = curve_through(&[(1e6, 0.5), (2e6, 0.5), (4e6, 0.5)]);
    let two = curve_through(&[(1.0, 1e-9), (1e9, 1e-12)]);
    let huge = curve_through(&[(1e3, 1e12), (2e3, 3e11), (4e3, 2e11), (8e3, 1e11), (16e3, 9e10)]);
    let law = exact(STEEP, 9);
    let at = [1e-3, 1.0, 64.0, 1e4, 1e7, 1e18, 1e300];
    let comparison = compared(&[&rising, &flat, &two, &huge, &law], &at);
    assert_eq!(comparison.pairs.len(), 10);
    for pair in &comparison.pairs {
        for at in &pair.at {
            assert!((0.0..=1.0).contains(&at.probability_a_better), "{at:?}");
        }
        pair.crossing.iter().for_each(|crossing| check_estimate(&crossing.size));
        pair.data_equivalents.iter().filter_map(|one| one.factor.as_ref()).for_each(check_estimate);
        assert!(pair.same_exponent_p_value.is_none_or(|p| (0.0..=1.0).contains(&p)));
    }
    for ranking in &comparison.rankings {
        assert_eq!((ranking.by_forecast.len(), ranking.by_last_measured.len()), (5, 5));
    }
}

#[test]
fn nobody_and_one_have_nothing_to_compare() {
    assert!(compared(&[], &[1e3]).pairs.is_empty());
    let one = exact(STEEP, 6);
    let comparison = compared(&[&one], &[1e3]);
    assert!(comparison.pairs.is_empty());
    assert_eq!(comparison.rankings[0].by_forecast, [0]);
}

#[test]
fn intervals_of_crossings_hold_the_truth() {
    let (mut found, mut inside, mut narrow) = (0.0, 0.0, 0.0);
    for index in 0..200 {
        let mut stream = RandomStream::new(91, index);
        let mut measured = |law| with_standard_errors(&noisy(law, 9, 0.02, &mut stream), 0.02);
        let (a, b) = (measured(STEEP), measured(FLAT));
        let Some(crossing) = pair(&a, &b, 32e3).crossing else { continue };
        let OptionalInterval { low, high } = crossing.size.interval_80;
        found += 1.0;
        let is_narrow = low.zip(high).is_some_and(|(low, high)| high < 2.0 * low);
        narrow += f64::from(u8::from(is_narrow));
        let holds = low.is_none_or(|low| low <= 1_024.0) && high.is_none_or(|high| high >= 1_024.0);
        inside += f64::from(u8::from(holds));
    }
    // 200 pairs have a standard error of 3 %; the ends of an interval include the noise of a
    // measurement, which the curves do not have, so that the interval covers too often.
    assert!(found > 190.0 && inside / found > 0.74, "{found} {inside}");
    assert!(narrow > 190.0, "{narrow}");
}

#[test]
fn equal_exponents_are_seldom_called_different() {
    let worse = Truth { alpha: 1.3 * STEEP.alpha, ..STEEP };
    let (mut equal, mut different) = (0.0, 0.0);
    for index in 0..200 {
        let mut stream = RandomStream::new(92, index);
        // Deviations of the slope look like another exponent, so that only precise curves show a
        // difference of exponents.
        let measured = |law, stream: &mut RandomStream| {
            with_standard_errors(&noisy(law, 9, 0.005, stream), 0.005)
        };
        let p_value = |a: Truth, b: Truth, stream: &mut RandomStream| {
            let (a, b) = (measured(a, stream), measured(b, stream));
            pair(&a, &b, 32e3).same_exponent_p_value.unwrap()
        };
        equal += f64::from(u8::from(p_value(STEEP, worse, &mut stream) < 0.05));
        different += f64::from(u8::from(p_value(STEEP, FLAT, &mut stream) < 0.05));
    }
    assert!(equal <= 20.0, "{equal} of 200 at a level of 5 %");
    assert!(different >= 180.0, "{different} of 200");
}
