//! Trains an MLP and a residual network on the ranks that a launcher has started, and prints what
//! came out, as bits: the same lines on one rank and on many.
//!
//!     cargo build --release -p tenfold-train --features mpi --example train_under_mpi
//!     mpirun -n 2 target/release/examples/train_under_mpi FOLDER
//!
//! FOLDER is for checkpoints, whose parameters are printed as a hash. With a second argument, a
//! step, the last rank dies there while training the residual network.

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use tenfold_data::seed::Stream;
use tenfold_data::{Dataset, Field, Images, Targets};
use tenfold_train::learners::{MLP, RESNET};
use tenfold_train::ranks::{GradSync, Mpi};
use tenfold_train::{
    Continue, Learner, LearnerSettings, Length, Share, TrainJob, metrics, train_as_rank,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("a folder is needed")?);
    let dies_at: Option<u64> = arguments.next().map(|step| step.parse()).transpose()?;
    let mut ranks = Mpi::start().ok_or("MPI was started before")?;
    let dataset = bars(600)?;
    for learner in [MLP, RESNET] {
        let is_victim = learner == RESNET && ranks.rank() + 1 == ranks.ranks();
        let dies_at = dies_at.filter(|_| is_victim);
        if let Err(error) = train(learner, &dataset, &mut ranks, dies_at, &folder) {
            println!("{error}");
            ranks.abort(2);
        }
    }
    Ok(())
}

fn train(
    learner: &'static dyn Learner,
    dataset: &Dataset,
    ranks: &mut Mpi,
    dies_at: Option<u64>,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let settings = LearnerSettings {
        width: if learner == MLP { 32 } else { 4 },
        depth: 1,
        dropout: 0.1,
        chunks: 5,
        batch: 42,
        length: Length::Steps(120),
        evaluations: 6,
        ..LearnerSettings::defaults(learner)
    };
    let rows: Vec<u32> = (0..600).collect();
    let checkpoint = folder.join(learner.name());
    let job = TrainJob {
        dataset,
        shard: rows[..300].into(),
        validation: (dataset, &rows[300..450]),
        test: (dataset, &rows[450..]),
        settings: &settings,
        transforms: &[],
        metric: metrics::CROSS_ENTROPY,
        seed: 1,
        threads: 1,
        share: Share::WHOLE,
        checkpoint: Some(&checkpoint),
    };
    let mut first_step = None;
    let trained = train_as_rank(&job, ranks, &mut |now| {
        first_step.get_or_insert(now.step);
        if dies_at == Some(now.step) {
            std::process::abort();
        }
        Continue::Yes
    })?;
    let name = learner.name();
    if ranks.rank() == 0 {
        println!("{name}: began with step {}", first_step.unwrap_or(0));
    }
    for done in &trained.history {
        let (loss, error) = (done.train_loss.to_bits(), done.validation_error.to_bits());
        println!("{name} step {}: loss {loss:016x} validation {error:016x}", done.step);
    }
    println!("{name}: test error {:016x}", trained.test_error.to_bits());
    // The first rank wrote the checkpoint at the last evaluation, which all ranks have passed.
    let bytes = fs::read(&checkpoint)?;
    for (part, view) in SafeTensors::deserialize(&bytes)?.iter() {
        println!("{name}: {part} {:016x}", hash(view.data()));
    }
    Ok(())
}

/// 64-bit FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// Three classes of noisy images: a bright bar at one of three heights.
fn bars(examples: usize) -> Result<Dataset, Box<dyn Error>> {
    const SIDE: usize = 12;
    let mut stream = Stream::new(17);
    let labels: Vec<u32> = (0..examples).map(|_| stream.below(3) as u32).collect();
    let mut pixels = Vec::new();
    for label in &labels {
        let bar = (1 + 2 * *label as usize) * SIDE / 6;
        let bright = |pixel| 60 * u8::from(pixel / SIDE == bar);
        pixels.extend((0..SIDE * SIDE).map(|pixel| bright(pixel) + stream.below(180) as u8));
    }
    let images = Images { pixels: pixels.into(), channels: 1, height: SIDE, width: SIDE };
    let names = ["top", "middle", "bottom"].map(str::to_owned).to_vec();
    Ok(Dataset::new(vec![Field::images(images)], Targets::Classes { labels, names })?)
}
