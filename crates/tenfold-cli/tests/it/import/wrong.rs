//! Every message a bad source gets, with a hint that can be typed.

use tenfold::import::Mapping;

use super::{import, refused, written};

#[track_caller]
fn check(tool: &str, text: &str, mapping: &Mapping, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "runs", text);
    assert_eq!(refused(tool, &path, mapping).trim_end(), expected);
}

#[test]
fn a_name_that_no_run_has_is_met_with_the_near_one_and_all_there_are() {
    let table = "n_train,seed,val_error\n10,0,0.5\n";
    let size = Mapping { size: Some("n_trian".to_owned()), ..Mapping::default() };
    check(
        "csv",
        table,
        &size,
        "error: no run has a size `n_trian`\n --> runs\nnote: the runs have `n_train`, `seed`, \
         `val_error`\nhint: did you mean `--size n_train`?",
    );
    let metric = Mapping { metric: Some("eror".to_owned()), ..Mapping::default() };
    check(
        "csv",
        table,
        &metric,
        "error: no run has a metric `eror`\n --> runs\nnote: the runs have `n_train`, `seed`, \
         `val_error`\nhint: did you mean `--metric val_error`?",
    );
}

#[test]
fn names_that_say_nothing_are_asked_for() {
    check(
        "csv",
        "a,b\n1,2\n",
        &Mapping::default(),
        "error: cannot tell which name is the training-set size\n --> runs\nnote: the runs have \
         `a`, `b`\nhint: `--size NAME`, or `--pattern 'n={size}_seed={seed}'` if it stands in the \
         runs' names\n\nerror: cannot tell which name is the metric\n --> runs\nnote: the runs have \
         `a`, `b`\nhint: `--metric a`",
    );
}

#[test]
fn runs_without_a_size_or_with_a_metric_that_is_no_number_are_named() {
    check(
        "csv",
        "size,seed,error\n,0,0.5\n10,1,NaN\n10,2,0.3\n",
        &Mapping::default(),
        "error: run `line 2`: it has no size, `size`\n --> runs:2\nhint: `--skip-unusable` leaves \
         such runs out\n\nerror: `error` is missing or no number in 1 of 2 runs of size 10\n --> \
         runs:3\nhint: `--skip-unusable` leaves such runs out",
    );
}

#[test]
fn runs_that_cannot_be_used_are_left_out_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "runs.csv", "size,error\n,0.5\n10,NaN\n10,0.3\n");
    let mapping = Mapping { skip_unusable: true, ..Mapping::default() };
    let read = super::understood("csv", &path, &mapping);
    assert_eq!(read.measurements.len(), 1);
    let why: Vec<&str> = read.left_out.iter().map(|left| left.why.as_str()).collect();
    assert_eq!(
        why,
        ["it has no size, `size`", "its metric `error` is `NaN`, a finite number is needed"]
    );
}

#[test]
fn scores_better_than_the_best_and_errors_below_0_are_refused() {
    let mapping = Mapping { higher_is_better: Some(true), ..Mapping::default() };
    check(
        "csv",
        "size,error\n10,87\n",
        &mapping,
        "error: `error` goes up to 87, and its name does not say its best value\n --> runs\nhint: \
         `--best 100` if that is the score of a model without fault",
    );
    check(
        "csv",
        "size,error\n10,-0.7\n",
        &Mapping::default(),
        "error: `error` goes down to -0.7: a law needs the smallest value it can have\n --> runs\nhint: \
         `--best -0.9`, or another value that no model can go below",
    );
}

#[test]
fn files_of_another_kind_are_called_by_their_name() {
    let none = Mapping::default();
    check(
        "csv",
        "",
        &none,
        "error: the file is empty\n --> runs\nhint: give the file or folder that your runs were written to",
    );
    check(
        "csv",
        "size,error\n",
        &none,
        "error: the table has a header and no row\n --> runs\nhint: add a row for each run",
    );
    check(
        "csv",
        "1,2\n3,4\n",
        &none,
        "error: the first line has numbers, not names\n --> runs:1\nhint: make the first line name the columns: `size,seed,error`",
    );
    check(
        "csv",
        "a,b\n1,2,3\n",
        &none,
        "error: the line has 3 fields, the header has 2\n --> runs:2\nhint: put quotes around names that hold a separator",
    );
    check(
        "csv",
        "SQLite format 3\0",
        &none,
        "error: this is an SQLite database, text was expected\n --> runs\nhint: `tenfold import mlflow` or `tenfold import optuna` reads one",
    );
    let told = |tool, text| {
        let folder = tempfile::tempdir().unwrap();
        refused(tool, &written(folder.path(), "runs", text), &none)
    };
    assert!(told("csv", "{\"size\": 1}").contains("hint: tenfold import jsonl "));
    assert!(told("jsonl", "size,error\n1,2\n").contains("hint: tenfold import csv "));
    assert!(told("jsonl", "{\"size\": 1, \"error\": NaN}").contains("JSON has no NaN"));
}

#[test]
fn nothing_is_written_when_anything_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "runs.csv", "size,error\n10,0.5\n20,bad\n");
    let ran = import(folder.path(), &["csv", "runs.csv", "-o", "curves.csv", "--yes"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("it has no metric `error`"), "{}", ran.stderr);
    assert!(!folder.path().join("curves.csv").exists());
    let ran = import(folder.path(), &["csv", "rums.csv"]);
    assert!(ran.stderr.contains("did you mean `runs.csv`?"), "{}", ran.stderr);
}

#[test]
fn a_pattern_that_fits_nothing_shows_what_the_names_are() {
    let mapping = Mapping { pattern: Some("size-{size}".to_owned()), ..Mapping::default() };
    check(
        "csv",
        "size,error\n10,0.5\n",
        &mapping,
        "error: the pattern `size-{size}` fits no run's name\n --> runs\nnote: runs are called \
         `line 2`\nhint: `--pattern 'n={size}_seed={seed}'`",
    );
}
