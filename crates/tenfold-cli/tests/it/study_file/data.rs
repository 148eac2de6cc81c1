//! Keys that contradict each other or the data.

use tenfold::study::HeldOut;
use tenfold_data::{ExampleKind, SplitMethod};

use super::{LEAST, files, parse, problems_of, problems_of_table, problems_with};

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
fn a_column_of_texts_goes_with_no_other_choice() {
    let with =
        |data: &str| problems_of(&format!("[data]\n{data}\n[[model]]\ncommand = [\"true\"]\n"));
    insta::assert_snapshot!(with("path = \"houses.csv\""), @r#"
    error: `data` does not say which column of `houses.csv` to predict
     --> study.toml:2:8
    2 | path = "houses.csv"
      |        ^^^^^^^^^^^^ a table
    hint: `label = "COLUMN"` for classes, `target = "COLUMN"` for numbers, `text = "COLUMN"` for texts
    "#);
    let houses = |lines: &str| with(&format!("path = \"houses.csv\"\n{lines}"));
    insta::assert_snapshot!(houses("text = \"body\"\nlabel = \"kind\""), @r#"
    error: `data.label` and `data.text` are both given, one of them is needed
     --> study.toml:3:1
    3 | text = "body"
      | ^^^^ `label` is on line 4
    hint: keep `label` to predict classes, `text` to learn from texts
    "#);
    insta::assert_snapshot!(houses("target = \"price\"\ntext = \"body\""), @r#"
    error: `data.target` and `data.text` are both given, one of them is needed
     --> study.toml:4:1
    4 | text = "body"
      | ^^^^ `target` is on line 3
    hint: keep `target` to predict numbers, `text` to learn from texts
    "#);
    let more = "text = \"body\"\ndocuments = \"lines\"\nsplit = \"stratified\"";
    insta::assert_snapshot!(houses(more), @r#"
    error: `data.documents` is for `text`, and the format is `csv`
     --> study.toml:4:1
    4 | documents = "lines"
      | ^^^^^^^^^ has no effect here
    hint: take the line out; a table has rows and columns

    error: `data.split` is `stratified`, but `data.text` holds texts and has no classes
     --> study.toml:5:9
    5 | split = "stratified"
      |         ^^^^^^^^^^^^ needs classes
    hint: `split = "random"`
    "#);
    insta::assert_snapshot!(with("path = \"corpus.txt\"\ntext = \"body\""), @r#"
    error: `data.text` is for `csv`, `tsv`, `jsonl`, `parquet`, and the format is `text`
     --> study.toml:3:1
    3 | text = "body"
      | ^^^^ has no effect here
    hint: take the line out; a text is predicted from itself
    "#);
}

#[test]
fn texts_of_a_table_are_counted_in_characters_and_held_out_with_its_columns() {
    let study = |lines: &str| {
        parse(&format!(
            "[data]\npath = \"a.jsonl\"\ntext = \"body\"\n{lines}\n[shards]\n\
             unit = \"characters\"\nsizes = [100, 200]\n[[model]]\ncommand = [\"true\"]\n"
        ))
    };
    let split = study("split = \"group:site\"\ntest = \"later.parquet\"").unwrap();
    assert_eq!(split.unit.name, "characters");
    let data = split.data.unwrap();
    assert_eq!(data.source.examples(), Some(ExampleKind::Text));
    assert_eq!(data.split, SplitMethod::Group("site".to_owned()));
    // A file of its own for the test has the texts in the same column.
    let held_out = files("parquet", "homes/later.parquet", &[("text", "body")]);
    assert_eq!(data.test, HeldOut::File(held_out));
    let plain = study("test = \"later.txt\"").unwrap().data.unwrap();
    assert_eq!(plain.test, HeldOut::File(files("text", "homes/later.txt", &[])));
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
