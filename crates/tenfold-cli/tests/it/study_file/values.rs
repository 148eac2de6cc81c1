//! Numbers out of their range.

use super::{COMPLETE, LEAST, parse, problems_of, problems_with};

#[test]
fn sizes_that_fall_or_repeat_are_pointed_at() {
    let sizes = |typed| problems_with("{ from = 64, to = 8192, factor = 2 }", typed);
    insta::assert_snapshot!(sizes("[1000, 4000, 2000]"), @r"
    error: `shards.sizes` is not increasing
      --> study.toml:13:22
    13 | sizes = [1000, 4000, 2000]
       |                      ^^^^ smaller than the size before it, 4000
    hint: list the training-set sizes from small to large; each shard contains the one before it
    ");
    insta::assert_snapshot!(sizes("[\"1k\", 1000]"), @r#"
    error: `shards.sizes` holds 1000 twice
      --> study.toml:13:16
    13 | sizes = ["1k", 1000]
       |                ^^^^ the same as the size before it
    hint: list the training-set sizes from small to large; each shard contains the one before it
    "#);
    insta::assert_snapshot!(sizes("[0, -3, 2.5, \"many\"]"), @r#"
    error: `shards.sizes` is 0, a whole number from 1 up is needed
      --> study.toml:13:10
    13 | sizes = [0, -3, 2.5, "many"]
       |          ^ too small
    hint: for example `sizes = [64, 128, 256]`

    error: `shards.sizes` is -3, a whole number from 1 up is needed
      --> study.toml:13:13
    13 | sizes = [0, -3, 2.5, "many"]
       |             ^^ too small
    hint: for example `sizes = [64, 128, 256]`

    error: `shards.sizes` is 2.5, a whole number from 1 up is needed
      --> study.toml:13:17
    13 | sizes = [0, -3, 2.5, "many"]
       |                 ^^^ not a whole number
    hint: for example `sizes = [64, 128, 256]`

    error: `shards.sizes` is `"many"`, a whole number from 1 up is needed
      --> study.toml:13:22
    13 | sizes = [0, -3, 2.5, "many"]
       |                      ^^^^^^ not a number
    hint: for example `sizes = [64, 128, 256]`
    "#);
    insta::assert_snapshot!(sizes("[]"), @r"
    error: `shards.sizes` is empty, at least one size is needed
      --> study.toml:13:9
    13 | sizes = []
       |         ^^
    hint: for example `sizes = { from = 64, to = 8192, factor = 2 }`
    ");
}

#[test]
fn a_progression_must_rise() {
    let sizes = |typed| problems_with("{ from = 64, to = 8192, factor = 2 }", typed);
    insta::assert_snapshot!(sizes("{ from = 512, to = 64 }"), @r"
    error: `shards.sizes` goes from 512 down to 64
      --> study.toml:13:28
    13 | sizes = { from = 512, to = 64 }
       |                            ^^ smaller than `from`, 512
    hint: `sizes = { from = 64, to = 512 }`
    ");
    insta::assert_snapshot!(sizes("{ from = 0, to = 64, factor = 1 }"), @r"
    error: `shards.sizes.from` is 0, a whole number from 1 up is needed
      --> study.toml:13:18
    13 | sizes = { from = 0, to = 64, factor = 1 }
       |                  ^ too small
    hint: for example `from = 64`

    error: `shards.sizes.factor` is 1, a number from 1.01 up is needed
      --> study.toml:13:39
    13 | sizes = { from = 0, to = 64, factor = 1 }
       |                                       ^ too small
    hint: for example `factor = 2`
    ");
    insta::assert_snapshot!(sizes("{ form = 64 }"), @r"
    error: unknown key `form` in `sizes = { … }`
      --> study.toml:13:11
    13 | sizes = { form = 64 }
       |           ^^^^
    hint: did you mean `from`?
    ");
    insta::assert_snapshot!(sizes("{ from = 64, factor = nan }"), @r"
    error: `shards.sizes.factor` is nan, a number from 1.01 up is needed
      --> study.toml:13:31
    13 | sizes = { from = 64, factor = nan }
       |                               ^^^ not a finite number
    hint: for example `factor = 2`
    ");
}

#[test]
fn numbers_out_of_range_say_the_range() {
    insta::assert_snapshot!(problems_with("seeds = 3", "seeds = 0"), @r"
    error: `shards.seeds` is 0, a whole number from 1 to 1000 is needed
      --> study.toml:14:9
    14 | seeds = 0
       |         ^ too small
    hint: for example `seeds = 3`
    ");
    insta::assert_snapshot!(problems_with("seeds = 3", "seeds = 2.5"), @r"
    error: `shards.seeds` is 2.5, a whole number from 1 to 1000 is needed
      --> study.toml:14:9
    14 | seeds = 2.5
       |         ^^^ not a whole number
    hint: for example `seeds = 3`
    ");
    insta::assert_snapshot!(problems_with("seed = 7", "seed = -1"), @r"
    error: `study.seed` is -1, a whole number from 0 up is needed
     --> study.toml:3:8
    3 | seed = -1
      |        ^^ too small
    hint: for example `seed = 0`
    ");
    insta::assert_snapshot!(problems_with("seed = 7", "seed = 99999999999999999999"), @r"
    error: `study.seed` is 99999999999999999999, a whole number from 0 up is needed
     --> study.toml:3:8
    3 | seed = 99999999999999999999
      |        ^^^^^^^^^^^^^^^^^^^^ too large, 9223372036854775807 at most
    hint: for example `seed = 0`
    ");
    insta::assert_snapshot!(problems_with("workers = 2", "workers = 0"), @r"
    error: `run.workers` is 0, a whole number from 1 to 1024 is needed
      --> study.toml:43:11
    43 | workers = 0
       |           ^ too small
    hint: for example `workers = 2`
    ");
    insta::assert_snapshot!(problems_with("cost_per_example = 0.05", "cost_per_example = -1"), @r"
    error: `goal.cost_per_example` is -1, a number from 0 up is needed
      --> study.toml:38:20
    38 | cost_per_example = -1
       |                    ^^ too small
    hint: for example `cost_per_example = 0.05`
    ");
    insta::assert_snapshot!(problems_with("cost_per_example = 0.05", "cost_per_example = inf"), @r"
    error: `goal.cost_per_example` is inf, a number from 0 up is needed
      --> study.toml:38:20
    38 | cost_per_example = inf
       |                    ^^^ not a finite number
    hint: for example `cost_per_example = 0.05`
    ");
    insta::assert_snapshot!(problems_with("have = \"60k\"", "have = 0"), @r#"
    error: `goal.have` is 0, a whole number from 1 up is needed
      --> study.toml:39:8
    39 | have = 0
       |        ^ too small
    hint: for example `have = "60k"`
    "#);
}

#[test]
fn held_out_shares_leave_something_to_train_on() {
    insta::assert_snapshot!(problems_with("test = 2048", "test = 1.5"), @r#"
    error: `data.test` is 1.5, a number of examples, a fraction between 0 and 1, or a path is needed
      --> study.toml:10:8
    10 | test = 1.5
       |        ^^^
    hint: for example `2048`, `0.1` or `"10%"`
    "#);
    insta::assert_snapshot!(problems_with("test = 2048", "test = 0"), @r#"
    error: `data.test` is 0, a number of examples, a fraction between 0 and 1, or a path is needed
      --> study.toml:10:8
    10 | test = 0
       |        ^
    hint: for example `2048`, `0.1` or `"10%"`
    "#);
    insta::assert_snapshot!(problems_with("test = 2048", "test = \"120%\""), @r#"
    error: `data.test` is "120%", a number of examples, a fraction between 0 and 1, or a path is needed
      --> study.toml:10:8
    10 | test = "120%"
       |        ^^^^^^
    hint: for example `2048`, `0.1` or `"10%"`
    "#);
    insta::assert_snapshot!(problems_with("test = 2048", "test = \"None\""), @r#"
    error: `data.test` is `"None"`
      --> study.toml:10:8
    10 | test = "None"
       |        ^^^^^^
    hint: did you mean `"none"`?
    "#);
    insta::assert_snapshot!(problems_with("validation = 2048", "validation = \"none\""), @r#"
    error: `data.validation` is `"none"`, but training cannot stop or choose without
     --> study.toml:9:14
    9 | validation = "none"
      |              ^^^^^^
    hint: for example `validation = 2048`
    "#);
    let both = "validation = 0.5\ntest = 0.5";
    insta::assert_snapshot!(problems_with("validation = 2048\ntest = 2048", both), @r"
    error: `data.validation` and `data.test` hold out 0.5 and 0.5 of the data, which leaves nothing to train on
      --> study.toml:10:8
    10 | test = 0.5
       |        ^^^
    hint: for example `validation = 0.1` and `test = 0.1`
    ");
}

#[test]
fn a_target_of_ten_may_mean_ten_percent() {
    insta::assert_snapshot!(problems_with("target = 0.10", "target = 10"), @r#"
    error: `goal.target` is 10, and an error rate lies between 0 and 1
      --> study.toml:37:10
    37 | target = 10
       |          ^^
    hint: did you mean `"10%"`?
    "#);
    insta::assert_snapshot!(problems_with("target = 0.10", "target = 10%"), @r#"
    error: `study.toml` is not valid TOML
      --> study.toml:37:10
    37 | target = 10%
       |          ^^^ a text without quotes
    hint: `target = "10%"`
    "#);
    insta::assert_snapshot!(problems_with("target = 0.10", "target = 0"), @r#"
    error: `goal.target` is 0, an error above 0 or a share such as `"5%"` is needed
      --> study.toml:37:10
    37 | target = 0
       |          ^
    hint: for example `target = "10%"`
    "#);
    insta::assert_snapshot!(problems_with("target = 0.10", "target = \"low\""), @r#"
    error: `goal.target` is a string, an error above 0 or a share such as `"5%"` is needed
      --> study.toml:37:10
    37 | target = "low"
       |          ^^^^^ a string
    hint: for example `target = "10%"`
    "#);
    insta::assert_snapshot!(problems_with("target = 0.10", "target = \"250%\""), @r#"
    error: `goal.target` is "250%", an error above 0 or a share such as `"5%"` is needed
      --> study.toml:37:10
    37 | target = "250%"
       |          ^^^^^^ an error of all examples
    hint: for example `target = "10%"`
    "#);
    assert_eq!(problems_with("target = 0.10", "target = \"10%\""), "no problems");
    let goal = |target: &str| format!("{LEAST}\n[goal]\ntarget = {target}\n");
    assert_eq!(problems_of(&goal("10")), "no problems");
    insta::assert_snapshot!(problems_of(&goal("\"10%\"")), @r#"
    error: `goal.target` is a share, and `rmse` is measured in units of its own
      --> study.toml:10:10
    10 | target = "10%"
       |          ^^^^^
    hint: `target = 0.1`
    "#);
}

#[test]
fn a_budget_is_a_time_or_a_number_of_something() {
    for typed in ["\"2h\"", "{ trials = 100 }", "{ flops = 1e15 }", "\"1e15 flop\""] {
        let study = parse(&COMPLETE.replace("workers = 2", &format!("budget = {typed}")));
        assert!(study.unwrap().run.budget.is_some(), "{typed}");
    }
    insta::assert_snapshot!(problems_with("workers = 2", "budget = \"2 ours\""), @r#"
    error: `run.budget` is `"2 ours"`, a time such as `"2h"`, `{ trials = 100 }` or `{ flops = 1e15 }` is needed
      --> study.toml:43:10
    43 | budget = "2 ours"
       |          ^^^^^^^^
    hint: for example `budget = "2h"`
    "#);
    insta::assert_snapshot!(problems_with("workers = 2", "budget = { trails = 9 }"), @r#"
    error: `run.budget` is `{ trails = 9 }`, a time such as `"2h"`, `{ trials = 100 }` or `{ flops = 1e15 }` is needed
      --> study.toml:43:10
    43 | budget = { trails = 9 }
       |          ^^^^^^^^^^^^^^
    hint: for example `budget = "2h"`
    "#);
    insta::assert_snapshot!(problems_with("workers = 2", "budget = 7200"), @r#"
    error: `run.budget` is `7200`, a time such as `"2h"`, `{ trials = 100 }` or `{ flops = 1e15 }` is needed
      --> study.toml:43:10
    43 | budget = 7200
       |          ^^^^
    hint: for example `budget = "2h"`
    "#);
}
