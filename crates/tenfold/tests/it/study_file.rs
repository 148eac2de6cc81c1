//! `study.toml`: what is read, and every message a bad one gets.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tenfold::diagnostic::Problems;
use tenfold::study::{self, HeldOut, SearchScope, ShardSizes, Study};
use tenfold_core::MetricKind;
use tenfold_data::{
    Amount, Column, ColumnValues, Dataset, Format, Images, Inputs, Source, SplitMethod,
    SplitRequest, Table, Targets,
};
use tenfold_train::{Architecture, MetricName, SettingValue};

/// The example of the documentation.
const COMPLETE: &str = r#"
[study]
name = "fashion-mnist"
seed = 7
search = "full"

[data]
builtin = "fashion-mnist-14"
split = "random"
validation = 2048
test = 2048

[shards]
sizes = { from = 64, to = 8192, factor = 2 }
seeds = 3

[metric]
name = "error_rate"
direction = "lower"
kind = "error-rate"

[[model]]
name = "cnn"
learner = "cnn"
width = 16
[model.train]
batch = 64
epochs = 20
optimizer = "adamw"
[model.search]
width = [8, 16, 32]
learning_rate = [1e-3, 3e-3]

[[model]]
learner = "mlp"

[goal]
target = 0.10
cost_per_example = 0.05
have = "60k"

[run]
executor = "local"
workers = 2
"#;

/// The least a study of a table needs.
const LEAST: &str = r#"
[data]
path = "houses.csv"
target = "price"

[[model]]
learner = "mlp"
"#;

fn parse(text: &str) -> Result<Study, Problems> {
    study::parse(text, Path::new("homes/study.toml"))
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path).and_then(|mut file| file.write_all(bytes)).unwrap();
}

/// All problems of a file, or a word that there are none.
fn problems_of(text: &str) -> String {
    match study::parse(text, Path::new("study.toml")) {
        Ok(_) => "no problems".to_owned(),
        Err(problems) => problems.to_string(),
    }
}

/// The problems of the complete example once some of its text is replaced.
fn problems_with(old: &str, new: &str) -> String {
    assert!(COMPLETE.contains(old), "{old}");
    problems_of(COMPLETE.replacen(old, new, 1).trim_start())
}

/// The problems of the least example with more lines in a section of it or at its end.
fn problems_of_table(old: &str, new: &str) -> String {
    assert!(LEAST.contains(old), "{old}");
    problems_of(LEAST.replacen(old, new, 1).trim_start())
}

#[test]
fn the_complete_example_means_what_it_says() {
    let study = parse(COMPLETE).unwrap();
    assert_eq!(study.name, "fashion-mnist");
    assert_eq!((study.seed, study.seeds), (7, 3));
    assert_eq!(study.folder, PathBuf::from("homes"));
    assert_eq!(study.search, SearchScope::Full);
    assert_eq!(study.data.source, Source::Builtin("fashion-mnist-14".to_owned()));
    assert_eq!(study.data.split, SplitMethod::Random);
    assert_eq!(study.data.validation, HeldOut::Amount(Amount::Examples(2048)));
    assert_eq!(study.metric, Some(MetricName::ErrorRate));
    assert_eq!(study.metric_kind, Some(MetricKind::ErrorRate));
    assert_eq!(study.sizes(10_000).unwrap(), [64, 128, 256, 512, 1024, 2048, 4096, 8192]);
    assert_eq!(study.goal.target, Some(0.1));
    assert_eq!(study.goal.cost_per_example, Some(0.05));
    assert_eq!(study.goal.have, Some(60_000));
    assert_eq!(study.run.workers, Some(2));
    assert_eq!(study.models.len(), 2);
    let cnn = &study.models[0];
    assert_eq!(cnn.settings.architecture, Architecture::Cnn);
    let axes: Vec<&str> = cnn.axes.iter().map(|axis| axis.key.as_str()).collect();
    assert_eq!(axes, ["width", "learning_rate"], "axes keep the order they were typed in");
    assert_eq!(cnn.axes[1].values, [SettingValue::Number(1e-3), SettingValue::Number(3e-3)]);
    assert_eq!(study.models[1].name, "mlp", "a model without a name has that of its learner");
}

#[test]
fn everything_else_has_a_default() {
    let study = parse(LEAST).unwrap();
    assert_eq!(study.name, "homes");
    assert_eq!((study.seed, study.seeds), (0, 3));
    assert_eq!(study.search, SearchScope::Narrowed);
    let source = Source::Files {
        format: Format::Csv,
        path: PathBuf::from("homes/houses.csv"),
        label: None,
        target: Some("price".to_owned()),
    };
    assert_eq!(study.data.source, source, "paths are relative to the study's folder");
    assert_eq!(study.data.validation, HeldOut::Amount(Amount::Fraction(0.1)));
    assert_eq!(study.data.test, HeldOut::Amount(Amount::Fraction(0.1)));
    assert_eq!(study.shards, ShardSizes::Range { from: 64, to: None, factor: 2.0 });
    assert_eq!(study.metric, None);
    assert!(study.models[0].axes.is_empty());
}

#[test]
fn held_out_examples_come_in_many_forms() {
    let check = |typed: &str, meant: HeldOut| {
        let text = LEAST.replace("[[model]]", &format!("test = {typed}\n[[model]]"));
        assert_eq!(parse(&text).unwrap().data.test, meant, "{typed}");
    };
    check("500", HeldOut::Amount(Amount::Examples(500)));
    check("\"2k\"", HeldOut::Amount(Amount::Examples(2000)));
    check("0.25", HeldOut::Amount(Amount::Fraction(0.25)));
    check("\"25%\"", HeldOut::Amount(Amount::Fraction(0.25)));
    check("\"none\"", HeldOut::Nothing);
    let source = Source::Files {
        format: Format::Tsv,
        path: PathBuf::from("homes/late/houses.tsv"),
        label: None,
        target: Some("price".to_owned()),
    };
    check("\"late/houses.tsv\"", HeldOut::File(source));
}

#[test]
fn sizes_are_numbers_or_numbers_with_a_unit() {
    let check = |typed: &str, meant: &[u64]| {
        let text = format!("{LEAST}\n[shards]\nsizes = {typed}\n");
        assert_eq!(parse(&text).unwrap().sizes(2_000_000).unwrap(), meant, "{typed}");
    };
    check("[100, 200]", &[100, 200]);
    check("[\"1k\", \"64k\", \"1.2M\"]", &[1000, 64_000, 1_200_000]);
    check("[1e3, 4_000]", &[1000, 4000]);
    check("{ from = \"1k\", to = \"4k\" }", &[1000, 2000, 4000]);
    check("{ from = 1000, to = 100_000, factor = 10 }", &[1000, 10_000, 100_000]);
}

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
    hint: it has `executor`, `workers`
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
    hint: the file has the sections `study`, `data`, `shards`, `metric`, `model`, `goal`, `run`
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

    error: `shards.sizes.factor` is 1, a number above 1 is needed
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
    error: `shards.sizes.factor` is nan, a number above 1 is needed
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
fn missing_keys_are_named() {
    insta::assert_snapshot!(problems_of(""), @r#"
    error: `data` does not say what to learn from: `path` or `builtin` is needed
     --> study.toml
    hint: `path = "data/train.csv"`, or `builtin = …`, one of `fashion-mnist-14`, `letter`

    error: a study needs at least one model, and the file has no `[[model]]`
     --> study.toml
    hint: `[[model]]` on a line of its own, then for example `learner = "mlp"`
    "#);
    insta::assert_snapshot!(problems_of("[data]\nseed = 3\n[[model]]\nwidth = 3\n"), @r#"
    error: `data` does not say what to learn from: `path` or `builtin` is needed
     --> study.toml:1:1
    1 | [data]
      | ^^^^^^
    hint: `path = "data/train.csv"`, or `builtin = …`, one of `fashion-mnist-14`, `letter`

    error: unknown key `seed` in `[data]`
     --> study.toml:2:1
    2 | seed = 3
      | ^^^^
    hint: `seed` belongs in `[study]`

    error: `model.learner` is missing, every model needs one
     --> study.toml:3:1
    3 | [[model]]
      | ^^^^^^^^^
    hint: `learner = …`, one of `linear`, `mlp`, `cnn`, `resnet`
    "#);
    insta::assert_snapshot!(problems_of_table("target = \"price\"\n", ""), @r#"
    error: `data` does not say which column of `houses.csv` to predict
     --> study.toml:2:8
    2 | path = "houses.csv"
      |        ^^^^^^^^^^^^ a table
    hint: `label = "COLUMN"` for classes, `target = "COLUMN"` for numbers
    "#);
    insta::assert_snapshot!(problems_of_table("houses.csv", "houses"), @r#"
    error: there is no file or folder `houses`
     --> study.toml:2:8
    2 | path = "houses"
      |        ^^^^^^^^ not found
    note: `.` has `Cargo.lock`, `Cargo.toml`, `examples`, `refresh.sh`, `src`, `stubdata`, `stubtrain`, `target` and 1 more
    "#);
}

#[test]
fn unknown_words_are_told_the_nearest_one() {
    insta::assert_snapshot!(problems_with("learner = \"cnn\"", "learner = \"cmm\""), @r#"
    error: `model.learner` does not know `cmm`
      --> study.toml:23:11
    23 | learner = "cmm"
       |           ^^^^^ not one of them
    hint: there are `linear`, `mlp`, `cnn`, `resnet`
    "#);
    insta::assert_snapshot!(problems_with("split = \"random\"", "split = \"stratifed\""), @r#"
    error: `data.split` does not know `stratifed`
     --> study.toml:8:9
    8 | split = "stratifed"
      |         ^^^^^^^^^^^ not one of `random`, `stratified`, `group:COLUMN`, `time:COLUMN`
    hint: did you mean `"stratified"`?
    "#);
    insta::assert_snapshot!(problems_with("split = \"random\"", "split = \"group\""), @r#"
    error: `data.split` does not know `group`
     --> study.toml:8:9
    8 | split = "group"
      |         ^^^^^^^ not one of `random`, `stratified`, `group:COLUMN`, `time:COLUMN`
    hint: name the column: `split = "group:COLUMN"`
    "#);
    insta::assert_snapshot!(problems_with("split = \"random\"", "split = \"grup:patient\""), @r#"
    error: `data.split` does not know `grup:patient`
     --> study.toml:8:9
    8 | split = "grup:patient"
      |         ^^^^^^^^^^^^^^ not one of `random`, `stratified`, `group:COLUMN`, `time:COLUMN`
    hint: did you mean `"group:patient"`?
    "#);
    insta::assert_snapshot!(problems_with("name = \"error_rate\"", "name = \"error-rate\""), @r#"
    error: `metric.name` does not know `error-rate`
      --> study.toml:17:8
    17 | name = "error-rate"
       |        ^^^^^^^^^^^^ not one of `error_rate`, `cross_entropy`, `rmse`
    hint: did you mean `"error_rate"`?
    "#);
    insta::assert_snapshot!(problems_with("name = \"error_rate\"", "name = \"accuracy\""), @r#"
    error: `metric.name` does not know `accuracy`
      --> study.toml:17:8
    17 | name = "accuracy"
       |        ^^^^^^^^^^ not one of `error_rate`, `cross_entropy`, `rmse`
    hint: did you mean `"error_rate"`? it is 1 − accuracy
    "#);
    insta::assert_snapshot!(problems_with("name = \"error_rate\"", "name = \"perplexity\""), @r#"
    error: `metric.name` does not know `perplexity`
      --> study.toml:17:8
    17 | name = "perplexity"
       |        ^^^^^^^^^^^^ not one of `error_rate`, `cross_entropy`, `rmse`
    hint: did you mean `"cross_entropy"`? it is the logarithm of the perplexity
    "#);
    insta::assert_snapshot!(problems_with("direction = \"lower\"", "direction = \"higher\""), @r#"
    error: `metric.direction` is `higher`, but the metrics of the built-in learners are errors, and lower is better
      --> study.toml:18:13
    18 | direction = "higher"
       |             ^^^^^^^^
    hint: take the line out
    "#);
    insta::assert_snapshot!(problems_with("search = \"full\"", "search = \"fulll\""), @r#"
    error: `study.search` does not know `fulll`
     --> study.toml:4:10
    4 | search = "fulll"
      |          ^^^^^^^ not one of `narrowed`, `full`
    hint: did you mean `"full"`?
    "#);
    insta::assert_snapshot!(problems_with("\"fashion-mnist-14\"", "\"fashion-mnist\""), @r#"
    error: `data.builtin` does not know `fashion-mnist`
     --> study.toml:7:11
    7 | builtin = "fashion-mnist"
      |           ^^^^^^^^^^^^^^^ not one of `fashion-mnist-14`, `letter`
    hint: did you mean `"fashion-mnist-14"`?
    "#);
    insta::assert_snapshot!(problems_of_table("target = \"price\"", "target = \"price\"\nformat = \"xls\""), @r#"
    error: `data.format` does not know `xls`
     --> study.toml:4:10
    4 | format = "xls"
      |          ^^^^^ not one of them
    hint: there are `idx`, `image-folder`, `csv`, `tsv`, `jsonl`, `parquet`
    "#);
}

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
fn contradictions_about_the_data_are_told() {
    let price = "target = \"price\"";
    insta::assert_snapshot!(problems_of_table(price, "target = \"price\"\nlabel = \"city\""), @r#"
    error: `data.label` and `data.target` are both given, one of them is needed
     --> study.toml:3:1
    3 | target = "price"
      | ^^^^^^ `label` is on line 4
    hint: keep `label` to predict classes, `target` to predict numbers
    "#);
    insta::assert_snapshot!(problems_of_table(price, "target = \"price\"\nbuiltin = \"letter\""), @r#"
    error: `data.builtin` and `data.path` are both given, one of them is needed
     --> study.toml:2:1
    2 | path = "houses.csv"
      | ^^^^ `builtin` is on line 4
    hint: take one of the two lines out
    "#);
    insta::assert_snapshot!(problems_of_table(price, "target = \"price\"\nformat = \"image-folder\""), @r#"
    error: `data.target` names a column of a table, and `image-folder` has none
     --> study.toml:3:1
    3 | target = "price"
      | ^^^^^^ has no effect here
    hint: take the line out; images bring their labels along
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
fn what_the_data_turn_out_to_be_is_checked_against_the_goal() {
    let classes = Targets::Classes { labels: vec![0, 1], names: vec!["a".into(), "b".into()] };
    let values = Targets::Values { values: vec![1.0], name: "price".into() };
    let builtin = COMPLETE.replace("[metric]\nname = \"error_rate\"", "[metric]");
    let study = parse(&builtin.replace("target = 0.10", "target = 10")).unwrap();
    assert_eq!(study.metric_for(&values).unwrap(), MetricName::Rmse);
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
    insta::assert_snapshot!(study("[100, 2000, 5000]").sizes(1500).unwrap_err(), @r"
    error: `shards.sizes` goes up to 5000, but 1500 examples are left to train on
     --> homes/study.toml:9:9
    9 | sizes = [100, 2000, 5000]
      |         ^^^^^^^^^^^^^^^^^ 2000 is more than 1500
    note: validation and test examples are never trained on
    hint: `sizes = [100]`
    ");
    insta::assert_snapshot!(study("{ from = 64, to = 8192 }").sizes(5000).unwrap_err(), @r"
    error: `shards.sizes` goes up to 8192, but 5000 examples are left to train on
     --> homes/study.toml:9:9
    9 | sizes = { from = 64, to = 8192 }
      |         ^^^^^^^^^^^^^^^^^^^^^^^^ 8192 is more than 5000
    note: validation and test examples are never trained on
    hint: `to = 5000`, or leave `to` out to use all there is
    ");
    insta::assert_snapshot!(study("{ from = 64 }").sizes(50).unwrap_err(), @r"
    error: `shards.sizes` goes up to 64, but 50 examples are left to train on
     --> homes/study.toml:9:9
    9 | sizes = { from = 64 }
      |         ^^^^^^^^^^^^^ 64 is more than 50
    note: validation and test examples are never trained on
    hint: start from fewer: `sizes = { from = 16 }`
    ");
    assert_eq!(study("{ from = 64, to = 8192 }").sizes(8192).unwrap().last(), Some(&8192));
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

#[test]
fn keys_of_later_versions_are_not_called_unknown() {
    let own = "[[model]]\nname = \"mine\"\ncommand = [\"python\", \"train.py\"]\n\
               inputs = [\"train.py\"]\nresult = \"json\"\ntimeout = \"30m\"\n";
    insta::assert_snapshot!(problems_of(&format!("{LEAST}{own}")), @r#"
    error: `command` is not supported by tenfold 0.1.0, it belongs to a later version
      --> study.toml:10:1
    10 | command = ["python", "train.py"]
       | ^^^^^^^ not supported yet
    hint: the built-in learners are `linear`, `mlp`, `cnn`, `resnet`: `learner = "mlp"`
    "#);
    insta::assert_snapshot!(problems_with("\"local\"", "\"slurm\""), @r#"
    error: `executor = "slurm"` is not supported by tenfold 0.1.0, it belongs to a later version
      --> study.toml:42:12
    42 | executor = "slurm"
       |            ^^^^^^^ not supported yet
    hint: `executor = "local"` runs the trials on this machine
    "#);
    insta::assert_snapshot!(problems_with("workers = 2", "budget = \"2h\"\n[run.ray]\nnodes = 3"), @r#"
    error: `budget` is not supported by tenfold 0.1.0, it belongs to a later version
      --> study.toml:43:1
    43 | budget = "2h"
       | ^^^^^^ not supported yet
    hint: take the line out

    error: `ray` is not supported by tenfold 0.1.0, it belongs to a later version
      --> study.toml:44:6
    44 | [run.ray]
       |      ^^^ not supported yet
    hint: take the line out
    "#);
}

#[test]
fn what_is_not_toml_says_where() {
    insta::assert_snapshot!(problems_with("name = \"fashion-mnist\"", "name = fashion-mnist"), @r#"
    error: `study.toml` is not valid TOML
     --> study.toml:2:8
    2 | name = fashion-mnist
      |        ^^^^^^^^^^^^^ a text without quotes
    hint: `name = "fashion-mnist"`
    "#);
    insta::assert_snapshot!(problems_with("[goal]", "[goal"), @r"
    error: `study.toml` is not valid TOML
      --> study.toml:36:6
    36 | [goal
       |      ^ unclosed table, expected `]`
    ");
    insta::assert_snapshot!(problems_with("seed = 7", "seed = 7\nseed = 8"), @r"
    error: `study.toml` is not valid TOML
     --> study.toml:4:1
    4 | seed = 8
      | ^^^^ duplicate key
    hint: keep one of them; a second model starts with `[[model]]`
    ");
    insta::assert_snapshot!(problems_with("seeds = 3", "seeds"), @r"
    error: `study.toml` is not valid TOML
      --> study.toml:14:6
    14 | seeds
       |      ^ key with no value, expected `=`
    hint: write `key = value`
    ");
    insta::assert_snapshot!(problems_with("[1e-3, 3e-3]", "[1e-3, 3e-3"), @r"
    error: `study.toml` is not valid TOML
      --> study.toml:33:1
    33 | [[model]]
       | ^ missing comma between array elements, expected `,`
    hint: is the list above closed with `]`?
    ");
}

#[test]
fn two_slips_in_the_toml_are_told_at_once() {
    let text = COMPLETE.replace("\"fashion-mnist\"", "fashion").replace("seeds = 3", "seeds");
    insta::assert_snapshot!(problems_of(&text), @r#"
    error: `study.toml` is not valid TOML
     --> study.toml:3:8
    3 | name = fashion
      |        ^^^^^^^ a text without quotes
    hint: `name = "fashion"`

    error: `study.toml` is not valid TOML
      --> study.toml:15:6
    15 | seeds
       |      ^ key with no value, expected `=`
    hint: write `key = value`
    "#);
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let text = COMPLETE
        .replace("seed = 7", "sede = 7")
        .replace("factor = 2 }", "factor = 1 }")
        .replace("learner = \"mlp\"", "learner = \"mpl\"")
        .replace("workers = 2", "workers = \"two\"");
    insta::assert_snapshot!(problems_of(&text), @r#"
    error: unknown key `sede` in `[study]`
     --> study.toml:4:1
    4 | sede = 7
      | ^^^^
    hint: did you mean `seed`?

    error: `shards.sizes.factor` is 1, a number above 1 is needed
      --> study.toml:14:42
    14 | sizes = { from = 64, to = 8192, factor = 1 }
       |                                          ^ too small
    hint: for example `factor = 2`

    error: `model.learner` does not know `mpl`
      --> study.toml:35:11
    35 | learner = "mpl"
       |           ^^^^^ not one of `linear`, `mlp`, `cnn`, `resnet`
    hint: did you mean `"mlp"`?

    error: `run.workers` is `"two"`, a whole number from 1 to 1024 is needed
      --> study.toml:44:11
    44 | workers = "two"
       |           ^^^^^ not a number
    hint: for example `workers = 2`
    "#);
}

#[test]
fn a_missing_file_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: &Path| {
        let text = study::load(path).unwrap_err().to_string();
        text.replace(&folder.path().display().to_string(), "FOLDER")
    };
    insta::assert_snapshot!(check(folder.path()), @r"
    error: there is no study file `FOLDER/study.toml`
    note: `FOLDER` is an empty folder
    hint: `tenfold init DATA` writes one for your data, `tenfold demo` needs none
    ");
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::File::create(folder.path().join("studi.toml")).unwrap();
    insta::assert_snapshot!(check(folder.path()), @r"
    error: there is no study file `FOLDER/study.toml`
    note: `FOLDER` has `data`, `studi.toml`
    hint: did you mean `FOLDER/studi.toml`?
    ");
    insta::assert_snapshot!(check(&folder.path().join("nowhere").join("study.toml")), @r"
    error: there is no study file `FOLDER/nowhere/study.toml`
    note: there is no folder `FOLDER/nowhere`
    hint: `tenfold init DATA` writes one for your data, `tenfold demo` needs none
    ");
}

#[test]
fn a_file_that_is_not_text_is_not_toml_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.toml");
    write(&path, b"[study]\nname = \"\xff\"\n");
    let text = study::load(folder.path()).unwrap_err().to_string();
    let text = text.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(text, @r"
    error: `FOLDER/study.toml` is not text in UTF-8
     --> FOLDER/study.toml:2
    note: the first byte that is not is at offset 16
    hint: save the file as UTF-8
    ");
    write(&path, &vec![b'#'; 5 << 20]);
    let text = study::load(folder.path()).unwrap_err().to_string();
    let text = text.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(text, @"error: `FOLDER/study.toml` has more than 4 MiB, a study file of text is needed");
}

#[test]
fn a_study_is_loaded_from_its_folder_or_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.toml");
    write(&path, format!("\u{feff}{}", LEAST.replace('\n', "\r\n")).as_bytes());
    assert_eq!(study::load(folder.path()).unwrap().folder, folder.path());
    assert_eq!(study::load(&path).unwrap().models.len(), 1);
}

/// A data set of `examples` small images or rows of a table.
fn dataset(examples: u32, is_images: bool, has_classes: bool) -> Dataset {
    let inputs = if is_images {
        let pixels = vec![0; examples as usize * 4].into();
        Inputs::Images(Images { pixels, channels: 1, height: 2, width: 2 })
    } else {
        let values = ColumnValues::Numeric(vec![1.0; examples as usize]);
        Inputs::Table(Table { columns: vec![Column { name: "area".to_owned(), values }] })
    };
    let targets = if has_classes {
        let labels = (0..examples).map(|example| example % 2).collect();
        Targets::Classes { labels, names: vec!["cat".to_owned(), "dog".to_owned()] }
    } else {
        let values = (0..examples).map(|example| example as f32).collect();
        Targets::Values { values, name: "price".to_owned() }
    };
    Dataset::new(inputs, targets).unwrap()
}

/// The drafted study of a data set, which has to be sound and to fit the data it is for.
fn drafted(source: &Source, dataset: &Dataset) -> Study {
    let text = study::init::draft(source, dataset);
    let study = study::parse(&text, Path::new("study.toml"))
        .map_err(|problems| panic!("{text}\n{problems}"));
    let study = study.unwrap();
    let amount = |held_out: &HeldOut| match held_out {
        HeldOut::Amount(amount) => *amount,
        other => panic!("{other:?}"),
    };
    let request = SplitRequest {
        method: study.data.split.clone(),
        validation: amount(&study.data.validation),
        test: Some(amount(&study.data.test)),
        seed: study.seed,
    };
    let pool = tenfold_data::split(dataset, &request).unwrap().pool.len() as u64;
    assert!(!study.sizes(pool).unwrap().is_empty());
    study.metric_for(&dataset.targets).unwrap();
    for model in &study.models {
        tenfold_train::describe(dataset, &model.settings).unwrap();
    }
    study
}

#[test]
fn a_drafted_study_of_images_is_sound() {
    let source = Source::Files {
        format: Format::ImageFolder,
        path: PathBuf::from("pets \"2\""),
        label: None,
        target: None,
    };
    let study = drafted(&source, &dataset(3000, true, true));
    let models: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(models, ["cnn", "mlp"]);
    assert_eq!(study.sizes(2400).unwrap(), [16, 32, 64, 128, 256, 512, 1024, 2048]);
    assert_eq!(study.data.split, SplitMethod::Stratified);
    let path = PathBuf::from("./pets \"2\"");
    assert_eq!(
        study.data.source,
        Source::Files { format: Format::ImageFolder, path, label: None, target: None }
    );
}

#[test]
fn a_drafted_study_of_a_table_is_sound() {
    let source = |label: Option<&str>, target: Option<&str>| Source::Files {
        format: Format::Csv,
        path: PathBuf::from("houses.csv"),
        label: label.map(str::to_owned),
        target: target.map(str::to_owned),
    };
    let study = drafted(&source(None, Some("price")), &dataset(200, false, false));
    let models: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(models, ["mlp", "linear"]);
    assert_eq!(study.data.split, SplitMethod::Random);
    assert_eq!(study.metric, Some(MetricName::Rmse));
    let study = drafted(&source(Some("kind"), None), &dataset(100_000, false, true));
    assert_eq!(study.sizes(80_000).unwrap().last(), Some(&16_384));
    drafted(&source(Some("kind"), None), &dataset(40, false, true));
}

#[test]
fn a_drafted_study_of_built_in_data_is_sound() {
    for builtin in tenfold_data::BUILTINS {
        let source = Source::Builtin(builtin.name.to_owned());
        drafted(&source, &tenfold_data::read(&source).unwrap());
    }
}

/// A file of `docs` ends with what the registry prints; with `TENFOLD_UPDATE` it is made so.
fn check_documentation(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let written = std::fs::read_to_string(&path).unwrap();
    if std::env::var_os("TENFOLD_UPDATE").is_some() {
        let kept = written.find("## `[study]`").map_or("", |at| &written[..at]);
        write(&path, format!("{kept}{printed}").as_bytes());
    } else {
        assert!(
            written.ends_with(printed),
            "docs/{name} is out of date, run this test with TENFOLD_UPDATE=1"
        );
    }
}

#[test]
fn the_documentation_lists_every_key() {
    check_documentation("study-file.md", &study::reference());
    let schema = format!("{:#}\n", study::schema());
    check_documentation("study.schema.json", &schema);
}

#[test]
fn the_schema_knows_every_key_and_its_type() {
    let schema = study::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let properties = &schema["properties"];
    for key in study::keys::registry().iter().filter(|key| !key.is_later()) {
        let path = key.path();
        let mut parts: Vec<&str> = path.split('.').collect();
        let name = parts.pop().unwrap();
        let mut at = properties;
        for part in parts {
            at = match part {
                "model" => &at["model"]["items"]["properties"],
                "sizes" => &at["sizes"]["anyOf"][1]["properties"],
                other => &at[other]["properties"],
            };
        }
        assert!(at[name]["description"].is_string(), "{path}");
    }
    assert_eq!(properties["data"]["additionalProperties"], false);
    assert!(properties["model"]["items"]["properties"].get("command").is_none());
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let outcome = study::parse(&text, Path::new("study.toml"));
        if let Err(problems) = outcome {
            prop_assert!(!problems.0.is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn no_edit_of_a_sound_file_makes_the_parser_panic(
        at in 0..COMPLETE.len(),
        length in 0_usize..30,
        new in "[\\[\\]{}=\",.#\n a-z0-9%é-]{0,12}",
    ) {
        let mut text = COMPLETE.to_owned();
        text.replace_range(at..(at + length).min(COMPLETE.len()), &new);
        if let Err(problems) = study::parse(&text, Path::new("study.toml")) {
            prop_assert!(!problems.0.is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn any_value_of_any_key_is_read_or_refused(
        key in 0..study::keys::registry().len(),
        value in 0_usize..12,
    ) {
        let key = &study::keys::registry()[key];
        let value = [
            "0", "-1", "1e308", "nan", "inf", "\"\"", "\"x\"", "[]", "[[]]", "{}", "true",
            "1979-05-27",
        ][value];
        let text = match key.section {
            study::keys::Section::Model => format!("[[model]]\n{} = {value}\n", key.name),
            study::keys::Section::Train => format!("[[model]]\ntrain.{} = {value}\n", key.name),
            study::keys::Section::Search => format!("[[model]]\nsearch.{} = {value}\n", key.name),
            section => format!("[{}]\n{} = {value}\n", section.path(), key.name),
        };
        let problems = study::parse(&text, Path::new("study.toml")).unwrap_err();
        prop_assert!(!problems.to_string().is_empty());
    }
}
