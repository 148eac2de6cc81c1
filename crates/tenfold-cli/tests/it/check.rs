//! Tests `tenfold check`, which compares a later measurement with its forecast.

#![expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tenfold::report::check::{CheckReport, text};
use tenfold_core::check::Side;
use tenfold_core::{Check, CheckFinding, ConfidenceLevel};

use crate::program::{Ran, SMALL_STUDY, command, run, run_well, write_study};
use crate::terminal::designed;

/// Curves `cnn` (0.5 (m / 64)^-0.3) and `mlp` (twice that), nine sizes, noise of about 2 %.
fn rows(has_names: bool) -> String {
    let mut text = if has_names { "curve,size,error\n" } else { "size,error\n" }.to_owned();
    for (name, scale) in [("cnn", 0.4), ("mlp", 0.8)].into_iter().take(1 + usize::from(has_names)) {
        for step in 0..9_u32 {
            let jump = f64::from((step * step * 17 + step * 5) % 41) / 1_000.0 - 0.02;
            let error = scale * f64::from(1 << step).powf(-0.3) * jump.exp();
            let start = if has_names { format!("{name},") } else { String::new() };
            writeln!(text, "{start}{},{error}", 64 << step).unwrap();
        }
    }
    text
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("curve.csv"), rows(false)).unwrap();
    fs::write(folder.path().join("curves.csv"), rows(true)).unwrap();
    folder
}

fn check(words: &[&str]) -> Ran {
    run(folder().path(), &[&["check"], words].concat())
}

fn document(words: &[&str]) -> (Option<i32>, Value) {
    let ran = check(&[words, &["--json"]].concat());
    (ran.code, serde_json::from_str(&ran.stdout).unwrap())
}

/// The answer of `forecast` for `curve.csv` at 32k: error, 80 % and 95 % interval.
fn forecast() -> (f64, [f64; 2], [f64; 2]) {
    let words = ["forecast", "curve.csv", "--at", "32k", "--json"];
    let document: Value = serde_json::from_str(&run_well(folder().path(), &words).stdout).unwrap();
    let forecast = &document["curves"][0]["forecasts"][0];
    let ends = |key: &str| [0, 1].map(|at| forecast[key][at].as_f64().unwrap());
    (forecast["error"].as_f64().unwrap(), ends("interval_80"), ends("interval_95"))
}

#[test]
fn a_measurement_is_found_where_the_forecast_puts_it() {
    let (expected, [low_80, high_80], [low, high]) = forecast();
    for (error, code, finding) in [
        (expected, 0, "inside-80"),
        (0.5 * (high_80 + high), 0, "inside-95"),
        (0.5 * (low_80 + low), 0, "inside-95"),
        (2.0 * high, 1, "above"),
        (low / 2.0, 1, "below"),
    ] {
        let error = error.to_string();
        let (ended, found) = document(&["curve.csv", "--size", "32k", "--error", &error]);
        assert_eq!((ended, found["finding"].as_str()), (Some(code), Some(finding)), "{found}");
        assert_eq!(found["schema"], "tenfold.check/1");
        assert_eq!((&found["curve"], &found["size"]), (&"curve".into(), &32_000.into()));
        assert!((found["forecast"]["error"].as_f64().unwrap() - expected).abs() < 1e-15);
        let outside = found["outside_by"].as_f64();
        assert_eq!(outside.map(|by| (by * 1e9).round()), (code == 1).then_some(2e9), "{found}");
    }
}

/// The text of a check of `cnn` at 128k, where the designed report forecasts 6.3 %.
fn text_of(error: f64, finding: CheckFinding, test_examples: Option<u64>) -> String {
    let report = designed();
    let forecast = report.curves[0].fitted().unwrap().at[0];
    let check = Check { error, forecast, factor: error / forecast.error, finding };
    text(&CheckReport { report: &report, index: 0, check, test_examples })
}

#[test]
fn the_answer_is_a_sentence_with_its_numbers() {
    let above = CheckFinding::Outside { side: Side::Above, factor: 0.071 / 0.068 };
    insta::assert_snapshot!(text_of(0.071, above, None), @r"
    cnn: 7.10% at 128k is above the 95% range of the forecast, 1.04 times its upper
    end

      measured        7.10%  1.13 times the forecast
      forecast        6.30%  at 2.00 times the largest size measured
      80% range  5.95–6.65%
      95% range  5.85–6.75%
    ");
    let below = CheckFinding::Outside { side: Side::Below, factor: 58.5 };
    let text = text_of(0.001, below, None);
    insta::assert_snapshot!(text.split("\n\n").next().unwrap(), @r"
    cnn: 0.10% at 128k is below the 95% range of the forecast, whose lower end is 58
    times as high
    ");
    let inside = |level| text_of(0.0675, CheckFinding::Inside(level), Some(2_000));
    insta::assert_snapshot!(inside(ConfidenceLevel::P95), @r"
    cnn: 6.75% at 128k is inside the 95% range of the forecast, above the 80% range

      measured        6.75%  1.07 times the forecast
      forecast        6.30%  at 2.00 times the largest size measured
      80% range  5.95–6.65%
      95% range  5.85–6.75%

    ranges: with the noise of 2,000 test examples added
    ");
    assert!(inside(ConfidenceLevel::P80).starts_with("cnn: 6.75% at 128k is inside the 80% range"));
}

#[test]
fn another_test_set_widens_the_ranges() {
    let words = ["curve.csv", "--size", "32k", "--error", "9%"];
    let (code, without) = document(&words);
    assert_eq!((code, &without["finding"]), (Some(1), &"above".into()), "{without}");
    let (code, with) = document(&[&words[..], &["--test-examples", "300"]].concat());
    assert_eq!((code, &with["test_examples"]), (Some(0), &300.into()), "{with}");
    let none_wrong =
        check(&["curve.csv", "--size", "32k", "--error", "0", "--test-examples", "20"]);
    assert!(none_wrong.stderr.contains("0 wrong of 20 is taken as half an example, 2.4%"));
    assert!(none_wrong.stdout.contains("with the noise of 20 test examples"), "{none_wrong:?}");
}

#[test]
fn one_of_several_curves_is_named() {
    let words = ["curves.csv", "--size", "32k", "--error", "13%"];
    let (code, found) = document(&[&words[..], &["--curve", "mlp"]].concat());
    assert_eq!((code, &found["curve"]), (Some(0), &"mlp".into()), "{found}");
    let (code, found) = document(&[&words[..], &["--curve", "cnn"]].concat());
    assert_eq!((code, &found["curve"]), (Some(1), &"cnn".into()), "{found}");
    insta::assert_snapshot!(check(&words).stderr, @r"
    error: there are 2 curves, and a measurement belongs to one
    hint: `--curve cnn`; there are cnn, mlp
    ");
    insta::assert_snapshot!(check(&[&words[..], &["--curve", "mpl"]].concat()).stderr, @r"
    error: there is no curve `mpl`
    hint: `--curve mlp`; there are cnn, mlp
    ");
}

#[test]
fn scores_are_turned_round_and_errors_are_errors() {
    let folder = folder();
    let rows = rows(false);
    let mut scores = "size,accuracy\n".to_owned();
    for line in rows.lines().skip(1) {
        let (size, error) = line.split_once(',').unwrap();
        writeln!(scores, "{size},{}", 1.0 - error.parse::<f64>().unwrap()).unwrap();
    }
    fs::write(folder.path().join("scores.csv"), scores).unwrap();
    let words = ["check", "scores.csv", "--metric", "accuracy", "--higher-is-better"];
    let ran = run(folder.path(), &[&words[..], &["--size", "32k", "--error", "6.4%"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn standard_input_and_the_study_in_the_folder_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = command(folder.path(), &["check", "-", "--size", "32k", "--error", "6.4%"]);
    let mut child = process
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(rows(false).as_bytes()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");

    write_study(folder.path(), SMALL_STUDY);
    let nothing = run(folder.path(), &["check", "--size", "32k", "--error", "6.4%"]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("tenfold run"), "{}", nothing.stderr);
    run_well(folder.path(), &["run", "-q"]);
    let words = ["check", "--curve", "mlp", "--size", "1k", "--error", "99%", "--json"];
    let ran = run(folder.path(), &words);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &found["finding"]), (Some(1), &"above".into()), "{found}");
}

/// Standard error of a check that must be refused without an answer.
fn refused(words: &[&str]) -> String {
    let ran = check(words);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
    ran.stderr
}

#[test]
fn what_cannot_be_checked_is_refused_with_a_hint() {
    let with = |more: &[&str]| refused(&[&["curve.csv", "--size", "32k"], more].concat());
    insta::assert_snapshot!(with(&["--error", "7.1"]), @r"
    error: `--error 7.1` is no error rate, which lies between 0 and 1
    hint: did you mean `--error 7.1%`?
    ");
    insta::assert_snapshot!(with(&["--error", "0"]), @r"
    error: `--error 0` must be above 0: no law reaches 0
    hint: say of how many examples none was wrong: `--test-examples 2000`
    ");
    insta::assert_snapshot!(with(&["--error", "-0.1"]), @r"
    error: `--error -0.1` must be above 0
    hint: `--error 5%` or `--error 0.05`
    ");
    insta::assert_snapshot!(with(&["--error", "low"]), @r"
    error: `--error low` is not a number
    hint: `--error 5%` or `--error 0.05`
    ");
    insta::assert_snapshot!(
        with(&["--error", "0.07", "--kind", "loss", "--test-examples", "100"]), @r"
    error: the number of test examples tells the noise of an error rate, this is a loss
    hint: leave `--test-examples` out, or add `--kind error-rate`
    "
    );
    insta::assert_snapshot!(refused(&["curve.csv", "--size", "many", "--error", "7%"]), @r"
    error: --size: `many` is not a training-set size: a number such as `128000`, `128k` or `1.2M` was needed
    hint: --size 128k
    ");
    for words in [&["curve.csv", "--error", "7%"][..], &["curve.csv", "--size", "32k"]] {
        assert!(refused(words).contains("required"), "{}", refused(words));
    }
    assert!(with(&["--error", "7%", "--test-examples", "0"]).contains("--test-examples"));
}

#[test]
fn a_curve_without_a_fit_cannot_be_checked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(Path::new(folder.path()).join("one.csv"), "size,error\n100,0.3\n").unwrap();
    let law = ["--law", "power-law"];
    let words = ["check", "one.csv", "--size", "1k", "--error", "0.2"];
    let ran = run(folder.path(), &[&words[..], &law[..]].concat());
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("`one` cannot be fitted"), "{}", ran.stderr);
}
