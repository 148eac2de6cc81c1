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

#[test]
fn there_are_no_more_ranks_than_can_share_a_batch() {
    let ranks = |typed: &str| problems_with("width = 16\n", &format!("width = 16\n{typed}\n"));
    insta::assert_snapshot!(ranks("ranks = 2"), @r"
    error: `model.ranks` is 2, more than `chunks`, which is 1
      --> study.toml:25:9
    25 | ranks = 2
       |         ^ each needs a chunk
    hint: `chunks = 2` or more in `[model.train]`, which results depend on; on `ranks` they do not
    ");
    insta::assert_snapshot!(ranks("ranks = 0"), @r"
    error: `model.ranks` is 0, a whole number from 1 to 256 is needed
      --> study.toml:25:9
    25 | ranks = 0
       |         ^ too small
    hint: for example `ranks = 2`
    ");
    let chunks = |ranks: u32, typed: &str| {
        let model = format!("learner = \"mlp\"\nranks = {ranks}\n");
        problems_of(LEAST.replacen("learner = \"mlp\"\n", &(model + typed), 1).trim_start())
    };
    insta::assert_snapshot!(chunks(4, "[model.train]\nchunks = 8\nbatch = 3\n"), @r"
    error: `model.ranks` is 4, more than `batch`, which is 3
     --> study.toml:7:9
    7 | ranks = 4
      |         ^ each needs an example
    hint: `batch = 4` or more in `[model.train]`, which results depend on; on `ranks` they do not
    ");
    insta::assert_snapshot!(chunks(4, "[model.search]\nchunks = [2, 4]\n"), @r"
    error: `model.ranks` is 4, more than `chunks`, which is 2
     --> study.toml:7:9
    7 | ranks = 4
      |         ^ each needs a chunk
    hint: `chunks = 4` or more in `[model.search]`, which results depend on; on `ranks` they do not
    ");
    assert_eq!(chunks(4, "[model.train]\nchunks = 4\n"), "no problems");
}

#[test]
fn a_launcher_is_told_how_many_ranks_to_start() {
    let launcher =
        |typed: &str| problems_with("workers = 2\n", &format!("workers = 2\nlauncher = {typed}\n"));
    insta::assert_snapshot!(launcher("[\"mpirun\", \"-n\", \"2\"]"), @r#"
    error: `run.launcher` does not say how many ranks to start
      --> study.toml:44:12
    44 | launcher = ["mpirun", "-n", "2"]
       |            ^^^^^^^^^^^^^^^^^^^^^ no `{ranks}`
    hint: for example `launcher = ["mpirun", "-n", "{ranks}"]`
    "#);
    insta::assert_snapshot!(launcher("\"mpirun -n {ranks}\""), @r#"
    error: `run.launcher` is a string, a list of strings is needed
      --> study.toml:44:12
    44 | launcher = "mpirun -n {ranks}"
       |            ^^^^^^^^^^^^^^^^^^^ a string
    hint: `launcher = ["mpirun", "-n", "{ranks}"]`
    "#);
    assert_eq!(launcher("[\"mpirun\", \"-n\", \"{ranks}\"]"), "no problems");
    let command = "command = [\"sh\", \"t.sh\", \"{size}\"]\nranks = 2\n";
    insta::assert_snapshot!(
        problems_of(LEAST.replacen("learner = \"mlp\"\n", command, 1).trim_start()), @r#"
    error: `model.ranks` is for the built-in learners, a command starts its own
     --> study.toml:7:1
    7 | ranks = 2
      | ^^^^^ has no effect here
    hint: for example `command = ["mpirun", "-n", "2", "python", "train.py", …]`
    "#);
}
