//! Files that are missing, empty, not text or without a column.

use std::io::Write as _;
use std::path::Path;

use tenfold::curve_file::{self, ReadOptions};

use super::{problems_of, read_with};

#[test]
fn empty_files_are_refused() {
    insta::assert_snapshot!(problems_of(""), @r"
    error: the curve file is empty
     --> curves.csv
    hint: a curve file starts with `size,error` and has a measurement a line
    ");
    insta::assert_snapshot!(problems_of("\n  \n"), @r"
    error: the curve file is empty
     --> curves.csv
    hint: a curve file starts with `size,error` and has a measurement a line
    ");
    insta::assert_snapshot!(problems_of("size,error\n"), @r"
    error: the curve file has a header and no measurements
     --> curves.csv
    hint: add a line for each measurement: `1000,0.25`
    ");
}

#[test]
fn files_that_are_not_text_are_called_what_they_are() {
    let check = |bytes: &[u8]| {
        let outcome = curve_file::read_from(bytes, Path::new("c.bin"), &ReadOptions::default());
        outcome.unwrap_err().to_string()
    };
    insta::assert_snapshot!(check(b"\x7fELF\x02\x01\x00\x00"), @r"
    error: the file is binary, text was expected
     --> c.bin
    hint: a table is text (CSV, JSON, Markdown, LaTeX) or an Excel workbook (.xlsx)
    ");
    insta::assert_snapshot!(check(b"PAR1\x15"), @r"
    error: the file is Parquet, text was expected
     --> c.bin
    hint: export the table as CSV
    ");
    insta::assert_snapshot!(check(b"\x1f\x8b\x08"), @r"
    error: the file is compressed
     --> c.bin
    hint: `gunzip -c FILE | tenfold fit -`
    ");
    insta::assert_snapshot!(check(b"PK\x03\x04"), @r"
    error: the workbook cannot be read: invalid Zip archive: Could not find EOCD
     --> c.bin
    hint: open it in a spreadsheet and save it again, or save it as CSV
    ");
    insta::assert_snapshot!(check(b"size,error\n1000,0.1\n\xff\xfe,0.2\n"), @r"
    error: the line is not text in UTF-8
     --> c.bin:3
    hint: save the file as UTF-8
    ");
    let long = format!("size,error\n{}\n", "1".repeat(2 << 20));
    insta::assert_snapshot!(check(long.as_bytes()), @r"
    error: the line has more than 1 MiB
     --> c.bin:2
    hint: give a table with a measurement a line
    ");
}

#[test]
fn missing_columns_are_told_the_nearest_one() {
    insta::assert_snapshot!(problems_of("siez,eror\n1000,0.1\n"), @r"
    error: there is no column `size`
     --> curves.csv:1:1
    1 | siez,eror
      | ^^^^^^^^^
    hint: did you mean `siez`? `--size-column siez` reads it

    error: there is no column `error`
     --> curves.csv:1:1
    1 | siez,eror
      | ^^^^^^^^^
    hint: did you mean `eror`? `--metric eror` reads it
    ");
    insta::assert_snapshot!(problems_of("size,colour\n1000,0.1\n"), @r"
    error: there is no column `error`
     --> curves.csv:1:1
    1 | size,colour
      | ^^^^^^^^^^^
    hint: the file has the columns `size`, `colour`; `--metric COLUMN`
    ");
    insta::assert_snapshot!(problems_of("1000,0.1\n2000,0.2\n"), @r"
    error: the file starts with numbers, a header line is needed
     --> curves.csv:1:1
    1 | 1000,0.1
      | ^^^^^^^^ numbers
    hint: make the first line name the columns: `size,error`
    ");
    insta::assert_snapshot!(problems_of("size,error,error\n1000,0.1,0.2\n"), @r"
    error: two columns are called `error`
     --> curves.csv:1:12
    1 | size,error,error
      |            ^^^^^ the second one
    hint: rename one of them
    ");
    let options = ReadOptions { metric_column: Some("los".to_owned()), ..ReadOptions::default() };
    insta::assert_snapshot!(read_with("size,error,loss\n1,1,1\n", &options).unwrap_err(), @r"
    error: there is no column `los`
     --> curves.csv:1:1
    1 | size,error,loss
      | ^^^^^^^^^^^^^^^
    hint: did you mean `loss`? `--metric loss` reads it
    ");
    insta::assert_snapshot!(problems_of("{\"size\": 1000, \"colour\": 0.1}\n"), @r#"
    error: there is no column `error`
     --> curves.csv:1:1
    1 | {"size": 1000, "colour": 0.1}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: the file has the columns `size`, `colour`; `--metric COLUMN`
    "#);
}

#[test]
fn usual_names_of_columns_are_read() {
    let plain = read_with("size,error\n1000,0.1\n", &ReadOptions::default()).unwrap();
    for header in ["n,err", "n_train,test_error", "Train Size,Error Rate", "\"samples\",\"WER\""] {
        let file = read_with(&format!("{header}\n1000,0.1\n"), &ReadOptions::default());
        assert_eq!(file.unwrap().curves, plain.curves, "{header}");
    }
}

#[test]
fn a_missing_file_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str| {
        let path = folder.path().join(name);
        let outcome = curve_file::read(&path, &ReadOptions::default());
        outcome.unwrap_err().to_string().replace(&folder.path().display().to_string(), "FOLDER")
    };
    let mut file = std::fs::File::create(folder.path().join("curves.csv")).unwrap();
    file.write_all(b"size,error\n1000,0.1\n").unwrap();
    insta::assert_snapshot!(check("curve.csv"), @r"
    error: there is no curve file `FOLDER/curve.csv`
    note: `FOLDER` has `curves.csv`
    hint: did you mean `FOLDER/curves.csv`?
    ");
    insta::assert_snapshot!(check("nowhere/curve.csv"), @r"
    error: there is no curve file `FOLDER/nowhere/curve.csv`
    note: there is no folder `FOLDER/nowhere`
    ");
    insta::assert_snapshot!(check(""), @r"
    error: `FOLDER/` is a folder, a curve file is needed
    hint: without a file, the commands read the study in the current folder
    ");
    let path = folder.path().join("curves.csv");
    assert_eq!(curve_file::read(&path, &ReadOptions::default()).unwrap().curves.len(), 1);
}
