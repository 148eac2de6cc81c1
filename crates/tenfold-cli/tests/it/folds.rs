//! Folds: every row is tested once per repeat, and no trial was trained on a row it is tested on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tenfold::measured::curves::measured_study;
use tenfold::prepared::Prepared;
use tenfold::store::{Database, StudyFolder};
use tenfold::study;
use tenfold::study::schedule::TrialKey;

use crate::program::{
    SMALL_STUDY, command, run, run_well, start, trial_folders, wait_until, write_study,
};

const ROWS: usize = 203;

/// A table of two noisy features; a patient has one to seven rows.
fn table() -> String {
    let mut text = "x,y,patient,label\n".to_owned();
    for row in 0..ROWS {
        let noise = |step: usize| ((row * step) % 97) as f64 / 97.0;
        let label = if noise(31) + 0.4 * noise(53) > 0.7 { "high" } else { "low" };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{},{},p{},{label}", noise(31), noise(17), (row * row) % 61 % 40);
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "a test writes as a user's editor does")]
fn study_in(folder: &Path, data: &str, seeds: u64) {
    fs::write(folder.join("small.csv"), table()).unwrap();
    let text = format!(
        "[study]\nname = \"small\"\n[data]\npath = \"small.csv\"\nlabel = \"label\"\n{data}\n\
         [shards]\nsizes = {{ from = 32, factor = 2 }}\nseeds = {seeds}\n\
         [[model]]\nname = \"linear\"\nlearner = \"linear\"\n[model.train]\nsteps = 60\n\
         [[model]]\nname = \"mlp\"\nlearner = \"mlp\"\nwidth = 8\n[model.train]\nsteps = 60\n\
         [model.search]\nlearning_rate = [1e-3, 1e-2]\n"
    );
    write_study(folder, &text);
}

fn prepared(folder: &Path) -> Prepared {
    Prepared::new(&study::load(folder).unwrap()).unwrap()
}

/// Checks every trial of the study; returns the rows that each repeat tests.
fn check_trials(data: &Prepared, folds: u64) {
    let mut tested: BTreeMap<(u64, u64), Vec<u32>> = BTreeMap::new();
    for &size in &data.plan.sizes {
        for seed in 0..data.plan.seeds {
            let trial = data.trial(TrialKey { model: 0, size, seed, candidate: 0 });
            let job = data.job(&trial, None).unwrap();
            let set = |rows: &[u32]| rows.iter().copied().collect::<BTreeSet<u32>>();
            let (shard, stopped) = (set(job.shard.rows), set(job.validation.1));
            let test = set(job.test.1);
            assert_eq!(shard.len() as u64, size);
            assert!(shard.is_disjoint(&stopped) && shard.is_disjoint(&test), "{size} {seed}");
            assert!(test.is_disjoint(&stopped), "{size} {seed}");
            tested.entry((size, seed / folds)).or_default().extend(job.test.1);
        }
    }
    for ((size, seed), mut rows) in tested {
        rows.sort_unstable();
        assert!(rows.into_iter().eq(0..ROWS as u32), "rows tested at {size} by repeat {seed}");
    }
}

#[test]
fn no_held_out_example_of_a_trial_is_in_its_shard_and_all_rows_are_tested_once_a_repeat() {
    for split in ["random", "stratified"] {
        let folder = tempfile::tempdir().unwrap();
        study_in(folder.path(), &format!("split = \"{split}\"\ntest = \"5-fold\""), 6);
        let data = prepared(folder.path());
        assert_eq!(data.plan.seeds, 10, "two whole repeats");
        // Of 203 rows the largest fold takes 41, and 20 decide when training stops.
        assert_eq!(data.plan.sizes, [32, 64, 128, 142]);
        check_trials(&data, 5);
    }
}

#[test]
fn groups_stay_in_one_fold_and_their_column_is_no_feature() {
    let folder = tempfile::tempdir().unwrap();
    study_in(folder.path(), "test = \"4-fold:patient\"", 1);
    let data = prepared(folder.path());
    check_trials(&data, 4);
    let patients: Vec<String> =
        table().lines().skip(1).map(|line| line.split(',').nth(2).unwrap().to_owned()).collect();
    for seed in 0..4 {
        let size = *data.plan.sizes.last().unwrap();
        let trial = data.trial(TrialKey { model: 0, size, seed, candidate: 0 });
        let job = data.job(&trial, None).unwrap();
        let of = |rows: &[u32]| -> BTreeSet<&str> {
            rows.iter().map(|row| patients[*row as usize].as_str()).collect()
        };
        let tested = of(job.test.1);
        assert!(tested.is_disjoint(&of(job.shard.rows)), "{seed}");
        assert!(tested.is_disjoint(&of(job.validation.1)), "{seed}");
    }
    let fields = &data.examples.as_ref().unwrap().dataset.fields;
    let names: Vec<&str> = fields.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["x", "y"]);
}

#[test]
fn a_study_without_folds_keeps_its_ids() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path(), SMALL_STUDY);
    let data = prepared(folder.path());
    let id = |seed| data.find("linear", 32, seed, 0).unwrap().id.to_string();
    assert_eq!([id(0), id(1)], ["e4234cee16ae4dc81405", "1362b900296263a42dee"]);
}

fn json(folder: &Path, words: &[&str]) -> Value {
    serde_json::from_str(&run_well(folder, words).stdout).unwrap()
}

#[test]
fn a_point_is_the_mean_over_folds_also_after_a_kill() {
    let whole = tempfile::tempdir().unwrap();
    study_in(whole.path(), "test = \"5-fold\"", 3);
    let ran = run_well(whole.path(), &["run"]);
    let said = "3 seeds were asked for, and 5 are trained: every repeat has 5 folds";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let forecast = run_well(whole.path(), &["forecast"]);
    let beyond = "note: all 203 rows are 1.43 times the largest size measured, 142";
    assert!(forecast.stderr.contains(beyond), "{}", forecast.stderr);
    assert!(forecast.stdout.contains("203"), "{}", forecast.stdout);
    let trials = json(whole.path(), &["trial", "--model", "linear", "--size", "142", "--json"]);
    let errors: Vec<f64> = trials["trials"].as_array().unwrap().iter().map(test_error).collect();
    assert_eq!(errors.len(), 5);
    let mean = errors.iter().sum::<f64>() / 5.0;
    let fit = run_well(whole.path(), &["fit", "--json"]).stdout;
    let database = Database::read(&StudyFolder::open(whole.path())).unwrap();
    let measured = measured_study(&database, None).unwrap();
    let point = measured.curves[0].curve.points().last().unwrap();
    assert!((point.error() - mean).abs() < 1e-12, "{point:?} {mean}");
    assert_eq!(point.replicates[0].outcomes.as_ref().unwrap().examples(), ROWS);
    // The standard error is at least the one that 203 test rows imply.
    let of_rows = (mean * (1.0 - mean) / (ROWS as f64 - 1.0)).sqrt();
    assert!(point.standard_error.unwrap() > 0.999 * of_rows, "{point:?} {of_rows}");
    assert!(measured.curves.iter().all(|curve| curve.curve.points().len() == 4));

    let killed = tempfile::tempdir().unwrap();
    study_in(killed.path(), "test = \"5-fold\"", 3);
    let mut child = start(command(killed.path(), &["run", "--workers", "1"]));
    wait_until("a few results", || {
        let trials = trial_folders(killed.path());
        trials.iter().filter(|trial| trial.join("result.json").exists()).count() >= 4
    });
    child.kill().unwrap();
    child.wait().unwrap();
    run_well(killed.path(), &["run", "-q"]);
    assert_eq!(run_well(killed.path(), &["fit", "--json"]).stdout, fit);
    let compared = json(killed.path(), &["compare", "--json"]);
    assert_eq!(compared["pairs"][0]["same_test_examples"], true, "{compared}");
}

fn test_error(trial: &Value) -> f64 {
    trial["test_error"].as_f64().unwrap()
}

fn check_refused(data: &str, words: &[&str], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    study_in(folder.path(), data, 3);
    let ran = run(folder.path(), words);
    assert_eq!(ran.code, Some(2), "{data}");
    assert!(ran.stderr.contains(expected), "{data}:\n{}", ran.stderr);
}

#[test]
fn folds_that_cannot_be_are_refused_with_a_hint() {
    check_refused("test = \"1-fold\"", &["run"], "is \"1-fold\", 2 to 100 folds are needed");
    check_refused("test = \"5-fold:\"", &["run"], "hint: for example `\"5-fold:patient\"`");
    check_refused(
        "test = \"50-fold:patient\"",
        &["run"],
        "50 folds need as many groups, there are",
    );
    check_refused("test = \"5-fold:patent\"", &["run"], "there is no column `patent`");
    check_refused(
        "validation = \"5-fold\"",
        &["run"],
        "only the test set can be each fold in turn",
    );
    let time = "split = \"time:x\"\ntest = \"5-fold\"";
    check_refused(time, &["run"], "hint: `test = 0.1`, or take `split` out");
    let budget = ["run", "--budget", "100 trials"];
    check_refused("test = \"5-fold\"", &budget, "a budget buys seeds one by one");
}

#[test]
fn init_takes_folds_for_small_data_and_the_study_runs() {
    let folder = tempfile::tempdir().unwrap();
    study_in(folder.path(), "test = \"5-fold\"", 3);
    run_well(folder.path(), &["init", "small.csv", "--label", "label", "--force"]);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    for line in ["test = \"5-fold\"", "sizes = { from = 16, factor = 2 }", "seeds = 5"] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
    let planned = run_well(folder.path(), &["run", "--dry-run"]).stdout;
    assert!(planned.contains("5 sizes from 16 to 142, 5 folds"), "{planned}");
}
