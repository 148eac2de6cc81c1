//! Curve files: what is read, and every message a bad one gets.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use proptest::prelude::*;
use tenfold::curve_file::{self, CurveFile, ReadOptions};
use tenfold_core::{LearningCurve, MetricKind};

fn read_with(text: &str, options: &ReadOptions) -> Result<CurveFile, String> {
    curve_file::read_from(text.as_bytes(), Path::new("curves.csv"), options)
        .map_err(|problems| problems.to_string())
}

fn read(text: &str) -> CurveFile {
    read_with(text, &ReadOptions::default()).unwrap()
}

fn problems_of(text: &str) -> String {
    read_with(text, &ReadOptions::default()).map_or_else(|problems| problems, |_| "none".to_owned())
}

fn score(best: f64) -> ReadOptions {
    let metric_column = Some("accuracy".to_owned());
    ReadOptions { metric_column, higher_is_better: true, best, kind: None }
}

fn sizes(curve: &LearningCurve) -> Vec<f64> {
    curve.points().iter().map(|point| point.size.get()).collect()
}

fn errors(curve: &LearningCurve) -> Vec<f64> {
    curve.points().iter().map(tenfold_core::CurvePoint::error).collect()
}

#[test]
fn the_least_file_is_one_curve_called_as_the_file() {
    let file = read("size,error\n400,0.2\n100,0.4\n");
    assert_eq!(file.curves.len(), 1);
    assert_eq!(file.curves[0].name(), "curves");
    assert_eq!(sizes(&file.curves[0]), [100.0, 400.0]);
    assert_eq!(errors(&file.curves[0]), [0.4, 0.2]);
    assert_eq!(file.curves[0].metric(), MetricKind::ErrorRate);
    assert!(file.warnings.is_empty());
}

#[test]
fn columns_may_stand_anywhere_and_others_are_passed_over() {
    let file = read(
        "domain,error,curve,size,seed,standard_error,parameters\n\
         IC,0.4,b,1k,1,0.02,1.2M\nIC,0.3,a,64k,0,,\nIC,0.5,b,1e3,0,0.04,1000000\n",
    );
    let names: Vec<&str> = file.curves.iter().map(LearningCurve::name).collect();
    assert_eq!(names, ["b", "a"], "in order of appearance");
    let point = &file.curves[0].points()[0];
    assert_eq!(point.size.get(), 1000.0);
    let seeds: Vec<(u64, f64)> =
        point.replicates.iter().map(|replicate| (replicate.seed, replicate.error)).collect();
    assert_eq!(seeds, [(0, 0.5), (1, 0.4)]);
    let standard_error = point.standard_error.unwrap();
    assert!((standard_error - 0.001_f64.sqrt()).abs() < 1e-12, "root mean square");
    assert_eq!(point.parameter_count.unwrap().0, 1_200_000);
    assert_eq!(file.curves[1].points()[0].standard_error, None);
}

#[test]
fn jsonl_and_csv_read_the_same() {
    let csv = read("size,error,curve,seed\n1000,0.4,a,3\n2000,0.3,a,3\n");
    let jsonl = read(
        "{\"size\": 1000, \"error\": 0.4, \"curve\": \"a\", \"seed\": 3}\n\n\
         {\"curve\": \"a\", \"seed\": 3, \"error\": 0.3, \"size\": \"2k\", \"note\": [1]}\n",
    );
    assert_eq!(csv, jsonl);
}

#[test]
fn what_spreadsheets_write_is_read() {
    let plain = read("size,error\n1000,0.4\n2000,0.3\n");
    assert_eq!(read("\u{feff}size,error\r\n1000,0.4\r\n\r\n2000,0.3"), plain);
    assert_eq!(read("Size;Error\n1000;0.4\n2000;0.3\n"), plain);
    assert_eq!(read("size\terror\n1000\t0.4\n2000\t0.3\n"), plain);
    assert_eq!(read("\"size\", \"error\"\n\"1000\", \"0.4\"\n2000 , 0.3\n"), plain);
    let quoted = read("curve,size,error\n\"a, \"\"big\"\"\",1000,0.4\n");
    assert_eq!(quoted.curves[0].name(), "a, \"big\"");
}

#[test]
fn one_size_is_for_the_fit_to_refuse() {
    assert_eq!(read("size,error\n1000,0.4\n").curves[0].points().len(), 1);
}

#[test]
fn another_column_and_scores_are_read() {
    let text = "size,error,loss,accuracy\n1000,0.4,2.5,0.75\n2000,0.3,2.0,0.875\n";
    let loss = ReadOptions { metric_column: Some("loss".to_owned()), ..ReadOptions::default() };
    let file = read_with(text, &loss).unwrap();
    assert_eq!(errors(&file.curves[0]), [2.5, 2.0]);
    assert_eq!(file.curves[0].metric(), MetricKind::Loss);
    let file = read_with(text, &score(1.0)).unwrap();
    assert_eq!(errors(&file.curves[0]), [0.25, 0.125]);
    assert!(file.warnings.is_empty());
    assert_eq!(errors(&read_with(text, &score(2.0)).unwrap().curves[0]), [1.25, 1.125]);
}

#[test]
fn the_kind_of_error_is_guessed_and_can_be_said() {
    let text = "curve,size,error\na,1000,0.4\na,2000,0.3\nb,1000,2.5\n";
    let file = read(text);
    let kinds: Vec<MetricKind> = file.curves.iter().map(LearningCurve::metric).collect();
    assert_eq!(kinds, [MetricKind::ErrorRate, MetricKind::Loss]);
    insta::assert_snapshot!(file.warnings.join("\n"), @"`error` was taken for an error rate in 1 curve and for a loss in 1 curve; `--kind error-rate` or `--kind loss` says which");
    let options = ReadOptions { kind: Some(MetricKind::Unbounded), ..ReadOptions::default() };
    let file = read_with(text, &options).unwrap();
    assert!(file.curves.iter().all(|curve| curve.metric() == MetricKind::Unbounded));
    assert!(file.warnings.is_empty());
    let rmse = ReadOptions { metric_column: Some("rmse".to_owned()), ..ReadOptions::default() };
    let file = read_with("size,rmse\n1000,0.4\n", &rmse).unwrap();
    assert_eq!(file.curves[0].metric(), MetricKind::Unbounded);
}

#[test]
fn guesses_that_may_be_wrong_are_told() {
    insta::assert_snapshot!(read("size,error\n1000,40\n2000,30\n").warnings.join("\n"), @"`error` goes up to 40 and was taken for a loss; if these are percentages, divide them by 100");
    let fallen = ReadOptions { higher_is_better: false, ..score(1.0) };
    let file = read_with("size,accuracy\n1000,0.6\n2000,0.7\n", &fallen).unwrap();
    insta::assert_snapshot!(file.warnings.join("\n"), @"`accuracy` was read as an error, which falls; if it is a score, add `--higher-is-better`");
    let twice = "size,error,seed\n1000,0.4,1\n1000,0.5,1\n1000,0.5,2\n";
    insta::assert_snapshot!(read(twice).warnings.join("\n"), @"1 row repeats the seed of another row of the same curve and size, the first in line 3; all were kept");
    assert_eq!(read(twice).curves[0].points()[0].replicates.len(), 3);
}

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
    hint: a curve file is text: CSV or JSONL
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
    error: the file is an archive or a spreadsheet
     --> c.bin
    hint: save the sheet as CSV
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
    ");
    insta::assert_snapshot!(check(b"[{\"size\": 1, \"error\": 0.1}]"), @r#"
    error: the file is a JSON list, one object a line is needed
     --> c.bin:1:1
    1 | [{"size": 1, "error": 0.1}]
      | ^ a list
    hint: `jq -c '.[]' FILE | tenfold fit -`
    "#);
}

#[test]
fn missing_columns_are_told_the_nearest_one() {
    insta::assert_snapshot!(problems_of("n,err\n1000,0.1\n"), @r"
    error: there is no column `size`
     --> curves.csv:1:1
    1 | n,err
      | ^^^^^
    hint: did you mean `n`? rename it to `size`

    error: there is no column `error`
     --> curves.csv:1:1
    1 | n,err
      | ^^^^^
    hint: did you mean `err`? `--metric err` reads it
    ");
    insta::assert_snapshot!(problems_of("sizes,loss\n1000,0.1\n"), @r"
    error: there is no column `size`
     --> curves.csv:1:1
    1 | sizes,loss
      | ^^^^^^^^^^
    hint: did you mean `sizes`? rename it to `size`

    error: there is no column `error`
     --> curves.csv:1:1
    1 | sizes,loss
      | ^^^^^^^^^^
    hint: did you mean `loss`? `--metric loss` reads it
    ");
    insta::assert_snapshot!(problems_of("size,colour\n1000,0.1\n"), @r"
    error: there is no column `error`
     --> curves.csv:1:1
    1 | size,colour
      | ^^^^^^^^^^^
    hint: the file has the columns `size`, `colour`
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
    insta::assert_snapshot!(problems_of("{\"size\": 1000, \"err\": 0.1}\n"), @r#"
    error: the line has no `error`
     --> curves.csv:1:1
    1 | {"size": 1000, "err": 0.1}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: it has `err`, `size`
    "#);
}

#[test]
fn every_broken_line_is_told_with_its_number() {
    insta::assert_snapshot!(problems_of(
        "curve,size,error\n\
         a,1000,0.4\n\
         a,2000\n\
         a,4000,0.2,extra\n\
         a,many,0.2\n\
         a,0,0.2\n\
         a,-8,0.2\n\
         \n\
         a,8000,NaN\n\
         a,16k,inf\n\
         a,32k,0\n\
         a,64k,-0.1\n\
         a,,\n\
         a,128k,low\n\
         \"a,256k,0.1\n"
    ), @r#"
    error: the line has 2 fields, the header has 3
     --> curves.csv:3:1
    3 | a,2000
      | ^^^^^^

    error: the line has 4 fields, the header has 3
     --> curves.csv:4:1
    4 | a,4000,0.2,extra
      | ^^^^^^^^^^^^^^^^
    hint: put quotes around names that hold a separator

    error: `size` is `many`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:5:3
    5 | a,many,0.2
      |   ^^^^

    error: `size` is `0`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:6:3
    6 | a,0,0.2
      |   ^

    error: `size` is `-8`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:7:3
    7 | a,-8,0.2
      |   ^^

    error: `error` is `NaN`, a finite number is needed
     --> curves.csv:9:8
    9 | a,8000,NaN
      |        ^^^
    hint: leave out rows that were not measured

    error: `error` is `inf`, a finite number is needed
      --> curves.csv:10:7
    10 | a,16k,inf
       |       ^^^

    error: `error` is `0`, an error above 0 is needed
      --> curves.csv:11:7
    11 | a,32k,0
       |       ^
    hint: a measured error of 0 of n test examples counts as 0.5 / (n + 1)

    error: `error` is `-0.1`, an error above 0 is needed
      --> curves.csv:12:7
    12 | a,64k,-0.1
       |       ^^^^
    hint: for a score that grows: `--metric error --higher-is-better`

    error: `size` is empty, a number above 0 such as `1000`, `64k` or `1.2M` is needed
      --> curves.csv:13:3
    13 | a,,
       |   ^

    error: `error` is empty, a finite number is needed
      --> curves.csv:13:4
    13 | a,,
       |    ^

    error: `error` is `low`, a finite number is needed
      --> curves.csv:14:8
    14 | a,128k,low
       |        ^^^

    error: a quote is not closed on its line
      --> curves.csv:15:1
    15 | "a,256k,0.1
       | ^ opened here
    "#);
}

#[test]
fn numbers_written_otherwise_are_told_how() {
    insta::assert_snapshot!(problems_of("size;error\n1000;0,25\n2000;5%\n"), @r"
    error: `error` is `0,25`, a finite number is needed
     --> curves.csv:2:6
    2 | 1000;0,25
      |      ^^^^
    hint: write a point, not a comma: `0.25`

    error: `error` is `5%`, a finite number is needed
     --> curves.csv:3:6
    3 | 2000;5%
      |      ^^
    hint: write the share as a number: `0.05`
    ");
}

#[test]
fn optional_columns_are_checked_too() {
    insta::assert_snapshot!(problems_of(
        "size,error,seed,standard_error,train_error,parameters,cost,seconds\n\
         1000,0.4,1,0.1,0.1,1M,2,3\n\
         1000,0.4,,NaN,null,,,\n\
         1000,0.4,1.5,-0.1,x,0,$3,1h\n"
    ), @r"
    error: `seed` is `1.5`, a whole number from 0 is needed
     --> curves.csv:4:10
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |          ^^^
    hint: leave the cell empty if it was not measured

    error: `standard_error` is `-0.1`, a number from 0 is needed
     --> curves.csv:4:14
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |              ^^^^
    hint: leave the cell empty if it was not measured

    error: `train_error` is `x`, a number from 0 is needed
     --> curves.csv:4:19
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |                   ^
    hint: leave the cell empty if it was not measured

    error: `parameters` is `0`, a number above 0 such as `1.2M` is needed
     --> curves.csv:4:21
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |                     ^
    hint: leave the cell empty if it was not measured

    error: `cost` is `$3`, a number from 0 is needed
     --> curves.csv:4:23
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |                       ^^
    hint: leave the cell empty if it was not measured

    error: `seconds` is `1h`, a number from 0 is needed
     --> curves.csv:4:26
    4 | 1000,0.4,1.5,-0.1,x,0,$3,1h
      |                          ^^
    hint: leave the cell empty if it was not measured
    ");
}

#[test]
fn scores_beyond_the_best_are_refused() {
    let text = "size,accuracy\n1000,0.9\n2000,1\n4000,92.5\n";
    insta::assert_snapshot!(read_with(text, &score(1.0)).unwrap_err(), @r"
    error: `accuracy` is `1`, which leaves an error of 0 below 1
     --> curves.csv:3:6
    3 | 2000,1
      |      ^
    hint: a measured error of 0 of n test examples counts as 0.5 / (n + 1)

    error: `accuracy` is `92.5`, a score below the best one, 1, is needed
     --> curves.csv:4:6
    4 | 4000,92.5
      |      ^^^^
    hint: `--best 100` if that is the score of a model without fault
    ");
}

#[test]
fn bad_lines_of_jsonl_are_told() {
    insta::assert_snapshot!(problems_of(
        "{\"size\": 1000, \"error\": 0.4}\n\
         {\"size\": 1000, \"error\": NaN}\n\
         {\"size\": 1000, \"error\": \n\
         {\"size\": -5, \"error\": 0}\n\
         {\"size\": [1], \"error\": 0.1}\n\
         {\"size\": 1000, \"error\": null}\n"
    ), @r#"
    error: the line is not a JSON object
     --> curves.csv:2:25
    2 | {"size": 1000, "error": NaN}
      |                         ^
    hint: JSON has no NaN, leave out lines that were not measured

    error: the line is not a JSON object
     --> curves.csv:3:24
    3 | {"size": 1000, "error":
      |                        ^
    hint: a line is `{"size": 1000, "error": 0.1}`

    error: `size` is `-5`, a number above 0 such as `1000`, `64k` or `1.2M` is needed
     --> curves.csv:4:2
    4 | {"size": -5, "error": 0}
      |  ^^^^^^

    error: `error` is `0`, an error above 0 is needed
     --> curves.csv:4:14
    4 | {"size": -5, "error": 0}
      |              ^^^^^^^
    hint: a measured error of 0 of n test examples counts as 0.5 / (n + 1)

    error: `size` is neither a number nor a text
     --> curves.csv:5:2
    5 | {"size": [1], "error": 0.1}
      |  ^^^^^^

    error: the line has no `error`
     --> curves.csv:6:1
    6 | {"size": 1000, "error": null}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: it has `error`, `size`
    "#);
}

#[test]
fn twenty_problems_are_told_and_the_others_counted() {
    let mut text = "size,error\n".to_owned();
    for line in 0..1000 {
        writeln!(text, "{line},x").unwrap();
    }
    let problems = problems_of(&text);
    assert_eq!(problems.matches("error: ").count(), 21);
    let last: Vec<&str> = problems.rsplit("\n\n").take(1).collect();
    insta::assert_snapshot!(last[0], @r"
    error: 981 more of 1001 problems are not shown
     --> curves.csv
    ");
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

#[test]
fn the_order_of_rows_does_not_matter() {
    let forward = read("size,error,seed\n1000,0.4,0\n2000,0.3,0\n1000,0.5,1\n");
    let backward = read("size,error,seed\n1000,0.5,1\n2000,0.3,0\n1000,0.4,0\n");
    assert_eq!(forward, backward);
}

#[test]
fn a_hundred_thousand_curves_are_read() {
    let mut text = "curve,size,error,seed\n".to_owned();
    for curve in 0..100_000 {
        for size in [100, 200, 400] {
            writeln!(text, "curve-{curve},{size},0.{size},0").unwrap();
        }
    }
    let file = read(&text);
    assert_eq!(file.curves.len(), 100_000);
    assert_eq!(errors(&file.curves[99_999]), [0.1, 0.2, 0.4]);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let outcome = curve_file::read_from(&bytes[..], Path::new("c"), &ReadOptions::default());
        if let Err(problems) = outcome {
            prop_assert!(!problems.0.is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn no_text_like_a_curve_file_makes_the_reader_panic(
        header in prop::sample::select(vec!["size,error\n", "curve,size,error,seed\n", "{", ""]),
        body in "[-0-9a-z.,;\"\\\\{}\\[\\]:\n\t ék%]{0,200}",
        higher in any::<bool>(),
    ) {
        let options = ReadOptions { higher_is_better: higher, ..ReadOptions::default() };
        match read_with(&format!("{header}{body}"), &options) {
            Ok(file) => prop_assert!(!file.curves.is_empty()),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn what_was_written_is_read(
        points in proptest::collection::vec((1_u32..1_000_000, 1e-9_f64..1e3, 0_u64..5), 1..30),
    ) {
        let mut text = "size,error,seed\n".to_owned();
        for (size, error, seed) in &points {
            writeln!(text, "{size},{error},{seed}").unwrap();
        }
        let file = read(&text);
        let mut read: Vec<(u32, f64, u64)> = Vec::new();
        for point in file.curves[0].points() {
            for replicate in &point.replicates {
                read.push((point.size.get() as u32, replicate.error, replicate.seed));
            }
        }
        let order = |a: &(u32, f64, u64), b: &(u32, f64, u64)| {
            (a.0, a.2).cmp(&(b.0, b.2)).then(a.1.total_cmp(&b.1))
        };
        let mut written = points;
        written.sort_by(order);
        read.sort_by(order);
        prop_assert_eq!(read, written);
    }
}
