//! Reads files that the tools really wrote; `make.py` writes the fixtures.

use std::path::{Path, PathBuf};

use tenfold::import::{Mapping, Repeated, Take};
use tenfold_core::MetricKind;

use super::{SIZES, check_model, fixture, known_error, understood};

/// A database from the SQL that a fixture holds.
pub(super) fn database(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(format!("{name}.db"));
    let connection = rusqlite::Connection::open(&path).unwrap();
    let sql = std::fs::read_to_string(fixture(&format!("{name}.sql"))).unwrap();
    connection.execute_batch(&format!("BEGIN; {sql} COMMIT;")).unwrap();
    path
}

pub(super) fn of_curves() -> Mapping {
    let only = vec![("experiment".to_owned(), "curves".to_owned())];
    Mapping { only, ..Mapping::default() }
}

#[test]
fn three_versions_of_the_mlflow_database_read_alike() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["mlflow-1.30", "mlflow-2.9", "mlflow-3.17"] {
        let read = understood("mlflow", &database(folder.path(), name), &of_curves());
        check_model(&read, "cnn", 0.4, &SIZES);
        check_model(&read, "mlp", 0.2, &SIZES);
        assert_eq!(read.warnings, Vec::<String>::new(), "{name}");
        let left: Vec<(&str, &str)> =
            read.left_out.iter().map(|left| (left.run.as_str(), left.why.as_str())).collect();
        let expected = [
            ("diverged", "`experiment` is `other`"),
            ("crashed", "its status is failed"),
            ("thrown-away", "it is deleted"),
        ];
        assert_eq!(left, expected, "{name}");
    }
}

#[test]
fn a_history_in_mlflow_is_read_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "mlflow-3.17");
    let read = understood("mlflow", &path, &Mapping { take: Take::Max, ..of_curves() });
    let first = &read.measurements[0];
    let expected = 1.5 * known_error(0.4, 100.0, 0);
    assert!((first.error - expected).abs() < 1e-9, "{} for {expected}", first.error);
}

#[test]
fn the_old_file_store_of_mlflow_reads_as_its_database() {
    let read = understood("mlflow", &fixture("mlruns"), &Mapping::default());
    check_model(&read, "cnn", 0.4, &[100.0, 400.0, 1600.0]);
    assert_eq!(read.left_out.len(), 2);
    let read = understood(
        "mlflow",
        &fixture("mlruns"),
        &Mapping { take: Take::Max, ..Mapping::default() },
    );
    let smallest = read.measurements.iter().find(|one| one.run == "cnn-100-0").unwrap();
    assert!((smallest.error - 1.5 * known_error(0.4, 100.0, 0)).abs() < 1e-9);
}

#[test]
fn scalars_of_both_forms_and_sizes_in_folder_names_are_read() {
    // `cnn` was written by tensorboardX as simple values, `mlp` by TensorBoard as tensors.
    let read = understood("tensorboard", &fixture("tensorboard"), &Mapping::default());
    check_model(&read, "cnn", 0.4, &SIZES);
    check_model(&read, "mlp", 0.2, &SIZES);
    assert_eq!(read.warnings, Vec::<String>::new());
}

#[test]
fn sizes_are_read_from_hparams_and_one_event_file_is_a_run() {
    let read = understood(
        "tensorboard",
        &fixture("tensorboard/mlp"),
        &Mapping {
            size: Some("n_train".to_owned()),
            seed: Some("seed".to_owned()),
            name: Some("mlp".to_owned()),
            ..Mapping::default()
        },
    );
    check_model(&read, "mlp", 0.2, &SIZES);
    let folder = fixture("tensorboard/cnn/n=400_seed=1");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let read = understood("tensorboard", &file, &Mapping { take: Take::Max, ..Mapping::default() });
    let only = &read.measurements[0];
    assert_eq!((only.size.get(), only.seed), (400.0, Some(1)));
    assert!((only.error / (1.5 * known_error(0.4, 400.0, 1)) - 1.0).abs() < 1e-6);
}

#[test]
fn the_best_trial_of_an_optuna_study_is_the_point() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "optuna");
    let read = understood("optuna", &path, &Mapping::default());
    for (study, exponent) in [("cnn", 0.4), ("mlp", 0.2)] {
        for size in SIZES {
            let points: Vec<f64> = read
                .measurements
                .iter()
                .filter(|one| one.curve == study && one.size.get().to_bits() == size.to_bits())
                .map(|one| one.error)
                .collect();
            assert_eq!(points, [known_error(exponent, size, 0)], "{study} {size}");
        }
    }
    let pruned = read.left_out.iter().filter(|left| left.why == "its state is pruned").count();
    let beaten = read.left_out.iter().filter(|left| left.why.contains("lower error")).count();
    assert_eq!((pruned, beaten), (2, 10));
    let all = Mapping { repeated: Some(Repeated::Keep), ..Mapping::default() };
    assert_eq!(understood("optuna", &path, &all).measurements.len(), 20);
    let reported =
        Mapping { metric: Some("intermediate".to_owned()), take: Take::Max, ..Mapping::default() };
    let first = &understood("optuna", &path, &reported).measurements[0];
    assert!(first.error > known_error(0.4, 1600.0, 0), "the first report was twice the value");
}

#[test]
fn every_export_of_wandb_reads_alike() {
    for name in ["wandb-api.csv", "wandb-ui.csv", "wandb-runs.json", "wandb-history.parquet"] {
        let read = understood("wandb", &fixture(name), &Mapping::default());
        check_model(&read, "cnn", 0.4, &SIZES);
        check_model(&read, "mlp", 0.2, &SIZES);
    }
    let read = understood("wandb", &fixture("wandb-ui.csv"), &Mapping::default());
    assert_eq!(read.left_out[0].why, "its state is crashed");
}

#[test]
fn folds_of_scikit_learn_are_seeds_and_both_files_hold_the_same() {
    let named = Mapping { name: Some("svm".to_owned()), ..Mapping::default() };
    let arrays = understood("sklearn", &fixture("sklearn.npz"), &named);
    let document = understood("sklearn", &fixture("sklearn.json"), &named);
    assert_eq!(arrays.measurements, document.measurements);
    assert_eq!(arrays.measurements.len(), 6 * 5);
    // The first score of the file, as Python prints it.
    let text = std::fs::read_to_string(fixture("sklearn.json")).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (row, size) in [(0, 50.0), (5, 1600.0)] {
        for fold in 0..5 {
            let score = parsed["test_scores"][row][fold].as_f64().unwrap();
            let one = &arrays.measurements[row * 5 + fold];
            assert_eq!((one.size.get(), one.seed), (size, Some(fold as u64)));
            assert_eq!(one.error.to_bits(), (1.0 - score).to_bits());
        }
    }
}

#[test]
fn scores_that_are_negative_losses_become_losses() {
    let mapping = Mapping { best: Some(0.0), ..Mapping::default() };
    let read = understood("sklearn", &fixture("sklearn-log-loss.npz"), &mapping);
    assert_eq!(read.kind, MetricKind::Loss);
    assert!(read.measurements.iter().all(|one| one.error > 0.0));
    assert!(read.warnings.iter().any(|warning| warning.contains("taken for losses")));
}
