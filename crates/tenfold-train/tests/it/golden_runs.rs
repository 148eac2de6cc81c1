//! Whole training runs against PyTorch from the same initial weights, loss by loss.

use serde_json::Value as Json;
use tenfold_train::Optimizer;
use tenfold_train::engine::optimizer::{Moments, Update};
use tenfold_train::engine::{Pass, Shape, Sliding, Tape, TapeRecorder, Value, Workspace};
use tenfold_train::ops::Activation;

use crate::golden_operations::{assert_close, numbers};
use crate::layers::{halving_block, normalised};

const CLASSES: usize = 3;

/// Single precision rounds to 6e-8. Sums in another order differ by a few roundings, and 30 updates
/// of a network with ReLUs amplify a difference, at most ten-fold here. A wrong constant (an
/// epsilon of 1e-7, a decay of biases) shows at 1e-3 and above.
const TOLERANCE: f64 = 2e-5;

fn single(json: &Json) -> Vec<f32> {
    numbers(json).iter().map(|number| *number as f32).collect()
}

fn double(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|number| f64::from(*number)).collect()
}

fn check(
    name: &str,
    shape: Shape,
    update: Update,
    record: impl Fn(&mut TapeRecorder, Value) -> Option<Value>,
) {
    let file: Json = serde_json::from_str(include_str!("golden/runs.json")).unwrap();
    let golden =
        file["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap();
    let (mut recorder, input) = TapeRecorder::new(shape);
    let features = record(&mut recorder, input).unwrap();
    let logits = recorder.linear(features, CLASSES, Activation::Identity);
    let labels = recorder.input(Shape::flat(1));
    recorder.cross_entropy(logits, labels);
    let tape = recorder.finish();

    let mut parameters = vec![0.0; tape.parameter_count()];
    for (group, initial) in tape.parameters().iter().zip(golden["initial"].as_array().unwrap()) {
        parameters[group.range.clone()].copy_from_slice(&single(initial));
    }
    let mut statistics = tape.initial_statistics();
    let losses = run(&tape, golden, update, &mut parameters, &mut statistics);
    assert_close(name, &losses, &numbers(&golden["losses"]), TOLERANCE);
    for (group, golden) in tape.parameters().iter().zip(golden["final"].as_array().unwrap()) {
        let ours = double(&parameters[group.range.clone()]);
        // Adam divides by the root of tiny second moments, so a gradient whose sign is decided by
        // rounding moves a parameter by up to the learning rate of 0.01. The largest difference
        // seen is 1e-4.
        assert_close(name, &ours, &numbers(golden), 20.0 * TOLERANCE);
    }
    let running: Vec<f64> =
        golden["running"].as_array().unwrap().iter().flat_map(numbers).collect();
    assert_close(name, &double(&statistics), &running, 20.0 * TOLERANCE);

    let inputs = single(&golden["inputs"]);
    let examples = inputs.len() / shape.numbers();
    let mut workspace = Workspace::new(&tape, examples);
    workspace.input(&tape, examples).copy_from_slice(&inputs);
    workspace.forward(&tape, &parameters, &statistics, Pass::Evaluate);
    let logits = double(workspace.output(&tape));
    assert_close(name, &logits, &numbers(&golden["final_logits"]), 50.0 * TOLERANCE);
}

fn run(
    tape: &Tape,
    golden: &Json,
    update: Update,
    parameters: &mut [f32],
    statistics: &mut [f32],
) -> Vec<f64> {
    let inputs = single(&golden["inputs"]);
    let labels = single(&golden["labels"]);
    let numbers_each = tape.input_shape().numbers();
    let batch = golden["batch"].as_u64().unwrap() as usize;
    let mut workspace = Workspace::new(tape, batch);
    let mut moments = Moments::new(update.optimizer, parameters.len());
    let mut losses = Vec::new();
    for (step, learning_rate) in numbers(&golden["learning_rates"]).into_iter().enumerate() {
        let rows: Vec<usize> = (0..batch).map(|i| (step * batch + i) % labels.len()).collect();
        let targets = workspace.input(tape, batch).chunks_exact_mut(numbers_each);
        for (target, row) in targets.zip(&rows) {
            target.copy_from_slice(&inputs[row * numbers_each..][..numbers_each]);
        }
        for (target, row) in workspace.input_at(tape, 1).iter_mut().zip(&rows) {
            *target = labels[*row];
        }
        let pass = Pass::Train { key: 0, first_example: 0, mean_over: batch };
        workspace.forward(tape, parameters, statistics, pass);
        losses.push(workspace.losses().iter().sum::<f64>() / batch as f64);
        workspace.backward(tape, parameters);
        tape.move_running(statistics, workspace.batch_statistics(), 0.1);
        let update = Update { learning_rate, number: step as u64 + 1, ..update };
        let decayed = tape.decayed_count();
        update.apply(parameters, decayed, workspace.parameter_gradient(), &mut moments);
    }
    losses
}

fn update(optimizer: Optimizer, weight_decay: f64) -> Update {
    Update { optimizer, learning_rate: 0.0, weight_decay, momentum: 0.9, number: 0 }
}

#[expect(clippy::unnecessary_wraps, reason = "the recorders of the other runs can fail")]
fn mlp(tape: &mut TapeRecorder, input: Value) -> Option<Value> {
    let hidden = tape.linear(input, 16, Activation::Relu);
    Some(tape.linear(hidden, 8, Activation::Relu))
}

fn cnn(tape: &mut TapeRecorder, input: Value) -> Option<Value> {
    let hidden = normalised(tape, input, 4, Sliding::SAME_3, Activation::Relu)?;
    let hidden = tape.max_pool(hidden, 2)?;
    let hidden = normalised(tape, hidden, 8, Sliding::SAME_3, Activation::Relu)?;
    tape.max_pool(hidden, 2)
}

fn resnet(tape: &mut TapeRecorder, input: Value) -> Option<Value> {
    let hidden = normalised(tape, input, 4, Sliding::SAME_3, Activation::Relu)?;
    let hidden = halving_block(tape, hidden, 6)?;
    Some(tape.global_average_pool(hidden))
}

const IMAGE: Shape = Shape { height: 6, width: 6, channels: 2 };

#[test]
fn an_mlp_trains_as_in_pytorch() {
    check("mlp_adamw", Shape::flat(12), update(Optimizer::AdamW, 0.05), mlp);
    check("mlp_adam", Shape::flat(12), update(Optimizer::Adam, 0.01), mlp);
    check("mlp_sgd", Shape::flat(12), update(Optimizer::Sgd, 0.01), mlp);
}

#[test]
fn a_cnn_with_batch_norm_trains_as_in_pytorch() {
    check("cnn_adamw", IMAGE, update(Optimizer::AdamW, 0.05), cnn);
    check("cnn_sgd", IMAGE, update(Optimizer::Sgd, 0.01), cnn);
}

#[test]
fn a_residual_network_trains_as_in_pytorch() {
    check("resnet_adamw", IMAGE, update(Optimizer::AdamW, 0.05), resnet);
}
