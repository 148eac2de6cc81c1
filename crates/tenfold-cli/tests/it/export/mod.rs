//! Exports for other tools: a written curve file reads back the same.

mod tracker;

use std::fs;
use std::path::Path;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use crate::program::{SMALL_STUDY, run, run_well, write_study};

pub(crate) const CURVES: &str = "\
curve,size,seed,error,train_error,standard_error,parameters,cost,seconds
cnn,100,0,0.31,0.1,0.01,1000,2,10
cnn,100,1,0.33,0.11,0.02,1000,2,11
cnn,200,0,0.24,0.1,,1000,3,20
cnn,400,0,0.19,0.1,,2000,4,40
cnn,800,0,0.15,0.1,,2000,5,80
cnn,1600,0,0.12,0.1,,2000,6,160
\"a, b\",100,7,0.5,,,,,
\"a, b\",1000,7,0.4,,,,,
\"a, b\",2000,7,0.36,,,,,
\"a, b\",4000,7,0.33,,,,,
";

#[expect(clippy::disallowed_methods, reason = "a test writes as a user does")]
pub(crate) fn write_curves(folder: &Path) {
    fs::write(folder.join("curves.csv"), CURVES).unwrap();
}

/// Checks that curves read back from what `export csv` wrote give the same documents.
fn check_reads_back(folder: &Path, subject: &str) {
    run_well(folder, &["export", "csv", subject, "-o", "again.csv"]);
    for command in [&["fit"][..], &["forecast", "--at", "100k"], &["diagnose", "--exit-zero"]] {
        let document = |of: &str| {
            let words: Vec<&str> = [command[0], of, "--json"]
                .into_iter()
                .chain(command[1..].iter().copied())
                .collect();
            run_well(folder, &words).stdout
        };
        // A diagnosis also uses facts about the training, which are not in the file.
        if command[0] != "diagnose" || subject != "." {
            assert_eq!(document("again.csv"), document(subject), "{command:?}");
        }
    }
    run_well(folder, &["export", "csv", "again.csv", "-o", "third.csv"]);
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(text("third.csv"), text("again.csv"));
}

#[test]
fn a_curve_file_reads_back_to_the_same_answers_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    write_curves(folder.path());
    check_reads_back(folder.path(), "curves.csv");
}

#[test]
fn a_study_reads_back_to_the_same_fit_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    run_well(folder.path(), &["run"]);
    check_reads_back(folder.path(), ".");
}

#[test]
fn what_each_test_example_did_changes_the_fit_and_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    run_well(folder.path(), &["run"]);
    let text = run_well(folder.path(), &["export", "csv"]).stdout;
    assert!(text.lines().nth(1).unwrap().contains(",bits:512:"), "{text}");
    let without: Vec<&str> = text.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
    let plain = folder.path().join("plain.csv");
    super::import::written(folder.path(), "plain.csv", without.join("\n"));
    let fit = |of: &str| run_well(folder.path(), &["forecast", of, "--at", "2k", "--json"]).stdout;
    assert_ne!(fit(plain.to_str().unwrap()), fit("."), "the test would prove nothing");
}

#[test]
fn the_table_has_the_same_numbers_with_types() {
    let folder = tempfile::tempdir().unwrap();
    write_curves(folder.path());
    run_well(folder.path(), &["export", "parquet", "curves.csv", "-o", "curves.parquet"]);
    let file = fs::File::open(folder.path().join("curves.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows: Vec<Vec<(String, Field)>> =
        reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
    assert_eq!(rows.len(), 10);
    let cell = |row: usize, name: &str| {
        rows[row].iter().find(|(column, _)| column == name).map(|(_, field)| field.clone()).unwrap()
    };
    assert_eq!(cell(0, "curve"), Field::Str("cnn".to_owned()));
    assert_eq!(cell(0, "size"), Field::Double(100.0));
    assert_eq!(cell(1, "seed"), Field::ULong(1));
    assert_eq!(cell(1, "error"), Field::Double(0.33));
    assert_eq!(cell(0, "parameters"), Field::ULong(1000));
    assert_eq!(cell(9, "curve"), Field::Str("a, b".to_owned()));
    assert_eq!(cell(9, "train_error"), Field::Null);
}

#[test]
fn the_chart_holds_measurements_fit_and_intervals() {
    let folder = tempfile::tempdir().unwrap();
    write_curves(folder.path());
    let words = ["export", "vega", "curves.csv", "--target", "5%"];
    let chart: Value = serde_json::from_str(&run_well(folder.path(), &words).stdout).unwrap();
    assert_eq!(chart["$schema"], "https://vega.github.io/schema/vega-lite/v5.json");
    let rows = |name: &str| chart["datasets"][name].as_array().unwrap().clone();
    assert_eq!(rows("runs").len(), 10);
    assert_eq!(rows("measured").len(), 9);
    // There are 37 grid points on each side of the largest size, for each of two curves.
    assert_eq!((rows("fit").len(), rows("forecast").len()), (74, 74));
    for row in rows("forecast") {
        let number = |name: &str| row[name].as_f64().unwrap();
        let order = ["low_95", "low_80", "error", "high_80", "high_95"].map(number);
        assert!(order.is_sorted() && order[0] > 0.0, "{row}");
    }
    let target = chart["layer"].as_array().unwrap().last().unwrap();
    assert_eq!(target["data"]["values"][0]["error"], 0.05);
}

#[test]
fn what_cannot_be_printed_needs_a_file() {
    let folder = tempfile::tempdir().unwrap();
    write_curves(folder.path());
    let ran = run(folder.path(), &["export", "parquet", "curves.csv"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr.trim_end(),
        "error: Parquet is not text, a file to write is needed\nhint: tenfold export parquet -o \
         curves.parquet"
    );
}
