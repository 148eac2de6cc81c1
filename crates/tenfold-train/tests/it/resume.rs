//! Checkpoints: an interrupted run ends with the same bits, a bad file is not an obstacle.

use std::fs;
use std::path::Path;

use tenfold_data::Dataset;
use tenfold_train::learners::{CNN, LINEAR, MLP, RESNET};
use tenfold_train::{
    Continue, LearnerSettings, Optimizer, Share, TrainError, TrainJob, Trained, train,
};

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

/// The tensors in the checkpoint at `path`; the header's metadata have no order.
fn tensors(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header..].to_vec()
}

/// Checks that a run stopped at an eighth and at a quarter is the beginning of `job`, which makes
/// 60 updates, and that a longer run goes on from a shorter one to the bits of the whole run.
pub(crate) fn check_stops(job: &TrainJob<'_>) {
    let whole = train(job, &mut go_on).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("own"), folder.path().join("other"));
    for (share, stop, before) in [(Share::EIGHTH, 8, 0), (Share::QUARTER, 15, 8)] {
        let stopped_job = TrainJob { share, checkpoint: Some(&path), ..*job };
        let mut first = None;
        let stopped = train(&stopped_job, &mut |progress| {
            assert_eq!(progress.steps, Some(stop));
            first.get_or_insert(progress.step);
            Continue::Yes
        });
        let stopped = stopped.unwrap();
        assert_eq!(first, Some(before + 1));
        assert_eq!((stopped.steps, stopped.converged), (stop, false));
        let planned = whole.history.iter().filter(|evaluation| evaluation.step <= stop);
        let planned: Vec<_> = planned.copied().collect();
        assert_eq!(stopped.history[..planned.len()], planned);
        assert_eq!(stopped.history.last().unwrap().step, stop);
        // The state is, bit for bit, that of the whole run interrupted after the same update.
        let interrupted = TrainJob { checkpoint: Some(&other), ..*job };
        let answer = |step| if step == stop { Continue::Stop } else { Continue::Yes };
        train(&interrupted, &mut |progress| answer(progress.step)).unwrap_err();
        assert_eq!(tensors(&path), tensors(&other));
        // Stopped at once or in two parts, it is the same.
        let at_once = train(&TrainJob { checkpoint: None, ..stopped_job }, &mut go_on);
        assert_eq!(at_once.unwrap(), stopped);
    }
    let mut updates = 0;
    let end = train(&TrainJob { checkpoint: Some(&path), ..*job }, &mut |_| {
        updates += 1;
        Continue::Yes
    });
    assert_eq!((end.unwrap(), updates), (whole, 45));
}

#[test]
fn a_run_stopped_at_a_share_is_the_beginning_of_the_whole_run() {
    let dataset = bars(300, 1, 12);
    let parts = rows([130, 70, 100]);
    let averaged = LearnerSettings { average: 0.9, clip: 0.5, ..quick(MLP) };
    // With four evaluations the whole run evaluates at a quarter too.
    let evaluated = LearnerSettings { evaluations: 4, ..quick(CNN) };
    let patient = LearnerSettings { patience: Some(9), ..quick(MLP) };
    for settings in [quick(MLP), quick(RESNET), averaged, evaluated, patient] {
        check_stops(&job(&dataset, &parts, &settings));
    }
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
