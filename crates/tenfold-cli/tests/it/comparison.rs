//! `tenfold compare`: its output, also for odd input.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tenfold::report::comparison::{ComparisonReport, compared, json, text};
use tenfold::report::{StudyReport, html};
use tenfold_core::OptionalInterval;
use tenfold_core::decide::{
    Comparison, Crossing, DataEquivalent, OpenEstimate, PairAt, PairComparison, PairVerdict,
    Ranking,
};

use crate::program::{Ran, run, run_well};
use crate::simulated::size;
use crate::terminal::designed;

fn open_estimate(value: f64, low: Option<f64>, high: Option<f64>) -> OpenEstimate {
    let interval = OptionalInterval { low, high };
    OpenEstimate { value, interval_80: interval, interval_95: interval }
}

/// The designed study compared, with designed numbers in place of computed ones.
fn designed_comparison(report: &StudyReport, probability_a_better: f64) -> ComparisonReport<'_> {
    let at = [size(64e3), size(128e3)];
    let verdict = if probability_a_better > 0.8 { PairVerdict::A } else { PairVerdict::TooClose };
    let pair = PairComparison {
        a: 0,
        b: 1,
        at: at.map(|size| PairAt { size, probability_a_better, verdict }).to_vec(),
        crossing: Some(Crossing {
            size: open_estimate(1_320.0, Some(910.0), Some(1_880.0)),
            a_leads_beyond: true,
        }),
        same_exponent_p_value: Some(0.031),
        is_paired: false,
        data_equivalents: vec![
            DataEquivalent { size: size(16e3), factor: Some(open_estimate(3.1, Some(2.0), None)) },
            DataEquivalent { size: size(128e3), factor: None },
        ],
    };
    let ranking = |at| Ranking { at, by_forecast: vec![0, 1], by_last_measured: vec![1, 0] };
    let mut comparison = compared(report, &at);
    comparison.comparison = Comparison { pairs: vec![pair], rankings: at.map(ranking).to_vec() };
    comparison
}

#[test]
fn a_decided_pair_reads_as_designed() {
    let report = designed();
    let comparison = designed_comparison(&report, 0.974);
    insta::assert_snapshot!(text::compare(&comparison), @r"
      model    at 64k       at 128k (80%)  slope  floor         5% needs (80%)
      cnn        6.8%     6.3% (5.9–6.7%)  −0.60  2.1%          230k (180k–320k)
      mlp-512   17.5%  13.9% (13.6–14.3%)  −0.38  not seen yet  may never reach 5%

    cnn beats mlp-512 at 128k with a chance of 97%
      cnn leads from about 1.3k (910–1.9k, 80%) examples on
      cnn with 16k examples does what mlp-512 does with 50k (32k or more, 80%)
      their slopes differ (p = 0.03): the gap changes with size

    expected order at 128k: cnn, mlp-512
    order as last measured: mlp-512, cnn
    ");
}

#[test]
fn the_page_says_what_the_terminal_says() {
    let report = designed();
    let page = html::page(&report);
    let terminal = text::compare(&compared(&report, &[size(128e3)]));
    let leader = terminal.lines().skip_while(|line| !line.is_empty()).skip(1);
    let sentences: Vec<&str> = leader.take_while(|line| !line.is_empty()).map(str::trim).collect();
    assert!(sentences.iter().any(|sentence| sentence.starts_with("their slopes")), "{terminal}");
    let paragraph = format!("<p>{}.</p>", sentences.join("; ").replace('>', "&gt;"));
    assert!(page.contains(&paragraph), "{paragraph}");
    let mut alone = report;
    alone.curves.truncate(1);
    assert!(!html::page(&alone).contains("The models against each other"));
}

#[test]
fn a_near_tie_is_called_one() {
    let report = designed();
    let text = text::compare(&designed_comparison(&report, 0.62));
    let line = "cnn and mlp-512 are too close to call at 128k: leans to cnn, 62%";
    assert!(text.contains(line), "{text}");
}

#[test]
fn the_document_has_the_fields_of_the_contract() {
    let report = designed();
    let document = json::compare(&designed_comparison(&report, 0.974));
    let pairs = document["pairs"].as_array().unwrap();
    assert_eq!((pairs.len(), &pairs[0]["at"]), (2, &serde_json::json!(64_000)));
    let needed = serde_json::json!({
        "a": "cnn", "b": "mlp-512", "at": 128_000, "probability_a_better": 0.974, "verdict": "a",
        "crossing": {
            "value": 1_320, "interval_80": [910, 1_880], "interval_95": [910, 1_880],
            "leads_beyond": "cnn",
        },
        "same_exponent_p_value": 0.031, "same_test_examples": false,
        "data_equivalent": [
            {
                "size": 16_000,
                "factor": {"value": 3.1, "interval_80": [2, null], "interval_95": [2, null]},
            },
            {
                "size": 128_000, "factor": null,
                "reason": "`mlp-512` may never do what `cnn` does with 128000",
            },
        ],
    });
    assert_eq!(pairs[1], needed);
    assert_eq!(
        document["rankings"][1].to_string(),
        r#"{"at":128000,"by_forecast":["cnn","mlp-512"],"by_last_measured":["mlp-512","cnn"]}"#
    );
}

/// Curves with the law 9 m^slope, each with its sizes, as a curve file.
#[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
fn curve_file(folder: &Path, curves: &[(&str, f64, u32)]) {
    let mut text = "curve,size,error\n".to_owned();
    for (name, slope, sizes) in curves {
        for step in 0..*sizes {
            let examples = 128.0 * 2_f64.powi(i32::try_from(step).unwrap());
            let error = 9.0 * examples.powf(*slope);
            text.extend([name, ",", &examples.to_string(), ",", &error.to_string(), "\n"]);
        }
    }
    fs::write(folder.join("curves.csv"), text).unwrap();
}

fn compare(curves: &[(&str, f64, u32)], words: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    curve_file(folder.path(), curves);
    run(folder.path(), &[&["compare", "curves.csv"], words].concat())
}

#[test]
fn every_pair_is_in_the_document() {
    let folder = tempfile::tempdir().unwrap();
    curve_file(folder.path(), &[("a", -0.6, 8), ("b", -0.5, 8), ("c", -0.55, 6)]);
    let words = ["compare", "curves.csv", "--at", "64k,1M", "--json"];
    let first = run_well(folder.path(), &words).stdout;
    assert_eq!(first, run_well(folder.path(), &words).stdout, "same curves, same bytes");
    let document: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(document["schema"], "tenfold.compare/1");
    assert_eq!(document["pairs"].as_array().unwrap().len(), 6);
    let pair = &document["pairs"][0];
    assert_eq!((pair["a"].as_str(), pair["b"].as_str()), (Some("a"), Some("b")));
    assert_eq!(pair["verdict"], "a");
    assert!(pair["probability_a_better"].as_f64().unwrap() > 0.9);
    assert_eq!(document["rankings"][1]["by_forecast"], serde_json::json!(["a", "c", "b"]));
}

#[test]
fn a_single_curve_has_nothing_to_be_compared_with() {
    let ran = compare(&[("only", -0.5, 8)], &[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("needs at least 2 curves, there is only `only`"), "{}", ran.stderr);
}

#[test]
fn curves_of_one_size_are_compared_by_what_curves_usually_do() {
    let ran = compare(&[("x", -0.5, 1), ("y", -0.4, 1)], &["--at", "1M"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("too close to call at 1M"), "{}", ran.stdout);
}

#[test]
fn equal_curves_are_a_tie() {
    let ran = compare(&[("x", -0.5, 8), ("y", -0.5, 8)], &["--at", "1M"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("x and y are too close to call at 1M"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the chance that x is better is 50%"), "{}", ran.stdout);
}

#[test]
fn of_many_curves_the_best_are_shown() {
    let names: Vec<String> = (0..15).map(|number| format!("model-{number:02}")).collect();
    let curves: Vec<(&str, f64, u32)> = names
        .iter()
        .zip(0..)
        .map(|(name, step)| (name.as_str(), -0.3 - 0.02 * f64::from(step), 8))
        .collect();
    let ran = compare(&curves, &["--at", "64k", "--target", "1%"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("and 3 more: --json has every pair"), "{}", ran.stdout);
    assert!(ran.stdout.trim_start().lines().nth(1).unwrap().contains("model-14"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("model-02"), "{}", ran.stdout);
    let all = compare(&curves, &["--at", "64k", "--json"]);
    let document: Value = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(document["pairs"].as_array().unwrap().len(), 105);
}
