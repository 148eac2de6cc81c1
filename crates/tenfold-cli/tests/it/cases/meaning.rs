//! How the cells of people's files are interpreted; each test stands for a kind of file that was
//! misread.

use std::path::PathBuf;

use serde_json::Value;
use tenfold::curve_file::{self, CurveFile, ReadOptions};
use tenfold_core::{CurvePoint, LearningCurve, MetricKind};

use super::folder_with;
use crate::program::{Ran, run};

/// Reads a file of the folder of cases with `options`.
fn read(file: &str, options: &ReadOptions) -> Option<Result<CurveFile, String>> {
    let path = folder_with("cases")?.join(file);
    Some(curve_file::read(&path, options).map_err(|problems| problems.to_string()))
}

fn errors(curve: &LearningCurve) -> Vec<f64> {
    curve.points().iter().map(|point| (point.error() * 1e6).round() / 1e6).collect()
}

fn sizes(curve: &LearningCurve) -> Vec<f64> {
    curve.points().iter().map(|point| point.size.get()).collect()
}

fn names(file: &CurveFile) -> Vec<&str> {
    file.curves.iter().map(LearningCurve::name).collect()
}

/// Writes a file of the test's own into an empty folder.
#[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn typed(words: &[&str]) -> Option<Ran> {
    Some(run(&folder_with("cases")?, words))
}

fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The hints of a run that must refuse its file.
#[track_caller]
fn refused(ran: &Ran) -> String {
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let hints = ran.stderr.lines().filter_map(|line| line.strip_prefix("hint: "));
    hints.collect::<Vec<_>>().join("\n")
}

#[test]
fn german_numbers_are_read_as_they_are_meant() {
    let options = ReadOptions::default();
    let Some(file) = read("german_thousands.csv", &options) else { return };
    let file = file.unwrap();
    assert_eq!(sizes(&file.curves[0]), [500.0, 1e3, 2e3, 4e3, 8e3, 16e3]);
    assert_eq!(errors(&file.curves[0]), [0.25, 0.2, 0.16, 0.13, 0.1, 0.09]);
    let file = read("german_decimal_comma.csv", &options).unwrap().unwrap();
    assert_eq!(sizes(&file.curves[0]), [500.0, 1e3, 2e3, 4e3, 8e3]);
    assert_eq!(errors(&file.curves[0]), [0.251, 0.198, 0.159, 0.127, 0.103]);
}

#[test]
fn a_thousand_that_may_be_one_is_asked_for() {
    let (_folder, path) = written("size;error\n1.000;25\n2.000;20\n4.000;16\n8.000;13\n");
    let folder = path.parent().unwrap();
    let hint = refused(&run(folder, &["fit", "file.csv"]));
    assert!(hint.starts_with("`--decimal comma`"), "{hint}");
    let read = |decimal| {
        let options = ReadOptions { decimal: Some(decimal), ..ReadOptions::default() };
        sizes(&curve_file::read(&path, &options).unwrap().curves[0])
    };
    assert_eq!(read(curve_file::Decimal::Comma), [1e3, 2e3, 4e3, 8e3]);
    assert_eq!(read(curve_file::Decimal::Point), [1.0, 2.0, 4.0, 8.0]);
}

#[test]
fn errors_in_per_cent_are_rates() {
    let Some(file) = read("error_in_percent.csv", &ReadOptions::default()) else { return };
    let file = file.unwrap();
    assert_eq!(errors(&file.curves[0]), [0.251, 0.198, 0.159, 0.127, 0.103]);
    assert_eq!(file.curves[0].metric(), MetricKind::ErrorRate);
    assert_eq!(file.warnings.len(), 1, "{:?}", file.warnings);
    for target in ["5%", "5"] {
        let ran = typed(&["plan", "error_in_percent.csv", "--target", target, "--json"]).unwrap();
        assert_eq!(document(&ran)["curves"][0]["target"], 0.05, "{target}");
    }
    let ran = typed(&["fit", "error_in_percent.csv", "--kind", "error-rate"]).unwrap();
    assert!(refused(&ran).starts_with("`--unit percent`"), "{ran:?}");
}

#[test]
fn shares_and_per_cent_in_one_column_are_asked_for() {
    let (_folder, path) = written("size,error\n100,20\n200,0.2\n400,0.1\n800,9\n");
    let folder = path.parent().unwrap();
    let hint = refused(&run(folder, &["fit", "file.csv"]));
    assert!(hint.starts_with("`--unit percent`"), "{hint}");
    assert_eq!(run(folder, &["fit", "file.csv", "--unit", "percent"]).code, Some(0));
}

#[test]
fn a_score_in_per_cent_answers_in_both() {
    let Some(file) = read("map50_percent.csv", &ReadOptions::default()) else { return };
    let file = file.unwrap();
    assert_eq!(errors(&file.curves[0]), [0.688, 0.615, 0.549, 0.483, 0.428]);
    for target in ["70", "mAP50 70", "map50=70"] {
        let ran = typed(&["plan", "map50_percent.csv", "--target", target, "--json"]).unwrap();
        let plan = &document(&ran)["curves"][0];
        assert!((plan["target"].as_f64().unwrap() - 0.3).abs() < 1e-12, "{target}: {plan}");
        assert_eq!(plan["target_metric"], 70, "{target}");
    }
    let ran = typed(&["forecast", "map50_percent.csv", "--at", "3200", "--json"]).unwrap();
    let forecast = &document(&ran)["curves"][0]["forecasts"][0];
    let (error, metric) = (forecast["error"].as_f64(), &forecast["metric"]);
    let value = metric["value"].as_f64().unwrap();
    assert!((100.0 - 100.0 * error.unwrap() - value).abs() < 1e-9, "{forecast}");
    let ends = &metric["interval_80"];
    let (low, high) = (ends[0].as_f64().unwrap(), ends[1].as_f64().unwrap());
    assert!(low < value && value < high, "{forecast}");
    let text = typed(&["forecast", "map50_percent.csv"]).unwrap().stdout;
    assert!(text.contains("mAP50"), "{text}");
}

#[test]
fn a_metric_that_rises_is_a_score_or_asked_about() {
    let Some(file) = read("val_acc_rising.csv", &ReadOptions::default()) else { return };
    assert_eq!(errors(&file.unwrap().curves[0]), [0.5, 0.44, 0.39, 0.34, 0.3]);
    let (_folder, path) = written("size,quality\n100,0.50\n200,0.56\n400,0.61\n800,0.66\n");
    let ran = run(path.parent().unwrap(), &["fit", "file.csv", "--metric", "quality"]);
    let hint = refused(&ran);
    assert!(hint.contains("`--higher-is-better`"), "{hint}");
    assert!(hint.contains("`--lower-is-better`"), "{hint}");
    let folder = path.parent().unwrap();
    let fit = |direction| run(folder, &["fit", "file.csv", "--metric", "quality", direction]);
    assert!(fit("--higher-is-better").stdout.contains("34%"));
    assert!(fit("--lower-is-better").stdout.contains("66%"));
}

#[test]
fn losses_below_0_need_their_best_value() {
    let Some(ran) = typed(&["forecast", "negative_nll.csv"]) else { return };
    let hint = refused(&ran);
    assert!(hint.starts_with("`--best -2`") && !ran.stderr.contains("higher"), "{ran:?}");
    let options = ReadOptions { best: Some(-2.0), ..ReadOptions::default() };
    let file = read("negative_nll.csv", &options).unwrap().unwrap();
    assert_eq!(errors(&file.curves[0]), [2.8, 2.1, 1.6, 1.2, 0.95]);
    let words = ["plan", "negative_nll.csv", "--best", "-2", "--target", "-1.2", "--json"];
    let target = &document(&typed(&words).unwrap())["curves"][0]["target"];
    assert!((target.as_f64().unwrap() - 0.8).abs() < 1e-12, "{target}");
}

#[test]
fn scores_that_are_never_above_0_are_no_losses_unless_somebody_says_so() {
    let Some(ran) = typed(&["import", "sklearn", "r2_all_negative.json"]) else { return };
    assert!(refused(&ran).starts_with("`--best 1`"), "{ran:?}");
    for (best, first) in [("1", 7.5172), ("0", 6.5172)] {
        let words = ["import", "sklearn", "r2_all_negative.json", "--best", best, "--json"];
        let run = &document(&typed(&words).unwrap())["curves"][0]["points"][0]["runs"][0];
        assert!((run["error"].as_f64().unwrap() - first).abs() < 1e-9, "{best}: {run}");
    }
}

#[test]
fn models_in_one_file_are_curves_of_their_own() {
    let Some(file) = read("model_column_pooled.csv", &ReadOptions::default()) else { return };
    let file = file.unwrap();
    assert_eq!(file.curves.len(), 5);
    let points = file.curves.iter().flat_map(LearningCurve::points);
    assert!(points.clone().all(|point| point.replicates.len() == 3));
    let file = read("model_column_pooled_no_seed.csv", &ReadOptions::default()).unwrap().unwrap();
    assert_eq!(names(&file), ["Naive Bayes", "Random Forest", "XGBoost"]);
    assert_eq!(errors(&file.curves[1]), [0.0346, 0.027, 0.0227, 0.0199, 0.0177]);
}

#[test]
fn sizes_of_models_are_not_replicates() {
    let file = "three_model_sizes_pooled.csv";
    let Some(ran) = typed(&["forecast", file]) else { return };
    assert!(refused(&ran).starts_with("`--curve parameters`"), "{ran:?}");
    let ran = typed(&["fit", file, "--curve", "parameters", "--json"]).unwrap();
    assert_eq!(document(&ran)["curves"].as_array().unwrap().len(), 3);
    let ran = typed(&["fit", file, "--law", "joint-power-law"]).unwrap();
    assert!(ran.stdout.contains("9 runs"), "{ran:?}");
}

#[test]
fn two_columns_name_a_curve_together() {
    let text = "model,dataset,size,error\na,x,100,0.4\na,y,100,0.3\nb,x,100,0.35\nb,y,100,0.2\n\
                a,x,200,0.3\na,y,200,0.2\nb,x,200,0.25\nb,y,200,0.1\n";
    let (_folder, path) = written(text);
    let hint = refused(&run(path.parent().unwrap(), &["fit", "file.csv"]));
    assert!(hint.starts_with("`--curve model --curve dataset`"), "{hint}");
    let curves = ["model", "dataset"].map(str::to_owned).to_vec();
    let options = ReadOptions { curves, ..ReadOptions::default() };
    let file = curve_file::read(&path, &options).unwrap();
    assert_eq!(names(&file), ["a/x", "a/y", "b/x", "b/y"]);
    assert_eq!(errors(&file.curves[3]), [0.2, 0.1]);
    let one = ReadOptions { name: Some("all".to_owned()), ..ReadOptions::default() };
    assert_eq!(curve_file::read(&path, &one).unwrap().curves.len(), 1);
}

#[test]
fn conditions_of_runs_are_not_pooled_either() {
    let Some(ran) = typed(&["import", "jsonl", "ocr_runs.json"]) else { return };
    assert!(refused(&ran).starts_with("`--curve noise_rate`"), "{ran:?}");
    let words = ["import", "jsonl", "ocr_runs.json", "--curve", "noise_rate", "--json"];
    let answer = document(&typed(&words).unwrap());
    assert_eq!(answer["mapping"]["metric"]["from"], "`test_cer`");
    assert_eq!(answer["mapping"]["size"]["from"], "`n_train_lines`");
    assert_eq!(answer["curves"].as_array().unwrap().len(), 2);
}

#[test]
fn words_are_seeds() {
    let Some(file) = read("text_seeds.csv", &ReadOptions::default()) else { return };
    let file = file.unwrap();
    assert_eq!(errors(&file.curves[0]), [0.5, 0.4, 0.3, 0.25]);
    let replicates = file.curves[0].points().iter().flat_map(|point| &point.replicates);
    let seeds: std::collections::BTreeSet<u64> = replicates.map(|one| one.seed).collect();
    assert_eq!(seeds.len(), 4);
}

#[test]
fn perfect_runs_stay() {
    let Some(folder) = folder_with("cases") else { return };
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("iris.csv");
    let output = output.to_str().unwrap();
    let ran =
        run(&folder, &["import", "sklearn", "perfect_folds_iris.json", "-o", output, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stdout.contains("skip") && !ran.stderr.contains("skip"), "{ran:?}");
    let file = curve_file::read(output.as_ref(), &ReadOptions::default()).unwrap();
    // There are five folds per size; errors are means of 1 − score, some of them 0.
    let source = std::fs::read_to_string(folder.join("perfect_folds_iris.json")).unwrap();
    let source: Value = serde_json::from_str(&source).unwrap();
    let mean = |scores: &Value| {
        let scores = scores.as_array().unwrap();
        scores.iter().map(|score| 1.0 - score.as_f64().unwrap()).sum::<f64>() / 5.0
    };
    let expected: Vec<f64> = source["test_scores"].as_array().unwrap().iter().map(mean).collect();
    let found: Vec<f64> = file.curves[0].points().iter().map(CurvePoint::error).collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    let ran = run(&folder, &["forecast", output, "--at", "240", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told = run(&folder, &["forecast", output]).stderr;
    assert_eq!(told.matches("some errors are 0").count(), 1, "{told}");
    let forecast = &document(&ran)["curves"][0]["forecasts"][0];
    let end = |at: usize| forecast["interval_80"][at].as_f64().unwrap();
    // Measured last: .0267 at 120; one wrong of all 150 is .0067.
    assert!(end(0) > 0.003 && end(1) < 0.06, "{forecast}");
}

/// Five folds per size; all of those at 80 and 160 are perfect.
const PERFECT: &str = "\
n_train,fold,accuracy
10,0,0.8\n10,1,0.7\n10,2,0.8\n10,3,0.9\n10,4,0.7
20,0,0.9\n20,1,0.9\n20,2,0.8\n20,3,0.9\n20,4,0.8
40,0,0.9\n40,1,1.0\n40,2,0.9\n40,3,1.0\n40,4,0.9
80,0,1.0\n80,1,1.0\n80,2,1.0\n80,3,1.0\n80,4,1.0
160,0,1.0\n160,1,1.0\n160,2,1.0\n160,3,1.0\n160,4,1.0
";

#[test]
fn a_size_at_which_all_is_perfect_is_an_upper_bound_said_once() {
    let (folder, path) = written(PERFECT);
    let file = curve_file::read(&path, &ReadOptions::default()).unwrap();
    let points = file.curves[0].points();
    let bounds: Vec<(f64, f64)> = points
        .iter()
        .filter(|point| point.is_censored)
        .map(|point| (point.size.get(), (point.error() * 1e9).round() / 1e9))
        .collect();
    // The smallest error of one run is .1, that of a mean of five runs .02.
    assert_eq!(bounds, [(80.0, 0.02), (160.0, 0.02)]);
    let folder = folder.path();
    let ran = run(folder, &["forecast", "file.csv", "--at", "160,320", "--json"]);
    let said = "at size 80 and others every run is perfect";
    let told = run(folder, &["forecast", "file.csv"]).stderr;
    assert_eq!(told.matches(said).count(), 1, "{told}");
    assert!(told.contains("below about 0.02,") && !told.contains("half"), "{told}");
    let curve = &document(&ran)["curves"][0];
    assert_eq!(curve["upper_bounds"].as_array().unwrap().len(), 2, "{curve}");
    assert_eq!(curve["upper_bounds"][1]["size"], 160);
    let errors: Vec<f64> =
        (0..2).map(|at| curve["forecasts"][at]["error"].as_f64().unwrap()).collect();
    assert!(errors[1] < errors[0] && errors[0] < 0.03, "{errors:?}");
    let fit = run(folder, &["fit", "file.csv"]).stdout;
    assert!(fit.contains("<2") && fit.contains("accuracy >0.98"), "{fit}");
    let back = run(folder, &["backtest", "file.csv", "--hide", "2"]).stdout;
    assert!(back.contains("<2"), "{back}");
    let diagnosis = run(folder, &["diagnose", "file.csv"]).stdout;
    assert!(!diagnosis.contains("one run a size"), "{diagnosis}");
    let plan = run(folder, &["plan", "file.csv", "--target", "accuracy 0.97"]).stdout;
    assert!(plan.contains("already reaches 3%: below 2.0%"), "{plan}");
}

#[test]
fn a_bound_is_drawn_and_written_as_one() {
    let (folder, path) = written(PERFECT);
    let folder = folder.path();
    let ran = run(folder, &["report", "file.csv", "-o", "report.html"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let page = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("perfect runs: error below"), "no key of the arrows");
    assert!(page.contains("below 2") && page.contains("accuracy above 0.98"), "no bound in words");
    let rows = page.matches(">perfect</td>").count();
    assert_eq!(rows, 2, "perfect sizes in the data table");
    let vega = run(folder, &["export", "vega", "file.csv"]).stdout;
    assert_eq!(vega.matches("is_upper_bound").count(), 2, "{vega}");
    let (_other, again) = written(&run(folder, &["export", "csv", "file.csv"]).stdout);
    let read =
        |path: &PathBuf| curve_file::read(path, &ReadOptions::default()).unwrap().curves.remove(0);
    let (first, again) = (read(&path), read(&again));
    let seen = |curve: &LearningCurve| -> Vec<(f64, bool)> {
        curve.points().iter().map(|point| (point.error(), point.is_censored)).collect()
    };
    assert_eq!(seen(&first), seen(&again));
}

#[test]
fn the_page_answers_in_the_metric_too() {
    let Some(folder) = folder_with("cases") else { return };
    let file = folder.join("map50_percent.csv").display().to_string();
    let place = tempfile::tempdir().unwrap();
    let words = ["report", &file, "--target", "mAP50 70", "-o", "report.html"];
    let ran = run(place.path(), &words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let page = std::fs::read_to_string(place.path().join("report.html")).unwrap();
    // The headline, the models and a table of forecasts, and the axis.
    assert!(page.contains("30% error (mAP50 70.0)"), "{page}");
    assert!(page.contains("Examples for 30% (mAP50 70.0)"), "{page}");
    // The rounds of buying end at the target.
    assert!(page.contains(">mAP50</th>") && page.contains("<td>70.0</td>"), "{page}");
    assert!(page.contains("(mAP50 in brackets) · log scale"), "{page}");
    assert!(page.contains(">40% (60.0)<"), "{page}");
    // These are the values at the largest measured size and at twice that size.
    assert!(page.contains(">mAP50 57.2<"), "{page}");
    // A metric that is the error itself is not printed twice.
    let (other, _) = written("size,error\n100,0.4\n200,0.3\n400,0.22\n800,0.17\n");
    run(other.path(), &["report", "file.csv", "-o", "report.html"]);
    let page = std::fs::read_to_string(other.path().join("report.html")).unwrap();
    assert!(!page.contains("in brackets)"), "{page}");
}

#[test]
fn a_known_test_set_keeps_perfect_runs_apart() {
    let text = "size,seed,error,n_test\n10,0,0.1,49\n10,1,0,49\n20,0,0,49\n20,1,0.02,49\n";
    let (_folder, path) = written(text);
    let file = curve_file::read(&path, &ReadOptions::default()).unwrap();
    let point = &file.curves[0].points()[0];
    assert_eq!(point.replicates.len(), 2);
    assert!((point.replicates[1].error - 0.01).abs() < 1e-12, "{point:?}");
}

#[test]
fn folds_that_failed_are_told_once_a_size() {
    let (_folder, path) = written(
        "size,fold,error\n10,0,nan\n10,1,\n10,2,0.4\n20,0,0.3\n20,1,0.3\n20,2,0.2\n40,0,0.2\n",
    );
    let folder = path.parent().unwrap();
    let ran = run(folder, &["fit", "file.csv"]);
    assert_eq!(refused(&ran), "`--skip-unusable` leaves such rows out");
    assert!(ran.stderr.contains("`error` is missing in 2 of 3 rows of size 10"), "{ran:?}");
    let ran = run(folder, &["fit", "file.csv", "--skip-unusable"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = run(folder, &["import", "csv", "file.csv"]);
    assert_eq!(refused(&ran).lines().count(), 1, "{ran:?}");
}

#[test]
fn shares_of_a_whole_are_sizes() {
    let file = "sizes_are_fractions.csv";
    let Some(ran) = typed(&["forecast", file]) else { return };
    assert!(ran.stderr.contains("`--whole 77k`"), "{ran:?}");
    let whole = ReadOptions { whole: Some(77_000.0), ..ReadOptions::default() };
    let read = read(file, &whole).unwrap().unwrap();
    assert_eq!(sizes(&read.curves[0]), [7_700.0, 19_250.0, 38_500.0, 57_750.0, 77_000.0]);
    let ran = typed(&["import", "csv", file, "--whole", "77k", "--json"]).unwrap();
    assert_eq!(document(&ran)["curves"][0]["points"][0]["size"].as_f64(), Some(7_700.0));
}

#[test]
fn cells_have_units_and_deviations() {
    let (_folder, path) = written("hours,wer\n10h,25 %\n30h,\"18,5 %\"\n100h,12%\n");
    let file = curve_file::read(&path, &ReadOptions::default()).unwrap();
    assert_eq!(sizes(&file.curves[0]), [10.0, 30.0, 100.0]);
    assert_eq!(errors(&file.curves[0]), [0.25, 0.185, 0.12]);
    let (_folder, path) = written("tokens,val_loss\n100m,4.5±0.1\n1.5B,3.5 ± 0.05\n");
    // A paper's `±` is mostly the deviation of single runs, and nothing states their number.
    let asked = curve_file::read(&path, &ReadOptions::default()).unwrap_err().to_string();
    assert_eq!(asked.matches("`--runs 5`, or `--runs 1`").count(), 1, "{asked}");
    let of_four = ReadOptions { runs: Some(4), ..ReadOptions::default() };
    let file = curve_file::read(&path, &of_four).unwrap();
    assert_eq!(sizes(&file.curves[0]), [1e8, 1.5e9]);
    assert_eq!(errors(&file.curves[0]), [4.5, 3.5]);
    assert_eq!(file.curves[0].points()[0].standard_error, Some(0.05));
}

#[test]
fn answers_are_given_in_what_sizes_count() {
    let answer = |text: &str| {
        let (folder, _path) = written(text);
        let ran = run(folder.path(), &["plan", "file.csv", "--target", "20%"]);
        ran.stdout.lines().next().unwrap_or_default().to_owned()
    };
    let of = |size: &str, unit: &str| {
        answer(&format!("{size},wer\n10{unit},.5\n30{unit},.4\n100{unit},.3\n300{unit},.25\n"))
    };
    assert!(of("n", "h").contains(" hours ("), "{}", of("n", "h"));
    assert!(of("train_tokens", "").contains(" tokens ("), "{}", of("train_tokens", ""));
    assert!(of("n", "").contains(" examples ("), "{}", of("n", ""));
}

#[test]
fn hardly_any_error_is_not_0() {
    let Some(ran) = typed(&["plan", "tiny_errors.csv", "--target", "1e-9"]) else { return };
    assert!(ran.stdout.contains("1e-9") && !ran.stdout.contains(" 0%"), "{}", ran.stdout);
    let table = typed(&["forecast", "tiny_errors.csv"]).unwrap().stdout;
    assert!(table.contains("e-8") && !table.contains(" 0%"), "{table}");
}

#[test]
fn neighbours_in_a_table_print_differently() {
    let Some(ran) = typed(&["forecast", "high_floor_loss.csv"]) else { return };
    for block in ran.stdout.split("next measurement").skip(1) {
        let rows = block.lines().filter(|line| line.trim_end().ends_with('×'));
        let cells = rows.map(|row| row.split_whitespace().nth(1).unwrap());
        let cells: Vec<&str> = cells.collect();
        assert_eq!(cells.len(), 3, "{block}");
        assert!(cells[0] != cells[1] && cells[1] != cells[2], "{block}");
    }
}
