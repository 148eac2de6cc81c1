//! The spread of the runs behind a row: standard deviations and standard errors.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tenfold::curve_file::ReadOptions;

use super::{case, read_as};
use crate::program::run_well;

fn runs(runs: u32) -> ReadOptions {
    ReadOptions { runs: Some(runs), ..ReadOptions::default() }
}

#[track_caller]
fn standard_errors(text: &str, options: &ReadOptions) -> Vec<Option<f64>> {
    let file = read_as("c.csv", text.as_bytes(), options).unwrap();
    file.curves[0].points().iter().map(|point| point.standard_error).collect()
}

#[test]
fn a_deviation_becomes_a_standard_error_by_the_root_of_the_runs() {
    for name in ["std", "SD", "error_std", "std_error_", "error stdev"] {
        let text = format!("size,error,{name}\n100,0.5,0.04\n200,0.4,0.02\n");
        if name == "std_error_" {
            // `std_error` is what statistics programs call a standard error.
            assert_eq!(standard_errors(&text, &runs(4)), [Some(0.04), Some(0.02)], "{name}");
            continue;
        }
        assert_eq!(standard_errors(&text, &runs(4)), [Some(0.02), Some(0.01)], "{name}");
        let told = read_as("c.csv", text.as_bytes(), &ReadOptions::default()).unwrap_err();
        assert!(told.contains("hint: `--runs 5`, or `--standard-error"), "{name}: {told}");
    }
    let text = "size,error,spread\n100,0.5,0.04\n200,0.4,0.02\n";
    assert_eq!(standard_errors(text, &ReadOptions::default()), [None, None]);
    let named = ReadOptions { standard_deviation: Some("spread".to_owned()), ..runs(16) };
    assert_eq!(standard_errors(text, &named), [Some(0.01), Some(0.005)]);
}

#[test]
fn a_standard_error_is_taken_as_it_is() {
    for name in ["standard_error", "stderr", "sem", "error_sem", "error_se"] {
        let text = format!("size,error,{name}\n100,0.5,0.04\n200,0.4,\n");
        assert_eq!(standard_errors(&text, &ReadOptions::default()), [Some(0.04), None], "{name}");
    }
    let named = ReadOptions { standard_error: Some("std".to_owned()), ..ReadOptions::default() };
    let text = "size,error,std\n100,0.5,0.04\n";
    assert_eq!(standard_errors(text, &named), [Some(0.04)]);
}

#[test]
fn a_column_can_say_how_many_runs_there_were() {
    let text = "size,error,std,n_seeds\n100,0.5,0.04,4\n200,0.4,0.03,9\n";
    assert_eq!(standard_errors(text, &ReadOptions::default()), [Some(0.02), Some(0.01)]);
    let none = text.replace(",9", ",none");
    let told = read_as("c.csv", none.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert!(told.contains("`none` is no number of runs") && told.contains("c.csv:3:14"), "{told}");
}

#[test]
fn the_deviation_of_another_metric_is_not_taken() {
    let text = "size,train_error,train_std,error,n_runs\n100,0.1,0.04,0.5,4\n";
    assert_eq!(standard_errors(text, &ReadOptions::default()), [None]);
    let wrong = ReadOptions { standard_error: Some("sdt".to_owned()), ..ReadOptions::default() };
    let told = read_as("c.csv", b"size,error,std\n100,0.5,1\n", &wrong).unwrap_err();
    assert!(told.contains("there is no column `sdt`"), "{told}");
    assert!(told.contains("hint: `--standard-error 'std'`"), "{told}");
}

#[test]
fn a_mean_finds_its_deviation() {
    let Some(table) = case("mean_and_std_table.csv") else { return };
    let text = String::from_utf8(table).unwrap().replacen("train_size", "size", 1);
    let options = ReadOptions {
        metric_column: Some("val_mean".to_owned()),
        higher_is_better: Some(true),
        ..runs(5)
    };
    let file = read_as("c.csv", text.as_bytes(), &options).unwrap();
    let told = "`val_std` was read as the standard deviation of 5 runs a row";
    assert!(file.warnings.iter().any(|warning| warning == told), "{:?}", file.warnings);
}

/// The forecast at 12800 and its 80 % interval.
fn forecast(folder: &Path, words: &[&str]) -> [f64; 3] {
    let words: Vec<&str> =
        ["forecast"].iter().chain(words).chain(&["--at", "12800", "--json"]).copied().collect();
    let answer = run_well(folder, &words).stdout;
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let forecast = &answer["curves"][0]["forecasts"][0];
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let interval = &forecast["interval_80"];
    [number(&forecast["error"]), number(&interval[0]), number(&interval[1])]
}

#[test]
fn means_and_deviations_forecast_as_the_runs_behind_them() {
    let folder = tempfile::tempdir().unwrap();
    let (mut runs, mut table) = ("size,seed,error\n".to_owned(), "size,error,std\n".to_owned());
    // The runs lie symmetrically around their mean, so that it is their median too.
    let offsets: [f64; 5] = [-1.3, -0.5, 0.0, 0.5, 1.3];
    for step in 0..6 {
        let size = 100 << step;
        let mean = 0.9 * f64::from(size).powf(-0.3) + 0.02;
        let spread = 0.04 * mean * (1.0 + 0.3 * f64::from(step % 3));
        let errors = offsets.map(|offset| mean + spread * offset);
        let squares: f64 = errors.iter().map(|error| (error - mean).powi(2)).sum();
        let deviation = (squares / 4.0).sqrt();
        writeln!(table, "{size},{mean},{deviation}").unwrap();
        for (seed, error) in errors.iter().enumerate() {
            writeln!(runs, "{size},{seed},{error}").unwrap();
        }
    }
    fs::write(folder.path().join("runs.csv"), runs).unwrap();
    fs::write(folder.path().join("table.csv"), table).unwrap();
    let of_runs = forecast(folder.path(), &["runs.csv"]);
    let of_table =
        forecast(folder.path(), &["table.csv", "--standard-deviation", "std", "--runs", "5"]);
    // A mean of 5 runs is known a little better than their median: sqrt(1/5 / 0.287) = 0.83.
    assert!((of_table[0] / of_runs[0]).ln().abs() < 0.02, "{of_table:?} {of_runs:?}");
    let width = |[_, low, high]: [f64; 3]| (high / low).ln();
    let ratio = width(of_table) / width(of_runs);
    assert!((0.75..1.1).contains(&ratio), "{ratio}: {of_table:?} {of_runs:?}");
    // Without the deviations the forecast is another one.
    let blind = forecast(folder.path(), &["table.csv", "--standard-error", "size"]);
    assert!((width(blind) / width(of_runs) - 1.0).abs() > 0.25, "{blind:?} {of_runs:?}");
}
