//! Sources that are locked, cut off, damaged, of another version or another tool.

use std::fs;

use tenfold::import::Mapping;

use super::tools::{database, of_curves};
use super::{fixture, import, refused, understood, written};

#[test]
fn a_locked_database_is_told_apart_from_a_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "mlflow-3.17");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let ran = import(folder.path(), &["mlflow", "mlflow-3.17.db"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr.trim_end(),
        "error: another program has locked the database\n --> mlflow-3.17.db\nhint: stop it, or read \
         a copy: cp mlflow-3.17.db /tmp/copy.db"
    );
}

#[test]
fn an_unknown_schema_is_read_with_a_note_if_all_that_is_needed_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "mlflow-3.17");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE alembic_version SET version_num = 'ffff00001111'", []).unwrap();
    let read = understood("mlflow", &path, &of_curves());
    assert_eq!(read.measurements.len(), 20);
    assert!(read.warnings[0].starts_with("the schema, ffff00001111, is not among those tested"));

    connection.execute("ALTER TABLE runs RENAME COLUMN run_uuid TO run_key", []).unwrap();
    let told = refused("mlflow", &path, &of_curves());
    let path = path.display();
    assert_eq!(
        told.trim_end(),
        format!(
            "error: the database lacks `runs.run_uuid`\n --> mlflow-3.17.db\nnote: known schemas are \
             `97727af70f4d` (MLflow 1.30), `acf3f17fdcc7` (MLflow 2.9), `dc11669786a5` (MLflow \
             3.17)\nhint: sqlite3 {path} .tables shows what it has"
        )
        .replace(&format!("{}/", folder.path().display()), "")
    );
}

#[test]
fn a_database_of_another_tool_is_told_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let told = refused("mlflow", &database(folder.path(), "optuna"), &Mapping::default());
    assert!(told.contains("the database lacks `experiments`, `runs`, `params`"), "{told}");
    let told = refused("optuna", &database(folder.path(), "mlflow-2.9"), &Mapping::default());
    assert!(told.contains("known is storage format 12"), "{told}");
}

#[test]
fn a_table_given_as_a_database_is_told_its_own_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "runs.csv", "size,error\n1,0.5\n");
    for tool in ["mlflow", "optuna"] {
        let told = refused(tool, &path, &Mapping::default());
        assert!(told.contains("this is text, an SQLite database of"), "{told}");
        assert!(told.contains("hint: tenfold import csv "), "{told}");
    }
    let told = refused("sklearn", &path, &Mapping::default());
    assert!(told.contains("this is neither npz nor JSON"), "{told}");
    let told = refused("tensorboard", &path, &Mapping::default());
    assert!(told.contains("no event file: it does not begin with a record"), "{told}");
    let told = refused("csv", &fixture("sklearn.npz"), &Mapping::default());
    assert!(told.contains("the file holds arrays of NumPy"), "{told}");
    assert!(told.contains("hint: tenfold import sklearn "), "{told}");
}

#[test]
fn a_damaged_database_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "mlflow-3.17");
    let mut bytes = fs::read(&path).unwrap();
    // Everything after the first page is damaged, so that the header stays valid.
    bytes[4096..].fill(0x5a);
    written(folder.path(), "mlflow-3.17.db", bytes);
    let told = refused("mlflow", &path, &Mapping::default());
    assert!(told.contains("the database is damaged"), "{told}");
    assert!(told.contains(".recover"), "{told}");
}

#[test]
fn a_run_that_diverged_stops_the_import_of_mlflow() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "mlflow-3.17");
    let told = refused("mlflow", &path, &Mapping::default());
    assert_eq!(
        told.trim_end(),
        "error: run `diverged`: its metric `val_error` is `NaN`, a finite number is needed\n --> \
         mlflow-3.17.db\nhint: `--skip-unusable` leaves such runs out"
    );
}

/// A run's event file of the fixture, in a folder of its own.
fn one_run(folder: &std::path::Path, change: impl Fn(Vec<u8>) -> Vec<u8>) {
    let from = fixture("tensorboard/cnn/n=100_seed=0");
    let file = fs::read_dir(from).unwrap().next().unwrap().unwrap().path();
    let run = folder.join("runs/n=100_seed=0");
    fs::create_dir_all(&run).unwrap();
    written(&run, "events.out.tfevents.1.host", change(fs::read(file).unwrap()));
}

#[test]
fn an_event_file_that_is_cut_off_gives_what_is_whole_and_says_how_much() {
    let folder = tempfile::tempdir().unwrap();
    one_run(folder.path(), |bytes| bytes[..bytes.len() - 5].to_vec());
    let read = understood("tensorboard", &folder.path().join("runs"), &Mapping::default());
    assert_eq!(read.measurements.len(), 1);
    assert_eq!(
        read.warnings[0],
        "`n=100_seed=0/events.out.tfevents.1.host` ends inside a record, 3 whole ones were read: its \
         run was stopped or still writes"
    );
}

#[test]
fn a_run_with_a_damaged_event_file_is_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    one_run(folder.path(), |mut bytes| {
        let at = bytes.len() - 8;
        bytes[at] ^= 1;
        bytes
    });
    let told = refused("tensorboard", &folder.path().join("runs"), &Mapping::default());
    assert_eq!(
        told.trim_end(),
        "error: no run is left: all 1 are left out\n --> runs\nnote: `n=100_seed=0`: \
         `n=100_seed=0/events.out.tfevents.1.host` is damaged after 3 records\nhint: `--unfinished` \
         uses runs that did not finish"
    );
    let all = Mapping { unfinished: true, ..Mapping::default() };
    assert_eq!(understood("tensorboard", &folder.path().join("runs"), &all).measurements.len(), 1);
}

#[test]
fn a_folder_without_event_files_says_what_it_has_instead() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("logs")).unwrap();
    written(&folder.path().join("logs"), "notes.txt", "hello");
    let told = refused("tensorboard", &folder.path().join("logs"), &Mapping::default());
    assert!(
        told.starts_with("error: no event file is in this folder or below it\n --> logs"),
        "{told}"
    );
    assert!(told.contains("has `notes.txt`"), "{told}");
    assert!(told.contains("as in `tensorboard --logdir`"), "{told}");
    let told = refused("mlflow", &folder.path().join("logs"), &Mapping::default());
    assert!(told.contains("holds neither `mlflow.db` nor experiments"), "{told}");
}

#[test]
fn arrays_of_another_shape_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let told = |text: &str| {
        refused("sklearn", &written(folder.path(), "curve.json", text), &Mapping::default())
    };
    let means = told("{\"train_sizes\": [1, 2], \"test_scores\": [0.5, 0.6]}");
    assert!(
        means.contains("`test_scores` has the shape [2], a row for each of 2 sizes"),
        "{means}"
    );
    assert!(means.contains("without a mean over folds"), "{means}");
    let none = told("{\"sizes\": [1, 2]}");
    assert!(none.contains("there is no array `train_sizes`, there are `sizes`"), "{none}");
    let cut = fs::read(fixture("sklearn.npz")).unwrap();
    let path = written(folder.path(), "cut.npz", &cut[..cut.len() / 2]);
    let told = refused("sklearn", &path, &Mapping::default());
    assert!(told.contains("the archive is damaged"), "{told}");
}

#[test]
fn a_parquet_file_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(fixture("wandb-history.parquet")).unwrap();
    let path = written(folder.path(), "cut.parquet", &whole[..whole.len() - 20]);
    let told = refused("wandb", &path, &Mapping::default());
    assert!(told.contains("the Parquet file cannot be read"), "{told}");
}
