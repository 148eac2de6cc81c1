//! CSV and JSON: one row per run, one row per step, and the curve file that results.

use std::fs;

use tenfold::import::{Mapping, Repeated, Take};

use super::{import, refused, understood, written};
use crate::program::run_well;

const RUNS: &str = "\
n_train,seed,arch,val_acc,lr
100,0,cnn,0.8,0.1
100,1,cnn,0.7,0.1
1k,0,cnn,0.9,0.1
100,0,mlp,0.5,0.1
";

#[test]
fn a_row_is_a_run_and_what_columns_mean_is_guessed_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "runs.csv", RUNS);
    let read = understood("csv", &path, &Mapping::default());
    let points: Vec<(&str, f64, Option<u64>, f64)> = read
        .measurements
        .iter()
        .map(|one| (one.curve.as_str(), one.size.get(), one.seed, (one.error * 1e9).round() / 1e9))
        .collect();
    let expected = [
        ("cnn", 100.0, Some(0), 0.2),
        ("cnn", 100.0, Some(1), 0.3),
        ("cnn", 1000.0, Some(0), 0.1),
        ("mlp", 100.0, Some(0), 0.5),
    ];
    assert_eq!(points, expected);
}

#[test]
fn a_row_a_step_becomes_one_number_a_run_in_the_order_of_steps() {
    let folder = tempfile::tempdir().unwrap();
    let log = "epoch,size,seed,val_loss\n2,10,0,0.5\n1,10,0,0.9\n3,10,0,0.7\n1,20,0,0.4\n";
    let path = written(folder.path(), "log.csv", log);
    let taken = |word: &str| -> Vec<f64> {
        let mapping = Mapping { take: word.parse().unwrap(), ..Mapping::default() };
        understood("csv", &path, &mapping).measurements.iter().map(|one| one.error).collect()
    };
    assert_eq!(taken("last"), [0.7, 0.4]);
    assert_eq!(taken("min"), [0.5, 0.4]);
    assert_eq!(taken("max"), [0.9, 0.4]);
    assert_eq!(taken("mean-last:2"), [0.6, 0.4]);
    let guess = &understood("csv", &path, &Mapping::default()).warnings[0];
    assert!(guess.contains("same `size`, `seed` were taken for one run"), "{guess}");
}

#[test]
fn a_run_column_keeps_runs_of_one_size_and_seed_apart() {
    let folder = tempfile::tempdir().unwrap();
    let log = "run_id,step,size,loss\na,1,10,0.9\na,2,10,0.8\nb,1,10,0.7\nb,2,10,0.6\n";
    let path = written(folder.path(), "log.csv", log);
    let read = understood("csv", &path, &Mapping::default());
    let errors: Vec<f64> = read.measurements.iter().map(|one| one.error).collect();
    assert_eq!(errors, [0.8, 0.6]);
}

#[test]
fn json_lists_and_lines_read_alike_and_nested_names_have_points() {
    let folder = tempfile::tempdir().unwrap();
    let objects = [
        r#"{"config": {"n": 10, "seed": 0}, "summary": {"error": 0.5}}"#,
        r#"{"config": {"n": 20, "seed": 0}, "summary": {"error": 0.4}}"#,
    ];
    let lines = written(folder.path(), "a.jsonl", objects.join("\n"));
    let list = written(folder.path(), "b.json", format!("[{}]", objects.join(",")));
    let errors = |path| -> Vec<(f64, f64)> {
        let read = understood("jsonl", path, &Mapping::default());
        read.measurements.iter().map(|one| (one.size.get(), one.error)).collect()
    };
    assert_eq!(errors(&lines), [(10.0, 0.5), (20.0, 0.4)]);
    assert_eq!(errors(&list), errors(&lines));
}

#[test]
fn what_is_typed_stands_above_what_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let table = "n,tokens,error,loss,seed,fold,name\n1,10,0.3,2,0,5,x\n2,20,0.2,1,0,6,y\n";
    let path = written(folder.path(), "runs.csv", table);
    let mapping = Mapping {
        size: Some("tokens".to_owned()),
        metric: Some("loss".to_owned()),
        seed: Some("fold".to_owned()),
        curve: vec!["name".to_owned()],
        take: Take::Min,
        ..Mapping::default()
    };
    let read = understood("csv", &path, &mapping);
    let first = &read.measurements[0];
    assert_eq!((first.size.get(), first.seed, first.curve.as_str()), (10.0, Some(5), "x"));
    assert_eq!(first.error.to_bits(), 2.0_f64.to_bits());
}

#[test]
fn runs_of_one_size_and_seed_are_what_the_user_says_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        written(folder.path(), "runs.csv", "size,seed,error\n10,0,0.3\n10,0,0.2\n10,0,0.4\n");
    let kept = |repeated| -> Vec<f64> {
        let mapping = Mapping { repeated: Some(repeated), ..Mapping::default() };
        understood("csv", &path, &mapping).measurements.iter().map(|one| one.error).collect()
    };
    assert_eq!(kept(Repeated::Last), [0.4]);
    assert_eq!(kept(Repeated::Best), [0.2]);
    assert_eq!(kept(Repeated::Keep), [0.3, 0.2, 0.4]);
    let told = refused("csv", &path, &Mapping::default());
    assert!(told.contains("3 runs of `runs` have size 10 and seed 0"), "{told}");
    assert!(told.contains("`--repeated last`"), "{told}");
}

#[test]
fn sizes_in_names_are_read_by_a_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let table = "run,step,error\ncnn/n=100_s1,1,0.4\ncnn/n=2k_s1,1,0.3\n";
    let path = written(folder.path(), "runs.csv", table);
    let mapping =
        Mapping { pattern: Some("{curve}/n={size}_s{seed}".to_owned()), ..Mapping::default() };
    let read = understood("csv", &path, &mapping);
    let second = &read.measurements[1];
    assert_eq!((second.size.get(), second.seed, second.curve.as_str()), (2000.0, Some(1), "cnn"));
}

#[test]
fn only_the_runs_asked_for_are_used_and_the_others_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "runs.csv", RUNS);
    let only = vec![("arch".to_owned(), "mlp".to_owned())];
    let read = understood("csv", &path, &Mapping { only, ..Mapping::default() });
    assert_eq!(read.measurements.len(), 1);
    assert_eq!(read.left_out[0].why, "`arch` is `cnn`");
}

#[test]
fn nothing_is_written_before_somebody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "runs.csv", RUNS);
    let seen = import(folder.path(), &["csv", "runs.csv", "-o", "curves.csv"]);
    assert_eq!(seen.code, Some(0));
    assert!(
        seen.stdout.contains("higher is better: the error is 1 − `val_acc`"),
        "{}",
        seen.stdout
    );
    assert!(seen.stderr.contains("Nothing is written: --yes writes it"), "{}", seen.stderr);
    assert!(!folder.path().join("curves.csv").exists());
    let done = import(folder.path(), &["csv", "runs.csv", "-o", "curves.csv", "--yes"]);
    assert!(done.stdout.contains("wrote  curves.csv (4 runs)"), "{}", done.stdout);
    let text = fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    assert!(text.starts_with("curve,size,seed,error,kind,run\ncnn,100,0,"), "{text}");
}

#[test]
fn a_loss_below_1_stays_a_loss_in_the_curve_file() {
    let folder = tempfile::tempdir().unwrap();
    let table = "size,val_loss\n10,0.9\n20,0.8\n40,0.7\n80,0.65\n160,0.6\n320,0.57\n";
    written(folder.path(), "runs.csv", table);
    let done = import(folder.path(), &["csv", "runs.csv", "-o", "curves.csv", "--yes"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let text = fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    assert!(text.lines().skip(1).all(|line| line.contains(",loss")), "{text}");
    run_well(folder.path(), &["forecast", "curves.csv", "--at", "640", "--json"]);
}

#[test]
fn the_document_says_what_was_understood_and_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "runs.csv", RUNS);
    let words = ["csv", "runs.csv", "--json", "-o", "curves.csv"];
    let seen: serde_json::Value =
        serde_json::from_str(&import(folder.path(), &words).stdout).unwrap();
    assert_eq!(seen["schema"], "tenfold.import/1");
    assert_eq!(seen["mapping"]["size"]["from"], "`n_train`");
    assert_eq!(seen["mapping"]["size"]["guessed"], true);
    assert_eq!(seen["curves"][0]["points"][0]["runs"][1]["seed"], 1);
    assert_eq!(seen["written"], serde_json::Value::Null);
}

#[test]
fn a_seed_and_a_fold_tell_runs_apart_together() {
    let folder = tempfile::tempdir().unwrap();
    let text = "size,seed,fold,error\n10,0,0,0.4\n10,0,1,0.5\n10,1,0,0.45\n20,0,0,0.3\n";
    let path = written(folder.path(), "runs.csv", text);
    let seeds: Vec<Option<u64>> = understood("csv", &path, &Mapping::default())
        .measurements
        .iter()
        .map(|one| one.seed)
        .collect();
    assert_eq!(seeds.len(), 4);
    assert!(seeds[0] == seeds[3] && seeds[0] != seeds[1] && seeds[0] != seeds[2], "{seeds:?}");
    // With one row per step there are still four runs.
    let log = text
        .lines()
        .flat_map(|line| match line.split_once(',') {
            Some(("size", _)) => vec![format!("epoch,{line}")],
            _ => vec![format!("1,{line}"), format!("2,{line}")],
        })
        .collect::<Vec<_>>()
        .join("\n");
    let path = written(folder.path(), "log.csv", &log);
    assert_eq!(understood("csv", &path, &Mapping::default()).measurements.len(), 4);
}

#[test]
fn a_deviation_behind_a_value_becomes_a_standard_error_once_runs_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "means.csv", "n_train,val_acc\n100,80 ± 2 %\n200,90 ± 1 %\n");
    let asked = refused("csv", &path, &Mapping::default());
    assert!(asked.contains("nothing says how many runs are behind a row"), "{asked}");
    assert!(asked.contains("`--runs 5`, or `--runs 1`"), "{asked}");
    let of_four = Mapping { runs: Some(4), ..Mapping::default() };
    let read = understood("csv", &path, &of_four);
    let errors: Vec<f64> = read.measurements.iter().filter_map(|one| one.standard_error).collect();
    // The error of a mean of four runs is half of the two per cent of single runs.
    assert!((errors[0] - 0.01).abs() < 1e-12 && (errors[1] - 0.005).abs() < 1e-12, "{errors:?}");
    let text = "| n | error |\n|---|---|\n| 100 | 0.3 ± 0.02 |\n| 200 | 0.2 ± 0.02 |\n";
    let table = written(folder.path(), "means.md", text);
    let read = understood("csv", &table, &of_four);
    assert!((read.measurements[0].standard_error.unwrap() - 0.01).abs() < 1e-12);
    let told = &understood("csv", &table, &Mapping::default()).warnings;
    assert!(told.iter().any(|one| one.contains("`error_std` is not read; `--runs 5`")), "{told:?}");
    let file = folder.path().join("curve.csv");
    let (from, to) = (path.display().to_string(), file.display().to_string());
    run_well(folder.path(), &["import", "csv", &from, "--runs", "4", "-o", &to, "--yes"]);
    let found = fs::read_to_string(&file).unwrap();
    assert!(found.starts_with("curve,size,error,standard_error,kind"), "{found}");
}

#[test]
fn a_written_file_says_that_its_sizes_are_hours() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "wer.csv", "n,wer\n10h,0.25\n30h,0.185\n100h,0.12\n");
    let file = folder.path().join("curve.csv");
    let (from, to) = (path.display().to_string(), file.display().to_string());
    run_well(folder.path(), &["import", "csv", &from, "-o", &to, "--yes"]);
    let found = fs::read_to_string(&file).unwrap();
    assert!(found.starts_with("curve,hours,error"), "{found}");
    let shown = run_well(folder.path(), &["forecast", &to, "--at", "200"]).stdout;
    let plan = run_well(folder.path(), &["plan", &to, "--target", "10%"]).stdout;
    assert!(plan.contains("hours"), "{plan} {shown}");
}
