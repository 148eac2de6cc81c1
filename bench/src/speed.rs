//! Prints fits a second of the law with a floor, and the time of whole default forecasts.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin speed [PYTHON]
//! ```
//!
//! With a Python that has scipy, `scipy.optimize.curve_fit` fits the same curves in the same run.

#![expect(clippy::unwrap_used, reason = "a development program: what is missing should stop it")]
#![expect(clippy::disallowed_methods, reason = "a stopwatch reads the clock")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use tenfold_core::law::{CurveFamily, ErrorColumn, FitPoints, PowerLawOffset, PowerTable};
use tenfold_core::stats::random::RandomStream;
use tenfold_core::{
    Aggregate, CurveDescription, CurvePoint, FitOptions, LearningCurve, MetricKind,
    TrainingSetSize, fit_curve,
};

/// Curves, each of ten sizes.
const CURVES: usize = 1_000;

/// Noisy curves: errors, one row a curve.
fn simulated(sizes: &[f64]) -> Vec<Vec<f64>> {
    (0..CURVES)
        .map(|index| {
            let mut stream = RandomStream::new(1, index as u64);
            let exponent = 0.2 + 0.5 * stream.uniform();
            let floor = 0.1 * stream.uniform();
            let power = |size: &f64| 0.9 * (size / 64.0).powf(-exponent) + floor;
            sizes.iter().map(|size| power(size) * (0.02 * stream.normal()).exp()).collect()
        })
        .collect()
}

fn main() {
    let sizes: Vec<f64> = (0..10).map(|k| 64.0 * f64::from(1 << k)).collect();
    let curves = simulated(&sizes);
    let table = PowerTable::new(sizes.iter().map(|size| (size / sizes[9]).ln()).collect());
    let mut column = ErrorColumn::default();
    for (name, steps) in [("to the end", 40), ("as in resamples", 8)] {
        let start = Instant::now();
        let rounds = 100;
        for errors in (0..rounds).flat_map(|_| &curves) {
            column.set(errors.iter().map(|error| error.ln()));
            black_box(PowerLawOffset.fit(&FitPoints::new(&table, &column, 0, steps)));
        }
        let seconds = start.elapsed().as_secs_f64();
        let rate = (rounds * CURVES) as f64 / seconds;
        println!("law with a floor, ten points, {name}: {rate:.0} fits/s on one core");
        if steps == 40 {
            compare(&sizes, &curves, rate);
        }
    }
    let start = Instant::now();
    for errors in &curves {
        let fit = fit_curve(&curve(&sizes, errors), &FitOptions::default()).unwrap();
        black_box(fit.forecast(TrainingSetSize::new(10.0 * sizes[9]).unwrap()));
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("default forecast with intervals, {CURVES} curves: {seconds:.2} s on one core");
}

fn curve(sizes: &[f64], errors: &[f64]) -> LearningCurve {
    let points = sizes.iter().zip(errors);
    let points = points
        .map(|(&size, &error)| CurvePoint::measured(TrainingSetSize::new(size).unwrap(), error));
    let description = CurveDescription {
        name: "simulated".to_owned(),
        metric: MetricKind::ErrorRate,
        aggregate: Aggregate::Mean,
        best_guess: None,
    };
    LearningCurve::new(description, points.collect()).unwrap()
}

/// Fits a second of scipy on the first 200 curves, if there is a Python to ask.
fn compare(sizes: &[f64], curves: &[Vec<f64>], ours: f64) {
    let Some(python) = std::env::args().nth(1) else { return };
    let mut data = format!("{sizes:?}\n");
    for errors in &curves[..200] {
        writeln!(data, "{errors:?}").unwrap();
    }
    let path = std::env::temp_dir().join(format!("tenfold-bench-{}.txt", std::process::id()));
    std::fs::write(&path, data).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/scipy_speed.py");
    let output = std::process::Command::new(python).arg(script).arg(&path).output().unwrap();
    std::fs::remove_file(&path).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    match text.trim().parse::<f64>() {
        Ok(theirs) => println!("scipy curve_fit: {theirs:.0} fits/s, ratio {:.0}", ours / theirs),
        Err(_) => println!("scipy did not run: {}", String::from_utf8_lossy(&output.stderr)),
    }
}
