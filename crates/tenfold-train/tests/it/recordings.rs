//! A learner that transcribes from the outside: it learns, stops and goes on with the same bits, and measures
//! each recording by itself.

use std::f64::consts::PI;
use std::sync::Arc;

use tenfold_data::{CHARACTERS, Dataset, Sounds, Texts};
use tenfold_train::learners::{DEEP_SPEECH, MLP};
use tenfold_train::{
    LearnerSettings, Length, Schedule, SettingValue, TrainError, TrainJob, Trained, describe,
    metrics, train,
};

use crate::data::{bars, rows};
use crate::ranks::check_same_bits;
use crate::resume::{check_resumes, check_stops};
use crate::training::{go_on, job};

/// Samples a second.
const RATE: u32 = 4_000;

/// Samples of a letter, 75 ms, and of the silence behind it, 25 ms.
const LETTER: [usize; 2] = [300, 100];

/// Words of 1 to `most` of four letters, each of which is a tone.
fn tones(count: usize, most: u64) -> Dataset {
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below) as usize
    };
    let mut words = Vec::new();
    let mut sounds: Vec<Vec<u8>> = Vec::new();
    for _ in 0..count {
        let letters: Vec<usize> = (0..=draw(most)).map(|_| draw(4)).collect();
        let mut samples = Vec::new();
        for letter in &letters {
            let hertz = [300.0, 600.0, 1_000.0, 1_500.0][*letter];
            let tone = |n: usize| (2.0 * PI * hertz * n as f64 / f64::from(RATE)).sin();
            samples.extend((0..LETTER[0]).map(|n| (128.0 + 60.0 * tone(n)) as u8));
            samples.extend((0..LETTER[1]).map(|_| 126 + draw(5) as u8));
        }
        sounds.push(samples);
        words.push(letters.iter().map(|letter| b"abcd"[*letter] as char).collect::<String>());
    }
    recordings(&sounds, &words)
}

fn recordings(sounds: &[Vec<u8>], words: &[String]) -> Dataset {
    let sounds: Vec<&[u8]> = sounds.iter().map(Vec::as_slice).collect();
    let texts = Texts::from_strings(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let every: Vec<u32> = (0..words.len() as u32).collect();
    let vocabulary = Arc::new(texts.fit_vocabulary(&every, CHARACTERS, 100).unwrap());
    let dataset = Dataset::of_recordings(Sounds::from_unsigned(&sounds, RATE), texts).unwrap();
    dataset.with_transcript_vocabulary(&vocabulary).unwrap()
}

fn small() -> LearnerSettings {
    let mut settings = LearnerSettings {
        width: 16,
        depth: 1,
        dropout: 0.1,
        batch: 6,
        length: Length::Steps(60),
        evaluations: 6,
        learning_rate: 0.005,
        patience: None,
        ..LearnerSettings::defaults(DEEP_SPEECH)
    };
    settings.set("channels", &SettingValue::Number(4.0)).unwrap();
    settings
}

fn measured<'a>(
    dataset: &'a Dataset,
    parts: &'a [Vec<u32>; 3],
    settings: &'a LearnerSettings,
) -> TrainJob<'a> {
    TrainJob { metric: metrics::CHARACTER_ERROR_RATE, ..job(dataset, parts, settings) }
}

fn trained(job: &TrainJob<'_>) -> Trained {
    train(job, &mut go_on).unwrap()
}

#[test]
fn words_are_transcribed() {
    let dataset = tones(600, 6);
    let parts = rows([500, 40, 60]);
    let settings = LearnerSettings { length: Length::Steps(1_500), batch: 12, ..small() };
    let trained = trained(&measured(&dataset, &parts, &settings));
    let error = trained.test_error;
    assert!(error < 0.05, "{error}");
    assert!((trained.train_error - error).abs() < 0.05, "{}", trained.train_error);
    assert!(trained.other_errors["word_error_rate"] < 0.15, "{:?}", trained.other_errors);
    assert!(trained.other_errors["nats_per_character"] < 0.2, "{:?}", trained.other_errors);
    let edits: f32 = trained.test_statistics.iter().step_by(2).sum();
    let letters: f32 = trained.test_statistics.iter().skip(1).step_by(2).sum();
    assert!((f64::from(edits / letters) - error).abs() < 1e-6);
    let transcripts = dataset.recordings().unwrap().transcripts;
    let expected: u64 = parts[2].iter().map(|row| transcripts.characters(*row)).sum();
    assert_eq!(letters as u64, expected);
    let size = describe(&dataset, &settings).unwrap();
    assert_eq!(trained.parameter_count, size.parameter_count);
    let flop = size.flop_per_example * (trained.steps * 12) as f64;
    assert!((0.5..2.0).contains(&(trained.training_flop / flop)), "of about the mean length");
    assert_eq!(trained.notes, Vec::<String>::new());
}

#[test]
fn resumed_and_stopped_runs_and_ranks_give_the_same_bits() {
    let dataset = tones(120, 6);
    let parts = rows([70, 20, 30]);
    check_resumes(&LearnerSettings { chunks: 2, ..small() }, &dataset, &parts);
    check_same_bits(&LearnerSettings { chunks: 4, ..small() }, &dataset, &parts);
    check_stops(&measured(&dataset, &parts, &small()));
}

#[test]
fn a_recording_is_measured_by_itself_whatever_it_is_padded_to() {
    let dataset = tones(160, 9);
    let parts = rows([100, 20, 40]);
    let settings = small();
    let nats = |parts: &[Vec<u32>; 3]| {
        let job = TrainJob {
            metric: metrics::NATS_PER_CHARACTER,
            ..measured(&dataset, parts, &settings)
        };
        trained(&job).test_statistics
    };
    let mut turned = parts.clone();
    turned[2].reverse();
    let (one, other) = (nats(&parts), nats(&turned));
    for (one, other) in one.chunks_exact(2).zip(other.chunks_exact(2).rev()) {
        assert_eq!(one[1].to_bits(), other[1].to_bits());
        // Products of other sizes may round otherwise.
        assert!((one[0] - other[0]).abs() < 1e-4 * one[0], "{one:?} {other:?}");
    }
}

/// A model trained by connectionist temporal classification writes nothing at first, and neither its loss nor
/// its errors move meanwhile.
#[test]
fn patience_does_not_end_training_before_anything_is_written() {
    let dataset = tones(600, 6);
    let parts = rows([500, 40, 60]);
    let settings = LearnerSettings {
        length: Length::Steps(1_500),
        batch: 12,
        evaluations: 20,
        learning_rate: 0.003,
        patience: Some(2),
        ..small()
    };
    let short = LearnerSettings { length: Length::Steps(300), ..settings.clone() };
    let silent = trained(&measured(&dataset, &parts, &short));
    assert!(silent.validation_error > 0.99, "{}", silent.validation_error);
    assert_eq!(
        silent.steps, 300,
        "patience does not count evaluations at which nothing is written"
    );
    let whole = trained(&measured(&dataset, &parts, &settings));
    // Neither number got better for more evaluations than patience has, long before the end.
    let nats: Vec<f64> = whole.history.iter().map(|done| done.validation_error).collect();
    let is_worse = |at: &usize| nats[at + 1..at + 3].iter().all(|later| *later > nats[*at]);
    assert!((0..7).any(|at| is_worse(&at)), "{nats:?}");
    assert!(whole.test_error < 0.05, "{} {nats:?}", whole.test_error);
}

/// What is learnt by heart has ever larger losses, and fewer errors, on other recordings.
#[test]
fn the_last_parameters_are_kept_where_they_make_fewer_errors_than_those_of_the_least_loss() {
    let dataset = tones(140, 6);
    let parts = rows([4, 60, 60]);
    // So that a shorter run goes through the same states.
    let schedule = Schedule::Constant;
    let settings = LearnerSettings {
        length: Length::Steps(900),
        evaluations: 20,
        warmup: 0.0,
        dropout: 0.0,
        schedule,
        ..small()
    };
    let kept = trained(&measured(&dataset, &parts, &settings));
    let best = kept.history.iter().min_by(|a, b| a.validation_error.total_cmp(&b.validation_error));
    let best_step = best.unwrap().step;
    assert!(best_step < 900 && kept.best_step == 900, "{best_step} {:?}", kept.history);
    let length = Length::Steps(best_step);
    let shorter = LearnerSettings { length, evaluations: 1, ..settings.clone() };
    let of_least_loss = trained(&measured(&dataset, &parts, &shorter));
    let nats = of_least_loss.history[0].validation_error;
    assert_eq!(nats.to_bits(), best.unwrap().validation_error.to_bits());
    assert!(kept.validation_error < of_least_loss.validation_error);
}

#[test]
fn recordings_that_are_too_short_for_what_is_said_are_told_and_break_nothing() {
    let sound = |samples: usize| (0..samples).map(|n| (n * n % 251) as u8).collect::<Vec<u8>>();
    // 100 samples are a frame; of two equal letters one more step is needed than there are letters.
    let sounds: Vec<Vec<u8>> = [400, 100, 500, 150, 600, 700].iter().map(|n| sound(*n)).collect();
    let words = ["ab", "aa", "ba", "abab", "b", "a"].map(str::to_owned);
    let dataset = recordings(&sounds, &words);
    let parts = [vec![0, 1, 2, 3], vec![4], vec![5]];
    let settings = small();
    let trained = trained(&measured(&dataset, &parts, &settings));
    assert!(trained.train_error.is_finite());
    assert_eq!(
        trained.notes,
        [
            "2 of 4 training recordings are too short for their transcripts: nothing is learnt from them, \
          and nats do not count them"
        ]
    );
    // Errors of what is written count all characters, nats only those that have a loss.
    let parts = [vec![0, 2], vec![4], vec![5, 3, 1]];
    let statistics = |metric| {
        let job = TrainJob { metric, ..measured(&dataset, &parts, &settings) };
        let statistics = train(&job, &mut go_on).unwrap().test_statistics;
        let characters: Vec<f32> = statistics.iter().skip(1).step_by(2).copied().collect();
        (statistics[2], statistics[4], characters)
    };
    let (_, _, characters) = statistics(metrics::CHARACTER_ERROR_RATE);
    assert_eq!(characters, [1.0, 4.0, 2.0]);
    assert_eq!(statistics(metrics::NATS_PER_CHARACTER), (0.0, 0.0, vec![1.0, 0.0, 0.0]));
}

#[test]
fn recordings_and_learners_that_do_not_go_together_are_refused() {
    let dataset = tones(20, 3);
    let refused = |dataset: &Dataset, settings: &LearnerSettings| -> TrainError {
        describe(dataset, settings).unwrap_err()
    };
    let error = refused(&dataset, &LearnerSettings::defaults(MLP));
    assert_eq!(error.to_string(), "`mlp` hears nothing, and the data set has recordings");
    assert_eq!(error.hint().unwrap(), "use `learner = \"deep-speech\"`");
    let error = refused(&bars(10, 1, 14), &small());
    assert_eq!(error.to_string(), "`deep-speech` transcribes, the data set has no recordings");
}
