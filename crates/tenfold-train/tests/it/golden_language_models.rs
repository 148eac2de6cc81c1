//! Whole training runs of the language models against PyTorch from the same initial weights, loss by
//! loss (scripts/golden-language-models.py).

use serde_json::Value as Json;
use tenfold_train::engine::optimizer::{Moments, Update, clip};
use tenfold_train::engine::{Number, Pass, Shape, Tape, TapeRecorder, Workspace};
use tenfold_train::learners::{Fitting, LSTM_LM, RHN_LM, TRANSFORMER_LM};
use tenfold_train::{Learner, LearnerSettings, Optimizer, SettingValue};

use crate::golden_operations::{assert_close, numbers};

const VOCABULARY: usize = 7;

/// The fixture has 13 digits, and 40 updates amplify what is behind them. Losses were seen to differ
/// by less than 1e-12, parameters by 2e-10.
const DOUBLE: f64 = 1e-10;

/// Single precision rounds to 6e-8, and 40 updates amplify a difference, by Adam most where a
/// gradient is near 0. Losses were seen to differ by less than 1e-5.
const SINGLE: f64 = 3e-5;

/// What an update of a run had.
struct Trained<T> {
    losses: Vec<f64>,
    /// Lengths of the gradients before they were clipped.
    lengths: Vec<f64>,
    parameters: Vec<T>,
}

fn case(name: &str) -> Json {
    let file: Json = serde_json::from_str(include_str!("golden/language_models.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().find(|case| case["name"] == name).unwrap().clone()
}

fn whole(golden: &Json, name: &str) -> usize {
    golden[name].as_u64().unwrap() as usize
}

/// Trains as the trainer does: window by window round the circle of tokens, each stream carrying
/// its state on.
fn run<T: Number>(tape: &Tape, golden: &Json) -> Trained<T> {
    let real = |values: &Json| numbers(values).into_iter().map(T::from_f64).collect::<Vec<T>>();
    let tokens = real(&golden["tokens"]);
    let (streams, window) = (whole(golden, "streams"), whole(golden, "window"));
    let initial = golden["initial"].as_array().unwrap();
    assert_eq!(tape.parameters().len(), initial.len());
    let mut parameters = vec![T::ZERO; tape.parameter_count()];
    for (group, initial) in tape.parameters().iter().zip(initial) {
        parameters[group.range.clone()].copy_from_slice(&real(initial));
    }
    let mut workspace = Workspace::new(tape, streams);
    let mut moments = Moments::new(Optimizer::Adam, parameters.len());
    let mut trained = Trained { losses: Vec::new(), lengths: Vec::new(), parameters: Vec::new() };
    for (step, learning_rate) in numbers(&golden["learning_rates"]).into_iter().enumerate() {
        let start = |stream| stream * tokens.len() / streams + step * window;
        let places = (0..streams).flat_map(|stream| start(stream)..start(stream) + window);
        let at = |place: usize| tokens[place % tokens.len()];
        let inputs = workspace.input(tape, streams);
        inputs.iter_mut().zip(places.clone()).for_each(|(input, place)| *input = at(place));
        let targets = workspace.input_at(tape, 1);
        targets.iter_mut().zip(places).for_each(|(target, place)| *target = at(place + 1));
        let pass = Pass::Train { key: 0, first_example: 0, mean_over: streams * window };
        workspace.forward(tape, &parameters, &[], pass);
        let loss: f64 = workspace.losses().iter().sum();
        trained.losses.push(loss / (streams * window) as f64);
        workspace.backward(tape, &parameters);
        let longest = golden["longest"].as_f64().unwrap();
        trained.lengths.push(clip(workspace.parameter_gradient_mut(), longest));
        let update = Update {
            optimizer: Optimizer::Adam,
            learning_rate,
            weight_decay: 0.0,
            momentum: 0.0,
            number: step as u64 + 1,
        };
        let gradient = workspace.parameter_gradient();
        update.apply(&mut parameters, tape.decayed_count(), gradient, &mut moments);
    }
    trained.parameters = parameters;
    trained
}

fn compare<T: Number>(name: &str, tape: &Tape, golden: &Json, tolerance: f64) -> Trained<T> {
    let trained = run::<T>(tape, golden);
    assert_close(name, &trained.losses, &numbers(&golden["losses"]), tolerance);
    assert_close(name, &trained.lengths, &numbers(&golden["lengths"]), 10.0 * tolerance);
    trained
}

fn compare_parameters(name: &str, tape: &Tape, parameters: &[f64], golden: &Json) {
    for (group, golden) in tape.parameters().iter().zip(golden["final"].as_array().unwrap()) {
        let ours = &parameters[group.range.clone()];
        assert_close(name, ours, &numbers(golden), 10.0 * DOUBLE);
    }
}

/// Compares a run of `learner` in both precisions; `own` are settings of its own.
fn check(
    name: &str,
    learner: &'static dyn Learner,
    [width, depth]: [usize; 2],
    own: &[(&str, SettingValue)],
) {
    let golden = case(name);
    let mut settings = LearnerSettings { width, depth, ..LearnerSettings::defaults(learner) };
    for (key, value) in own {
        settings.set(key, value).unwrap();
    }
    let Fitting::Gradient(recorded) = learner.fitting() else { unreachable!("{name}") };
    let (mut tape, tokens) = TapeRecorder::new(Shape::sequence(whole(&golden, "window"), 1));
    let logits = recorded.record(&mut tape, tokens, &settings, VOCABULARY).unwrap();
    let targets = tape.input(Shape::sequence(whole(&golden, "window"), 1));
    tape.sequence_cross_entropy(logits, targets, golden["smoothing"].as_f64().unwrap());
    let tape = tape.finish();
    let trained = compare::<f64>(name, &tape, &golden, DOUBLE);
    compare_parameters(name, &tape, &trained.parameters, &golden);
    // The last parameters are not compared in single precision: where the gradient is 0 but for
    // rounding, as that of the biases of keys is, Adam follows the rounding.
    compare::<f32>(name, &tape, &golden, SINGLE);
    let longest = golden["longest"].as_f64().unwrap();
    let clipped = trained.lengths.iter().filter(|length| **length > longest).count();
    assert!(0 < clipped && clipped < trained.lengths.len(), "{name}: {clipped} are clipped");
}

fn embedding(width: f64) -> (&'static str, SettingValue) {
    ("embedding", SettingValue::Number(width))
}

const TIED: (&str, SettingValue) = ("tied", SettingValue::Flag(true));

#[test]
fn an_lstm_language_model_trains_as_in_pytorch() {
    check("lstm-lm", LSTM_LM, [6, 2], &[embedding(4.0)]);
    check("lstm-lm tied", LSTM_LM, [6, 2], &[embedding(6.0), TIED]);
    check("lstm-lm tied through a layer", LSTM_LM, [6, 1], &[embedding(4.0), TIED]);
}

#[test]
fn a_highway_language_model_trains_as_in_pytorch() {
    check("rhn-lm", RHN_LM, [6, 3], &[embedding(4.0)]);
}

#[test]
fn a_transformer_language_model_trains_as_in_pytorch() {
    let heads = ("heads", SettingValue::Number(2.0));
    check("transformer-lm", TRANSFORMER_LM, [6, 2], std::slice::from_ref(&heads));
    check("transformer-lm tied", TRANSFORMER_LM, [6, 2], &[heads, TIED]);
}
