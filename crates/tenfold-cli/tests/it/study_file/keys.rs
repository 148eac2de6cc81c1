//! Keys and sections that are unknown, misplaced or missing, and values of the wrong type.

use super::{LEAST, problems_of, problems_of_table, problems_with};

#[test]
fn unknown_keys_are_told_the_nearest_one() {
    insta::assert_snapshot!(problems_with("seed = 7", "sede = 7"), @r"
    error: unknown key `sede` in `[study]`
     --> study.toml:3:1
    3 | sede = 7
      | ^^^^
    hint: did you mean `seed`?
    ");
    insta::assert_snapshot!(problems_with("seeds = 3", "seed = 3"), @r"
    error: unknown key `seed` in `[shards]`
      --> study.toml:14:1
    14 | seed = 3
       | ^^^^
    hint: did you mean `seeds`? (`seed` is a key of `[study]`)
    ");
    insta::assert_snapshot!(problems_with("optimizer", "optimiser"), @r#"
    error: unknown key `optimiser` in `[model.train]`
      --> study.toml:28:1
    28 | optimiser = "adamw"
       | ^^^^^^^^^
    hint: did you mean `optimizer`?
    "#);
    insta::assert_snapshot!(problems_with("workers = 2", "colour = 2"), @r"
    error: unknown key `colour` in `[run]`
      --> study.toml:43:1
    43 | colour = 2
       | ^^^^^^
    hint: it has `executor`, `workers`, `launcher`, `budget`
    ");
}

#[test]
fn keys_in_the_wrong_section_are_told_the_right_one() {
    insta::assert_snapshot!(problems_with("width = 16", "batch = 64"), @r"
    error: unknown key `batch` in `[[model]]`
      --> study.toml:24:1
    24 | batch = 64
       | ^^^^^
    hint: `batch` belongs in `[model.train]`
    ");
    insta::assert_snapshot!(problems_with("workers = 2", "target = 2"), @r"
    error: unknown key `target` in `[run]`
      --> study.toml:43:1
    43 | target = 2
       | ^^^^^^
    hint: `target` belongs in `[data]` or `[goal]`
    ");
    insta::assert_snapshot!(problems_of(&format!("workers = 2\n{LEAST}")), @r"
    error: unknown section or key `workers`
     --> study.toml:1:1
    1 | workers = 2
      | ^^^^^^^
    hint: `workers` belongs in `[run]`
    ");
}

#[test]
fn unknown_sections_are_told_the_nearest_one() {
    insta::assert_snapshot!(problems_with("[shards]", "[shard]"), @r"
    error: unknown section or key `shard`
      --> study.toml:12:2
    12 | [shard]
       |  ^^^^^
    hint: did you mean `[shards]`?
    ");
    insta::assert_snapshot!(problems_with("[goal]", "[budget]"), @r"
    error: unknown section or key `budget`
      --> study.toml:36:2
    36 | [budget]
       |  ^^^^^^
    hint: `budget` belongs in `[goal]`
    ");
    insta::assert_snapshot!(problems_of_table("[[model]]", "[model]"), @r"
    error: `model` is a table, a list of tables is needed
     --> study.toml:5:1
    5 | [model]
      | ^^^^^^^ a table
    hint: write `[[model]]` with two brackets, once for each model
    ");
    insta::assert_snapshot!(problems_of_table("[data]\n", "data = 3\n[goal]\n"), @r#"
    error: `data` is a whole number, a table is needed
     --> study.toml:1:8
    1 | data = 3
      |        ^ a whole number
    hint: write `[data]`

    error: unknown key `path` in `[goal]`
     --> study.toml:3:1
    3 | path = "houses.csv"
      | ^^^^
    hint: `path` belongs in `[data]`

    error: `goal.target` is a string, an error above 0 or a share such as `"5%"` is needed
     --> study.toml:4:10
    4 | target = "price"
      |          ^^^^^^^ a string
    hint: for example `target = "10%"`
    "#);
}

#[test]
fn wrong_types_say_what_was_found_and_what_is_needed() {
    insta::assert_snapshot!(problems_with("seed = 7", "seed = \"seven\""), @r#"
    error: `study.seed` is `"seven"`, a whole number from 0 up is needed
     --> study.toml:3:8
    3 | seed = "seven"
      |        ^^^^^^^ not a number
    hint: for example `seed = 0`
    "#);
    insta::assert_snapshot!(problems_with("seeds = 3", "seeds = true"), @r"
    error: `shards.seeds` is a truth value, a whole number from 1 to 1000 is needed
      --> study.toml:14:9
    14 | seeds = true
       |         ^^^^ a truth value
    hint: for example `seeds = 3`
    ");
    insta::assert_snapshot!(problems_with("name = \"fashion-mnist\"", "name = 3"), @r#"
    error: `study.name` is a whole number, a string is needed
     --> study.toml:2:8
    2 | name = 3
      |        ^ a whole number
    hint: for example `name = "fashion-mnist"`
    "#);
    insta::assert_snapshot!(problems_with("cost_per_example = 0.05", "cost_per_example = \"5 ct\""), @r#"
    error: `goal.cost_per_example` is a string, a number from 0 up is needed
      --> study.toml:38:20
    38 | cost_per_example = "5 ct"
       |                    ^^^^^^ a string
    hint: for example `cost_per_example = 0.05`
    "#);
    insta::assert_snapshot!(problems_with("{ from = 64, to = 8192, factor = 2 }", "64"), @r"
    error: `shards.sizes` is a whole number, a list of sizes or `{ from, to, factor }` is needed
      --> study.toml:13:9
    13 | sizes = 64
       |         ^^ a whole number
    hint: for example `sizes = { from = 64, to = 8192, factor = 2 }`
    ");
    insta::assert_snapshot!(problems_with("width = 16", "width = 2026-01-01"), @r"
    error: `model.width` is a date, a whole number from 1 to 16384 is needed
      --> study.toml:24:9
    24 | width = 2026-01-01
       |         ^^^^^^^^^^ a date
    ");
    insta::assert_snapshot!(problems_with("test = 2048", "test = [1]"), @r"
    error: `data.test` is a list, a number of examples, a fraction between 0 and 1, or a path is needed
      --> study.toml:10:8
    10 | test = [1]
       |        ^^^ a list
    hint: for example `test = 2048`
    ");
}

#[test]
fn missing_keys_are_named() {
    insta::assert_snapshot!(problems_of(""), @r#"
    error: `data` does not say what to learn from: `path` or `builtin` is needed
     --> study.toml
    hint: `path = "data/train.csv"`, or `builtin = …`, one of `fashion-mnist-14`, `state-of-the-union`, `kjv-reina-valera`, `spoken-digits`

    error: a study needs at least one model, and the file has no `[[model]]`
     --> study.toml
    hint: `[[model]]` on a line of its own, then for example `learner = "mlp"`
    "#);
    insta::assert_snapshot!(problems_of("[data]\nseed = 3\n[[model]]\nwidth = 3\n"), @r#"
    error: `data` does not say what to learn from: `path` or `builtin` is needed
     --> study.toml:1:1
    1 | [data]
      | ^^^^^^
    hint: `path = "data/train.csv"`, or `builtin = …`, one of `fashion-mnist-14`, `state-of-the-union`, `kjv-reina-valera`, `spoken-digits`

    error: unknown key `seed` in `[data]`
     --> study.toml:2:1
    2 | seed = 3
      | ^^^^
    hint: `seed` belongs in `[study]`

    error: `model.learner` is missing, every model needs one or a `command`
     --> study.toml:3:1
    3 | [[model]]
      | ^^^^^^^^^
    hint: `learner = …`, one of `linear`, `mlp`, `cnn`, `resnet`, `lstm-lm`, `rhn-lm`, `transformer-lm`, `seq2seq`, `transformer`, `deep-speech`
    "#);
    insta::assert_snapshot!(problems_of_table("target = \"price\"\n", ""), @r#"
    error: `data` does not say which column of `houses.csv` to predict
     --> study.toml:2:8
    2 | path = "houses.csv"
      |        ^^^^^^^^^^^^ a table
    hint: `label = "COLUMN"` for classes, `target = "COLUMN"` for numbers, `text = "COLUMN"` for texts
    "#);
    insta::assert_snapshot!(problems_of_table("houses.csv", "nowhere/houses"), @r#"
    error: there is no file or folder `nowhere/houses`
     --> study.toml:2:8
    2 | path = "nowhere/houses"
      |        ^^^^^^^^^^^^^^^^ not found
    note: there is no folder `./nowhere`
    "#);
}
