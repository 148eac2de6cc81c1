//! Models: settings, search axes, names.

use super::{COMPLETE, LEAST, problems_of, problems_with};

#[test]
fn settings_of_learners_are_checked_where_they_are_typed() {
    insta::assert_snapshot!(problems_with("optimizer = \"adamw\"", "optimizer = \"adamv\""), @r#"
    error: `model.train.optimizer` is `adamv`, it has to be one of `adamw`, `adam`, `sgd`
      --> study.toml:28:13
    28 | optimizer = "adamv"
       |             ^^^^^^^
    hint: did you mean `adam`?
    "#);
    insta::assert_snapshot!(problems_with("batch = 64", "batch = 0"), @r"
    error: `model.train.batch` is 0, it has to be a whole number from 1 to 65536
      --> study.toml:26:9
    26 | batch = 0
       |         ^
    ");
    insta::assert_snapshot!(problems_with("batch = 64", "batch = \"big\""), @r#"
    error: `model.train.batch` is the text `big`, it has to be a whole number from 1 to 65536
      --> study.toml:26:9
    26 | batch = "big"
       |         ^^^^^
    "#);
    insta::assert_snapshot!(problems_with("width = 16", "width = 1.5"), @r"
    error: `model.width` is 1.5, it has to be a whole number from 1 to 16384
      --> study.toml:24:9
    24 | width = 1.5
       |         ^^^
    ");
    insta::assert_snapshot!(problems_with("[1e-3, 3e-3]", "[1e-3, -3e-3]"), @r"
    error: `model.search.learning_rate` is -0.003, it has to be a number above 0
      --> study.toml:31:24
    31 | learning_rate = [1e-3, -3e-3]
       |                        ^^^^^
    ");
}

#[test]
fn search_axes_are_lists_of_distinct_values_of_settings() {
    let axis = |typed| problems_with("learning_rate = [1e-3, 3e-3]", typed);
    insta::assert_snapshot!(axis("learning_rat = [1e-3]"), @r"
    error: `learning_rat` is not a setting that can be searched
      --> study.toml:31:1
    31 | learning_rat = [1e-3]
       | ^^^^^^^^^^^^
    hint: did you mean `learning_rate`?
    ");
    insta::assert_snapshot!(axis("learner = [\"cnn\", \"mlp\"]"), @r#"
    error: `learner` is not a setting that can be searched
      --> study.toml:31:1
    31 | learner = ["cnn", "mlp"]
       | ^^^^^^^
    hint: `learner` belongs in `[[model]]`
    "#);
    insta::assert_snapshot!(axis("learning_rate = []"), @r"
    error: `model.search.learning_rate` is empty, at least one value to try is needed
      --> study.toml:31:17
    31 | learning_rate = []
       |                 ^^ nothing to try
    hint: give values, or take the line out to search no `learning_rate`
    ");
    insta::assert_snapshot!(axis("learning_rate = 1e-3"), @r"
    error: `model.search.learning_rate` is a number with a fraction, a list of values to try is needed
      --> study.toml:31:17
    31 | learning_rate = 1e-3
       |                 ^^^^ a number with a fraction
    hint: `learning_rate = [1e-3]`
    ");
    insta::assert_snapshot!(axis("learning_rate = [1e-3, 0.001]"), @r"
    error: `model.search.learning_rate` tries 0.001 twice
      --> study.toml:31:24
    31 | learning_rate = [1e-3, 0.001]
       |                        ^^^^^ tried before
    hint: list each value once
    ");
    insta::assert_snapshot!(axis("learning_rate = [true]"), @r"
    error: `model.search.learning_rate` is a truth value, a number above 0 is needed
      --> study.toml:31:18
    31 | learning_rate = [true]
       |                  ^^^^ a truth value
    ");
    let many: Vec<String> = (1..=101).map(|width| width.to_string()).collect();
    let grid = format!("batch = [{0}]\ndepth = [{0}]", many.join(", "));
    let text = problems_of(&COMPLETE.replace("learning_rate = [1e-3, 3e-3]", &grid));
    assert!(text.contains("`model.search` has 30603 combinations, 10000 at most"), "{text}");
}

#[test]
fn two_lengths_of_training_contradict_each_other() {
    insta::assert_snapshot!(problems_with("epochs = 20", "epochs = 20\nsteps = 500"), @r"
    error: `epochs` and `steps` are both given, one length is needed
      --> study.toml:28:1
    28 | steps = 500
       | ^^^^^ `epochs` is on line 27
    hint: keep `epochs` to go through each shard as often, `steps` to train as long
    ");
}

#[test]
fn two_models_have_two_names() {
    insta::assert_snapshot!(problems_with("learner = \"mlp\"", "learner = \"mlp\"\nname = \"cnn\""), @r#"
    error: two models are called `cnn`, each needs a name of its own
      --> study.toml:35:8
    35 | name = "cnn"
       |        ^^^^^ the first is on line 22
    hint: `name = "cnn-2"`
    "#);
    insta::assert_snapshot!(problems_of(&format!("{LEAST}\n[[model]]\nlearner = \"mlp\"\n")), @r#"
    error: two models are called `mlp`, each needs a name of its own
      --> study.toml:10:11
    10 | learner = "mlp"
       |           ^^^^^ the first is on line 7
    hint: `name = "mlp-2"`
    "#);
}
