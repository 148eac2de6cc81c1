//! Problems that show only once the data are there.

use tenfold::diagnostic::Problems;
use tenfold_data::Targets;
use tenfold_train::metrics;

use super::{COMPLETE, LEAST, parse};

#[test]
fn what_the_data_turn_out_to_be_is_checked_against_the_goal() {
    let classes = Targets::Classes { labels: vec![0, 1], names: vec!["a".into(), "b".into()] };
    let values = Targets::Values { values: vec![1.0], name: "price".into() };
    let builtin = COMPLETE.replace("[metric]\nname = \"error_rate\"", "[metric]");
    let study = parse(&builtin.replace("target = 0.10", "target = 10")).unwrap();
    assert_eq!(study.metric_for(&values).unwrap(), metrics::RMSE);
    insta::assert_snapshot!(study.metric_for(&classes).unwrap_err(), @r#"
    error: `goal.target` is 10, and an error rate lies between 0 and 1
      --> homes/study.toml:37:10
    37 | target = 10
       |          ^^
    hint: did you mean `"10%"`?
    "#);
    insta::assert_snapshot!(parse(COMPLETE).unwrap().metric_for(&values).unwrap_err(), @r#"
    error: `metric.name` is `error_rate`, which is for classes, and the data have numbers
      --> homes/study.toml:18:8
    18 | name = "error_rate"
       |        ^^^^^^^^^^^^
    hint: `name = "rmse"`
    "#);
}

#[test]
fn sizes_beyond_the_pool_name_its_size() {
    let study = |sizes: &str| parse(&format!("{LEAST}[shards]\nsizes = {sizes}")).unwrap();
    insta::assert_snapshot!(study("[100, 2000, 5000]").sizes(Some(1500)).unwrap_err(), @r"
    error: `shards.sizes` goes up to 5000, but 1500 examples are left to train on
     --> homes/study.toml:9:9
    9 | sizes = [100, 2000, 5000]
      |         ^^^^^^^^^^^^^^^^^ 2000 is more than 1500
    note: validation and test examples are never trained on
    hint: `sizes = [100]`
    ");
    insta::assert_snapshot!(study("{ from = 64, to = 8192 }").sizes(Some(5000)).unwrap_err(), @r"
    error: `shards.sizes` goes up to 8192, but 5000 examples are left to train on
     --> homes/study.toml:9:9
    9 | sizes = { from = 64, to = 8192 }
      |         ^^^^^^^^^^^^^^^^^^^^^^^^ 8192 is more than 5000
    note: validation and test examples are never trained on
    hint: `to = 5000`, or leave `to` out to use all there is
    ");
    insta::assert_snapshot!(study("{ from = 64 }").sizes(Some(50)).unwrap_err(), @r"
    error: `shards.sizes` goes up to 64, but 50 examples are left to train on
     --> homes/study.toml:9:9
    9 | sizes = { from = 64 }
      |         ^^^^^^^^^^^^^ 64 is more than 50
    note: validation and test examples are never trained on
    hint: start from fewer: `sizes = { from = 16 }`
    ");
    assert_eq!(study("{ from = 64, to = 8192 }").sizes(Some(8192)).unwrap().last(), Some(&8192));
}

#[test]
fn a_problem_found_later_points_into_the_file() {
    let study = parse(LEAST).unwrap();
    let hint = Some("did you mean `cost`?".to_owned());
    let problem = study.problem("data.target", "no column `price`", "not in the file", hint);
    insta::assert_snapshot!(Problems::from(problem), @r#"
    error: no column `price`
     --> homes/study.toml:4:10
    4 | target = "price"
      |          ^^^^^^^ not in the file
    hint: did you mean `cost`?
    "#);
    let problem = study.problem("model.mlp.train.batch", "too much memory", "", None);
    insta::assert_snapshot!(Problems::from(problem), @r"
    error: too much memory
     --> homes/study.toml:6:1
    6 | [[model]]
      | ^^^^^^^^^
    ");
    insta::assert_snapshot!(Problems::from(study.problem("run.workers", "none", "", None)), @r"
    error: none
     --> homes/study.toml
    ");
}
