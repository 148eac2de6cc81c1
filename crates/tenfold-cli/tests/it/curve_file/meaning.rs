//! The interpretation of a valid file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tenfold::curve_file::ReadOptions;
use tenfold_core::{LearningCurve, MetricKind};

use super::{errors, read, read_with, score, sizes};

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
    assert_eq!(sizes(&file.curves[0]), [1000.0]);
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
    assert_eq!(file.warnings, ["not read: `error`, `loss`"]);
    assert_eq!(errors(&read_with(text, &score(2.0)).unwrap().curves[0]), [1.25, 1.125]);
}

#[test]
fn the_kind_of_error_is_guessed_and_can_be_said() {
    let text = "curve,size,quality\na,1000,0.4\na,2000,0.3\nb,1000,2.5\n";
    let quality =
        ReadOptions { metric_column: Some("quality".to_owned()), ..ReadOptions::default() };
    let file = read_with(text, &quality).unwrap();
    let kinds: Vec<MetricKind> = file.curves.iter().map(LearningCurve::metric).collect();
    assert_eq!(kinds, [MetricKind::ErrorRate, MetricKind::Loss]);
    insta::assert_snapshot!(file.warnings.join("\n"), @"`quality` was taken for an error rate in 1 curve and for a loss in 1 curve; `--kind error-rate` or `--kind loss` says which");
    let text = "curve,size,error\na,1000,0.4\na,2000,0.3\nb,1000,2.5\n";
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
    insta::assert_snapshot!(read("size,error\n1000,40\n2000,30\n").warnings.join("\n"), @"`error` was read as per cent; `--unit plain` if it is not");
    let file = read("size,accuracy\n1000,0.6\n2000,0.7\n");
    insta::assert_snapshot!(file.warnings.join("\n"), @"`accuracy` is a score: the error is 1 − `accuracy`; `--lower-is-better` if it is an error");
    let twice = "size,error,seed\n1000,0.4,1\n1000,0.5,1\n1000,0.5,2\n";
    insta::assert_snapshot!(read(twice).warnings.join("\n"), @"1 row repeats the seed of another row of the same curve and size, the first in line 3; all were kept");
    assert_eq!(read(twice).curves[0].points()[0].replicates.len(), 3);
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

#[test]
fn seconds_and_cost_of_a_size_are_medians_over_its_rows() {
    let file = read(
        "size,error,seconds,cost\n1000,0.4,10,0.5\n1000,0.3,30,\n1000,0.5,12,0.7\n2000,0.2,,\n",
    );
    let points = file.curves[0].points();
    assert_eq!(points[0].training_seconds, Some(12.0));
    assert!((points[0].training_cost.unwrap().0 - 0.6).abs() < 1e-12);
    assert_eq!((points[1].training_seconds, points[1].training_cost), (None, None));
}

#[test]
fn a_seed_and_a_fold_tell_runs_apart_together() {
    let file = read(
        "size,repeat,fold,error\n100,0,0,.4\n100,0,1,.5\n100,1,0,.45\n100,1,1,.55\n\
         200,0,0,.3\n200,1,1,.35\n",
    );
    assert!(file.warnings.is_empty(), "{:?}", file.warnings);
    let seeds = |at: usize| -> BTreeSet<u64> {
        file.curves[0].points()[at].replicates.iter().map(|one| one.seed).collect()
    };
    assert_eq!(seeds(0).len(), 4);
    // The same run has the same seed at every size.
    assert!(seeds(1).len() == 2 && seeds(1).is_subset(&seeds(0)));
    // A fold without a seed is the seed, and a seed column that the user named suffices.
    let alone = read("size,fold,error\n100,0,.4\n100,1,.5\n");
    assert_eq!(alone.curves[0].points()[0].replicates[1].seed, 1);
    let named = ReadOptions { seed: Some("repeat".to_owned()), ..ReadOptions::default() };
    let file = read_with("size,repeat,fold,error\n100,3,0,.4\n200,3,0,.3\n", &named).unwrap();
    assert_eq!(file.curves[0].points()[0].replicates[0].seed, 3);
}
