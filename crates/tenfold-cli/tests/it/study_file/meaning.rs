//! The interpretation of a valid file.

use std::path::PathBuf;

use tenfold::study::{HeldOut, SearchScope, ShardSizes};
use tenfold_core::MetricKind;
use tenfold_data::{Amount, Source, SplitMethod};
use tenfold_train::{SettingValue, learners, metrics};

use super::{COMPLETE, LEAST, files, parse};

#[test]
fn the_complete_example_means_what_it_says() {
    let study = parse(COMPLETE).unwrap();
    assert_eq!(study.name, "fashion-mnist");
    assert_eq!((study.seed, study.seeds), (7, 3));
    assert_eq!(study.folder, PathBuf::from("homes"));
    assert_eq!(study.search, SearchScope::Full);
    assert_eq!(study.data.as_ref().unwrap().source, Source::Builtin("fashion-mnist-14".to_owned()));
    assert_eq!(study.data.as_ref().unwrap().split, SplitMethod::Random);
    assert_eq!(study.data.as_ref().unwrap().validation, HeldOut::Amount(Amount::Examples(2048)));
    assert_eq!(study.metric, Some(metrics::ERROR_RATE));
    assert_eq!(study.metric_kind, Some(MetricKind::ErrorRate));
    assert_eq!(study.sizes(Some(10_000)).unwrap(), [64, 128, 256, 512, 1024, 2048, 4096, 8192]);
    assert_eq!(study.goal.target, Some(0.1));
    assert_eq!(study.goal.cost_per_example, Some(0.05));
    assert_eq!(study.goal.have, Some(60_000));
    assert_eq!(study.run.workers, Some(2));
    assert_eq!(study.models.len(), 2);
    let cnn = &study.models[0];
    assert_eq!(cnn.recipe.learner().unwrap().learner, learners::CNN);
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
    let source = files("csv", "homes/houses.csv", &[("target", "price")]);
    assert_eq!(
        study.data.as_ref().unwrap().source,
        source,
        "paths are relative to the study's folder"
    );
    assert_eq!(study.data.as_ref().unwrap().validation, HeldOut::Amount(Amount::Fraction(0.1)));
    assert_eq!(study.data.as_ref().unwrap().test, HeldOut::Amount(Amount::Fraction(0.1)));
    assert_eq!(study.shards, ShardSizes::Range { from: 64, to: None, factor: 2.0 });
    assert_eq!(study.metric, None);
    assert!(study.models[0].axes.is_empty());
}

#[test]
fn held_out_examples_come_in_many_forms() {
    let check = |typed: &str, meant: HeldOut| {
        let text = LEAST.replace("[[model]]", &format!("test = {typed}\n[[model]]"));
        assert_eq!(parse(&text).unwrap().data.unwrap().test, meant, "{typed}");
    };
    check("500", HeldOut::Amount(Amount::Examples(500)));
    check("\"2k\"", HeldOut::Amount(Amount::Examples(2000)));
    check("0.25", HeldOut::Amount(Amount::Fraction(0.25)));
    check("\"25%\"", HeldOut::Amount(Amount::Fraction(0.25)));
    check("\"none\"", HeldOut::Nothing);
    let source = files("tsv", "homes/late/houses.tsv", &[("target", "price")]);
    check("\"late/houses.tsv\"", HeldOut::File(source));
}

#[test]
fn sizes_are_numbers_or_numbers_with_a_unit() {
    let check = |typed: &str, meant: &[u64]| {
        let text = format!("{LEAST}\n[shards]\nsizes = {typed}\n");
        assert_eq!(parse(&text).unwrap().sizes(Some(2_000_000)).unwrap(), meant, "{typed}");
    };
    check("[100, 200]", &[100, 200]);
    check("[\"1k\", \"64k\", \"1.2M\"]", &[1000, 64_000, 1_200_000]);
    check("[1e3, 4_000]", &[1000, 4000]);
    check("{ from = \"1k\", to = \"4k\" }", &[1000, 2000, 4000]);
    check("{ from = 1000, to = 100_000, factor = 10 }", &[1000, 10_000, 100_000]);
}

#[test]
fn a_flag_is_true_or_false_and_can_be_searched() {
    let with = |line: &str| {
        format!("[data]\npath = \"corpus.txt\"\n\n[[model]]\nlearner = \"lstm-lm\"\n{line}\n")
    };
    let study = parse(&with("tied = true")).unwrap();
    let identity = study.models[0].recipe.learner().unwrap().identity();
    assert!(identity.contains(&("tied", SettingValue::Flag(true))));
    let searched = parse(&with("[model.search]\ntied = [false, true]")).unwrap();
    let values = [false, true].map(SettingValue::Flag);
    assert_eq!(searched.models[0].axes[0].values, values);
    let refused = |line: &str| super::problems_of(&with(line));
    assert!(refused("tied = \"yes\"").contains("has to be `true` or `false`"));
    assert!(refused("width = true").contains("a whole number from 1 to 16384 is needed"));
}
