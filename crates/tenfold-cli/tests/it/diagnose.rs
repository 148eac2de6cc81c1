//! `tenfold diagnose` from the command line, on files and on a study.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{SMALL_STUDY, run, run_well, write_study};

/// A curve file of nine sizes with errors `0.6 (m / 64)^-0.4 + floor` and one train error.
fn write_curve(folder: &Path, floor: f64, train_share: f64) {
    let mut text = "size,error,train_error\n".to_owned();
    for step in 0..9 {
        let size = 64 << step;
        let error = 0.6 * f64::from(size / 64).powf(-0.4) + floor;
        writeln!(text, "{size},{error},{}", train_share * error).unwrap();
    }
    fs::write(folder.join("curve.csv"), text).unwrap();
}

fn verdict(folder: &Path, code: i32) -> Value {
    let ran = run(folder, &["diagnose", "curve.csv", "--json"]);
    assert_eq!(ran.code, Some(code), "{}{}", ran.stdout, ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "tenfold.diagnose/1");
    document["curves"][0].clone()
}

#[test]
fn a_curve_without_fault_is_told_to_grow_and_exits_with_0() {
    let folder = tempfile::tempdir().unwrap();
    write_curve(folder.path(), 0.0, 0.2);
    let curve = verdict(folder.path(), 0);
    assert_eq!(curve["verdict"], "more-data");
    assert!(curve["next_experiment"]["message"].as_str().unwrap().contains("32768"), "{curve}");
    assert_eq!(curve["next_experiment"]["cost"], Value::Null);
}

#[test]
fn train_errors_tell_small_models_from_noisy_labels() {
    let folder = tempfile::tempdir().unwrap();
    write_curve(folder.path(), 0.25, 0.95);
    assert_eq!(verdict(folder.path(), 1)["verdict"], "model-too-small");
    write_curve(folder.path(), 0.25, 0.05);
    let curve = verdict(folder.path(), 1);
    assert_eq!(curve["verdict"], "noisy-labels");
    let failed = curve["findings"].as_array().unwrap().iter().filter(|f| f["level"] == "fail");
    let checks: Vec<&Value> = failed.map(|finding| &finding["check"]).collect();
    assert_eq!(checks, ["floor"]);
}

#[test]
fn errors_alone_leave_the_cause_of_a_floor_open_and_exit_with_0() {
    let folder = tempfile::tempdir().unwrap();
    write_errors(folder.path(), &|step| 0.6 * f64::from(1 << step).powf(-0.6) + 0.2);
    let curve = verdict(folder.path(), 0);
    assert_eq!(curve["verdict"], "not-told");
    assert!(curve["next_experiment"]["message"].as_str().unwrap().contains("train error"));
}

#[test]
fn a_curve_at_chance_does_not_learn_and_no_text_says_that_it_falls() {
    let folder = tempfile::tempdir().unwrap();
    write_errors(folder.path(), &|_| 0.9);
    let curve = verdict(folder.path(), 1);
    assert_eq!(curve["verdict"], "does-not-learn");
    let ran = run(folder.path(), &["diagnose", "curve.csv"]);
    assert!(ran.stdout.contains("the error does not fall with more data"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("the error falls"), "{}", ran.stdout);
    assert!(ran.stdout.contains("next best step: train at 64 alone"), "{}", ran.stdout);
}

/// A curve file of nine sizes with an error for each doubling of 64.
fn write_errors(folder: &Path, error: &dyn Fn(u32) -> f64) {
    let mut text = "size,error\n".to_owned();
    for step in 0..9 {
        writeln!(text, "{},{}", 64 << step, error(step)).unwrap();
    }
    fs::write(folder.join("curve.csv"), text).unwrap();
}

#[test]
fn the_text_has_one_line_a_check_and_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    write_curve(folder.path(), 0.25, 0.05);
    let ran = run(folder.path(), &["diagnose", "curve.csv"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.starts_with("curve.csv") || ran.stdout.contains("· 9 sizes, 9 runs ·"));
    assert!(ran.stdout.contains("  fail   floor       about "), "{}", ran.stdout);
    assert!(ran.stdout.contains("                     → relabel"), "{}", ran.stdout);
    assert!(ran.stdout.contains("next best step: label again 100"), "{}", ran.stdout);
    assert!(ran.stdout.trim_end().ends_with("1 failed, 1 warning"), "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    assert_eq!(run(folder.path(), &["diagnose", "curve.csv", "--exit-zero"]).code, Some(0));
}

#[test]
fn a_study_is_diagnosed_with_what_its_store_knows() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    run_well(folder.path(), &["run"]);
    let ran = run_well(folder.path(), &["diagnose", "--json", "--exit-zero"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let curves = document["curves"].as_array().unwrap();
    assert_eq!(curves.len(), 2);
    for curve in curves {
        let findings = curve["findings"].as_array().unwrap();
        let finding = |check: &str| findings.iter().find(|finding| finding["check"] == check);
        // Known from the data, the seeds, the test outcomes and the train errors of the store.
        assert!(finding("leakage").unwrap()["evidence"]["checked"].as_f64().unwrap() > 0.0);
        assert!(finding("seeds").unwrap()["evidence"]["log_deviation"].is_number());
        assert!(finding("validation").unwrap()["evidence"]["test_examples"] == 512);
        assert!(finding("capacity").unwrap()["evidence"]["train_over_test_error"].is_number());
    }
}

#[test]
fn the_page_says_why_and_what_next() {
    let folder = tempfile::tempdir().unwrap();
    write_curve(folder.path(), 0.25, 0.95);
    let verdict = verdict(folder.path(), 1);
    run_well(folder.path(), &["report", "curve.csv", "--output", "page.html"]);
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    let section = page.split("id=\"diagnosis\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    assert!(section.contains(&format!("curve: {}", verdict["verdict"].as_str().unwrap())));
    let failed = verdict["findings"].as_array().unwrap().iter();
    let failed: Vec<&Value> = failed.filter(|finding| finding["level"] == "fail").collect();
    assert!(!failed.is_empty(), "{verdict}");
    for finding in failed {
        assert!(section.contains(finding["message"].as_str().unwrap()), "{section}");
    }
    let next = verdict["next_experiment"]["message"].as_str().unwrap();
    assert!(section.contains("Next best step: ") && section.contains(next), "{section}");
}
