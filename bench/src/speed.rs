//! Prints fits a second of the law with a floor, and the time of whole default forecasts.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin speed [PYTHON]
//! ```
//!
//! With a Python that has scipy, `scipy.optimize.curve_fit` and L-BFGS with a Huber loss on log errors
//! fit the same curves in the same run. Times are medians of seconds on a core, as Linux
//! counts them.

#![expect(clippy::unwrap_used, reason = "a development program: what is missing should stop it")]
#![expect(clippy::disallowed_methods, reason = "a development program starts another")]

use std::fmt::Write as _;
use std::hint::black_box;

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

/// Rounds of a timing; the median is reported.
const ROUNDS: usize = 9;

/// Seconds that this thread has been on a core, so that time a shared machine gives to others does
/// not count.
fn seconds_on_core() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9
}

/// Median seconds of `ROUNDS` runs of `work`.
fn median_seconds(mut work: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = seconds_on_core();
            work();
            seconds_on_core() - start
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[ROUNDS / 2]
}

fn main() {
    let sizes: Vec<f64> = (0..10).map(|k| 64.0 * f64::from(1 << k)).collect();
    let curves = simulated(&sizes);
    let table = PowerTable::new(sizes.iter().map(|size| (size / sizes[9]).ln()).collect());
    let mut column = ErrorColumn::default();
    for (name, steps) in [("to the end", 40), ("as in resamples", 8)] {
        let seconds = median_seconds(|| {
            for errors in (0..10).flat_map(|_| &curves) {
                column.set(errors.iter().map(|error| error.ln()));
                black_box(PowerLawOffset.fit(&FitPoints::new(&table, &column, 0, steps)));
            }
        });
        let rate = (10 * CURVES) as f64 / seconds;
        println!("law with a floor, ten points, {name}: {rate:.0} fits/s on one core");
        if steps == 40 {
            compare(&sizes, &curves, rate);
        }
    }
    resamples(&curves, &table);
    let seconds = median_seconds(|| {
        for errors in &curves {
            let fit = fit_curve(&curve(&sizes, errors), &FitOptions::default()).unwrap();
            black_box(fit.forecast(TrainingSetSize::new(10.0 * sizes[9]).unwrap()));
        }
    });
    println!("default forecast with intervals, {CURVES} curves: {seconds:.2} s on one core");
}

/// Times 1,000 refits of each curve on resampled errors.
fn resamples(curves: &[Vec<f64>], table: &PowerTable) {
    let mut column = ErrorColumn::default();
    let start = seconds_on_core();
    for (index, errors) in curves.iter().enumerate() {
        let mut stream = RandomStream::new(2, index as u64);
        for _ in 0..1_000 {
            column.set(errors.iter().map(|error| error.ln() + 0.02 * stream.normal()));
            black_box(PowerLawOffset.fit(&FitPoints::new(table, &column, 0, 8)));
        }
    }
    let seconds = seconds_on_core() - start;
    println!("law with a floor, {CURVES} curves x 1,000 resamples: {seconds:.2} s on one core");
}

fn curve(sizes: &[f64], errors: &[f64]) -> LearningCurve {
    let points = sizes.iter().zip(errors);
    let points = points
        .map(|(&size, &error)| CurvePoint::measured(TrainingSetSize::new(size).unwrap(), error));
    let description = CurveDescription {
        name: "simulated".to_owned(),
        metric: MetricKind::ErrorRate,
        aggregate: Aggregate::MEAN,
        best_guess: None,
    };
    LearningCurve::new(description, points.collect()).unwrap()
}

/// Median time of scipy on the first 200 curves, if a Python is given on the command line.
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
    let seconds: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    if seconds.len() != 2 {
        println!("scipy did not run: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    for (name, seconds) in ["curve_fit", "log-Huber L-BFGS, 20 starts"].iter().zip(seconds) {
        let (theirs, ratio) = (1.0 / seconds, ours * seconds);
        println!("scipy {name}: {theirs:.1} fits/s, ratio {ratio:.0}");
    }
}
