//! Every operation for sequences against PyTorch, in double precision (scripts/golden-sequences.py).

use serde_json::Value as Json;
use tenfold_train::engine::{Pass, Shape, Tape, TapeRecorder, Value, Workspace};
use tenfold_train::ops::{Attends, Source, Streams};

use crate::golden_operations::{assert_close, numbers};
use crate::layers::{replay, tape_of};

/// The fixture has 13 digits of numbers up to about 100.
const TOLERANCE: f64 = 1e-10;

fn case(name: &str) -> Json {
    let file: Json = serde_json::from_str(include_str!("golden/sequences.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().find(|case| case["name"] == name).unwrap().clone()
}

/// The fixture's parameters in the layout of the tape; both have the same number of groups.
fn parameters(case: &Json, tape: &Tape) -> Vec<f64> {
    let golden = case["parameters"].as_array().unwrap();
    assert_eq!(golden.len(), tape.parameters().len());
    let mut parameters = vec![0.0; tape.parameter_count()];
    for (group, golden) in tape.parameters().iter().zip(golden) {
        parameters[group.range.clone()].copy_from_slice(&numbers(golden));
    }
    parameters
}

fn compare_gradients(name: &str, case: &Json, tape: &Tape, gradient: &[f64]) {
    let golden = case["parameter_gradients"].as_array().unwrap();
    for (group, golden) in tape.parameters().iter().zip(golden) {
        assert_close(name, &gradient[group.range.clone()], &numbers(golden), TOLERANCE);
    }
}

fn check(name: &str, tape: &Tape) {
    let case = case(name);
    let given = (numbers(&case["input"]), parameters(&case, tape));
    let replayed = replay(tape, &given.0, &given.1, &numbers(&case["direction"]));
    assert_close(name, &replayed.output, &numbers(&case["output"]), TOLERANCE);
    compare_gradients(name, &case, tape, &replayed.parameter_gradient);
    let of_input = numbers(&case["input_gradient"]);
    if !of_input.is_empty() {
        assert_close(name, &replayed.input_gradient, &of_input, TOLERANCE);
    }
}

fn check_vectors(
    name: &str,
    shape: Shape,
    record: impl FnOnce(&mut TapeRecorder, Value) -> Option<Value>,
) {
    check(name, &tape_of(shape, record));
}

fn check_tokens(name: &str, record: impl FnOnce(&mut TapeRecorder, Value) -> Value) {
    let (mut recorder, tokens) = TapeRecorder::new(Shape::sequence(4, 1));
    record(&mut recorder, tokens);
    check(name, &recorder.finish());
}

const VECTORS: Shape = Shape { height: 1, width: 4, channels: 3 };

#[test]
fn layer_norm_and_gelu_agree_with_pytorch() {
    check_vectors("layer_norm", Shape::sequence(4, 5), |tape, x| Some(tape.layer_norm(x)));
    check_vectors("gelu", Shape::flat(9), |tape, x| Some(tape.gelu(x)));
}

#[test]
fn embedded_tokens_agree_with_pytorch() {
    check_tokens("embedding", |tape, tokens| tape.embedding(tokens, 7, 3, 1.0));
    check_tokens("embedded_lstm", |tape, tokens| {
        tape.lstm(Source::Tokens { tokens, vocabulary: 7, width: 3 }, 5, Streams::Fresh)
    });
}

#[test]
fn recurrent_layers_agree_with_pytorch() {
    let fresh = Streams::Fresh;
    check_vectors("lstm", VECTORS, |tape, x| Some(tape.lstm(Source::Vectors(x), 5, fresh)));
    check_vectors("gru", VECTORS, |tape, x| Some(tape.gru(Source::Vectors(x), 5, fresh)));
    check_vectors("recurrent_highway", VECTORS, |tape, x| {
        Some(tape.recurrent_highway(Source::Vectors(x), 5, 3, fresh))
    });
}

#[test]
fn attention_agrees_with_pytorch() {
    let shape = Shape::sequence(5, 12);
    check_vectors("attention", shape, |tape, x| tape.attention(x, 2, Attends::ToAll));
    check_vectors("causal_attention", shape, |tape, x| tape.attention(x, 2, Attends::ToThePast));
}

#[test]
fn a_carried_state_goes_on_where_the_batch_before_ended() {
    let case = case("carried_lstm");
    let (input, direction) = (numbers(&case["input"]), numbers(&case["direction"]));
    let tape = tape_of(VECTORS, |tape, x| Some(tape.lstm(Source::Vectors(x), 5, Streams::Carried)));
    let parameters = parameters(&case, &tape);
    let half = |numbers: &[f64], width: usize, half: usize| -> Vec<f64> {
        let streams = numbers.chunks_exact(8 * width);
        streams.flat_map(|stream| stream[half * 4 * width..][..4 * width].to_vec()).collect()
    };
    // The workspace has room for one more stream than there are.
    let mut workspace = Workspace::new(&tape, 4);
    let mut gradient = vec![0.0; parameters.len()];
    for part in 0..2 {
        workspace.input(&tape, 3).copy_from_slice(&half(&input, 3, part));
        let pass = Pass::Train { key: 0, first_example: 0, mean_over: 1 };
        workspace.forward(&tape, &parameters, &[], pass);
        let (output, of_output) = workspace.output_and_gradient(&tape);
        let golden = half(&numbers(&case["output"]), 5, part);
        assert_close("carried_lstm", output, &golden, TOLERANCE);
        of_output.copy_from_slice(&half(&direction, 5, part));
        workspace.backward(&tape, &parameters);
        let terms = workspace.parameter_gradient();
        gradient.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        let golden = half(&numbers(&case["input_gradient"]), 3, part);
        assert_close("carried_lstm", workspace.input_gradient(&tape), &golden, TOLERANCE);
    }
    compare_gradients("carried_lstm", &case, &tape, &gradient);
}

#[test]
fn the_loss_of_steps_agrees_with_pytorch() {
    for smoothing in ["0.0", "0.1"] {
        let case = case(&format!("sequence_cross_entropy_{smoothing}"));
        let (mut recorder, logits) = TapeRecorder::new(Shape::sequence(4, 5));
        recorder.differentiate_input();
        let targets = recorder.input(Shape::sequence(4, 1));
        recorder.sequence_cross_entropy(logits, targets, smoothing.parse().unwrap());
        let tape = recorder.finish();
        let mut workspace = Workspace::new(&tape, 3);
        workspace.input(&tape, 3).copy_from_slice(&numbers(&case["input"]));
        workspace.input_at(&tape, 1).copy_from_slice(&numbers(&case["targets"]));
        let counted = case["counted"].as_u64().unwrap() as usize;
        let pass = Pass::Train { key: 0, first_example: 0, mean_over: counted };
        workspace.forward(&tape, &[], &[], pass);
        let loss = workspace.losses().iter().sum::<f64>() / counted as f64;
        assert_close(smoothing, &[loss], &[case["loss"].as_f64().unwrap()], TOLERANCE);
        workspace.backward(&tape, &[]);
        let golden = numbers(&case["input_gradient"]);
        assert_close(smoothing, workspace.input_gradient(&tape), &golden, TOLERANCE);
    }
}
