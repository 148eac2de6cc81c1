//! Laws of the problem, on random inputs.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tenfold_core::{
    CurveFit, CurvePoint, Estimate, FitOptions, LearningCurve, PlanOptions, TrainingSetSize,
    back_test, fit_curve,
};

use crate::simulated::{curve_of, curve_through, quick};

/// Noisy falling curves: sizes from 16 in factors of 1.3 to 4, a law, and noise.
fn falling() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let law = (0.1..10.0_f64, 0.05..1.0_f64, 0.0..0.5_f64);
    let steps = prop::collection::vec((1.3..4.0_f64, -0.05..0.05_f64), 4..12);
    (law, steps).prop_map(|((alpha, exponent, gamma), steps)| {
        let mut size = 16.0;
        steps
            .into_iter()
            .map(|(factor, noise)| {
                size *= factor;
                (size, (alpha * size.powf(-exponent) + gamma) * noise.exp())
            })
            .collect()
    })
}

fn value(fit: &CurveFit, name: &str) -> f64 {
    fit.parameter(name).unwrap().estimate.value
}

fn is_close(left: f64, right: f64, tolerance: f64) -> bool {
    (left - right).abs() <= tolerance * (left.abs() + right.abs() + 1e-12)
}

/// Every number in an estimate is finite and its intervals hold its value.
fn check_estimate(name: &str, estimate: &Estimate) {
    let numbers = [
        estimate.value,
        estimate.interval_80.low,
        estimate.interval_80.high,
        estimate.interval_95.low,
        estimate.interval_95.high,
        estimate.standard_error.unwrap_or(0.0),
    ];
    assert!(numbers.iter().all(|number| number.is_finite()), "{name}: {estimate:?}");
    assert!(estimate.interval_80.contains(estimate.value), "{name}: {estimate:?}");
    assert!(estimate.interval_95.low <= estimate.interval_80.low, "{name}: {estimate:?}");
    assert!(estimate.interval_95.high >= estimate.interval_80.high, "{name}: {estimate:?}");
}

fn check_everything_is_finite(curve: &LearningCurve) {
    let Ok(fit) = fit_curve(curve, &quick()) else {
        assert_eq!(curve.points().len(), 1);
        return;
    };
    for parameter in &fit.parameters {
        check_estimate(parameter.name, &parameter.estimate);
    }
    assert!(fit.parameter("beta_g").unwrap().estimate.value <= 0.0);
    for region in [fit.regions.small_data_ends, fit.regions.irreducible_begins].iter().flatten() {
        check_estimate("region", region);
    }
    for examples in [f64::MIN_POSITIVE, 1.0, 1e6, f64::MAX] {
        let forecast = fit.forecast(TrainingSetSize::new(examples).unwrap());
        for interval in [forecast.interval_80, forecast.interval_95] {
            assert!(interval.low.is_finite() && interval.high.is_finite(), "{forecast:?}");
            assert!(interval.low > 0.0 && interval.contains(forecast.error), "{forecast:?}");
        }
        assert!(forecast.times_beyond_data.is_finite());
    }
    let last = curve.points()[curve.points().len() - 1].error();
    for target in [0.5 * last, last, 2.0 * last, 0.0, -1.0, f64::MIN_POSITIVE, f64::MAX] {
        let plan = fit.plan(target, &PlanOptions::default());
        assert!((0.0..=1.0).contains(&plan.probability_reached), "{plan:?}");
        for number in [plan.interval_80.low, plan.interval_80.high, plan.examples_to_add] {
            assert!(number.is_none_or(f64::is_finite), "{plan:?}");
        }
    }
    if let Ok(test) = back_test(curve, 1, &quick()) {
        assert!(test.rmsle.is_finite() && test.last_value_rmsle.is_finite(), "{test:?}");
    }
}

proptest! {
    // Each case is a few fits of a millisecond. A fixed seed: the same cases every time.
    #![proptest_config(ProptestConfig {
        cases: 100,
        rng_seed: RngSeed::Fixed(12),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn scaling_errors_scales_alpha_and_gamma_alone(pairs in falling(), log_factor in -8.0..8.0_f64) {
        let factor = log_factor.exp();
        let scaled: Vec<(f64, f64)> = pairs.iter().map(|&(m, e)| (m, factor * e)).collect();
        let before = fit_curve(&curve_through(&pairs), &quick()).unwrap();
        let after = fit_curve(&curve_through(&scaled), &quick()).unwrap();
        // Rounding of the logs moves the minimum of a flat objective by up to about 1e-5.
        let at = TrainingSetSize::new(4.0 * pairs[pairs.len() - 1].0).unwrap();
        prop_assert!(is_close(factor * before.predict(at), after.predict(at), 1e-6));
        prop_assert!(is_close(value(&before, "beta_g"), value(&after, "beta_g"), 1e-4));
        prop_assert!(is_close(factor * value(&before, "alpha"), value(&after, "alpha"), 1e-3));
        prop_assert!((factor * value(&before, "gamma") - value(&after, "gamma")).abs()
            < 1e-4 * factor * pairs[0].1);
    }

    #[test]
    fn scaling_sizes_scales_answers_in_sizes(pairs in falling(), log_factor in -8.0..8.0_f64) {
        let factor = log_factor.exp();
        let scaled: Vec<(f64, f64)> = pairs.iter().map(|&(m, e)| (factor * m, e)).collect();
        let before = fit_curve(&curve_through(&pairs), &quick()).unwrap();
        let after = fit_curve(&curve_through(&scaled), &quick()).unwrap();
        let last = pairs[pairs.len() - 1];
        let at = |factor: f64| TrainingSetSize::new(4.0 * factor * last.0).unwrap();
        prop_assert!(is_close(before.predict(at(1.0)), after.predict(at(factor)), 1e-6));
        prop_assert!(is_close(value(&before, "beta_g"), value(&after, "beta_g"), 1e-4));
        let plan = |fit: &CurveFit| fit.plan(0.9 * last.1, &PlanOptions::default()).size;
        if let (Some(before), Some(after)) = (plan(&before), plan(&after)) {
            prop_assert!(is_close(factor * before.get(), after.get(), 1e-2), "{before} {after}");
        }
    }

    #[test]
    fn the_order_of_points_is_irrelevant(pairs in falling(), keys in prop::collection::vec(0_u32.., 12)) {
        let mut shuffled: Vec<_> = pairs.iter().copied().zip(keys).collect();
        shuffled.sort_by_key(|&(_, key)| key);
        let shuffled: Vec<_> = shuffled.into_iter().map(|(pair, _)| pair).collect();
        let before = fit_curve(&curve_through(&pairs), &quick()).unwrap();
        let after = fit_curve(&curve_through(&shuffled), &quick()).unwrap();
        prop_assert_eq!(before.parameters, after.parameters);
    }

    #[test]
    fn a_plan_asks_for_more_data_for_a_harder_target(pairs in falling()) {
        let fit = fit_curve(&curve_through(&pairs), &quick()).unwrap();
        let last = pairs[pairs.len() - 1].1;
        let plans = [0.97, 0.94, 0.9, 0.8].map(|share| fit.plan(share * last, &PlanOptions::default()));
        for pair in plans.windows(2) {
            prop_assert!(pair[0].probability_reached >= pair[1].probability_reached - 1e-9);
            if let (Some(easy), Some(hard)) = (pair[0].size, pair[1].size) {
                prop_assert!(easy <= hard);
            }
        }
    }

    #[test]
    fn nothing_finite_makes_a_panic_or_a_nan(
        points in prop::collection::btree_map(1_u64..0x7FEF_FFFF_FFFF_FFFF, 1_u64..0x7FEF_FFFF_FFFF_FFFF, 1..14)
    ) {
        // Any bits of positive finite numbers, subnormal and huge ones among them.
        let pairs: Vec<(f64, f64)> = points
            .into_iter()
            .map(|(size, error)| (f64::from_bits(size), f64::from_bits(error)))
            .collect();
        check_everything_is_finite(&curve_through(&pairs));
    }

    #[test]
    fn ordinary_numbers_in_any_shape_make_no_nan(
        points in prop::collection::btree_map(1_u32..1_000_000, 1e-6..10.0_f64, 1..14),
        standard_error in prop::option::of(0.0..20.0_f64),
        test_examples in prop::option::of(0_u64..5_000),
    ) {
        let points = points.into_iter().map(|(size, error)| {
            let size = TrainingSetSize::new(f64::from(size)).unwrap();
            CurvePoint { standard_error, test_examples, ..CurvePoint::measured(size, error) }
        });
        check_everything_is_finite(&curve_of(points.collect()));
    }
}

#[test]
fn a_constant_curve_is_fitted_without_a_fall() {
    let pairs: Vec<(f64, f64)> = (1..9).map(|k| (f64::from(k), 0.25)).collect();
    let curve = curve_through(&pairs);
    check_everything_is_finite(&curve);
    let fit = fit_curve(&curve, &FitOptions::default()).unwrap();
    assert!((fit.predict(TrainingSetSize::new(1e5).unwrap()) - 0.25).abs() < 1e-6);
}
