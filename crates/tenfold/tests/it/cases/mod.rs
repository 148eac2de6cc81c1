//! Curves that were hard for somebody, and what is right to say of them.
//!
//! They lie beside the project, in `../shared/cases`; without them these tests say so and pass.

mod consistency;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Ran, run, skipped};

/// The folder with the curves, where it lies beside the project.
fn folder_with(curves: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(curves);
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(&format!("the curves of `{curves}` are not beside the project"));
    None
}

/// A file of curves and how it is to be read.
struct Case<'a> {
    folder: PathBuf,
    file: &'a str,
    reading: &'a [&'a str],
}

const ACCURACY: &[&str] = &["--metric", "accuracy", "--higher-is-better"];
const R2: &[&str] = &["--metric", "r2", "--higher-is-better"];
const LOSS: &[&str] = &["--kind", "loss"];

impl<'a> Case<'a> {
    fn of(file: &'a str, reading: &'a [&'a str]) -> Option<Self> {
        Some(Self { folder: folder_with("cases")?, file, reading })
    }

    fn run(&self, command: &str, more: &[&str]) -> Ran {
        let words = [&[command, self.file], self.reading, more].concat();
        run(&self.folder, &words)
    }

    /// The curves of an answer in JSON, which there must be.
    fn curves(&self, command: &str, more: &[&str]) -> Vec<Value> {
        let ran = self.run(command, &[more, &["--json"]].concat());
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        let curves = document["curves"].as_array();
        curves.unwrap_or_else(|| unreachable!("{}: {document}", self.file)).clone()
    }

    /// The forecast of every curve at one size.
    fn forecasts(&self, at: f64) -> Vec<Forecast> {
        let curves = self.curves("forecast", &["--at", &at.to_string()]);
        curves.iter().map(|curve| Forecast::of(&curve["forecasts"][0])).collect()
    }

    /// The forecast of the only curve at one size.
    fn forecast(&self, at: f64) -> Forecast {
        self.forecasts(at).remove(0)
    }

    fn verdicts(&self) -> Vec<String> {
        let curves = self.curves("diagnose", &[]);
        curves.iter().map(|curve| curve["verdict"].as_str().unwrap().to_owned()).collect()
    }
}

/// A forecast in error units.
#[derive(Clone, Copy, Debug)]
struct Forecast {
    error: f64,
    low_80: f64,
    high_80: f64,
    low_95: f64,
    high_95: f64,
}

impl Forecast {
    fn of(forecast: &Value) -> Self {
        let end = |key: &str, at: usize| forecast[key][at].as_f64().unwrap();
        Self {
            error: forecast["error"].as_f64().unwrap(),
            low_80: end("interval_80", 0),
            high_80: end("interval_80", 1),
            low_95: end("interval_95", 0),
            high_95: end("interval_95", 1),
        }
    }
}

/// Whether `value` is `expected` within a share of it.
fn is_near(value: f64, expected: f64, share: f64) -> bool {
    (value / expected - 1.0).abs() <= share
}

const NOT_LEARNING: [(&str, &[&str], f64); 3] =
    [("flat.csv", &[], 0.5), ("rising.csv", &[], 0.64), ("constant_at_chance.csv", ACCURACY, 0.9)];

#[test]
fn a_curve_that_does_not_learn_is_forecast_near_its_last_error() {
    for (file, reading, last) in NOT_LEARNING {
        let Some(case) = Case::of(file, reading) else { return };
        let found = case.forecasts(2.0 * if file == "rising.csv" { 1_600.0 } else { 3_200.0 });
        assert!(is_near(found[0].error, last, 0.1), "{file}: {found:?}");
        assert!(found[0].low_80 <= last && last <= found[0].high_80, "{file}: {found:?}");
    }
}

#[test]
fn a_rising_curve_is_never_surely_forecast_to_fall() {
    let Some(case) = Case::of("rising.csv", &[]) else { return };
    for times in [2.0, 4.0, 10.0, 100.0] {
        let found = case.forecast(times * 1_600.0);
        assert!(found.high_80 >= 0.64 && found.error > 0.58, "{times}: {found:?}");
    }
}

#[test]
fn errors_of_a_millionth_are_errors() {
    let Some(case) = Case::of("tiny_errors.csv", &[]) else { return };
    let found = case.forecast(600.0);
    assert!(found.error < 3.2e-8 && found.error > 1e-9, "{found:?}");
    assert!(found.low_95 > 0.0 && found.high_95 < 3e-7, "{found:?}");
}

/// 32 models of eight sizes, tokens all of one kind: their data never repeat.
#[test]
fn language_models_are_not_told_that_their_data_repeat() {
    let Some(folder) = folder_with("curves") else { return };
    let case = Case { folder, file: "language_models.csv", reading: &[] };
    let verdicts = case.verdicts();
    assert!(verdicts.len() >= 32, "{}", verdicts.len());
    let repeats = verdicts.iter().filter(|verdict| *verdict == "nothing-new-in-the-data").count();
    assert!(repeats <= 3, "{repeats} of {}", verdicts.len());
}
