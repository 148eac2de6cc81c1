//! A fit is the same to the last bit, wherever it is made and in whatever order its points come.

use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    CurveFit, FitOptions, LearningCurve, PlanOptions, Replicate, TrainingSetSize, fit_curve,
};

use crate::simulated::{Truth, curve_of, scored, size};

const TRUTH: Truth = Truth { alpha: 4.0, beta_g: -0.4, gamma: 0.05 };

/// All results of a fit, as text with all digits.
fn everything(fit: &CurveFit) -> String {
    let at = size(1e6);
    format!("{fit:?} {:?} {:?}", fit.forecast(at), fit.plan(0.06, &PlanOptions::default()))
}

#[test]
fn threads_do_not_change_a_bit() {
    let curve = scored(TRUTH, 7, 3, 300, &mut RandomStream::new(1, 0));
    let here = everything(&fit_curve(&curve, &FitOptions::default()).unwrap());
    let there: Vec<String> = std::thread::scope(|scope| {
        let fit = || everything(&fit_curve(&curve, &FitOptions::default()).unwrap());
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(fit)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(there.iter().all(|text| *text == here));
}

#[test]
fn the_order_of_points_and_replicates_does_not_matter() {
    let curve = scored(TRUTH, 7, 3, 300, &mut RandomStream::new(2, 0));
    let mut points = curve.points().to_vec();
    points.reverse();
    for point in &mut points {
        point.replicates.reverse();
    }
    let mut description = crate::simulated::description();
    description.metric = curve.metric();
    let reversed = LearningCurve::new(description, points).unwrap();
    let fit =
        |curve: &LearningCurve| everything(&fit_curve(curve, &FitOptions::default()).unwrap());
    assert_eq!(fit(&curve), fit(&reversed));
}

#[test]
fn replicates_without_outcomes_are_columns_too() {
    let mut stream = RandomStream::new(4, 0);
    let mut points = scored(TRUTH, 7, 3, 300, &mut stream).points().to_vec();
    for replicate in points.iter_mut().flat_map(|point| &mut point.replicates) {
        replicate.outcomes = None;
    }
    let fit = fit_curve(&curve_of(points), &FitOptions::default()).unwrap();
    let beta_g = fit.parameter("beta_g").unwrap().estimate;
    assert!(beta_g.interval_95.low < beta_g.interval_95.high);
}

#[test]
fn one_run_without_outcomes_hides_no_noise_of_the_test_examples() {
    let mut stream = RandomStream::new(4, 0);
    let scored = scored(TRUTH, 7, 3, 300, &mut stream);
    let mut points = scored.points().to_vec();
    // Add a run from elsewhere that measured the same error.
    let (size, error) = (points[0].size, points[0].error());
    points[0].replicates.push(Replicate { seed: 99, error, outcomes: None });
    let width = |curve: &LearningCurve| {
        let fit = fit_curve(curve, &FitOptions::default()).unwrap();
        let far = fit.forecast(TrainingSetSize::new(200.0 * size.get()).unwrap());
        (far.interval_95.high / far.interval_95.low).ln()
    };
    let (before, after) = (width(&scored), width(&curve_of(points)));
    // Without the part of the noise that the test examples cause, the width fell to 0.84 of it on a
    // small study.
    assert!(after > 0.93 * before, "95% interval of log width {before}, then {after}");
}
