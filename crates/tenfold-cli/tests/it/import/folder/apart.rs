//! Fields that tell runs apart: nothing is averaged unless the user says that it is alike.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tenfold::import::{At, Mapping, Repeated, Take};

use super::super::{import, refused, understood, written};
use super::{note, pattern, plain};

#[test]
fn what_is_pooled_because_it_was_asked_for_is_said() {
    let mapping = Mapping {
        name: Some("all".to_owned()),
        repeated: Some(Repeated::Keep),
        ..Mapping::default()
    };
    let read = understood("folder", &pattern("hydra", "*/*"), &mapping);
    assert_eq!(
        note(&read, "runs that differ by"),
        "runs that differ by `model.exponent` are of one curve, as was asked for"
    );
    let told = refused(
        "folder",
        &pattern("hydra", "*/*"),
        &Mapping { name: Some("all".to_owned()), ..Mapping::default() },
    );
    assert!(told.contains("2 runs of `all` have size 20 and seed 0"), "{told}");
}

#[test]
fn names_that_are_neither_size_nor_seed_tell_curves_apart() {
    let folder = tempfile::tempdir().unwrap();
    let name = |model: &str, size: u32, rate: &str| format!("{model}/n={size}_lr={rate}_seed=0");
    for (model, rate) in [("cnn", "0.1"), ("cnn", "0.3"), ("mlp", "0.1")] {
        for size in [10, 20] {
            let text = format!("{{\"test\": {{\"error\": 0.{size}}}, \"train_loss\": 0.1}}");
            plain(folder.path(), &[(&name(model, size, rate), &text)]);
        }
    }
    let source = folder.path().join("{model}/n={size}_lr={lr}_seed={seed}/**");
    let read = understood("folder", &source, &Mapping::default());
    let curves: BTreeSet<&str> = read.measurements.iter().map(|one| one.curve.as_str()).collect();
    assert_eq!(curves, ["cnn, lr=0.1", "cnn, lr=0.3", "mlp, lr=0.1"].into());
    assert_eq!(read.measurements.len(), 6);
    assert_eq!(read.roles.metric.name, "test.error");
}

#[test]
fn runs_that_nothing_tells_apart_are_not_pooled() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"val_error\": 0.25}";
    plain(folder.path(), &[("a_1/n=10", text), ("a_2/n=10", text), ("a_1/n=20", text)]);
    let source = folder.path().join("*/n={size}");
    let told = refused("folder", &source, &Mapping::default());
    assert!(
        told.contains("have size 10, and no name tells them apart: `a_1/n=10`, `a_2/n=10`"),
        "{told}"
    );
    assert!(told.contains("a_{a}/n={size}/**' names them; `--repeated keep`"), "{told}");
    let keep = Mapping { repeated: Some(Repeated::Keep), ..Mapping::default() };
    assert_eq!(understood("folder", &source, &keep).measurements.len(), 3);
}

#[test]
fn two_runs_of_one_size_and_seed_are_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    for version in ["version_0", "version_10", "version_2"] {
        let run = folder.path().join("n=10_seed=0/lightning_logs").join(version);
        fs::create_dir_all(&run).unwrap();
        let value = if version == "version_10" { 0.25 } else { 0.5 };
        written(&run, "training.log", format!("epoch,loss,val_loss\n0,1,{value}\n"));
    }
    let source = folder.path().join("n={size}_seed={seed}/**");
    let told = refused("folder", &source, &Mapping::default());
    assert!(
        told.contains("have size 10 and seed 0: `n=10_seed=0/lightning_logs/version_0`"),
        "{told}"
    );
    let last = Mapping { repeated: Some(Repeated::Last), ..Mapping::default() };
    let read = understood("folder", &source, &last);
    assert!(
        (read.measurements[0].error - 0.25).abs() < 1e-12,
        "version 10 is later than version 2"
    );
    assert_eq!(read.left_out.len(), 2);
}

#[test]
fn a_file_of_ones_own_beside_a_tools_is_named_and_read_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    plain(folder.path(), &[("n=10", "{\"val_error\": 0.5}"), ("n=20", "{\"val_error\": 0.4}")]);
    for name in ["n=10", "n=20"] {
        written(&folder.path().join(name), "training.log", "epoch,loss,val_loss\n0,1,0.9\n");
    }
    let read = understood("folder", &folder.path().join("n={size}"), &Mapping::default());
    assert!((read.measurements[0].error - 0.9).abs() < 1e-12);
    assert!(
        note(&read, "`n=10/metrics.json` (and 1 more) is not read")
            .ends_with("a pattern that ends in `/metrics.json` reads it")
    );
    let own =
        understood("folder", &folder.path().join("n={size}/metrics.json"), &Mapping::default());
    assert!((own.measurements[0].error - 0.5).abs() < 1e-12);
}

#[test]
fn a_list_of_runs_and_a_log_of_steps_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let list = "[{\"n_train\": 10, \"seed\": 0, \"val_error\": 0.5}, {\"n_train\": 20, \"seed\": 0, \"val_error\": 0.4}]";
    written(folder.path(), "results.json", list);
    let read = understood("folder", folder.path(), &Mapping::default());
    let runs: Vec<&str> = read.measurements.iter().map(|one| one.run.as_str()).collect();
    assert_eq!(runs, ["results.json#1", "results.json#2"]);
    let other = tempfile::tempdir().unwrap();
    let log = "{\"step\": 1, \"val_error\": 0.5}\n{\"step\": 2, \"val_error\": 0.3}\n{\"step\": 3, \"val_error\": 0.4}\n";
    written(other.path(), "n=10.jsonl", log);
    let source = other.path().join("n={size}.jsonl");
    let taken = |mapping: &Mapping| understood("folder", &source, mapping).measurements[0].error;
    assert!((taken(&Mapping::default()) - 0.4).abs() < 1e-12);
    assert!((taken(&Mapping { at: Some(At::Best), ..Mapping::default() }) - 0.3).abs() < 1e-12);
    assert!(
        (taken(&Mapping { take: Take::MeanLast(3), ..Mapping::default() }) - 0.4).abs() < 1e-12
    );
}

#[test]
fn runs_are_the_same_when_they_are_read_again_elsewhere() {
    let (folder, moved) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ids = |folder: &Path| {
        plain(folder, &[("n=10", "{\"val_error\": 0.5}"), ("n=20", "{\"val_error\": 0.5}")]);
        let read = understood("folder", &folder.join("n={size}"), &Mapping::default());
        read.measurements.into_iter().map(|one| one.identity).collect::<Vec<_>>()
    };
    let first = ids(folder.path());
    assert_eq!(first, ids(moved.path()));
    assert_ne!(first[0], first[1]);
}

#[test]
fn a_folder_becomes_a_curve_file_that_is_fitted() {
    let folder = tempfile::tempdir().unwrap();
    let source = pattern("hydra", "*/*");
    let words =
        ["folder", source.to_str().unwrap(), "--size-from", "dataset.size", "-o", "c.csv", "--yes"];
    assert_eq!(import(folder.path(), &words).code, Some(0));
    let fit = crate::program::run_well(folder.path(), &["fit", "c.csv", "--json"]).stdout;
    let document: serde_json::Value = serde_json::from_str(&fit).unwrap();
    assert_eq!(document["curves"].as_array().unwrap().len(), 2);
}
