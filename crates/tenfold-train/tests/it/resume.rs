//! Checkpoints: an interrupted run ends with the same bits, a bad file is not an obstacle.

use std::fs;
use std::path::Path;

use tenfold_data::Dataset;
use tenfold_train::learners::{CNN, LINEAR, MLP, RESNET};
use tenfold_train::{Continue, LearnerSettings, Optimizer, TrainError, TrainJob, Trained, train};

use crate::data::{bars, rows};
use crate::training::{go_on, job, quick};

/// Trains, stopping after each of the `stops`, and then to the end.
fn in_pieces(job: &TrainJob<'_>, stops: &[u64]) -> Trained {
    for stop in stops {
        let mut first = None;
        let error = train(job, &mut |progress| {
            first.get_or_insert(progress.step);
            if progress.step == *stop { Continue::Stop } else { Continue::Yes }
        });
        assert!(matches!(error, Err(TrainError::Interrupted { step }) if step == *stop));
    }
    let mut first = None;
    let trained = train(job, &mut |progress| {
        first.get_or_insert(progress.step);
        Continue::Yes
    });
    let last = stops.last().copied().unwrap_or(0);
    assert_eq!(first, Some(last + 1), "training did not go on where it stopped");
    trained.unwrap()
}

pub(crate) fn check_resumes(settings: &LearnerSettings, dataset: &Dataset, parts: &[Vec<u32>; 3]) {
    let whole = train(&job(dataset, parts, settings), &mut go_on).unwrap();
    for stops in [&[1][..], &[10], &[7, 23, 24, 59]] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let job = TrainJob { checkpoint: Some(&path), threads: 2, ..job(dataset, parts, settings) };
        assert_eq!(in_pieces(&job, stops), whole);
        // A finished run is measured again, but not trained again.
        let mut updates = 0;
        let again = train(&job, &mut |_| {
            updates += 1;
            Continue::Yes
        });
        assert_eq!((again.unwrap(), updates), (whole.clone(), 0));
        let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(files.len(), 1, "only the checkpoint is left");
    }
}

#[test]
fn a_resumed_run_ends_with_the_same_bits() {
    let dataset = bars(300, 1, 12);
    let parts = rows([130, 70, 100]);
    check_resumes(&quick(MLP), &dataset, &parts);
    let sgd = LearnerSettings { optimizer: Optimizer::Sgd, chunks: 2, ..quick(CNN) };
    check_resumes(&sgd, &dataset, &parts);
    check_resumes(&quick(RESNET), &dataset, &parts);
    let averaged = LearnerSettings { average: 0.9, clip: 0.5, ..quick(MLP) };
    check_resumes(&averaged, &dataset, &parts);
}

#[test]
fn an_evaluation_writes_the_checkpoint() {
    let dataset = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let settings = quick(LINEAR);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let job = TrainJob { checkpoint: Some(&path), ..job(&dataset, &parts, &settings) };
    let mut there = Vec::new();
    train(&job, &mut |progress| {
        there.push((progress.step, path.exists()));
        Continue::Yes
    })
    .unwrap();
    assert_eq!(there[9], (10, false));
    assert_eq!(there[10], (11, true));
}

/// A run whose checkpoint was spoilt by `spoil` gives the whole run's bits and a note.
fn check_begins_anew(spoil: impl Fn(&Path), note: &str) {
    let dataset = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let settings = quick(MLP);
    let whole = train(&job(&dataset, &parts, &settings), &mut go_on).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let job = TrainJob { checkpoint: Some(&path), ..job(&dataset, &parts, &settings) };
    let stopped = train(&job, &mut |progress| {
        if progress.step == 25 { Continue::Stop } else { Continue::Yes }
    });
    assert!(stopped.is_err());
    spoil(&path);
    let again = train(&job, &mut go_on).unwrap();
    assert_eq!(again.notes.len(), 1);
    assert!(again.notes[0].contains(note), "{}", again.notes[0]);
    assert_eq!(Trained { notes: Vec::new(), ..again }, whole);
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::remove_file(path).unwrap();
    let mut file = fs::File::create(path).unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
}

#[test]
fn a_damaged_checkpoint_begins_anew() {
    check_begins_anew(|path| change(path, Vec::clear), "it is damaged");
    check_begins_anew(
        |path| change(path, |bytes| bytes.truncate(bytes.len() / 2)),
        "it is damaged",
    );
    check_begins_anew(|path| change(path, |bytes| bytes[..8].fill(0xFF)), "it is damaged");
    check_begins_anew(
        |path| {
            change(path, |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 4;
            });
        },
        "its checksum does not fit",
    );
    check_begins_anew(
        |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
            fs::remove_dir(path).unwrap();
            change_to_text(path);
        },
        "it is damaged",
    );
}

fn change_to_text(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    std::io::Write::write_all(&mut file, b"not a checkpoint, but a longer text").unwrap();
}

#[test]
fn a_checkpoint_of_another_trial_begins_anew() {
    let dataset = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let other = LearnerSettings { width: 23, ..quick(MLP) };
    check_begins_anew(
        |path| {
            fs::remove_file(path).unwrap();
            let job = TrainJob { checkpoint: Some(path), ..job(&dataset, &parts, &other) };
            train(&job, &mut go_on).unwrap();
        },
        "it belongs to another trial",
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_the_file() {
    let dataset = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let settings = quick(LINEAR);
    let path = Path::new("no-such-folder/checkpoint.safetensors");
    let job = TrainJob { checkpoint: Some(path), ..job(&dataset, &parts, &settings) };
    let error = train(&job, &mut go_on).unwrap_err();
    assert!(error.to_string().contains("no-such-folder/checkpoint.safetensors"), "{error}");
}
