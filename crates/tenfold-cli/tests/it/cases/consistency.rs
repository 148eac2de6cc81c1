//! The commands do not contradict each other about one file.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{ACCURACY, Case, LOSS, R2, folder_with, is_near};

/// Options for files without a column `error`, or with a metric whose kind its values do not show.
const READING: [(&str, &[&str]); 7] = [
    ("collapsed_seeds.csv", ACCURACY),
    ("constant_at_chance.csv", ACCURACY),
    ("high_floor_loss.csv", LOSS),
    ("map50_percent.csv", &["--metric", "mAP50", "--higher-is-better", "--best", "100"]),
    ("r2_explodes_below_p.csv", R2),
    ("three_model_sizes_pooled.csv", &["--metric", "val_loss"]),
    ("val_acc_rising.csv", &["--metric", "val_acc", "--higher-is-better"]),
];

/// Calls `faults` with every readable file and its largest size, and reports all faults together.
fn every_file(faults: impl Fn(&Case<'_>, f64) -> Vec<String>) {
    let Some(folder) = folder_with("cases") else { return };
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    let (mut read, mut wrong) = (0, Vec::new());
    let is_curve = |name: &&String| {
        Path::new(name).extension().is_some_and(|ending| ending == "csv" || ending == "jsonl")
    };
    for name in names.iter().filter(is_curve) {
        let known = READING.iter().find(|(file, _)| file == name);
        let reading: &[&str] = known.map_or(&[], |(_, reading)| *reading);
        let case = Case { folder: folder.clone(), file: name, reading };
        let ran = case.run("forecast", &["--json"]);
        if ran.code != Some(0) {
            continue;
        }
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        let first = &document["curves"][0]["forecasts"][0];
        let beyond = first["times_beyond_data"].as_f64().unwrap();
        read += 1;
        let found = faults(&case, first["size"].as_f64().unwrap() / beyond);
        wrong.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(read >= 12, "{read} files could be read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fall of log error from the largest size to four times it, one value per curve.
fn falls(case: &Case<'_>, largest: f64) -> Vec<f64> {
    let (now, then) = (case.forecasts(largest), case.forecasts(4.0 * largest));
    now.iter().zip(then).map(|(now, then)| (now.error / then.error).ln()).collect()
}

#[test]
fn a_back_test_that_missed_every_size_is_not_ok() {
    every_file(|case, _| {
        let curves = case.curves("diagnose", &[]);
        let findings = curves.iter().flat_map(|curve| curve["findings"].as_array().unwrap());
        let missed = findings.filter(|finding| finding["evidence"]["inside_80"] == 0);
        missed.filter(|finding| finding["level"] == "ok").map(Value::to_string).collect()
    });
}

/// A plan uses one target for all curves of a file, so that each curve is planned with its own
/// forecast.
#[test]
fn a_plan_for_the_forecast_of_four_times_the_data_is_four_times_the_data() {
    every_file(|case, largest| {
        let forecasts = case.forecasts(4.0 * largest);
        let mut wrong = Vec::new();
        for (at, (found, fall)) in forecasts.iter().zip(falls(case, largest)).enumerate() {
            // A target close to the current error does not determine a size.
            if fall < 0.02 {
                continue;
            }
            let plan = &case.curves("plan", &["--target", &found.error.to_string()])[at];
            let times = plan["size"].as_f64().unwrap_or(f64::NAN) / largest;
            if !is_near(times, 4.0, 0.05) {
                wrong.push(format!(
                    "{} falls by {fall:.2} but is planned at {times:.2} times",
                    plan["curve"]
                ));
            }
        }
        wrong
    });
}

#[test]
fn no_floor_is_above_a_forecast() {
    every_file(|case, largest| {
        let fits = case.curves("fit", &[]);
        let mut wrong = Vec::new();
        for times in [1.0, 2.0, 4.0, 10.0, 100.0] {
            let found = case.forecasts(times * largest);
            wrong.extend(fits.iter().zip(found).filter_map(|(fit, found)| {
                let floor = fit["parameters"]["gamma"]["value"].as_f64()?;
                // The comparison allows for rounding in the last digits.
                let is_above = floor > found.error * (1.0 + 1e-9);
                let error = found.error;
                is_above.then(|| format!("{} at {times} times: {floor}, {error}", fit["curve"]))
            }));
        }
        wrong
    });
}

#[test]
fn the_slope_has_the_sign_of_the_forecast() {
    every_file(|case, largest| {
        let fits = case.curves("fit", &[]);
        let mut wrong = Vec::new();
        for (fit, fall) in fits.iter().zip(falls(case, largest)) {
            let Some(slope) = fit["parameters"]["beta_g"]["value"].as_f64() else { continue };
            if fall.abs() > 0.02 && (slope < 0.0) != (fall > 0.0) {
                wrong.push(format!("{} has slope {slope} and falls by {fall}", fit["curve"]));
            }
        }
        wrong
    });
}

#[test]
fn a_fit_that_sees_no_fall_forecasts_none() {
    every_file(|case, largest| {
        let fits = case.curves("fit", &[]);
        let mut wrong = Vec::new();
        for (fit, fall) in fits.iter().zip(falls(case, largest)) {
            let mut warnings = fit["warnings"].as_array().unwrap().iter();
            if fall > 0.1 && warnings.any(|warning| warning["kind"] == "flat") {
                wrong.push(format!("{} is flat and falls by {fall}", fit["curve"]));
            }
        }
        wrong
    });
}
