//! Steps of `deep-speech`, and of its loss alone: strings of spoken digits, in batches of like length as
//! in a study.

use tenfold_data::seed::Stream;
use tenfold_data::{CHARACTERS, LogMel, Source, Texts, standardise};
use tenfold_train::LearnerSettings;
use tenfold_train::engine::{Shape, Tape, TapeRecorder};
use tenfold_train::learners::{DEEP_SPEECH, Fitting, SpeechInputs, SpeechShape};

use crate::lengths::batches_by_length;
use crate::products::{Products, linear};
use crate::tasks::{Batch, Material};

/// Bands of pitch of a frame, as the learner has them.
const BANDS: usize = 40;

/// Recordings, each of 1 to so many digits of one speaker.
const RECORDINGS: usize = 600;
const MOST_DIGITS: u64 = 12;

/// Silence between two digits, in samples of an eighth of a millisecond.
const BETWEEN: usize = 800;

/// Behind the labels of a transcript.
const NO_LABEL: f32 = -1.0;

/// Recordings as features, with the labels of their transcripts.
struct Recordings {
    features: Vec<Vec<f32>>,
    labels: Vec<Vec<f32>>,
    /// Labels there are, the blank among them.
    classes: usize,
}

impl Recordings {
    fn frames(&self, recording: usize) -> usize {
        self.features[recording].len() / BANDS
    }

    /// From a fixed seed.
    fn draw() -> Self {
        let dataset = tenfold_data::read(&Source::Builtin("spoken-digits".to_owned())).unwrap();
        let digits = dataset.recordings().unwrap();
        let (sounds, words) = (digits.sounds, digits.transcripts);
        // Recordings are in the order of speakers.
        let speakers = 6;
        let of_speaker = sounds.len() / speakers;
        let mel = LogMel::new(sounds.rate(), BANDS);
        let mut draw = Stream::new(1);
        let (mut features, mut transcripts) = (Vec::new(), Vec::new());
        for _ in 0..RECORDINGS {
            let speaker = draw.below(speakers as u64) as usize;
            let (mut samples, mut said) = (Vec::new(), Vec::new());
            for _ in 0..=draw.below(MOST_DIGITS) {
                let row = speaker * of_speaker + draw.below(of_speaker as u64) as usize;
                samples.extend(sounds.row(row as u32).unwrap());
                samples.extend([0.0; BETWEEN]);
                said.push(words.row(row as u32).unwrap());
            }
            let mut own = mel.features(&samples);
            standardise(&mut own, BANDS);
            features.push(own);
            transcripts.push(said.join(" "));
        }
        let texts: Vec<&str> = transcripts.iter().map(String::as_str).collect();
        let rows: Vec<u32> = (0..RECORDINGS as u32).collect();
        let texts_read = Texts::from_strings(&texts);
        let vocabulary = texts_read.fit_vocabulary(&rows, CHARACTERS, 100).unwrap();
        let labels = |text: &&str| vocabulary.numbers(text).map(|label| label as f32).collect();
        let labels = texts.iter().map(labels).collect();
        Self { features, labels, classes: vocabulary.size() }
    }

    /// Batches of `batch`, each with the frames to which it is padded.
    fn batches(&self, batch: usize) -> Vec<(usize, Vec<usize>)> {
        let lengths: Vec<usize> = (0..RECORDINGS).map(|index| self.frames(index)).collect();
        batches_by_length(&lengths, batch)
    }

    fn most_labels(&self) -> usize {
        self.labels.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The labels of `recordings`, each with room for the longest transcript.
    fn labels_of(&self, recordings: &[usize]) -> Vec<f32> {
        let most = self.most_labels();
        let of_one = |recording: &usize| {
            let behind = std::iter::repeat(NO_LABEL);
            self.labels[*recording].iter().copied().chain(behind).take(most)
        };
        recordings.iter().flat_map(of_one).collect()
    }
}

/// Index of `shape` among `shapes`, to which it is added if it is not there.
fn index_of(shapes: &mut Vec<usize>, shape: usize) -> usize {
    shapes.iter().position(|own| *own == shape).unwrap_or_else(|| {
        shapes.push(shape);
        shapes.len() - 1
    })
}

/// The built-in learner with its defaults, but without dropout.
pub(crate) fn material(batch: usize) -> Material {
    let recordings = Recordings::draw();
    let mut bounds = Vec::new();
    let of_batch = |(bound, examples): (usize, Vec<usize>)| {
        let mut frames = vec![0.0; examples.len() * bound * BANDS];
        for (place, example) in frames.chunks_exact_mut(bound * BANDS).zip(&examples) {
            let own = &recordings.features[*example];
            place[..own.len()].copy_from_slice(own);
        }
        let lengths = examples.iter().map(|example| recordings.frames(*example) as f32).collect();
        let inputs = vec![frames, lengths, recordings.labels_of(&examples)];
        Batch { tape: index_of(&mut bounds, bound), examples: examples.len(), inputs }
    };
    let batches = recordings.batches(batch).into_iter().map(of_batch).collect();
    let labels = recordings.most_labels();
    let tape = |frames| tape(SpeechShape { frames, bands: BANDS, labels }, recordings.classes);
    Material {
        tapes: bounds.into_iter().map(tape).collect(),
        batches,
        sizes: vec![recordings.classes],
    }
}

fn tape(shape: SpeechShape, classes: usize) -> Tape {
    let Fitting::Speech(model) = DEEP_SPEECH.fitting() else {
        unreachable!("the learner that transcribes is trained on recordings")
    };
    let settings = LearnerSettings { dropout: 0.0, ..DEEP_SPEECH.defaults() };
    let frames = Shape { height: shape.frames, width: shape.bands, channels: 1 };
    let (mut tape, frames) = TapeRecorder::new(frames);
    let lengths = tape.input(Shape::flat(1));
    let labels = tape.input(Shape::sequence(shape.labels, 1));
    let inputs = SpeechInputs { frames, lengths };
    let output = model.record(&mut tape, inputs, &settings, classes).unwrap();
    let lengths = tape.shortened(lengths, 2);
    tape.ctc(output, labels, lengths);
    tape.finish()
}

/// The same batches, but of random logits, of which the loss and its gradient are computed.
pub(crate) fn material_of_ctc(batch: usize) -> Material {
    let recordings = Recordings::draw();
    let mut draw = Stream::new(2);
    let mut bounds = Vec::new();
    let of_batch = |(bound, examples): (usize, Vec<usize>)| {
        let steps = bound.div_ceil(2);
        let numbers = examples.len() * steps * recordings.classes;
        let logits = (0..numbers).map(|_| draw.normal() as f32).collect();
        let steps_of = |example: &usize| recordings.frames(*example).div_ceil(2) as f32;
        let lengths = examples.iter().map(steps_of).collect();
        let inputs = vec![logits, lengths, recordings.labels_of(&examples)];
        Batch { tape: index_of(&mut bounds, steps), examples: examples.len(), inputs }
    };
    let batches = recordings.batches(batch).into_iter().map(of_batch).collect();
    let tape = |steps| {
        let (mut tape, logits) = TapeRecorder::new(Shape::sequence(steps, recordings.classes));
        tape.differentiate_input();
        let lengths = tape.input(Shape::flat(1));
        let labels = tape.input(Shape::sequence(recordings.most_labels(), 1));
        tape.ctc(logits, labels, lengths);
        tape.finish()
    };
    Material {
        tapes: bounds.into_iter().map(tape).collect(),
        batches,
        sizes: vec![recordings.classes],
    }
}

/// Two convolutions of 16 channels, two layers of 64 units in each direction.
pub(crate) fn products(batch: &Batch, examples: usize) -> Vec<Products> {
    let steps = batch.each(0) / BANDS / 2;
    let rows = examples * steps;
    let one_way = |inputs| {
        let step = |inner, columns| Products { count: steps, rows: examples, inner, columns };
        let weights = Products { count: 1, rows: 64, inner: rows, columns: 256 };
        [linear(rows, inputs, 256, false), vec![step(64, 256), step(256, 64), weights]].concat()
    };
    let pixels = rows * BANDS / 2;
    let seen = [linear(pixels, 25, 16, true), linear(pixels, 9 * 16, 16, false)].concat();
    let (first, second) = (one_way(16 * BANDS / 2), one_way(128));
    // As many classes as digits have letters, with blank, space and what is unknown.
    [seen, first.clone(), first, second.clone(), second, linear(rows, 128, 18, false)].concat()
}
