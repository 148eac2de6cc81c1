//! Learners that translate from the outside: they learn, stop and go on with the same bits, measure each
//! pair by itself, and write what they have learnt.

use std::sync::Arc;

use safetensors::SafeTensors;
use tenfold_data::seed::Stream;
use tenfold_data::{Dataset, PairVocabularies, Texts, WORDS};
use tenfold_train::decoding::{Beam, Hypothesis, PairModel, beam, greedy};
use tenfold_train::engine::{Pass, Shape, Tape, TapeRecorder, Value, Workspace};
use tenfold_train::learners::{
    Fitting, LEARNERS, MLP, PairInputs, PairShape, SEQ2SEQ, TRANSFORMER, Takes, TargetPart,
};
use tenfold_train::{
    Learner, LearnerSettings, Length, SettingValue, TrainJob, describe, metrics, train,
};

use crate::data::{bars, rows};
use crate::ranks::check_same_bits;
use crate::resume::{check_resumes, check_stops};
use crate::training::{go_on, job};

const SOURCE: [&str; 8] = ["the", "cat", "dog", "sees", "and", "hears", "a", "bird"];
const TARGET: [&str; 8] = ["le", "chat", "chien", "voit", "et", "entend", "un", "oiseau"];

/// Sentences of `most` words at most, and word for word their translations, in which the two words of
/// each pair of words change places.
fn sentences(count: usize, most: u64) -> Dataset {
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below) as usize
    };
    let mut both = [Vec::new(), Vec::new()];
    for _ in 0..count {
        let words: Vec<usize> = (0..=draw(most)).map(|_| draw(8)).collect();
        let turned: Vec<usize> =
            words.chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect();
        let text = |words: &[usize], names: [&str; 8]| {
            words.iter().map(|word| names[*word]).collect::<Vec<_>>().join(" ")
        };
        both[0].push(text(&words, SOURCE));
        both[1].push(text(&turned, TARGET));
    }
    let [source, target] =
        both.map(|all| Texts::from_strings(&all.iter().map(String::as_str).collect::<Vec<_>>()));
    let every: Vec<u32> = (0..count as u32).collect();
    let vocabulary = |texts: &Texts| Arc::new(texts.fit_vocabulary(&every, WORDS, 100).unwrap());
    let vocabularies =
        PairVocabularies { source: vocabulary(&source), target: vocabulary(&target) };
    Dataset::of_pairs(source, target).unwrap().with_vocabularies(&vocabularies).unwrap()
}

fn small(learner: &'static dyn Learner) -> LearnerSettings {
    let mut settings = LearnerSettings {
        width: 24,
        depth: 1,
        dropout: 0.1,
        batch: 6,
        length: Length::Steps(60),
        evaluations: 6,
        learning_rate: 0.005,
        patience: None,
        ..LearnerSettings::defaults(learner)
    };
    if learner == SEQ2SEQ {
        settings.set("embedding", &SettingValue::Number(16.0)).unwrap();
    }
    settings
}

/// Learners that translate.
fn translators() -> impl Iterator<Item = &'static dyn Learner> {
    LEARNERS.iter().copied().filter(|learner| learner.takes() == Takes::Pairs)
}

/// Settings with which the language is learnt.
fn enough(learner: &'static dyn Learner) -> LearnerSettings {
    let steps = if learner == SEQ2SEQ { 3_000 } else { 1_200 };
    let length = Length::Steps(steps);
    LearnerSettings { length, batch: 24, width: 32, dropout: 0.0, ..small(learner) }
}

#[test]
fn a_language_is_translated() {
    let dataset = sentences(1_200, 6);
    let parts = rows([1_000, 80, 120]);
    for learner in translators() {
        let settings = enough(learner);
        let base = job(&dataset, &parts, &settings);
        let trained = train(&base, &mut go_on).unwrap();
        let (name, error) = (learner.name(), trained.test_error);
        // Who does not look at the source pays ln 8 = 2.08 a word, and .3 for the end.
        assert!(error < 0.15, "{name}: {error}");
        assert!((trained.train_error - error).abs() < 0.15, "{name}: {}", trained.train_error);
        let wrong = trained.other_errors["token_error_rate"];
        assert!(wrong < 0.05, "{name}: {wrong}");
        let perplexity = trained.other_errors["perplexity"];
        assert!((perplexity.ln() - error).abs() < 1e-6);
        // What is written is measured too, though the run's metric is not of what is written.
        let written = trained.other_errors["bleu_error"];
        assert!(written < 0.1, "{name}: {written}");
        let tokens: f32 = trained.test_statistics.iter().skip(1).step_by(2).sum();
        let targets = dataset.pairs().unwrap().target;
        let expected: u64 = parts[2].iter().map(|row| targets.tokens(*row).unwrap() + 1).sum();
        assert_eq!(tokens as u64, expected, "every word and the end of each sentence");
        let size = describe(&dataset, &settings).unwrap();
        assert_eq!(trained.parameter_count, size.parameter_count);
        let flop = size.flop_per_example * (trained.steps * 24) as f64;
        assert!((0.5..2.0).contains(&(trained.training_flop / flop)), "of about the mean length");
    }
}

#[test]
fn what_is_written_can_be_the_metric() {
    let dataset = sentences(1_200, 6);
    let parts = rows([1_000, 80, 120]);
    let settings = enough(TRANSFORMER);
    let base = TrainJob { metric: metrics::BLEU_ERROR, ..job(&dataset, &parts, &settings) };
    let trained = train(&base, &mut go_on).unwrap();
    assert!(trained.test_error < 0.03, "{}", trained.test_error);
    assert!(trained.other_errors["nats_per_token"] < 0.1);
    // One evaluation, at the end: the same parameters are kept, and it is the same error beside another.
    let few = LearnerSettings { length: Length::Steps(20), evaluations: 1, ..settings.clone() };
    let untrained = TrainJob { settings: &few, ..base };
    let by_nats = TrainJob { metric: metrics::NATS_PER_TOKEN, ..untrained };
    let [untrained, by_nats] = [untrained, by_nats].map(|job| train(&job, &mut go_on).unwrap());
    assert!(untrained.test_error > 0.8, "{}", untrained.test_error);
    for (beside, own) in [
        (by_nats.other_errors["bleu_error"], untrained.test_error),
        (untrained.other_errors["nats_per_token"], by_nats.test_error),
    ] {
        assert_eq!(beside.to_bits(), own.to_bits());
    }
}

#[test]
fn resumed_and_stopped_runs_and_ranks_give_the_same_bits() {
    let dataset = sentences(200, 14);
    let parts = rows([120, 30, 50]);
    for learner in translators() {
        check_resumes(&LearnerSettings { chunks: 2, ..small(learner) }, &dataset, &parts);
        check_same_bits(&LearnerSettings { chunks: 4, ..small(learner) }, &dataset, &parts);
        check_stops(&job(&dataset, &parts, &small(learner)));
    }
}

#[test]
fn a_pair_is_measured_by_itself_whatever_it_is_padded_to() {
    let dataset = sentences(300, 14);
    let parts = rows([200, 40, 60]);
    for learner in translators() {
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

/// A shard of fewer pairs than a batch has, of all lengths, and held-out pairs that are longer than all.
#[test]
fn few_pairs_are_one_batch_and_longer_ones_can_be_measured() {
    let dataset = sentences(300, 30);
    let targets = dataset.pairs().unwrap().target;
    let mut order: Vec<u32> = (0..300).collect();
    order.sort_by_key(|row| targets.tokens(*row));
    let parts = [order[..5].to_vec(), order[5..20].to_vec(), order[280..].to_vec()];
    for learner in translators() {
        let settings = small(learner);
        let trained = train(&job(&dataset, &parts, &settings), &mut go_on).unwrap();
        assert!(trained.test_error.is_finite() && trained.test_error > trained.train_error);
        assert_eq!(trained.steps, 60);
    }
}

const SHAPE: PairShape = PairShape { source: 9, target: 10 };

/// A recorder after `learner`, and its logits.
fn recorded(
    learner: &'static dyn Learner,
    settings: &LearnerSettings,
    (shape, part): (PairShape, TargetPart),
    sizes: [usize; 2],
) -> (TapeRecorder, Value) {
    let Fitting::Pairs(recorded) = learner.fitting() else { unreachable!("{}", learner.name()) };
    let (mut tape, source) = TapeRecorder::new(Shape::sequence(shape.source, 1));
    let lengths = tape.input(Shape::flat(1));
    let before = tape.input(Shape::sequence(shape.target, 1));
    let inputs = PairInputs { source, lengths, before, part };
    let logits = recorded.record(&mut tape, inputs, settings, sizes).unwrap();
    (tape, logits)
}

/// The tape of `learner` with a loss that is not smoothed.
fn whole_tape(
    learner: &'static dyn Learner,
    settings: &LearnerSettings,
    shape: PairShape,
    sizes: [usize; 2],
) -> Tape {
    let (mut tape, logits) = recorded(learner, settings, (shape, TargetPart::Whole), sizes);
    let targets = tape.input(Shape::sequence(shape.target, 1));
    tape.sequence_cross_entropy(logits, targets, 0.0);
    tape.finish()
}

/// The tape with which it writes.
fn tape_of(
    learner: &'static dyn Learner,
    settings: &LearnerSettings,
    shape: PairShape,
    sizes: [usize; 2],
) -> Tape {
    let one = PairShape { target: 1, ..shape };
    recorded(learner, settings, (one, TargetPart::Next { most: shape.target }), sizes).0.finish()
}

/// What is most probable after all that stands before it, computed as a whole for each token.
fn written_as_a_whole(tape: &Tape, parameters: &[f32], source: &[u32], steps: usize) -> Vec<u32> {
    let mut workspace = Workspace::new(tape, 1);
    let mut written: Vec<u32> = Vec::new();
    for step in 0..steps {
        let places = workspace.input(tape, 1);
        places.fill(0.0);
        places.iter_mut().zip(source).for_each(|(place, token)| *place = *token as f32);
        workspace.input_at(tape, 1)[0] = source.len() as f32 + 1.0;
        let before = workspace.input_at(tape, 2);
        before.fill(0.0);
        before[1..].iter_mut().zip(&written).for_each(|(place, token)| *place = *token as f32);
        workspace.input_at(tape, 3).fill(-1.0);
        workspace.forward(tape, parameters, &[], Pass::Evaluate);
        let classes = tape.output_shape().channels;
        let logits = &workspace.output(tape)[step * classes..][..classes];
        let best = (0..classes).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap();
        if best == 0 {
            break;
        }
        written.push(best as u32);
    }
    written
}

#[test]
fn what_is_written_step_by_step_is_what_the_whole_model_gives() {
    let sizes = [9, 12];
    for learner in translators() {
        let settings = LearnerSettings { depth: 2, ..small(learner) };
        let whole = whole_tape(learner, &settings, SHAPE, sizes);
        let tape = tape_of(learner, &settings, SHAPE, sizes);
        assert_eq!(tape.parameters(), whole.parameters());
        let mut stream = Stream::new(1);
        let mut workspace = Workspace::new(&tape, 9);
        let mut all = Vec::new();
        for deviation in [0.5, 1.0, 2.0] {
            let number = |_| (deviation * stream.normal()) as f32;
            let mut parameters: Vec<f32> = (0..tape.parameter_count()).map(number).collect();
            // Else the last biases choose the same token everywhere.
            let last = tape.parameters().last().unwrap();
            parameters[last.range.clone()].fill(0.0);
            let mut source = |length| (0..length).map(|_| 2 + stream.below(7) as u32).collect();
            let sources: Vec<Vec<u32>> = (0..9).map(&mut source).collect();
            let steps = SHAPE.target;
            let (workspace, parameters) = (&mut workspace, parameters.as_slice());
            let mut model = PairModel { tape: &tape, workspace, parameters, steps };
            // The second time nothing of the first is left.
            for _ in 0..2 {
                model.read(&sources.iter().map(Vec::as_slice).collect::<Vec<_>>());
                all.extend(greedy(&mut model));
            }
            for (source, written) in sources.iter().cycle().zip(&all[all.len() - 18..]) {
                let wanted = written_as_a_whole(&whole, parameters, source, steps);
                assert_eq!(*written, wanted, "{} of {source:?}", learner.name());
            }
        }
        all.sort();
        all.dedup();
        let long = all.iter().filter(|tokens| tokens.len() > 4).count();
        assert!(long > 3, "{} writes all the same: {all:?}", learner.name());
    }
}

#[test]
fn a_trained_model_writes_translations() {
    let dataset = sentences(1_200, 6);
    let parts = rows([1_000, 80, 120]);
    let settings = enough(TRANSFORMER);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let job = TrainJob { checkpoint: Some(&path), ..job(&dataset, &parts, &settings) };
    train(&job, &mut go_on).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let best = file.tensor("best.parameters").unwrap();
    let parameters: Vec<f32> =
        best.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();

    let pairs = dataset.pairs().unwrap();
    let [from, to] = pairs.vocabularies().unwrap();
    let tape = tape_of(TRANSFORMER, &settings, SHAPE, [from.size(), to.size()]);
    let mut workspace = Workspace::new(&tape, 4);
    let mut model = PairModel {
        tape: &tape,
        workspace: &mut workspace,
        parameters: &parameters,
        steps: SHAPE.target,
    };
    let source = |text: &str| -> Vec<u32> { from.numbers(text).collect() };
    let sources = ["the cat sees a bird", "dog", "and and hears the"].map(source);
    model.read(&sources.each_ref().map(Vec::as_slice));
    let written: Vec<String> = greedy(&mut model).iter().map(|tokens| to.text(tokens)).collect();
    assert_eq!(written, ["chat le un voit oiseau", "chien", "et et le entend"]);
    for (source, greedy) in sources.iter().zip(&written) {
        let search = |width| Beam { width, length_penalty: 0.0 };
        let one = beam(&mut model, source, search(1)).remove(0);
        assert_eq!(to.text(&one.tokens), *greedy);
        let found = beam(&mut model, source, search(4));
        assert_eq!(found.len(), 4);
        assert_eq!(to.text(&found[0].tokens), *greedy, "a certain model has one best way");
        assert!(found.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }
}

/// The log-probability of `tokens` and their end, from the loss of the tape.
fn log_probability(tape: &Tape, parameters: &[f32], source: &[u32], tokens: &[u32]) -> f64 {
    let mut workspace = Workspace::new(tape, 1);
    let places = workspace.input(tape, 1);
    places.fill(0.0);
    places.iter_mut().zip(source).for_each(|(place, token)| *place = *token as f32);
    workspace.input_at(tape, 1)[0] = source.len() as f32 + 1.0;
    let before = workspace.input_at(tape, 2);
    before.fill(0.0);
    for (place, token) in before[1..].iter_mut().zip(tokens) {
        *place = *token as f32;
    }
    let targets = workspace.input_at(tape, 3);
    targets.fill(-1.0);
    for (place, token) in targets.iter_mut().zip(tokens.iter().chain([&0])) {
        *place = *token as f32;
    }
    workspace.forward(tape, parameters, &[], Pass::Evaluate);
    -workspace.losses()[0]
}

/// All sequences of the tokens 1 and 2 that have at most `most` tokens.
fn sequences(most: usize) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..most {
        last = last
            .iter()
            .flat_map(|tokens: &Vec<u32>| {
                [1, 2].map(|token| [tokens.as_slice(), &[token]].concat())
            })
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

#[test]
fn a_beam_that_is_wide_enough_finds_the_best_of_all() {
    let shape = PairShape { source: 4, target: 4 };
    for (seed, learner) in (1..).zip(translators()) {
        let settings = LearnerSettings { width: 8, ..small(learner) };
        let tape = tape_of(learner, &settings, shape, [5, 3]);
        let mut stream = Stream::new(seed);
        let parameters: Vec<f32> =
            (0..tape.parameter_count()).map(|_| 0.7 * stream.normal() as f32).collect();
        let mut workspace = Workspace::new(&tape, 8);
        let whole = whole_tape(learner, &settings, shape, [5, 3]);
        let mut model = PairModel {
            tape: &tape,
            workspace: &mut workspace,
            parameters: &parameters,
            steps: shape.target,
        };
        for source in [&[2_u32, 4][..], &[], &[3, 3, 2]] {
            // Of four steps the last can only be the end of three tokens.
            let mut all: Vec<(Vec<u32>, f64)> = sequences(3)
                .into_iter()
                .map(|tokens| {
                    (tokens.clone(), log_probability(&whole, &parameters, source, &tokens))
                })
                .collect();
            for length_penalty in [0.0, 1.0] {
                let search = Beam { width: 8, length_penalty };
                check_finds_the_best(&beam(&mut model, source, search), &mut all, search);
            }
        }
    }
}

/// Compares what a search has found with `all` there is, each with its log-probability.
fn check_finds_the_best(found: &[Hypothesis], all: &mut [(Vec<u32>, f64)], search: Beam) {
    let score = |tokens: &[u32], log: f64| {
        log / ((6.0 + tokens.len() as f64) / 6.0).powf(search.length_penalty)
    };
    all.sort_by(|a, b| score(&b.0, b.1).total_cmp(&score(&a.0, a.1)));
    assert_eq!(found.len(), search.width);
    for (found, (tokens, log)) in found.iter().zip(all) {
        assert_eq!(found.tokens, *tokens);
        assert!((found.log_probability - *log).abs() < 1e-5);
        assert!((found.score - score(tokens, *log)).abs() < 1e-5);
    }
}

#[test]
fn pairs_and_learners_that_do_not_go_together_are_refused() {
    let dataset = sentences(30, 4);
    let parts = rows([10, 10, 10]);
    let refused = |dataset: &Dataset, settings: &LearnerSettings| {
        let error = describe(dataset, settings).unwrap_err();
        format!("{error}; {}", error.hint().unwrap_or_default())
    };
    assert_eq!(
        refused(&dataset, &LearnerSettings::defaults(MLP)),
        "`mlp` translates no texts, and the data set has pairs of texts; use `learner = \"seq2seq\"` or \
         `learner = \"transformer\"`"
    );
    assert_eq!(
        refused(&bars(10, 1, 14), &small(SEQ2SEQ)),
        "`seq2seq` translates, the data set has no pairs of texts; "
    );
    assert_eq!(
        refused(&dataset, &LearnerSettings { width: 30, ..small(TRANSFORMER) }),
        "a width of 30 cannot be shared evenly among the heads of this `transformer`; `heads = 4` with a \
         `width` that is a multiple of 4"
    );
    let settings = small(SEQ2SEQ);
    let job = TrainJob { metric: metrics::RMSE, ..job(&dataset, &parts, &settings) };
    assert_eq!(
        train(&job, &mut go_on).unwrap_err().to_string(),
        "the metric `rmse` needs values, the training targets are translations"
    );
}
