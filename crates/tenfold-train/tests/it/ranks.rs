//! Ranks that share a batch: the same bits on one and on many, and no rank goes on alone.

use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use tenfold_data::Dataset;
use tenfold_train::learners::{CNN, LINEAR, MLP, RESNET};
use tenfold_train::ranks::{Local, Parcels, RankLost, Threads};
use tenfold_train::{
    Continue, LearnerSettings, Length, Optimizer, Progress, TrainError, TrainJob, Trained,
    ranks::GradSync, train, train_as_rank,
};

use crate::data::{bars, plane, rows};
use crate::training::{go_on, job, quick};

/// Trains on `ranks` threads and returns the result of each; `job` gives the job of each rank.
pub(crate) fn on_ranks<'a>(
    ranks: usize,
    job: impl Fn(usize) -> TrainJob<'a> + Sync,
    progress: impl Fn(usize, &Progress) -> Continue + Sync,
) -> Vec<Result<Trained, TrainError>> {
    let train_one = |mut member: Threads| {
        let rank = member.rank();
        train_as_rank(&job(rank), &mut member, &mut |now| progress(rank, now))
    };
    std::thread::scope(|scope| {
        let start = |member| scope.spawn(move || train_one(member));
        let threads: Vec<_> = Threads::group(ranks).into_iter().map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Trains on 1, 2, 3, 4 and 6 ranks: losses, errors and outcomes have the same bits, and so have
/// parameters, batch-norm statistics and moments, which the checkpoint holds.
pub(crate) fn check_same_bits(
    settings: &LearnerSettings,
    dataset: &Dataset,
    parts: &[Vec<u32>; 3],
) {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("alone");
    let path = Some(alone.as_path());
    let expected =
        train(&TrainJob { checkpoint: path, ..job(dataset, parts, settings) }, &mut go_on);
    let expected = expected.unwrap();
    assert!(expected.history.iter().any(|done| done.train_loss > 0.0));
    for ranks in [1, 2, 3, 4, 6] {
        let path = folder.path().join(ranks.to_string());
        let job = TrainJob { checkpoint: Some(&path), ..job(dataset, parts, settings) };
        for trained in on_ranks(ranks, |_| job, |_, _| Continue::Yes) {
            assert_eq!(trained.unwrap(), expected, "{ranks} ranks");
        }
        assert!(tensors(&path) == tensors(&alone), "{ranks} ranks");
    }
}

/// Names and bytes of what a checkpoint holds.
fn tensors(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<_> =
        file.iter().map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect();
    tensors.sort();
    assert!(tensors.len() >= 13, "{}", tensors.len());
    tensors
}

#[test]
fn ranks_do_not_change_a_bit() {
    // 41 examples in 5 chunks: chunks of two lengths, on up to 4 ranks a different number each,
    // and the last of 6 ranks has nothing to do.
    let settings = |learner| LearnerSettings { chunks: 5, batch: 41, ..quick(learner) };
    let images = bars(300, 1, 14);
    let parts = rows([130, 70, 100]);
    for learner in [MLP, CNN, RESNET] {
        check_same_bits(&settings(learner), &images, &parts);
    }
    let sgd = LearnerSettings { optimizer: Optimizer::Sgd, ..settings(MLP) };
    check_same_bits(&LearnerSettings { learning_rate: 1e-3, ..sgd }, &plane(300), &parts);
}

#[test]
fn a_gradient_of_several_blocks_is_summed_as_one() {
    // 196 · 5400 + … = 1,079,999 parameters, more than the 1,048,576 that go at a time.
    let wide = LearnerSettings {
        width: 5_400,
        depth: 1,
        chunks: 3,
        batch: 6,
        length: Length::Steps(3),
        evaluations: 1,
        ..quick(MLP)
    };
    let images = bars(30, 1, 14);
    let parts = rows([12, 6, 6]);
    let whole = train(&job(&images, &parts, &wide), &mut go_on).unwrap();
    assert!(whole.parameter_count > 1 << 20);
    for trained in on_ranks(2, |_| job(&images, &parts, &wide), |_, _| Continue::Yes) {
        assert_eq!(trained.unwrap(), whole);
    }
}

#[test]
fn fewer_examples_than_ranks_leave_some_idle() {
    let images = bars(60, 1, 8);
    let parts = rows([2, 20, 20]);
    let settings = LearnerSettings { chunks: 8, ..quick(CNN) };
    check_same_bits(&settings, &images, &parts);
}

#[test]
fn patience_ends_all_ranks_at_the_same_step() {
    let images = bars(300, 1, 8);
    let parts = rows([6, 150, 100]);
    let settings = LearnerSettings {
        length: Length::Steps(400),
        evaluations: 20,
        patience: Some(2),
        chunks: 2,
        ..quick(MLP)
    };
    let whole = train(&job(&images, &parts, &settings), &mut go_on).unwrap();
    assert!(whole.steps < 400);
    for trained in on_ranks(2, |_| job(&images, &parts, &settings), |_, _| Continue::Yes) {
        assert_eq!(trained.unwrap(), whole);
    }
}

/// Trains on `ranks` ranks until step `stop`, in which the last rank asks to stop.
fn stopped_at(stop: u64, ranks: usize, job: TrainJob<'_>) {
    let last_stops = |rank, now: &Progress| {
        if rank + 1 == ranks && now.step == stop { Continue::Stop } else { Continue::Yes }
    };
    for ended in on_ranks(ranks, |_| job, last_stops) {
        assert!(matches!(ended, Err(TrainError::Interrupted { step }) if step == stop));
    }
}

#[test]
fn one_rank_stops_all_and_any_number_of_ranks_goes_on_to_the_same_bits() {
    let images = bars(300, 1, 12);
    let parts = rows([130, 70, 100]);
    let settings = LearnerSettings { chunks: 4, ..quick(RESNET) };
    let whole = train(&job(&images, &parts, &settings), &mut go_on).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let job = TrainJob { checkpoint: Some(&path), ..job(&images, &parts, &settings) };
    stopped_at(7, 2, job);
    stopped_at(31, 4, job);
    stopped_at(32, 1, job);
    let mut first = None;
    let ended = train(&job, &mut |now| {
        first.get_or_insert(now.step);
        Continue::Yes
    });
    assert_eq!((ended.unwrap(), first), (whole, Some(33)));
}

#[test]
fn only_the_first_rank_reads_and_writes_the_checkpoint() {
    let images = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let settings = LearnerSettings { chunks: 2, ..quick(MLP) };
    let folder = tempfile::tempdir().unwrap();
    let names = ["0", "1"].map(|name| folder.path().join(name));
    let job_of = |rank: usize| TrainJob {
        checkpoint: Some(&names[rank]),
        ..job(&images, &parts, &settings)
    };
    let stop = |_, now: &Progress| {
        if now.step == 25 { Continue::Stop } else { Continue::Yes }
    };
    drop(on_ranks(2, job_of, stop));
    assert!(names[0].exists() && !names[1].exists());
    spoil(&names[1]);
    let steps = |_, now: &Progress| {
        assert!(now.step > 25, "training began anew");
        Continue::Yes
    };
    for trained in on_ranks(2, job_of, steps) {
        assert_eq!(trained.unwrap().notes, [""; 0]);
    }
    spoil(&names[0]);
    for trained in on_ranks(2, job_of, |_, _| Continue::Yes) {
        assert!(trained.unwrap().notes[0].contains("it is damaged"));
    }
}

fn spoil(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    std::io::Write::write_all(&mut file, b"not a checkpoint, but a longer text").unwrap();
}

#[test]
fn ranks_with_other_jobs_do_not_train_together() {
    let images = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let settings = LearnerSettings { chunks: 3, ..quick(MLP) };
    let job_of = |rank| TrainJob { seed: u64::from(rank == 2), ..job(&images, &parts, &settings) };
    for ended in on_ranks(3, job_of, |_, _| Continue::Yes) {
        let error = ended.unwrap_err();
        assert!(matches!(error, TrainError::RanksDiffer { rank: 2, .. }));
        assert_eq!(error.to_string(), "ranks 0 and 2 have different jobs after step 0");
    }
}

/// A rank that changes one byte of what it receives, once.
struct Faulty(Threads, u32);

impl GradSync for Faulty {
    fn rank(&self) -> usize {
        self.0.rank()
    }

    fn ranks(&self) -> usize {
        self.0.ranks()
    }

    fn exchange(&mut self, sent: &Parcels, received: &mut Parcels) -> Result<(), RankLost> {
        self.0.exchange(sent, received)?;
        self.1 += 1;
        // The second exchange of the second step receives the summed gradient; only this rank's
        // copy of it is changed.
        if self.1 == 8 {
            received.bytes[5] ^= 1;
        }
        Ok(())
    }
}

#[test]
fn replicas_that_drift_apart_are_found_at_the_next_evaluation() {
    let images = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let settings = LearnerSettings { chunks: 2, ..quick(MLP) };
    let job = job(&images, &parts, &settings);
    let [sound, other] = <[Threads; 2]>::try_from(Threads::group(2)).unwrap();
    std::thread::scope(|scope| {
        let faulty = scope.spawn(|| train_as_rank(&job, &mut Faulty(other, 0), &mut go_on));
        let mut sound = sound;
        for ended in [train_as_rank(&job, &mut sound, &mut go_on), faulty.join().unwrap()] {
            let error = ended.unwrap_err();
            assert_eq!(error.to_string(), "ranks 0 and 1 have different parameters after step 10");
        }
    });
}

#[test]
fn when_a_rank_has_gone_the_others_end() {
    let images = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let settings = LearnerSettings { chunks: 2, ..quick(MLP) };
    let nowhere = Path::new("/nowhere/checkpoint");
    let job_of = |rank| TrainJob {
        checkpoint: (rank == 0).then_some(nowhere),
        ..job(&images, &parts, &settings)
    };
    // The first rank cannot write the checkpoint and ends; the second gets `RankLost`.
    let ended = on_ranks(2, job_of, |_, _| Continue::Yes);
    assert!(matches!(ended[0], Err(TrainError::Checkpoint { .. })));
    assert!(matches!(ended[1], Err(TrainError::RankLost(RankLost))));
}

#[test]
fn a_rank_alone_is_the_whole() {
    let images = bars(100, 1, 8);
    let parts = rows([50, 25, 25]);
    let settings = quick(LINEAR);
    let job = job(&images, &parts, &settings);
    let whole = train(&job, &mut go_on).unwrap();
    assert_eq!(train_as_rank(&job, &mut Local, &mut go_on).unwrap(), whole);
}
