//! Reads files that the tools really wrote, and checks which value of a run is taken.

use std::fs;
use std::path::{Path, PathBuf};

use tenfold::import::{At, Mapping, Measurement, Understood};

use super::super::{refused, understood, written};
use super::{note, pattern};

const SIZES: [f64; 4] = [20.0, 40.0, 80.0, 160.0];

fn read(tool: &str, rest: &str) -> Understood {
    understood("folder", &pattern(tool, rest), &Mapping::default())
}

fn with(metric: &str) -> Mapping {
    Mapping { metric: Some(metric.to_owned()), ..Mapping::default() }
}

/// The measurement of a size and seed.
fn at(understood: &Understood, size: f64, seed: u64) -> &Measurement {
    let is_it =
        |one: &&Measurement| one.size.get().to_bits() == size.to_bits() && one.seed == Some(seed);
    understood.measurements.iter().find(is_it).unwrap()
}

/// Checks that a run of each size and seed was read, with the error that `expected` reads from its
/// file.
fn check(understood: &Understood, expected: impl Fn(f64, u64) -> f64) {
    assert_eq!(understood.measurements.len(), 8, "{:?}", understood.measurements);
    for size in SIZES {
        for seed in [0, 1] {
            let (found, expected) = (at(understood, size, seed).error, expected(size, seed));
            assert!((found - expected).abs() < 1e-12, "{size} {seed}: {found} for {expected}");
        }
    }
}

/// The column `name` of a CSV fixture, empty cells left out.
fn column(path: &Path, name: &str) -> Vec<f64> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let at = lines.next().unwrap().split(',').position(|column| column == name).unwrap();
    lines.filter_map(|line| line.split(',').nth(at)?.parse().ok()).collect()
}

fn run_file(tool: &str, size: f64, seed: u64, file: &str) -> PathBuf {
    pattern(tool, &format!("n={size}_seed={seed}/{file}"))
}

const BOTH: &str = "n={size}_seed={seed}/**";

#[test]
fn keras_ends_with_its_last_epoch_and_the_best_is_asked_for() {
    let last = read("keras", BOTH);
    let file = |size, seed| run_file("keras", size, seed, "training.log");
    check(&last, |size, seed| *column(&file(size, seed), "val_loss").last().unwrap());
    assert_eq!(last.roles.metric.name, "val_loss");
    let said =
        note(&last, "the value of a run is that of the last epoch, which is the model that `fit`");
    assert!(said.ends_with("`--at best` takes the other"), "{said}");
    // The accuracy is that of the epoch with the lowest loss, not the highest accuracy.
    let best = Mapping { at: Some(At::Best), ..with("val_accuracy") };
    let best = understood("folder", &pattern("keras", BOTH), &best);
    check(&best, |size, seed| {
        let losses = column(&file(size, seed), "val_loss");
        let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
        let epoch = losses.iter().position(|loss| loss.to_bits() == least.to_bits()).unwrap();
        1.0 - column(&file(size, seed), "val_accuracy")[epoch]
    });
    assert!(
        note(&best, "the value of a run is that of the epoch")
            .ends_with("`--at last` takes the other")
    );
}

#[test]
fn a_keras_log_without_validation_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    for size in [10, 20] {
        let run = folder.path().join(format!("n={size}"));
        fs::create_dir(&run).unwrap();
        written(&run, "log.csv", "epoch,accuracy,loss\n0,0.5,1.0\n1,0.6,0.9\n");
    }
    let told = refused("folder", &folder.path().join("n={size}/**"), &Mapping::default());
    assert!(told.contains("no metric of the runs is of data that were not trained on"), "{told}");
    assert!(told.contains("the runs have `accuracy`, `loss`"), "{told}");
    let read = understood("folder", &folder.path().join("n={size}/**"), &with("loss"));
    assert!((read.measurements[0].error - 0.9).abs() < 1e-12);
}

#[test]
fn lightning_gives_its_test_or_else_its_best_validation() {
    // Only seed 0 was tested, so that the only metric of both seeds is on validation data.
    let file = |size, seed| run_file("lightning", size, seed, "version_0/metrics.csv");
    let best = read("lightning", BOTH);
    assert_eq!(best.roles.metric.name, "val_loss");
    check(&best, |size, seed| {
        column(&file(size, seed), "val_loss").into_iter().fold(f64::INFINITY, f64::min)
    });
    let score = understood("folder", &pattern("lightning", BOTH), &with("val_acc"));
    check(&score, |size, seed| {
        1.0 - column(&file(size, seed), "val_acc").into_iter().fold(0.0, f64::max)
    });
    let tested = read("lightning", "n={size}_seed=0/**");
    assert_eq!(tested.roles.metric.name, "test_loss");
    for one in &tested.measurements {
        let expected = column(&file(one.size.get(), 0), "test_loss");
        assert_eq!(expected.len(), 1);
        assert!((one.error - expected[0]).abs() < 1e-12);
    }
}

#[test]
fn ultralytics_gives_the_epoch_that_its_best_weights_are_of() {
    let read = read("ultralytics", BOTH);
    assert_eq!(read.roles.metric.name, "metrics/accuracy_top1");
    assert!(read.scale.is_score);
    let file = |size, seed| run_file("ultralytics", size, seed, "results.csv");
    let epoch = |size, seed| {
        let (one, five) = (
            column(&file(size, seed), "metrics/accuracy_top1"),
            column(&file(size, seed), "metrics/accuracy_top5"),
        );
        let fitness: Vec<f64> = one.iter().zip(&five).map(|(a, b)| a + b).collect();
        let most = fitness.iter().copied().fold(0.0, f64::max);
        (fitness.iter().position(|value| value.to_bits() == most.to_bits()).unwrap(), one)
    };
    check(&read, |size, seed| {
        let (at, one) = epoch(size, seed);
        1.0 - one[at]
    });
    assert!(note(&read, "the value of a run").contains("which `best.pt` is"));
    // The loss is taken at that epoch, and is not always the lowest.
    let loss = understood("folder", &pattern("ultralytics", BOTH), &with("val/loss"));
    check(&loss, |size, seed| column(&file(size, seed), "val/loss")[epoch(size, seed).0]);
    let last = Mapping { at: Some(At::Last), ..with("val/loss") };
    let last = understood("folder", &pattern("ultralytics", BOTH), &last);
    check(&last, |size, seed| *column(&file(size, seed), "val/loss").last().unwrap());
    assert_ne!(last.measurements, loss.measurements);
}

#[test]
fn a_detector_is_judged_by_its_map_and_a_training_that_goes_on_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let header = "epoch,time,train/box_loss,metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss\n";
    // The third epoch is the best.
    let score = |epoch: u32| 0.5 - 0.01 * (f64::from(epoch) - 3.0).abs();
    let row = |epoch: u32| format!("{epoch},1,0.1,0.9,{},0.2\n", score(epoch));
    for (size, epochs, stops) in [(100, 50, false), (200, 7, true), (400, 7, false)] {
        let run = folder.path().join(format!("n={size}"));
        fs::create_dir(&run).unwrap();
        let rows: Vec<String> = (1..=epochs).map(row).collect();
        written(&run, "results.csv", format!("{header}{}", rows.concat()));
        let patience = if stops { 4 } else { 100 };
        written(&run, "args.yaml", format!("epochs: 50\npatience: {patience}\n"));
    }
    let read = understood("folder", &folder.path().join("n={size}"), &Mapping::default());
    assert_eq!(read.roles.metric.name, "metrics/mAP50-95(B)");
    let errors: Vec<f64> = read.measurements.iter().map(|one| one.error).collect();
    assert_eq!(errors, [0.5, 0.5]);
    assert_eq!(read.left_out.len(), 1);
    assert_eq!(
        (read.left_out[0].run.as_str(), read.left_out[0].why.as_str()),
        ("n=400", "it has 7 of 50 epochs")
    );
    // The real tool's table of boxes has these columns.
    let real = understood(
        "folder",
        &pattern("ultralytics_detect", "detect"),
        &Mapping { size: Some("imgsz".to_owned()), ..with("val/cls_loss") },
    );
    assert!((real.measurements[0].error - 0.898_04).abs() < 1e-9);
}

#[test]
fn the_trainer_gives_its_best_evaluation_where_it_chose_by_one() {
    let state = |size, seed| -> serde_json::Value {
        let file = run_file("hugging_face", size, seed, "trainer_state.json");
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    };
    let evaluations = |size, seed, name: &str| -> Vec<f64> {
        let log = state(size, seed)["log_history"].clone();
        log.as_array().unwrap().iter().filter_map(|entry| entry[name].as_f64()).collect()
    };
    let read = understood("folder", &pattern("hugging_face", BOTH), &with("eval_accuracy"));
    check(&read, |size, seed| match state(size, seed)["best_metric"].as_f64() {
        // The Trainer of seed 0 loads its best model, which it selects by accuracy.
        Some(best) => {
            assert_eq!(seed, 0);
            1.0 - best
        }
        None => 1.0 - evaluations(size, seed, "eval_accuracy").last().unwrap(),
    });
    assert!(note(&read, "the value of a run").contains("the Trainer took for the best"));
    // The loss is taken at the same step, and is not always the lowest of the run.
    let loss = understood("folder", &pattern("hugging_face", BOTH), &with("eval_loss"));
    check(&loss, |size, seed| {
        let losses = evaluations(size, seed, "eval_loss");
        match state(size, seed)["best_metric"].as_f64() {
            Some(best) => {
                let all = evaluations(size, seed, "eval_accuracy");
                losses[all.iter().position(|one| one.to_bits() == best.to_bits()).unwrap()]
            }
            None => *losses.last().unwrap(),
        }
    });
}

#[test]
fn a_trainer_that_left_only_checkpoints_is_not_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    for size in [20, 40] {
        let run = folder.path().join(format!("n={size}/checkpoint-3"));
        fs::create_dir_all(&run).unwrap();
        let (done, planned) = (3, if size == 20 { 3 } else { 12 });
        let state = format!(
            "{{\"best_metric\": null, \"global_step\": {done}, \"max_steps\": {planned}, \"log_history\": \
             [{{\"step\": 3, \"loss\": NaN}}, {{\"step\": 3, \"eval_loss\": 0.5}}]}}"
        );
        written(&run, "trainer_state.json", state);
    }
    let read = understood("folder", &folder.path().join("n={size}"), &Mapping::default());
    assert_eq!(read.measurements.len(), 1);
    assert_eq!(read.measurements[0].run, "n=20");
    assert_eq!(read.left_out[0].why, "its newest checkpoint is at step 3 of 12");
}

#[test]
fn spacy_gives_its_best_model_and_asks_which_score() {
    let told = refused("folder", &pattern("spacy", BOTH), &Mapping::default());
    assert!(told.contains("several metrics, and nothing says which is meant"), "{told}");
    assert!(told.contains("`cats_macro_f`"), "{told}");
    let score = |size, seed, model: &str| {
        let file = run_file("spacy", size, seed, &format!("{model}/meta.json"));
        let meta: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        meta["performance"]["cats_macro_auc"].as_f64().unwrap()
    };
    let best = understood("folder", &pattern("spacy", BOTH), &with("cats_macro_auc"));
    check(&best, |size, seed| 1.0 - score(size, seed, "model-best"));
    let last = Mapping { at: Some(At::Last), ..with("cats_macro_auc") };
    let last = understood("folder", &pattern("spacy", BOTH), &last);
    check(&last, |size, seed| 1.0 - score(size, seed, "model-last"));
    assert_ne!(best.measurements, last.measurements);
}

#[test]
fn a_sweep_of_hydra_says_size_seed_and_what_else_it_swept() {
    let read = read("hydra", "*/*");
    assert_eq!(read.roles.size.name, "dataset.size");
    assert!(read.roles.size.is_guessed);
    let curves: std::collections::BTreeSet<&str> =
        read.measurements.iter().map(|one| one.curve.as_str()).collect();
    assert_eq!(
        curves,
        ["model.exponent=0.2", "model.exponent=0.4"].into(),
        "the exponent was swept, so it names curves"
    );
    assert_eq!(read.measurements.len(), 16);
    assert_eq!(read.roles.metric.name, "val_error");
    // The program writes size to the power of −exponent, a little more by chance.
    for one in &read.measurements {
        let exponent: f64 = one.curve.trim_start_matches("model.exponent=").parse().unwrap();
        let ratio = one.error / one.size.get().powf(-exponent);
        assert!((1.0..1.02).contains(&ratio), "{ratio}");
    }
    let asked = Mapping { size: Some("dataset.size".to_owned()), ..Mapping::default() };
    let asked = understood("folder", &pattern("hydra", "**/metrics.json"), &asked);
    assert_eq!(asked.measurements, read.measurements);
    assert!(!asked.roles.size.is_guessed);
}

#[test]
fn an_evaluation_of_a_language_model_asks_which_score() {
    let source = pattern("lm_eval", "n={size}/**");
    let told = refused("folder", &source, &Mapping::default());
    assert!(told.contains("the runs have `arc_easy/acc,none`, `arc_easy/acc_norm,none`"), "{told}");
    let read = understood("folder", &source, &with("arc_easy/acc,none"));
    assert!(read.scale.is_score, "the file says that higher is better");
    for one in &read.measurements {
        assert!((one.error - 0.9 * one.size.get().powf(-0.3)).abs() < 1e-6);
    }
}

#[test]
fn a_fold_of_nnunet_may_be_a_seed_or_a_curve() {
    let read = read("nnunet", "Dataset{size}_Made/*/fold_{seed}");
    assert_eq!(read.roles.metric.name, "foreground_mean.Dice");
    assert_eq!(read.measurements.len(), 8);
    let expected = |size: f64, fold: u64| (1.05 + 0.02 * fold as f64) * size.powf(-0.4);
    for size in SIZES {
        for fold in [0, 1] {
            assert!((at(&read, size, fold).error - expected(size, fold)).abs() < 2e-6);
        }
    }
    let folds = understood(
        "folder",
        &pattern("nnunet", "Dataset{size}_Made/*/fold_{fold}"),
        &Mapping::default(),
    );
    assert_eq!(folds.measurements.iter().filter(|one| one.curve == "fold=1").count(), 4);
    note(&folds, "each value of `{fold}` is a curve of its own; write `{seed}`");
}
