//! Language models from the outside: they learn, stop and go on with the same bits, and measure each text
//! by itself.

use std::sync::Arc;

use tenfold_data::{CHARACTERS, Dataset, Field, Shard, Targets, Texts, Tokenizer, Unit, WORDS};
use tenfold_train::learners::{LEARNERS, LSTM_LM, MLP, TRANSFORMER_LM, Takes};
use tenfold_train::{
    Continue, Learner, LearnerSettings, Length, Metric, SettingValue, TrainJob, Trained, describe,
    metrics, train,
};

use crate::data::{bars, rows};
use crate::ranks::check_same_bits;
use crate::resume::{check_resumes, check_stops};
use crate::training::{go_on, job};

/// Sentences of a small language, `count` of them, of 2 to 13 words.
fn sentences(count: u64, tokenizer: &'static Tokenizer) -> Dataset {
    const WORDS: [&str; 8] = ["the", "cat", "dog", "sees", "and", "hears", "a", "bird"];
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let sentence = |_| {
        let words: Vec<&str> = (0..2 + draw(12)).map(|_| WORDS[draw(8) as usize]).collect();
        words.join(" ")
    };
    let all: Vec<String> = (0..count).map(sentence).collect();
    let texts = Texts::from_strings(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let every: Vec<u32> = (0..count as u32).collect();
    let vocabulary = texts.fit_vocabulary(&every, tokenizer, 100).unwrap();
    let targets = Targets::Own { examples: all.len() };
    let dataset = Dataset::new(vec![Field::texts(texts)], targets).unwrap();
    dataset.with_vocabulary(&Arc::new(vocabulary)).unwrap()
}

fn small(learner: &'static dyn Learner) -> LearnerSettings {
    let mut settings = LearnerSettings {
        width: 24,
        depth: 2,
        dropout: 0.1,
        batch: 6,
        length: Length::Steps(60),
        evaluations: 6,
        learning_rate: 0.01,
        patience: None,
        ..LearnerSettings::defaults(learner)
    };
    settings.set("window", &SettingValue::Number(16.0)).unwrap();
    settings
}

/// Learners that read texts.
fn readers() -> impl Iterator<Item = &'static dyn Learner> {
    LEARNERS.iter().copied().filter(|learner| learner.takes() == Takes::Texts)
}

fn measured_by(metric: &'static dyn Metric, base: &TrainJob<'_>) -> Trained {
    train(&TrainJob { metric, ..*base }, &mut go_on).unwrap()
}

#[test]
fn a_language_is_learnt_and_its_loss_is_told_in_every_unit() {
    let dataset = sentences(500, CHARACTERS);
    let parts = rows([400, 40, 60]);
    for learner in readers() {
        let settings = LearnerSettings { length: Length::Steps(400), ..small(learner) };
        let base = job(&dataset, &parts, &settings);
        let trained = train(&base, &mut go_on).unwrap();
        // Every word is one of 8, so that a character costs ln 8 over its word's length and the space
        // behind it, about .5, and the end of a text a little.
        let error = trained.test_error;
        assert!((0.4..0.85).contains(&error), "{}: {error}", learner.name());
        assert!((trained.train_error - error).abs() < 0.1);
        let characters = measured_by(metrics::NATS_PER_CHARACTER, &base);
        assert!((characters.test_error - error).abs() < 1e-12, "every token is a character");
        let bits = measured_by(metrics::BITS_PER_CHARACTER, &base).test_error;
        // Statistics are kept in single precision.
        assert!((bits * std::f64::consts::LN_2 / error - 1.0).abs() < 1e-6);
        let perplexity = measured_by(metrics::PERPLEXITY, &base).test_error;
        assert!((perplexity.ln() / error - 1.0).abs() < 1e-6);
        let tokens: f32 = trained.test_statistics.iter().skip(1).step_by(2).sum();
        let expected: u64 =
            parts[2].iter().map(|row| dataset.texts().unwrap().characters(*row) + 1).sum();
        assert_eq!(tokens as u64, expected, "every character and the end of each text");
    }
}

#[test]
fn words_cost_what_a_choice_among_them_costs() {
    let dataset = sentences(500, WORDS);
    let parts = rows([400, 40, 60]);
    for learner in readers() {
        let settings = LearnerSettings { length: Length::Steps(400), ..small(learner) };
        let base = job(&dataset, &parts, &settings);
        let trained = train(&base, &mut go_on).unwrap();
        // One of 8 words or the end: ln 8 is 2.08, and lengths are even between 2 and 13 words.
        assert!((1.9..2.4).contains(&trained.test_error), "{}", trained.test_error);
        let characters = measured_by(metrics::NATS_PER_CHARACTER, &base).test_error;
        let ratio = trained.test_error / characters;
        assert!(
            (3.5..4.5).contains(&ratio),
            "a word and its space have about 4 characters: {ratio}"
        );
    }
}

#[test]
fn a_text_is_measured_by_itself() {
    let dataset = sentences(300, CHARACTERS);
    let parts = rows([200, 40, 60]);
    for learner in readers() {
        let settings = small(learner);
        let trained = train(&job(&dataset, &parts, &settings), &mut go_on).unwrap();
        let mut turned = parts.clone();
        turned[2].reverse();
        let other = train(&job(&dataset, &turned, &settings), &mut go_on).unwrap();
        let pairs = trained.test_statistics.chunks_exact(2);
        for (one, other) in pairs.zip(other.test_statistics.chunks_exact(2).rev()) {
            assert_eq!(one[1].to_bits(), other[1].to_bits());
            // Products of other sizes may round otherwise.
            assert!((one[0] - other[0]).abs() < 1e-4 * one[0], "{one:?} {other:?}");
        }
    }
}

#[test]
fn resumed_and_stopped_runs_and_ranks_give_the_same_bits() {
    let dataset = sentences(300, CHARACTERS);
    let parts = rows([200, 40, 60]);
    for learner in readers() {
        check_resumes(&LearnerSettings { chunks: 2, ..small(learner) }, &dataset, &parts);
        check_same_bits(&LearnerSettings { chunks: 4, ..small(learner) }, &dataset, &parts);
        check_stops(&job(&dataset, &parts, &small(learner)));
    }
}

#[test]
fn when_patience_ends_the_rate_goes_down_and_a_stop_in_between_changes_nothing() {
    let dataset = sentences(30, CHARACTERS);
    let parts = rows([10, 10, 10]);
    let settings = LearnerSettings {
        length: Length::Steps(1000),
        evaluations: 20,
        patience: Some(2),
        learning_rate: 0.02,
        ..small(LSTM_LM)
    };
    let whole = train(&job(&dataset, &parts, &settings), &mut go_on).unwrap();
    let steps: Vec<u64> = whole.history.iter().map(|evaluation| evaluation.step).collect();
    let best = whole.history.iter().map(|e| e.validation_error).fold(f64::INFINITY, f64::min);
    let first_best = whole.history.iter().find(|e| e.validation_error <= best).map(|e| e.step);
    assert!(whole.steps < 800, "{steps:?}");
    assert!(whole.converged);
    // An evaluation is due every 50 updates, patience ends at one, and a fifth is behind it.
    let first_best = first_best.unwrap();
    let from = first_best + 2 * 50;
    assert_eq!(whole.steps, from + from / 4, "{steps:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let job = TrainJob { checkpoint: Some(&path), ..job(&dataset, &parts, &settings) };
    for stop in [from, from + 7] {
        let stopped = train(&job, &mut |progress| {
            if progress.step == stop { Continue::Stop } else { Continue::Yes }
        });
        assert!(stopped.is_err());
    }
    assert_eq!(train(&job, &mut go_on).unwrap(), whole);
}

#[test]
fn a_cut_text_is_read_up_to_its_cut() {
    let dataset = sentences(300, CHARACTERS);
    let parts = rows([200, 40, 60]);
    let settings = small(LSTM_LM);
    let base = job(&dataset, &parts, &settings);
    let unit = Unit::named("characters").unwrap();
    let cut =
        |units_of_last| TrainJob { shard: Shard { rows: &parts[0], units_of_last, unit }, ..base };
    let error = |units| train(&cut(units), &mut go_on).unwrap().validation_error.to_bits();
    assert_eq!(error(None), train(&base, &mut go_on).unwrap().validation_error.to_bits());
    assert_ne!(error(Some(3)), error(None));
    assert_ne!(error(Some(3)), error(Some(4)));
}

#[test]
fn texts_and_learners_that_do_not_go_together_are_refused() {
    let dataset = sentences(30, CHARACTERS);
    let parts = rows([10, 10, 10]);
    let refused = |dataset: &Dataset, learner: &'static dyn Learner| {
        let settings = LearnerSettings::defaults(learner);
        let error = describe(dataset, &settings).unwrap_err();
        format!("{error}; {}", error.hint().unwrap_or_default())
    };
    assert_eq!(
        refused(&dataset, MLP),
        "`mlp` reads no texts, and the data set has texts; use `learner = \"lstm-lm\"`"
    );
    assert_eq!(
        refused(&bars(10, 1, 14), LSTM_LM),
        "`lstm-lm` needs texts, the data set has images; use `learner = \"mlp\"` or `learner = \"linear\"`"
    );
    assert_eq!(
        {
            let settings = LearnerSettings { width: 30, ..small(TRANSFORMER_LM) };
            describe(&dataset, &settings).unwrap_err().to_string()
        },
        "a width of 30 cannot be shared evenly among the heads of this `transformer-lm`"
    );
    let settings = small(LSTM_LM);
    let job = TrainJob { metric: metrics::RMSE, ..job(&dataset, &parts, &settings) };
    assert_eq!(
        train(&job, &mut go_on).unwrap_err().to_string(),
        "the metric `rmse` needs values, the training targets are texts"
    );
}

/// Texts `ab`, of which each token, and the end, follows from the one before.
fn certain_texts() -> Dataset {
    let texts = Texts::from_strings(&["ab"; 120]);
    let every: Vec<u32> = (0..120).collect();
    let vocabulary = texts.fit_vocabulary(&every, CHARACTERS, 100).unwrap();
    assert_eq!(vocabulary.size(), 4);
    let dataset = Dataset::new(vec![Field::texts(texts)], Targets::Own { examples: 120 }).unwrap();
    dataset.with_vocabulary(&Arc::new(vocabulary)).unwrap()
}

#[test]
fn smoothing_is_trained_on_and_not_measured() {
    let dataset = certain_texts();
    let parts = rows([60, 30, 30]);
    for learner in readers() {
        let trained = |smoothing: f64| {
            let mut settings = LearnerSettings {
                length: Length::Steps(600),
                dropout: 0.0,
                weight_decay: 0.0,
                ..small(learner)
            };
            settings.set("smoothing", &SettingValue::Number(smoothing)).unwrap();
            train(&job(&dataset, &parts, &settings), &mut go_on).unwrap()
        };
        // What smoothing s asks of 4 tokens: a probability of 1 − s + s/4 for the right one, and
        // the nats of that are measured. The loss that is trained on is at least the entropy of
        // what is asked.
        let (right, other) = (1.0 - 0.4 + 0.1, 0.1_f64);
        let smoothed = trained(0.4);
        let expected = -f64::ln(right);
        let name = learner.name();
        let (error, plain) = (smoothed.test_error, trained(0.0).test_error);
        // Recurrent learners have never begun a text in a fresh state, which costs them more.
        if learner == TRANSFORMER_LM {
            assert!((error - expected).abs() < 0.02, "{name}: {error}, expected {expected}");
            assert!(plain < 0.01, "{name}: {plain}");
        }
        assert!(error > plain + 0.1, "{name}: {error} and {plain}");
        let entropy = -right * right.ln() - 3.0 * other * other.ln();
        let train_loss = smoothed.history.last().unwrap().train_loss;
        assert!((train_loss - entropy).abs() < 0.02, "{name}: {train_loss}, expected {entropy}");
    }
}

#[test]
fn a_tied_model_has_one_table_and_learns_the_same_language() {
    let dataset = sentences(500, CHARACTERS);
    let parts = rows([400, 40, 60]);
    let size = dataset.texts().unwrap().vocabulary().unwrap().size() as u64;
    for learner in [LSTM_LM, TRANSFORMER_LM] {
        let plain = LearnerSettings { length: Length::Steps(400), ..small(learner) };
        let mut tied = plain.clone();
        tied.set("tied", &SettingValue::Flag(true)).unwrap();
        let counts =
            [&plain, &tied].map(|settings| describe(&dataset, settings).unwrap().parameter_count);
        // An LSTM of 24 units and tokens of 64 numbers has a layer between the two.
        let layer = if learner == LSTM_LM { 24 * 64 + 64 } else { 0 };
        assert_eq!(counts[1], counts[0] + layer - 24 * size, "{}", learner.name());
        let trained = train(&job(&dataset, &parts, &tied), &mut go_on).unwrap();
        let error = trained.test_error;
        assert!((0.4..0.85).contains(&error), "{}: {error}", learner.name());
        check_resumes(
            &LearnerSettings { chunks: 2, length: Length::Steps(60), ..tied.clone() },
            &dataset,
            &parts,
        );
        check_same_bits(
            &LearnerSettings { chunks: 4, length: Length::Steps(60), ..tied },
            &dataset,
            &parts,
        );
    }
}

#[test]
fn settings_that_came_later_are_part_of_a_trial_only_where_they_are_used() {
    let names = |settings: &LearnerSettings| -> Vec<&str> {
        let all = settings.identity().into_iter().chain(settings.entries());
        all.map(|(name, _)| name).filter(|name| ["tied", "smoothing"].contains(name)).collect()
    };
    let mut settings = LearnerSettings::defaults(LSTM_LM);
    assert_eq!(names(&settings), Vec::<&str>::new());
    settings.set("tied", &SettingValue::Flag(false)).unwrap();
    settings.set("smoothing", &SettingValue::Number(0.0)).unwrap();
    assert_eq!(names(&settings), Vec::<&str>::new());
    settings.set("tied", &SettingValue::Flag(true)).unwrap();
    settings.set("smoothing", &SettingValue::Number(0.1)).unwrap();
    assert_eq!(names(&settings), ["tied", "smoothing", "tied", "smoothing"]);
    let refused = settings.set("tied", &SettingValue::Number(1.0)).unwrap_err();
    assert_eq!(refused.to_string(), "`tied` is the number 1, it has to be `true` or `false`");
    let refused = settings.set("width", &SettingValue::Flag(true)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`width` is `true`, it has to be a whole number from 1 to 16384"
    );
}
