//! Each warning is given where it should be, and not on a clean curve.

use tenfold_core::stats::random::RandomStream;
use tenfold_core::{CurvePoint, FitOptions, LearningCurve, fit_curve};

use crate::simulated::{Truth, curve_of, curve_through, doublings, exact, noisy, scored, size};

const TRUTH: Truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 };

fn warnings_of(curve: &LearningCurve) -> Vec<&'static str> {
    let fit = fit_curve(curve, &FitOptions::default()).unwrap();
    fit.warnings.iter().map(|warning| warning.kind().name()).collect()
}

fn check_warns(curve: &LearningCurve, kind: &str) {
    let found = warnings_of(curve);
    assert!(found.contains(&kind), "{found:?}");
}

#[test]
fn a_clean_curve_with_known_noise_has_no_warning() {
    let points = doublings(10).into_iter().map(|m| {
        let error = TRUTH.error(m);
        CurvePoint { standard_error: Some(0.001 * error), ..CurvePoint::measured(size(m), error) }
    });
    assert_eq!(warnings_of(&curve_of(points.collect())), Vec::<&str>::new());
}

#[test]
fn few_sizes_are_said() {
    check_warns(&exact(TRUTH, 2), "few-sizes");
    check_warns(&exact(TRUTH, 4), "few-sizes");
    assert!(!warnings_of(&exact(TRUTH, 5)).contains(&"few-sizes"));
}

#[test]
fn an_unseen_floor_is_said() {
    check_warns(&exact(Truth { gamma: 0.0, ..TRUTH }, 8), "floor-not-identified");
}

#[test]
fn one_run_a_size_is_said() {
    check_warns(&exact(TRUTH, 8), "seed-noise-unknown");
    let repeated = scored(TRUTH, 6, 3, 2_000, &mut RandomStream::new(1, 0));
    assert!(!warnings_of(&repeated).contains(&"seed-noise-unknown"));
}

#[test]
fn a_rise_beyond_noise_is_said_and_widens_the_forecast() {
    let bump = |height: f64| {
        let pairs: Vec<(f64, f64)> = doublings(10)
            .into_iter()
            .enumerate()
            .map(|(k, m)| (m, TRUTH.error(m) * if k == 5 { height } else { 1.0 }))
            .collect();
        curve_through(&pairs)
    };
    check_warns(&bump(1.8), "not-monotone");
    let fit = |height| fit_curve(&bump(height), &FitOptions::default()).unwrap();
    let width = |height| {
        let interval = fit(height).forecast(size(1e6)).interval_80;
        (interval.high / interval.low).ln()
    };
    assert!(fit(1.0).monotone && !fit(1.8).monotone);
    assert!(width(1.8) > 1.5 * width(1.0), "{} {}", width(1.8), width(1.0));
}

#[test]
fn noise_alone_is_no_rise() {
    let flat = Truth { alpha: 0.02, beta_g: -0.1, gamma: 0.3 };
    for (count, noise) in [(6, 0.03), (8, 0.03), (10, 0.03), (10, 0.1), (14, 0.03)] {
        let false_alarms = (0..400)
            .filter(|&index| {
                let curve = noisy(flat, count, noise, &mut RandomStream::new(2, index));
                !fit_curve(&curve, &FitOptions::default()).unwrap().monotone
            })
            .count();
        // Nearly flat curves are the worst case; 5 % of them may be called non-monotone.
        assert!(false_alarms <= 20, "{count} sizes, noise {noise}: {false_alarms} of 400");
    }
}

/// Ten sizes, 2 % noise, one run each; from the fourth on the log error is lifted by `shares` of the
/// logarithm of `height`.
fn double_descent(shares: &[f64], height: f64, index: u64) -> LearningCurve {
    let mut stream = RandomStream::new(5, index);
    let truth = Truth { alpha: 3.0, beta_g: -0.3, gamma: 0.02 };
    let pairs: Vec<(f64, f64)> = doublings(10)
        .into_iter()
        .enumerate()
        .map(|(k, m)| {
            let share = k.checked_sub(3).and_then(|at| shares.get(at)).unwrap_or(&0.0);
            (m, truth.error(m) * (share * height.ln() + 0.02 * stream.normal()).exp())
        })
        .collect();
    curve_through(&pairs)
}

#[test]
fn a_bump_of_single_runs_is_found() {
    let found = |shares: &[f64], height: f64| {
        let is_found = |&index: &u64| {
            !fit_curve(&double_descent(shares, height, index), &FitOptions::default())
                .unwrap()
                .monotone
        };
        (0..200).filter(is_found).count()
    };
    // The rise is half of the bump's height, some 30 % of the error, against 2 % of noise.
    for (shares, height) in [(&[1.0][..], 1.8), (&[0.5, 1.0, 0.5][..], 3.0)] {
        let count = found(shares, height);
        assert!(count >= 180, "{shares:?}: {count} of 200");
    }
    assert!(found(&[], 1.0) <= 4, "{} of 200", found(&[], 1.0));
}

#[test]
fn a_flat_curve_is_said() {
    let pairs: Vec<(f64, f64)> = doublings(8).into_iter().map(|m| (m, 0.3)).collect();
    check_warns(&curve_through(&pairs), "flat");
    assert!(!warnings_of(&exact(TRUTH, 8)).contains(&"flat"));
}

#[test]
fn a_test_set_too_small_for_the_next_doubling_is_said() {
    // The next doubling lowers 0.122 by 5 %; 300 examples resolve 15 %, 300,000 resolve 0.5 %.
    let on = |examples| {
        let truth = Truth { alpha: 1.0, beta_g: -0.3, gamma: 0.05 };
        let points = doublings(8).into_iter().map(|m| CurvePoint {
            test_examples: Some(examples),
            ..CurvePoint::measured(size(m), truth.error(m))
        });
        let mut description = crate::simulated::description();
        description.metric = tenfold_core::MetricKind::ErrorRate;
        LearningCurve::new(description, points.collect()).unwrap()
    };
    check_warns(&on(300), "validation-too-small");
    assert!(!warnings_of(&on(300_000)).contains(&"validation-too-small"));
}

#[test]
fn the_distance_of_a_forecast_is_the_ratio_of_sizes_to_the_last_digit() {
    let fit = fit_curve(
        &exact(Truth { alpha: 1.0, beta_g: -0.3, gamma: 0.05 }, 8),
        &FitOptions::default(),
    );
    let fit = fit.unwrap();
    for times in [2.0, 4.0, 10.0, 0.5] {
        let found = fit.forecast(size(times * 8_192.0)).times_beyond_data;
        assert_eq!(found.to_bits(), f64::to_bits(times), "{found}");
    }
}
