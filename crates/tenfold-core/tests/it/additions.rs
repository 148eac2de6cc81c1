//! A law and a metric defined outside the crate: no other code has to know them.

use tenfold_core::law::{FitPoints, Fitted, MAX_PARAMETERS, ParameterRole, Parameters, Units};
use tenfold_core::metric::LogSlope;
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Aggregate, CurveDescription, CurveError, CurveFamily, CurvePoint, FitOptions, LearningCurve,
    MetricKind, Outcomes, Replicate, fit_curve,
};

use crate::simulated::{curve_through, description, doublings, size};

/// `alpha * half / (m + half)`: at `half` examples half of the error without data is left.
#[derive(Debug)]
struct Hyperbola;

fn parameters(alpha: f64, half: f64) -> Parameters {
    let mut parameters = [0.0; MAX_PARAMETERS];
    parameters[..2].copy_from_slice(&[alpha, half]);
    parameters
}

impl CurveFamily for Hyperbola {
    fn name(&self) -> &'static str {
        "hyperbola"
    }

    fn parameter_names(&self) -> &'static [&'static str] {
        &["alpha", "half"]
    }

    fn formula(&self) -> &'static str {
        "error = alpha * half / (m + half)"
    }

    fn parameter_with(&self, _role: ParameterRole) -> Option<&'static str> {
        None
    }

    fn predict(&self, parameters: &[f64], size: f64) -> f64 {
        parameters[0] * parameters[1] / (size + parameters[1])
    }

    fn gradient(&self, parameters: &[f64], size: f64, gradient: &mut [f64]) {
        let [alpha, half] = [parameters[0], parameters[1]];
        gradient[0] = half / (size + half);
        gradient[1] = alpha * size / (size + half).powi(2);
    }

    fn fit(&self, points: &FitPoints<'_>) -> Fitted {
        let sizes: Vec<f64> = points.log_sizes().iter().map(|log| log.exp()).collect();
        let count = sizes.len() as f64;
        // For each half-way size the best scale has a closed form: the mean log distance.
        let with = |half: f64| {
            let distances: Vec<f64> = sizes
                .iter()
                .zip(points.log_errors())
                .map(|(size, log_error)| log_error - (half / (size + half)).ln())
                .collect();
            let scale = distances.iter().sum::<f64>() / count;
            let squares = distances.iter().map(|distance| (distance - scale).powi(2)).sum();
            Fitted { parameters: parameters(scale.exp(), half), sum_of_squares: squares }
        };
        let (smallest, largest) = (sizes[0], sizes[sizes.len() - 1]);
        let grid = (0..=4000).map(|step| {
            with(1e-3 * smallest * (1e6 * largest / smallest).powf(f64::from(step) / 4000.0))
        });
        let better = |a: Fitted, b: Fitted| if b.sum_of_squares < a.sum_of_squares { b } else { a };
        grid.reduce(better).unwrap()
    }

    fn rescale(&self, from: &Parameters, units: Units) -> Parameters {
        parameters(from[0] * units.log_error.exp(), from[1] * units.log_size.exp())
    }

    fn floor(&self, _parameters: &[f64]) -> f64 {
        0.0
    }

    fn floor_dominates_from(&self, _parameters: &[f64]) -> Option<f64> {
        None
    }
}

#[test]
fn a_law_of_ones_own_is_fitted_and_forecasts() {
    let truth = parameters(0.8, 3_000.0);
    let exact = |m: f64| Hyperbola.predict(&truth, m);
    let pairs: Vec<(f64, f64)> = doublings(9).iter().map(|&m| (m, exact(m))).collect();
    let curve = curve_through(&pairs);
    let options = FitOptions { law: Some(&Hyperbola), ..FitOptions::default() };
    let fit = fit_curve(&curve, &options).unwrap();
    assert_eq!((fit.law, fit.formula()), ("hyperbola", "error = alpha * half / (m + half)"));
    let half = fit.parameters.iter().find(|parameter| parameter.name == "half").unwrap();
    // Steps of the grid are 0.7 % apart.
    assert!((half.estimate.value / 3_000.0 - 1.0).abs() < 0.02, "{half:?}");
    let far = size(8.0 * 16_384.0);
    let forecast = fit.forecast(far).error;
    assert!((forecast / exact(far.get()) - 1.0).abs() < 0.05, "{forecast}, {}", exact(far.get()));
}

/// One minus F1, from right, wrong and missed hits of each document.
const F1_ERROR: Aggregate = Aggregate {
    name: "f1-error",
    width: 3,
    error: |means, _| (means[1] + means[2]) / (2.0 * means[0] + means[1] + means[2]),
    slope: |means, _| {
        let (wrong, all) = (means[1] + means[2], 2.0 * means[0] + means[1] + means[2]);
        let ratio = wrong / all;
        LogSlope {
            weights: vec![-2.0 * ratio, 1.0 - ratio, 1.0 - ratio],
            divisor: wrong,
            scale: 1.0,
        }
    },
    units: |means| means[0] + means[2],
};

/// A curve of F1 errors of one model, `times` the usual, on 500 documents of different lengths.
fn documents(times: f64, stream: &mut RandomStream) -> LearningCurve {
    let hits: Vec<f64> = (0..500).map(|_| (1.0 + 20.0 * stream.uniform()).round()).collect();
    let points = doublings(6).into_iter().map(|m| {
        let rate = times * 2.0 * m.powf(-0.4);
        let rows = hits.iter().flat_map(|hits| {
            let wrong = (hits * rate * (0.6 * stream.normal()).exp()).min(*hits).round();
            [hits - wrong, wrong, wrong].map(|number| number as f32)
        });
        let outcomes = Outcomes::new(3, rows.collect::<Vec<f32>>()).unwrap();
        let error = outcomes.error(F1_ERROR);
        let mut point = CurvePoint::measured(size(m), error);
        point.replicates = vec![Replicate { seed: 0, error, outcomes: Some(outcomes) }];
        point
    });
    let description = CurveDescription {
        name: format!("times {times}"),
        metric: MetricKind::ErrorRate,
        aggregate: F1_ERROR,
        best_guess: None,
    };
    LearningCurve::new(description, points.collect()).unwrap()
}

#[test]
fn a_metric_of_ones_own_has_an_error_and_a_noise() {
    let curve = documents(1.0, &mut RandomStream::new(8, 0));
    let fit = fit_curve(&curve, &FitOptions::default()).unwrap();
    let last = curve.points().last().unwrap();
    let outcomes = last.replicates[0].outcomes.as_ref().unwrap();
    assert_eq!(outcomes.examples(), 500);
    assert!((outcomes.error(F1_ERROR) - last.error()).abs() < 1e-12);
    assert!(fit.forecast(size(16_384.0)).error < last.error());
}

#[test]
fn outcomes_of_another_metric_are_refused() {
    let curve = documents(1.0, &mut RandomStream::new(8, 0));
    let error = LearningCurve::new(description(), curve.points().to_vec()).unwrap_err();
    let expected =
        CurveError::OtherStatistics { size: 64.0, seed: 0, found: 3, aggregate: "mean", needed: 1 };
    assert_eq!(error, expected);
}
