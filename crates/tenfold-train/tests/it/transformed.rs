//! Shards that transforms change before training.

use std::collections::BTreeMap;

use tenfold_data::transforms::{TransformStep, transform_named};
use tenfold_train::learners::MLP;
use tenfold_train::{Continue, TrainError, TrainJob, Trained, train};

use crate::data::{bars, plane, rows};
use crate::ranks::on_ranks;
use crate::training::{go_on, job, quick};

fn step(name: &str, setting: &'static str, value: f64) -> [TransformStep; 1] {
    let settings = BTreeMap::from([(setting, value)]);
    [TransformStep { transform: transform_named(name).unwrap(), settings }]
}

fn trained(job: &TrainJob<'_>) -> Trained {
    train(job, &mut go_on).unwrap()
}

#[test]
fn wrong_labels_teach_the_wrong_thing_and_held_out_ones_stay_right() {
    let dataset = bars(500, 1, 8);
    let parts = rows([200, 100, 200]);
    let settings = quick(MLP);
    let plain = job(&dataset, &parts, &settings);
    let clean = trained(&plain);
    assert!(clean.test_error < 0.1, "{}", clean.test_error);
    // Every label is wrong, so the model learns to avoid the right one of three classes.
    let transforms = step("wrong-labels", "rate", 1.0);
    let never = trained(&TrainJob { transforms: &transforms, ..plain });
    assert!(never.test_error > 0.85, "{}", never.test_error);
    let transforms = step("wrong-labels", "rate", 0.0);
    assert_eq!(trained(&TrainJob { transforms: &transforms, ..plain }), clean);
}

#[test]
fn a_changed_shard_is_the_same_on_all_ranks_and_after_a_stop() {
    let dataset = bars(300, 1, 8);
    let parts = rows([120, 60, 100]);
    let settings = quick(MLP);
    let transforms = step("wrong-labels", "rate", 0.3);
    let plain = TrainJob { transforms: &transforms, ..job(&dataset, &parts, &settings) };
    let whole = trained(&plain);
    for other in on_ranks(3, |_| plain, |_, _| Continue::Yes) {
        assert_eq!(other.unwrap(), whole);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let stored = TrainJob { checkpoint: Some(&path), ..plain };
    let stop = train(&stored, &mut |now| {
        if now.step == 20 { Continue::Stop } else { Continue::Yes }
    });
    assert!(matches!(stop, Err(TrainError::Interrupted { step: 20 })));
    // The checkpoint is of this shard and of no other.
    let other = step("wrong-labels", "rate", 0.2);
    let foreign = trained(&TrainJob { transforms: &other, ..stored });
    assert!(foreign.notes[0].contains("it belongs to another trial"), "{:?}", foreign.notes);
    let stop = train(&stored, &mut |now| {
        if now.step == 20 { Continue::Stop } else { Continue::Yes }
    });
    assert!(matches!(stop, Err(TrainError::Interrupted { step: 20 })));
    let mut first = 0;
    let resumed = train(&stored, &mut |now| {
        first = if first == 0 { now.step } else { first };
        Continue::Yes
    });
    assert_eq!(resumed.unwrap(), whole);
    assert_eq!(first, 21, "it went on where it stopped");
}

#[test]
fn rows_that_are_added_are_trained_on() {
    let dataset = bars(300, 1, 8);
    let [mut shard, validation, test] = rows([200, 50, 50]);
    let tenfold_data::Targets::Classes { labels, .. } = &dataset.targets else { unreachable!() };
    // One of three classes is rare.
    let mut rare = 0;
    shard.retain(|row| {
        rare += usize::from(labels[*row as usize] == 0);
        labels[*row as usize] != 0 || rare <= 5
    });
    let before = shard.len();
    let parts = [shard, validation, test];
    let settings = quick(MLP);
    let transforms = step("oversample", "balance", 1.0);
    let settings = tenfold_train::LearnerSettings {
        length: tenfold_train::Length::Epochs(2.0),
        minimum_steps: 1,
        ..settings
    };
    let plain = job(&dataset, &parts, &settings);
    let (with, without) =
        (trained(&TrainJob { transforms: &transforms, ..plain }), trained(&plain));
    assert!(with.steps > without.steps, "{} of {before} and more rows", with.steps);
}

#[test]
fn a_transform_of_other_data_is_refused() {
    let dataset = plane(60);
    let parts = rows([30, 10, 20]);
    let settings = quick(MLP);
    let transforms = step("wrong-labels", "rate", 0.1);
    let job = TrainJob { transforms: &transforms, ..job(&dataset, &parts, &settings) };
    let error = train(&job, &mut go_on).unwrap_err().to_string();
    assert_eq!(error, "`wrong-labels` needs classes, and the data have none");
}
