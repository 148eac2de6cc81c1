//! Prints how well each method forecasts the public curves.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin accuracy -- FOLDER
//! ```
//!
//! RMSLE of each curve, mean and median over curves. A law by name is fitted to all points of a curve;
//! "default" is what `tenfold forecast` does.

#![expect(clippy::unwrap_used, reason = "a development program: a bad file should stop it")]

#[path = "../../crates/tenfold-core/tests/it/public_curves.rs"]
#[expect(dead_code, reason = "groups matter only where something is learnt")]
mod public_curves;

use std::collections::BTreeMap;
use std::path::PathBuf;

use public_curves::SplitCurve;
use tenfold_core::law::{CurveFamily, ErrorColumn, FAMILIES, FitPoints, PowerTable};
use tenfold_core::{FitOptions, TrainingSetSize, fit_curve};

/// Squared misses by the heading they count under.
type Misses = BTreeMap<String, Vec<f64>>;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap());
    let mut curves: Vec<(String, SplitCurve)> = Vec::new();
    for split in public_curves::revisiting(&folder.join("revisiting.csv")) {
        curves.push((domain_name(&split.domain).to_owned(), split));
    }
    for (hidden, heading) in [(1, "tabular x2"), (3, "tabular x8")] {
        let tabular = public_curves::lcdb(&folder.join("lcdb.csv"), hidden);
        curves.extend(tabular.into_iter().map(|split| (heading.to_owned(), split)));
    }
    print("last value", &curves, |split| {
        let points = split.fitted.points();
        vec![points[points.len() - 1].error().ln(); split.scored.len()]
    });
    for family in FAMILIES {
        print(family.name(), &curves, |split| single_law(*family, split));
    }
    print("default", &curves, default_forecast);
    by_distance(&curves);
    coverage(&curves);
}

/// What a domain of `revisiting.csv` is.
fn domain_name(domain: &str) -> &str {
    match domain {
        "IC" => "images",
        "NMT" => "translation",
        "BB" => "BIG-Bench",
        other => other,
    }
}

fn single_law(family: &dyn CurveFamily, split: &SplitCurve) -> Vec<f64> {
    let points = split.fitted.points();
    let largest = split.fitted.largest_size().get().ln();
    let table = PowerTable::new(points.iter().map(|one| one.size.get().ln() - largest).collect());
    let mut column = ErrorColumn::default();
    column.set(points.iter().map(|one| one.error().ln()));
    let law = family.fit(&FitPoints::new(&table, &column, 0, 40)).parameters;
    let at = |size: &TrainingSetSize| (size.get().ln() - largest).exp();
    split.scored.iter().map(|(size, _)| family.predict(&law, at(size)).ln()).collect()
}

fn default_forecast(split: &SplitCurve) -> Vec<f64> {
    let fit = fit_curve(&split.fitted, &FitOptions::default()).unwrap();
    split.scored.iter().map(|(size, _)| fit.predict(*size).ln()).collect()
}

fn print(
    method: &str,
    curves: &[(String, SplitCurve)],
    log_errors: impl Fn(&SplitCurve) -> Vec<f64>,
) {
    let mut found = Misses::new();
    for (heading, split) in curves {
        let scored = split.scored.iter().map(|(_, error)| error.ln());
        let squares: f64 = log_errors(split).iter().zip(scored).map(|(a, b)| (a - b).powi(2)).sum();
        let rmsle = (squares / split.scored.len() as f64).sqrt();
        found.entry(heading.clone()).or_default().push(rmsle);
        if !heading.starts_with("tabular") {
            found.entry("all 45".to_owned()).or_default().push(rmsle);
        }
    }
    let columns = found.iter_mut().map(|(heading, values)| {
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        format!("{heading} {mean:.4}/{:.4}", values[values.len() / 2])
    });
    println!("{method:18} {}", columns.collect::<Vec<String>>().join("  "));
}

/// Root mean square log error of the default by distance, rounded up to a doubling.
fn by_distance(curves: &[(String, SplitCurve)]) {
    let mut found = Misses::new();
    for (heading, split) in curves {
        let largest = split.fitted.largest_size().get();
        for (found_log, (size, error)) in default_forecast(split).iter().zip(&split.scored) {
            let doublings = (size.get() / largest).log2() - 1e-9;
            let key = format!("{heading}, up to x{}", 1 << (doublings.ceil() as u32));
            found.entry(key).or_default().push((found_log - error.ln()).powi(2));
        }
    }
    for (key, squares) in found {
        let mean = squares.iter().sum::<f64>() / squares.len() as f64;
        println!("{key:24} points {:5}  RMSLE {:.4}", squares.len(), mean.sqrt());
    }
}

/// Coverage of the shipped intervals on the curves they were learnt on.
fn coverage(curves: &[(String, SplitCurve)]) {
    let mut found: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    for (heading, split) in curves {
        let fit = fit_curve(&split.fitted, &FitOptions::default()).unwrap();
        for &(size, error) in &split.scored {
            let forecast = fit.forecast(size);
            let sums = found.entry(heading).or_default();
            sums[0] += 1.0;
            sums[1] += f64::from(u8::from(forecast.interval_80.contains(error)));
            sums[2] += f64::from(u8::from(forecast.interval_95.contains(error)));
        }
    }
    for (heading, [points, at_80, at_95]) in found {
        let (at_80, at_95) = (100.0 * at_80 / points, 100.0 * at_95 / points);
        println!("{heading:12} points inside 80 %: {at_80:.1} %, inside 95 %: {at_95:.1} %");
    }
}
