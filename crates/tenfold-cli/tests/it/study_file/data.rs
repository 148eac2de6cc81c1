//! Keys that contradict each other or the data.

use super::{LEAST, problems_of, problems_of_table, problems_with};

#[test]
fn contradictions_about_the_data_are_told() {
    let price = "target = \"price\"";
    insta::assert_snapshot!(problems_of_table(price, "target = \"price\"\nlabel = \"city\""), @r#"
    error: `data.label` and `data.target` are both given, one of them is needed
     --> study.toml:3:1
    3 | target = "price"
      | ^^^^^^ `label` is on line 4
    hint: keep `label` to predict classes, `target` to predict numbers
    "#);
    insta::assert_snapshot!(problems_of_table(price, "target = \"price\"\nbuiltin = \"fashion-mnist-14\""), @r#"
    error: `data.builtin` and `data.path` are both given, one of them is needed
     --> study.toml:2:1
    2 | path = "houses.csv"
      | ^^^^ `builtin` is on line 4
    hint: take one of the two lines out
    "#);
    insta::assert_snapshot!(problems_of_table(price, "target = \"price\"\nformat = \"image-folder\""), @r#"
    error: `data.target` is for `csv`, `tsv`, `jsonl`, `parquet`, and the format is `image-folder`
     --> study.toml:3:1
    3 | target = "price"
      | ^^^^^^ has no effect here
    hint: take the line out; images bring their classes along
    "#);
    insta::assert_snapshot!(problems_of_table(price, "target = \"price\"\nsplit = \"stratified\""), @r#"
    error: `data.split` is `stratified`, but `data.target` is a number and has no classes
     --> study.toml:4:9
    4 | split = "stratified"
      |         ^^^^^^^^^^^^ needs classes
    hint: `split = "random"`
    "#);
    insta::assert_snapshot!(problems_of_table("learner = \"mlp\"", "learner = \"cnn\""), @r#"
    error: `model.learner` is `cnn`, which needs images, not a table
     --> study.toml:6:11
    6 | learner = "cnn"
      |           ^^^^^ needs images
    hint: `learner = "mlp"`
    "#);
    insta::assert_snapshot!(problems_with("split = \"random\"", "label = \"x\""), @r#"
    error: `data.label` is for files, and `data.builtin` is none
     --> study.toml:8:1
    8 | label = "x"
      | ^^^^^ has no effect here
    hint: take the line out
    "#);
}

#[test]
fn metrics_and_targets_go_together() {
    let metric = |name: &str| format!("[metric]\nname = \"{name}\"\n[[model]]");
    insta::assert_snapshot!(problems_of_table("[[model]]", &metric("error_rate")), @r#"
    error: `metric.name` is `error_rate`, which is for classes, and the data have numbers
     --> study.toml:6:8
    6 | name = "error_rate"
      |        ^^^^^^^^^^^^
    hint: `name = "rmse"`
    "#);
    let classes = LEAST.replace("target", "label");
    insta::assert_snapshot!(problems_of(&classes.replace("[[model]]", &metric("rmse"))), @r#"
    error: `metric.name` is `rmse`, which is for numbers, and the data have classes
     --> study.toml:7:8
    7 | name = "rmse"
      |        ^^^^^^
    hint: `name = "error_rate"`
    "#);
}
