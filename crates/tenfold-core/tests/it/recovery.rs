//! Exact laws are recovered, and too few sizes are said.

use tenfold_core::law::family_by_name;
use tenfold_core::{FitError, FitOptions, fit_curve};

use crate::simulated::{Truth, curve_through, exact, quick, size};

fn check_recovers(truth: Truth, count: u32) {
    let fit = fit_curve(&exact(truth, count), &quick()).unwrap();
    for (name, value) in [("alpha", truth.alpha), ("beta_g", truth.beta_g), ("gamma", truth.gamma)]
    {
        let found = fit.parameter(name).unwrap().estimate.value;
        // The search resolves the exponent to 1e-8; alpha and gamma inherit the error of the powers.
        assert!(
            (found - value).abs() < 1e-5 * (1.0 + value.abs()),
            "{name}: {found} for {truth:?}"
        );
    }
    for times in [2.0, 10.0, 100.0] {
        let at = size(times * 64.0 * f64::from(1_u32 << (count - 1)));
        let ratio = fit.predict(at) / truth.error(at.get());
        assert!((ratio - 1.0).abs() < 1e-5, "{times} times beyond: {ratio} for {truth:?}");
    }
}

#[test]
fn exact_laws_are_recovered() {
    check_recovers(Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 }, 8);
    check_recovers(Truth { alpha: 2.0, beta_g: -0.07, gamma: 0.0 }, 10);
    check_recovers(Truth { alpha: 0.9, beta_g: -0.35, gamma: 0.02 }, 6);
    check_recovers(Truth { alpha: 300.0, beta_g: -1.2, gamma: 0.4 }, 7);
    check_recovers(Truth { alpha: 5.0, beta_g: -0.3, gamma: 0.0 }, 4);
}

#[test]
fn an_exact_floor_is_identified_and_its_absence_is_not() {
    let with = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 };
    assert!(fit_curve(&exact(with, 8), &quick()).unwrap().floor_identified);
    let without = Truth { gamma: 0.0, ..with };
    let fit = fit_curve(&exact(without, 8), &quick()).unwrap();
    assert!(!fit.floor_identified);
    assert!(fit.regions.irreducible_begins.is_none());
}

#[test]
fn the_irreducible_region_begins_where_the_floor_is_half_the_error() {
    let truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 };
    let fit = fit_curve(&exact(truth, 8), &quick()).unwrap();
    // 8 m^-0.5 = 0.1 at m = 6,400.
    let begins = fit.regions.irreducible_begins.unwrap();
    assert!((begins.value / 6_400.0 - 1.0).abs() < 1e-4, "{begins:?}");
}

#[test]
fn the_small_data_region_is_left_out() {
    let truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.0 };
    // Guessing at 0.9 below 512 examples, the power law from there on: 8 / sqrt(512) = 0.354.
    let pairs: Vec<(f64, f64)> = (0..10)
        .map(|k| 16.0 * f64::from(1 << k))
        .map(|m| (m, if m < 500.0 { 0.9 - 1e-5 * m } else { truth.error(m) }))
        .collect();
    let fit = fit_curve(&curve_through(&pairs), &quick()).unwrap();
    let ends = fit.regions.small_data_ends.unwrap();
    assert!((256.0..=512.0).contains(&ends.value), "{ends:?}");
    assert_eq!(fit.sizes_used[0], size(512.0));
    assert!((fit.parameter("beta_g").unwrap().estimate.value + 0.5).abs() < 1e-4);
}

#[test]
fn too_few_sizes_are_said_with_both_numbers() {
    let one = curve_through(&[(64.0, 0.5)]);
    let error = fit_curve(&one, &FitOptions::default()).unwrap_err();
    assert_eq!(error, FitError::TooFewSizes { sizes: 1, parameters: 2 });
    assert_eq!(
        error.to_string(),
        "2 parameters need as many distinct training-set sizes, the curve has 1"
    );
    let two = curve_through(&[(64.0, 0.5), (128.0, 0.4)]);
    let law = family_by_name("power-law-offset");
    let error = fit_curve(&two, &FitOptions { law, ..FitOptions::default() }).unwrap_err();
    assert_eq!(error, FitError::TooFewSizes { sizes: 2, parameters: 3 });
}

#[test]
fn two_sizes_fall_back_to_the_law_without_a_floor() {
    let fit = fit_curve(&curve_through(&[(100.0, 0.4), (400.0, 0.2)]), &quick()).unwrap();
    assert_eq!(fit.law, "power-law");
    assert!((fit.parameter("beta_g").unwrap().estimate.value + 0.5).abs() < 1e-12);
    assert!(fit.parameter("gamma").is_none());
}
