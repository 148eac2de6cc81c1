//! Every operation for pairs of sequences against PyTorch, in double precision
//! (scripts/golden-pairs.py).

use serde_json::Value as Json;
use tenfold_train::engine::{Pass, Shape, TapeRecorder, Value, Workspace};
use tenfold_train::ops::{Activation, ctc_steps};

use crate::golden_operations::{assert_close, numbers};

/// The fixture has 13 digits of numbers up to about 100.
const TOLERANCE: f64 = 1e-10;

fn case(name: &str) -> Json {
    let file: Json = serde_json::from_str(include_str!("golden/pairs.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().find(|case| case["name"] == name).unwrap().clone()
}

/// Compares output and gradients of what `record` records of inputs of `shapes`.
fn check(
    name: &str,
    shapes: &[Shape],
    record: impl FnOnce(&mut TapeRecorder, &[Value]) -> Option<Value>,
) {
    let case = case(name);
    let (mut recorder, first) = TapeRecorder::new(shapes[0]);
    recorder.differentiate_input();
    let mut inputs = vec![first];
    inputs.extend(shapes[1..].iter().map(|shape| recorder.input(*shape)));
    record(&mut recorder, &inputs).unwrap();
    let tape = recorder.finish();
    let golden = case["parameters"].as_array().unwrap();
    assert_eq!(golden.len(), tape.parameters().len());
    let mut parameters = vec![0.0; tape.parameter_count()];
    for (group, golden) in tape.parameters().iter().zip(golden) {
        parameters[group.range.clone()].copy_from_slice(&numbers(golden));
    }
    let given: Vec<Vec<f64>> = case["inputs"].as_array().unwrap().iter().map(numbers).collect();
    let examples = given[0].len() / shapes[0].numbers();
    let mut workspace = Workspace::new(&tape, examples + 1);
    workspace.input(&tape, examples);
    for (index, given) in given.iter().enumerate() {
        workspace.input_at(&tape, index).copy_from_slice(given);
    }
    let pass = Pass::Train { key: 0, first_example: 0, mean_over: examples };
    workspace.forward(&tape, &parameters, &[], pass);
    let (output, gradient) = workspace.output_and_gradient(&tape);
    assert_close(name, output, &numbers(&case["output"]), TOLERANCE);
    gradient.copy_from_slice(&numbers(&case["direction"]));
    workspace.backward(&tape, &parameters);
    let of_input = numbers(&case["input_gradient"]);
    assert_close(name, workspace.input_gradient(&tape), &of_input, TOLERANCE);
    let golden = case["parameter_gradients"].as_array().unwrap();
    for (group, golden) in tape.parameters().iter().zip(golden) {
        let ours = &workspace.parameter_gradient()[group.range.clone()];
        assert_close(name, ours, &numbers(golden), TOLERANCE);
    }
}

const LENGTHS: Shape = Shape { height: 1, width: 1, channels: 1 };

#[test]
fn both_directions_agree_with_pytorch() {
    let shapes = [Shape::sequence(5, 3), LENGTHS];
    check("bidirectional_lstm", &shapes, |tape, inputs| {
        let both = tape.bidirectional_lstm(inputs[0], inputs[1], 4)?;
        let last = tape.at_every_step(both.last, 5);
        tape.side_by_side(both.steps, last)
    });
}

#[test]
fn attention_to_another_sequence_agrees_with_pytorch() {
    let plain = Activation::Identity;
    let shapes = [Shape::sequence(4, 3), LENGTHS, Shape::sequence(5, 2)];
    check("additive_attention", &shapes, |tape, inputs| {
        let keys = tape.linear_each(inputs[2], 3, plain);
        let weights = tape.additive_attention(inputs[0], keys, inputs[1])?;
        tape.weighted_sum(weights, keys)
    });
    let shapes = [Shape::sequence(4, 6), LENGTHS, Shape::sequence(5, 2)];
    check("cross_attention", &shapes, |tape, inputs| {
        let attended = tape.linear_each(inputs[2], 12, plain);
        tape.cross_attention(inputs[0], attended, inputs[1], 2)
    });
}

#[test]
fn positions_as_waves_agree_with_pytorch() {
    check("sinusoids", &[Shape::sequence(5, 6)], |tape, inputs| {
        Some(tape.add_sinusoids(inputs[0]))
    });
}

#[test]
fn the_loss_without_alignment_agrees_with_pytorch() {
    let case = case("ctc");
    let (mut recorder, logits) = TapeRecorder::new(Shape::sequence(7, 5));
    recorder.differentiate_input();
    let labels = recorder.input(Shape::sequence(4, 1));
    let lengths = recorder.input(LENGTHS);
    recorder.ctc(logits, labels, lengths, 1);
    let tape = recorder.finish();
    let mut workspace = Workspace::new(&tape, 6);
    workspace.input(&tape, 6);
    let given: Vec<Vec<f64>> = case["inputs"].as_array().unwrap().iter().map(numbers).collect();
    for (index, given) in given.iter().enumerate() {
        workspace.input_at(&tape, index).copy_from_slice(given);
    }
    let pass = Pass::Train { key: 0, first_example: 0, mean_over: 1 };
    workspace.forward(&tape, &[], &[], pass);
    let losses = numbers(&case["losses"]);
    assert_close("ctc", workspace.losses(), &losses, TOLERANCE);
    workspace.backward(&tape, &[]);
    let golden = numbers(&case["input_gradient"]);
    assert_close("ctc", workspace.input_gradient(&tape), &golden, TOLERANCE);
    // Those that PyTorch gives no loss are those that need more steps than there are.
    for ((labels, steps), loss) in given[1].chunks_exact(4).zip(&given[2]).zip(losses) {
        let labels = labels.iter().take_while(|label| **label >= 0.0);
        let labels: Vec<u32> = labels.map(|label| *label as u32).collect();
        assert_eq!(ctc_steps(&labels) as f64 > *steps, loss == 0.0, "{labels:?} in {steps}");
    }
}
