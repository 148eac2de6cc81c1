//! Trains a learner that writes, lets it write its test set, and prints what it wrote with the right texts
//! and our error, as JSON, for `written.py`.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --bin written -- translation|speech [STEPS]
//! ```

#![expect(clippy::unwrap_used, reason = "a development program: what is missing should stop it")]

use std::path::Path;
use std::sync::Arc;

use safetensors::SafeTensors;
use serde_json::{Value as Json, json};
use tenfold_data::seed::Stream;
use tenfold_data::{
    CHARACTERS, Dataset, LogMel, PairVocabularies, Recorded, Source, Texts, Tokenizer, Vocabulary,
    WORDS, standardise,
};
use tenfold_train::decoding::{PairModel, ctc_greedy, greedy};
use tenfold_train::engine::{Pass, Shape, TapeRecorder, Workspace};
use tenfold_train::learners::{
    DEEP_SPEECH, Fitting, PairInputs, SEQ2SEQ, SpeechInputs, TargetPart,
};
use tenfold_train::metrics::{BLEU_ERROR, CHARACTER_ERROR_RATE};
use tenfold_train::tasks::{Example, Scale, Written};
use tenfold_train::{
    Continue, Learner, LearnerSettings, Length, Metric, Share, TrainJob, Trained, train,
};

/// Sources that are translated at a time.
const AT_ONCE: usize = 32;

/// Bands of pitch of a frame, as the learner has them.
const BANDS: usize = 40;

/// Rows of a data set: to train on, to choose by, to write.
struct Parts {
    shard: Vec<u32>,
    validation: Vec<u32>,
    test: Vec<u32>,
}

impl Parts {
    /// In an order from a fixed seed.
    fn of(dataset: &Dataset, validation: usize, test: usize) -> Self {
        let mut rows: Vec<u32> = (0..dataset.len() as u32).collect();
        Stream::new(1).shuffle(&mut rows);
        let test = rows.split_off(rows.len() - test);
        let validation = rows.split_off(rows.len() - validation);
        Self { shard: rows, validation, test }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let steps = |usual| arguments.get(1).map_or(usual, |steps| steps.parse().unwrap());
    let written = match arguments.first().map(String::as_str) {
        Some("translation") => translation(steps(2_000)),
        Some("speech") => speech(steps(1_500)),
        _ => panic!("say `translation` or `speech`"),
    };
    println!("{written}");
}

fn builtin(name: &str) -> Dataset {
    tenfold_data::read(&Source::Builtin(name.to_owned())).unwrap()
}

fn vocabulary(texts: &Texts, rows: &[u32], tokenizer: &'static Tokenizer) -> Arc<Vocabulary> {
    Arc::new(texts.fit_vocabulary(rows, tokenizer, 2_000).unwrap())
}

fn settings(learner: &'static dyn Learner, steps: u64) -> LearnerSettings {
    let length = Length::Steps(steps);
    LearnerSettings { width: 64, batch: 16, length, patience: None, ..learner.defaults() }
}

/// Trains; also gives the parameters that were measured.
fn trained(
    dataset: &Dataset,
    parts: &Parts,
    settings: &LearnerSettings,
    metric: &'static dyn Metric,
) -> (Trained, Vec<f32>) {
    let name = format!("tenfold-written-{}.safetensors", std::process::id());
    let path = std::env::temp_dir().join(name);
    let job = TrainJob {
        dataset,
        shard: parts.shard.as_slice().into(),
        validation: (dataset, &parts.validation),
        test: (dataset, &parts.test),
        transforms: &[],
        settings,
        metric,
        seed: 1,
        threads: 1,
        share: Share::WHOLE,
        checkpoint: Some(&path),
    };
    let trained = train(&job, &mut |progress| {
        if let Some(error) = progress.validation_error {
            eprintln!("step {}: {error:.4} on the validation set", progress.step);
        }
        Continue::Yes
    });
    let parameters = best_parameters(&path);
    std::fs::remove_file(&path).unwrap();
    (trained.unwrap(), parameters)
}

fn best_parameters(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let best = file.tensor("best.parameters").unwrap();
    best.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// What was written, and our error of it.
fn scored(
    metric: &'static dyn Metric,
    trained: &Trained,
    hypotheses: &[String],
    right: &[String],
) -> Json {
    let mut statistics = Vec::new();
    for (hypothesis, reference) in hypotheses.iter().zip(right) {
        let example = Example {
            output: &[],
            target: 0.0,
            loss: 0.0,
            scale: Scale { mean: 0.0, deviation: 1.0 },
            tokens: 1,
            characters: 1,
            wrong: 0,
            written: Written { hypothesis, reference },
        };
        metric.statistics(example, &mut statistics);
    }
    json!({
        "metric": metric.name(),
        "error": metric.error(&statistics),
        "error_of_the_run": trained.test_error,
        "hypotheses": hypotheses,
        "references": right,
    })
}

fn translation(steps: u64) -> Json {
    let dataset = builtin("kjv-reina-valera");
    let parts = Parts::of(&dataset, 400, 400);
    let pairs = dataset.pairs().unwrap();
    let [source, target] =
        [pairs.source, pairs.target].map(|texts| vocabulary(texts, &parts.shard, WORDS));
    let dataset = dataset.with_vocabularies(&PairVocabularies { source, target }).unwrap();
    let settings = settings(SEQ2SEQ, steps);
    let (trained, parameters) = trained(&dataset, &parts, &settings, BLEU_ERROR);

    let pairs = dataset.pairs().unwrap();
    let [from, to] = pairs.vocabularies().unwrap();
    let text = |texts: &Texts, row: &u32| texts.row(*row).unwrap();
    let sources: Vec<Vec<u32>> =
        parts.test.iter().map(|row| from.numbers(&text(pairs.source, row)).collect()).collect();
    let longest = sources.iter().map(Vec::len).max().unwrap() + 1;
    let Fitting::Pairs(learner) = SEQ2SEQ.fitting() else { unreachable!("it translates") };
    let (mut tape, source) = TapeRecorder::new(Shape::sequence(longest, 1));
    let lengths = tape.input(Shape::flat(1));
    let before = tape.input(Shape::sequence(1, 1));
    let steps = longest * 3 / 2 + 4;
    let part = TargetPart::Next { most: steps };
    let inputs = PairInputs { source, lengths, before, part };
    learner.record(&mut tape, inputs, &settings, [from.size(), to.size()]).unwrap();
    let tape = tape.finish();
    let mut workspace = Workspace::new(&tape, AT_ONCE);
    let mut model =
        PairModel { tape: &tape, workspace: &mut workspace, parameters: &parameters, steps };
    let mut hypotheses = Vec::new();
    for sources in sources.chunks(AT_ONCE) {
        model.read(&sources.iter().map(Vec::as_slice).collect::<Vec<_>>());
        hypotheses.extend(greedy(&mut model).iter().map(|tokens| to.text(tokens)));
    }
    let right: Vec<String> = parts.test.iter().map(|row| text(pairs.target, row)).collect();
    scored(BLEU_ERROR, &trained, &hypotheses, &right)
}

fn speech(steps: u64) -> Json {
    let dataset = builtin("spoken-digits");
    let parts = Parts::of(&dataset, 100, 120);
    let transcripts = dataset.recordings().unwrap().transcripts;
    let labels = vocabulary(transcripts, &parts.shard, CHARACTERS);
    let dataset = dataset.with_transcript_vocabulary(&labels).unwrap();
    let settings = settings(DEEP_SPEECH, steps);
    let (trained, parameters) = trained(&dataset, &parts, &settings, CHARACTER_ERROR_RATE);

    let Recorded { sounds, transcripts } = dataset.recordings().unwrap();
    let mel = LogMel::new(sounds.rate(), BANDS);
    let Fitting::Speech(learner) = DEEP_SPEECH.fitting() else { unreachable!("it transcribes") };
    let write = |row: &u32| {
        let mut features = mel.features(&sounds.row(*row).unwrap());
        standardise(&mut features, BANDS);
        let frames = features.len() / BANDS;
        let shape = Shape { height: frames, width: BANDS, channels: 1 };
        let (mut tape, input) = TapeRecorder::new(shape);
        let lengths = tape.input(Shape::flat(1));
        let inputs = SpeechInputs { frames: input, lengths };
        learner.record(&mut tape, inputs, &settings, labels.size()).unwrap();
        let tape = tape.finish();
        let mut workspace = Workspace::new(&tape, 1);
        workspace.input(&tape, 1).copy_from_slice(&features);
        workspace.input_at(&tape, 1)[0] = frames as f32;
        workspace.forward(&tape, &parameters, &[], Pass::Evaluate);
        labels.text(&ctc_greedy(workspace.output(&tape), labels.size()))
    };
    let hypotheses: Vec<String> = parts.test.iter().map(write).collect();
    let right: Vec<String> = parts.test.iter().map(|row| transcripts.row(*row).unwrap()).collect();
    scored(CHARACTER_ERROR_RATE, &trained, &hypotheses, &right)
}
