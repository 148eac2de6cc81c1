//! `tenfold forecast --of`: every answer says what its ranges hold.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{run, run_well};

#[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
fn write_curve(folder: &Path) {
    let rows = "size,error\n500,0.251\n1000,0.198\n2000,0.159\n4000,0.127\n8000,0.103\n";
    fs::write(folder.join("curve.csv"), rows).unwrap();
}

fn check_says(words: &[&str], name: &str, heading: &str) {
    let folder = tempfile::tempdir().unwrap();
    write_curve(folder.path());
    let all = |more: &[&str]| {
        let words = [&["forecast", "curve.csv"], words, more].concat();
        run_well(folder.path(), &words).stdout
    };
    let document: Value = serde_json::from_str(&all(&["--json"])).unwrap();
    let forecasts = document["curves"][0]["forecasts"].as_array().unwrap();
    assert_eq!(forecasts.len(), 3);
    assert!(forecasts.iter().all(|forecast| forecast["of"] == name), "{document}");
    let expected = format!("curve, {heading} past 8k (the largest size measured)\n");
    assert!(all(&[]).starts_with(&expected), "{}", all(&[]));
}

#[test]
fn a_forecast_is_of_the_next_measurement_unless_asked() {
    check_says(&[], "next-measurement", "next measurement");
    check_says(&["--of", "next-measurement"], "next-measurement", "next measurement");
    check_says(&["--of", "mean-curve"], "mean-curve", "mean curve");
}

#[test]
fn help_and_refusal_name_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let help = run_well(folder.path(), &["forecast", "--help"]).stdout;
    let refused = run(folder.path(), &["forecast", "curve.csv", "--of", "mean"]);
    assert_eq!(refused.code, Some(2));
    for name in ["next-measurement", "mean-curve"] {
        assert!(help.contains(name) && refused.stderr.contains(name), "{}", refused.stderr);
    }
}
