//! Exact laws are recovered, and too few sizes are reported.

use tenfold_core::law::{CurveFamily, FAMILIES, family_by_name};
use tenfold_core::{CurveFit, FitError, FitOptions, fit_curve};

use crate::all_families::typical;
use crate::simulated::{Truth, curve_through, doublings, exact, size};

/// Largest relative miss of a forecast of an exact law at twice and ten times the data.
type Tolerances = [f64; 2];

fn check_recovers(truth: Truth, count: u32, tolerances: Tolerances) {
    let curve = exact(truth, count);
    let fit = fit_curve(&curve, &FitOptions::default()).unwrap();
    for (name, value) in [("alpha", truth.alpha), ("beta_g", truth.beta_g), ("gamma", truth.gamma)]
    {
        let estimate = fit.parameter(name).unwrap().estimate;
        assert!(estimate.interval_95.contains(value), "{name}: {estimate:?} for {truth:?}");
    }
    for (times, tolerance) in [2.0, 10.0].into_iter().zip(tolerances) {
        let at = size(times * curve.largest_size().get());
        let ratio = fit.predict(at) / truth.error(at.get());
        assert!((ratio - 1.0).abs() < tolerance, "{times} times beyond: {ratio} for {truth:?}");
        assert!(fit.forecast(at).interval_80.contains(truth.error(at.get())), "{truth:?}");
    }
}

#[test]
fn exact_laws_are_recovered() {
    // Cells of laws are halved until one holds a tenth of the probability: parameters to about a percent, and
    // forecasts, which average them, to a thousandth.
    let close = [0.002, 0.005];
    check_recovers(Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 }, 8, close);
    check_recovers(Truth { alpha: 2.0, beta_g: -0.07, gamma: 0.0 }, 10, close);
    check_recovers(Truth { alpha: 300.0, beta_g: -1.2, gamma: 0.4 }, 7, close);
    // A floor that six sizes do not determine, and a curve of four sizes, leave room for other
    // laws.
    check_recovers(Truth { alpha: 0.9, beta_g: -0.35, gamma: 0.02 }, 6, [0.01, 0.05]);
    check_recovers(Truth { alpha: 5.0, beta_g: -0.3, gamma: 0.0 }, 4, [0.01, 0.03]);
}

/// Largest relative miss at ten times the data of a curve that is held to its own law, over nine sizes.
fn tolerance_of(family: &dyn CurveFamily) -> f64 {
    match family.name() {
        // There the error above the floor has fallen to a hundred-thousandth, so only the floor
        // counts, and nine sizes determine it to a few percent.
        "exponential" => 0.1,
        // The floors of these laws trade off with exponents, or with the way the curve leaves
        // guessing.
        "power-law-offset" | "m4" | "bounded-rational" | "broken-power-law" => 0.03,
        _ => 0.01,
    }
}

#[test]
fn a_curve_held_to_its_own_law_is_forecast_by_it() {
    for family in FAMILIES {
        let parameters = typical(*family);
        let sizes = doublings(9);
        let largest = sizes[8];
        let error = |m: f64| family.predict(&parameters, m / largest);
        let pairs: Vec<(f64, f64)> = sizes.iter().map(|&m| (m, error(m))).collect();
        let options = FitOptions { law: Some(*family), ..FitOptions::default() };
        let fit = fit_curve(&curve_through(&pairs), &options).unwrap();
        assert_eq!((fit.law, fit.parameters.len()), (family.name(), parameters.len()));
        let at = 10.0 * largest;
        let ratio = fit.predict(size(at)) / error(at);
        assert!((ratio - 1.0).abs() < tolerance_of(*family), "{}: {ratio}", family.name());
        assert!(fit.forecast(size(at)).interval_95.contains(error(at)), "{}", family.name());
    }
}

#[test]
fn an_exact_floor_is_identified_and_its_absence_is_not() {
    let with = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 };
    assert!(fit_curve(&exact(with, 8), &FitOptions::default()).unwrap().floor_identified);
    let without = Truth { gamma: 0.0, ..with };
    let fit = fit_curve(&exact(without, 8), &FitOptions::default()).unwrap();
    assert!(!fit.floor_identified);
    assert!(fit.regions.irreducible_begins.is_none());
}

#[test]
fn no_forecast_of_an_exact_law_lies_below_its_floor() {
    for (truth, count) in [
        (Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 }, 8),
        (Truth { alpha: 300.0, beta_g: -1.2, gamma: 0.4 }, 7),
    ] {
        let fit = fit_curve(&exact(truth, count), &FitOptions::default()).unwrap();
        let gamma = fit.parameter("gamma").unwrap().estimate;
        for examples in [1e4, 1e5, 1e6, 1e8] {
            let error = fit.predict(size(examples));
            // At a million times the data, error and floor agree, up to what a curve may deviate
            // from its law.
            assert!(gamma.value <= error * 1.001, "{gamma:?} {examples}: {error}");
        }
    }
}

#[test]
fn the_irreducible_region_begins_where_the_floor_is_half_the_error() {
    let truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 };
    let fit = fit_curve(&exact(truth, 8), &FitOptions::default()).unwrap();
    // 8 m^-0.5 = 0.1 at m = 6,400.
    let begins = fit.regions.irreducible_begins.unwrap();
    assert!((begins.value / 6_400.0 - 1.0).abs() < 0.03, "{begins:?}");
    assert!(begins.interval_80.contains(6_400.0), "{begins:?}");
}

#[test]
fn the_small_data_region_is_left_out() {
    let truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.0 };
    // Guessing at 0.9 below 512 examples, the power law from there on: 8 / sqrt(512) = 0.354.
    let pairs: Vec<(f64, f64)> = (0..10)
        .map(|k| 16.0 * f64::from(1 << k))
        .map(|m| (m, if m < 500.0 { 0.9 - 1e-5 * m } else { truth.error(m) }))
        .collect();
    let fit = fit_curve(&curve_through(&pairs), &FitOptions::default()).unwrap();
    let ends = fit.regions.small_data_ends.unwrap();
    // The end of a region can be determined to about a doubling.
    assert!((256.0..1_024.0).contains(&ends.value.round()), "{ends:?}");
    assert!([size(512.0), size(1_024.0)].contains(&fit.sizes_used[0]), "{:?}", fit.sizes_used);
    let beta_g = fit.parameter("beta_g").unwrap().estimate;
    assert!(beta_g.interval_80.contains(-0.5) && (beta_g.value + 0.5).abs() < 0.05, "{beta_g:?}");
    // With the flat start the slope would look like -.3, and the error at ten times the data twice as high.
    let ratio = fit.predict(size(81_920.0)) / truth.error(81_920.0);
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
}

#[test]
fn too_few_sizes_for_a_law_are_said_with_both_numbers() {
    let two = curve_through(&[(64.0, 0.5), (128.0, 0.4)]);
    let law = family_by_name("power-law-offset");
    let error = fit_curve(&two, &FitOptions { law, ..FitOptions::default() }).unwrap_err();
    assert_eq!(error, FitError::TooFewSizes { sizes: 2, parameters: 3 });
    assert_eq!(
        error.to_string(),
        "3 parameters need as many distinct training-set sizes, the curve has 2"
    );
    assert!(fit_curve(&two, &FitOptions::default()).is_ok());
}

/// Log widths of the 80 % intervals at twice, ten times and a hundred times the data.
fn widths(fit: &CurveFit, largest: f64) -> [f64; 3] {
    [2.0, 10.0, 100.0].map(|times| {
        let interval = fit.forecast(size(times * largest)).interval_80;
        (interval.high / interval.low).ln()
    })
}

#[test]
fn one_size_has_the_answer_of_the_prior() {
    let fit = fit_curve(&curve_through(&[(64.0, 0.5)]), &FitOptions::default()).unwrap();
    assert!((fit.predict(size(64.0)) / 0.5 - 1.0).abs() < 0.01);
    let errors = [2.0, 10.0, 100.0].map(|times| fit.predict(size(64.0 * times)));
    // Curves usually fall, and hardly any falls by a larger factor than its size grows.
    assert!(errors.is_sorted_by(|a, b| a > b) && errors[0] < 0.5 && errors[1] > 0.05, "{errors:?}");
    let widths = widths(&fit, 64.0);
    assert!(widths.is_sorted_by(|a, b| a < b) && widths[1] > 0.2, "{widths:?}");
    assert!(!fit.floor_identified && fit.regions.small_data_ends.is_none());
    // The only measurement sets the level, so the forecast is the same in other units.
    let other = fit_curve(&curve_through(&[(7e5, 0.02)]), &FitOptions::default()).unwrap();
    for times in [2.0, 10.0, 100.0] {
        let [ours, theirs] = [(&fit, 64.0, 0.5), (&other, 7e5, 0.02)]
            .map(|(fit, m, error)| fit.predict(size(times * m)) / error);
        assert!((ours / theirs - 1.0).abs() < 1e-6, "{times}: {ours} {theirs}");
    }
}

#[test]
fn two_sizes_are_continued_between_flat_and_straight() {
    let fit = fit_curve(&curve_through(&[(100.0, 0.4), (400.0, 0.2)]), &FitOptions::default());
    let fit = fit.unwrap();
    for times in [2.0, 10.0] {
        let straight = 0.2 * f64::powf(times, -0.5);
        let forecast = fit.forecast(size(400.0 * times));
        assert!((straight..0.2).contains(&forecast.error), "{times}: {forecast:?}");
        assert!(forecast.interval_95.contains(straight) && forecast.interval_95.contains(0.2));
    }
}

#[test]
fn more_sizes_of_one_law_tell_more() {
    let truth = Truth { alpha: 8.0, beta_g: -0.5, gamma: 0.1 };
    let width = |count: u32| {
        let curve = exact(truth, count);
        let fit = fit_curve(&curve, &FitOptions::default()).unwrap();
        widths(&fit, curve.largest_size().get())[1]
    };
    let found = [2, 3, 5, 8].map(width);
    assert!(found.is_sorted_by(|a, b| a > b), "{found:?}");
}
