//! One story: what the commands say of one file does not contradict itself.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{ACCURACY, Case, LOSS, R2, folder_with};

/// How files are read that have no column `error`, or one of another kind than its values suggest.
const READING: [(&str, &[&str]); 7] = [
    ("collapsed_seeds.csv", ACCURACY),
    ("constant_at_chance.csv", ACCURACY),
    ("high_floor_loss.csv", LOSS),
    ("map50_percent.csv", &["--metric", "mAP50", "--higher-is-better", "--best", "100"]),
    ("r2_explodes_below_p.csv", R2),
    ("three_model_sizes_pooled.csv", &["--metric", "val_loss"]),
    ("val_acc_rising.csv", &["--metric", "val_acc", "--higher-is-better"]),
];

/// Calls `faults` with every file that can be read and its largest size, and tells all faults at once.
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

#[test]
fn a_back_test_that_missed_every_size_is_not_ok() {
    every_file(|case, _| {
        let curves = case.curves("diagnose", &[]);
        let findings = curves.iter().flat_map(|curve| curve["findings"].as_array().unwrap());
        let missed = findings.filter(|finding| finding["evidence"]["inside_80"] == 0);
        missed.filter(|finding| finding["level"] == "ok").map(Value::to_string).collect()
    });
}
