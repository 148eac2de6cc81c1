//! A later measurement compared with its forecast.

use tenfold_core::check::{CheckFinding, Side, test_set_variance};
use tenfold_core::stats::normal;
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    ConfidenceLevel, CurveDescription, CurveFit, FitOptions, LearningCurve, MetricKind, fit_curve,
};

use crate::simulated::{Truth, description, noisy, size};

const TRUTH: Truth = Truth { alpha: 3.0, beta_g: -0.35, gamma: 0.02 };

fn fitted() -> CurveFit {
    let noisy = noisy(TRUTH, 9, 0.02, &mut RandomStream::new(5, 0));
    let description = CurveDescription { metric: MetricKind::ErrorRate, ..description() };
    let curve = LearningCurve::new(description, noisy.points().to_vec()).unwrap();
    fit_curve(&curve, &FitOptions::default()).unwrap()
}

#[test]
fn a_measurement_is_inside_or_out_by_a_factor_of_the_nearer_end() {
    let fit = fitted();
    let at = size(100_000.0);
    let forecast = fit.forecast(at);
    let (inner, outer) = (forecast.interval_80, forecast.interval_95);
    let found = |error: f64| fit.check(at, error, 0.0).finding;
    for error in [inner.low, forecast.error, inner.high] {
        assert_eq!(found(error), CheckFinding::Inside(ConfidenceLevel::P80));
    }
    for error in [outer.low, 0.5 * (inner.high + outer.high), outer.high] {
        assert_eq!(found(error), CheckFinding::Inside(ConfidenceLevel::P95));
    }
    for (error, expected) in [(1.5 * outer.high, Side::Above), (outer.low / 1.5, Side::Below)] {
        let CheckFinding::Outside { side, factor } = found(error) else {
            unreachable!("{error} is outside {outer:?}")
        };
        assert_eq!(side, expected);
        assert!((factor - 1.5).abs() < 1e-12, "{factor}");
    }
    let check = fit.check(at, 2.0 * forecast.error, 0.0);
    assert!((check.factor - 2.0).abs() < 1e-12);
    assert_eq!(check.forecast, forecast, "without more noise the forecast is as it was");
}

#[test]
fn noise_of_the_measurement_adds_to_the_intervals_as_independent_noise_does() {
    let fit = fitted();
    let at = size(100_000.0);
    let before = fit.forecast(at);
    let variance = 0.04;
    let after = fit.check(at, before.error, variance).forecast;
    assert_eq!(after.error.to_bits(), before.error.to_bits());
    for (level, before_end, after_end) in [
        (ConfidenceLevel::P80, before.interval_80.high, after.interval_80.high),
        (ConfidenceLevel::P95, before.interval_95.high, after.interval_95.high),
        (ConfidenceLevel::P80, before.interval_80.low, after.interval_80.low),
        (ConfidenceLevel::P95, before.interval_95.low, after.interval_95.low),
    ] {
        let half = |end: f64| (end / before.error).ln().abs();
        let added = normal::quantile(0.5 + 0.5 * level.coverage()) * 0.2;
        let expected = (half(before_end).powi(2) + added.powi(2)).sqrt();
        assert!((half(after_end) - expected).abs() < 1e-9, "{level:?}");
    }
    let huge = fit.check(at, before.error, 1e6).forecast.interval_95;
    assert!(huge.low > 0.0 && huge.high <= 1.0, "an error rate stays one: {huge:?}");
}

#[test]
fn the_noise_of_a_test_set_is_the_binomial_one() {
    // sqrt(.1 · .9 / 1,000) = .009487, a share .09487 of .1.
    assert!((test_set_variance(0.1, 1_000) - 0.094_868_f64.powi(2)).abs() < 1e-7);
    assert!(test_set_variance(1.0, 10).abs() < 1e-15);
    assert!(test_set_variance(0.0, 10).is_finite());
}
