//! The first study file for the user's own data.

use std::path::Path;

use tenfold::study::{self, HeldOut, Study};
use tenfold_data::{
    Builtin, Dataset, ExampleKind, Field, FieldValues, FoldRequest, Images, Source, SplitMethod,
    SplitRequest, Targets, fold_splits,
};
use tenfold_train::metrics;

use super::files;
use crate::program::run_well;

/// A data set of `examples` small images or rows of a table.
fn dataset(examples: u32, is_images: bool, has_classes: bool) -> Dataset {
    let inputs = if is_images {
        let pixels = vec![0; examples as usize * 4].into();
        vec![Field::images(Images { pixels, channels: 1, height: 2, width: 2 })]
    } else {
        let values = FieldValues::Numeric(vec![1.0; examples as usize]);
        vec![Field { name: "area".to_owned(), values }]
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

/// The drafted study of a data set; it must be valid and fit the data.
fn drafted(source: &Source, dataset: &Dataset) -> Study {
    let text = study::init::draft(source, dataset);
    let study = study::parse(&text, Path::new("study.toml"))
        .map_err(|problems| panic!("{text}\n{problems}"));
    let study = study.unwrap();
    let amount = |held_out: &HeldOut| match held_out {
        HeldOut::Amount(amount) => *amount,
        other => panic!("{other:?}"),
    };
    let data = study.data.as_ref().unwrap();
    let (method, validation) = (data.split.clone(), amount(&data.validation));
    let pool = if let HeldOut::Folds(folds) = &data.test {
        let (folds, validation) = (folds.clone(), Some(validation));
        let request = FoldRequest { folds, method, validation, seed: study.seed, repeat: 0 };
        fold_splits(dataset, &request).unwrap()[0].pool.len() as u64
    } else {
        let test = Some(amount(&data.test));
        let request = SplitRequest { method, validation, test, seed: study.seed };
        tenfold_data::split(dataset, &request).unwrap().pool.len() as u64
    };
    assert!(!study.sizes(Some(pool)).unwrap().is_empty());
    study.metric_for(&dataset.targets).unwrap();
    for learner in study.models.iter().filter_map(|model| model.recipe.learner()) {
        tenfold_train::describe(dataset, learner).unwrap();
    }
    study
}

#[test]
fn a_drafted_study_of_images_is_sound() {
    let source = files("image-folder", "pets \"2\"", &[]);
    let study = drafted(&source, &dataset(3000, true, true));
    let models: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(models, ["cnn", "mlp"]);
    assert_eq!(study.sizes(Some(2100)).unwrap(), [16, 32, 64, 128, 256, 512, 1024, 2100]);
    assert_eq!(study.data.as_ref().unwrap().split, SplitMethod::Stratified);
    assert_eq!(study.data.as_ref().unwrap().source, files("image-folder", "./pets \"2\"", &[]));
}

#[test]
fn a_drafted_study_of_a_table_is_sound() {
    let source = |key: &'static str, column: &str| files("csv", "houses.csv", &[(key, column)]);
    let study = drafted(&source("target", "price"), &dataset(200, false, false));
    let models: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(models, ["mlp", "linear"]);
    assert_eq!(study.data.as_ref().unwrap().split, SplitMethod::Random);
    assert_eq!(study.metric, Some(metrics::RMSE));
    let study = drafted(&source("label", "kind"), &dataset(100_000, false, true));
    assert_eq!(study.sizes(Some(80_000)).unwrap().last(), Some(&16_384));
    drafted(&source("label", "kind"), &dataset(40, false, true));
}

#[test]
fn a_drafted_study_of_built_in_data_is_sound() {
    let has_tokens = |builtin: &&Builtin| {
        matches!(builtin.kind, ExampleKind::Text | ExampleKind::Pair | ExampleKind::Sound)
    };
    for builtin in tenfold_data::BUILTINS.iter().filter(|builtin| !has_tokens(builtin)) {
        let source = Source::Builtin(builtin.name.to_owned());
        drafted(&source, &tenfold_data::read(&source).unwrap());
    }
    // What has tokens is read with a vocabulary, which a run fits.
    for builtin in tenfold_data::BUILTINS.iter().filter(has_tokens) {
        let folder = tempfile::tempdir().unwrap();
        run_well(folder.path(), &["init", "--builtin", builtin.name]);
        let planned = run_well(folder.path(), &["run", "--dry-run"]).stdout;
        assert!(planned.contains("in all about"), "{}: {planned}", builtin.name);
    }
}
