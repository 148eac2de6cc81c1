//! Every operation against PyTorch, in double precision (scripts/golden-values.py).

use serde_json::Value as Json;
use tenfold_train::engine::{Pass, Shape, Sliding, Tape, TapeRecorder, Value, Workspace};
use tenfold_train::ops::Activation;

use crate::layers::{BIAS_RELU, PLAIN, POINTWISE, POINTWISE_2, THREE_2, replay, tape_of};

/// The fixture has 13 digits of numbers up to about 100.
const TOLERANCE: f64 = 1e-10;

pub(crate) fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn case(name: &str) -> Json {
    let file: Json = serde_json::from_str(include_str!("golden/operations.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    cases.iter().find(|case| case["name"] == name).unwrap().clone()
}

pub(crate) fn assert_close(name: &str, ours: &[f64], golden: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), golden.len(), "{name}");
    for (place, (ours, golden)) in ours.iter().zip(golden).enumerate() {
        let difference = (ours - golden).abs();
        assert!(
            difference <= tolerance * golden.abs().max(1.0),
            "{name} {place}: {ours}, PyTorch {golden}"
        );
    }
}

fn check(name: &str, tape: &Tape) {
    let case = case(name);
    let input = numbers(&case["input"]);
    let mut parameters = vec![0.0; tape.parameter_count()];
    for (group, golden) in tape.parameters().iter().zip(case["parameters"].as_array().unwrap()) {
        parameters[group.range.clone()].copy_from_slice(&numbers(golden));
    }
    let replayed = replay(tape, &input, &parameters, &numbers(&case["direction"]));
    assert_close(name, &replayed.output, &numbers(&case["output"]), TOLERANCE);
    let input_gradient = numbers(&case["input_gradient"]);
    assert_close(name, &replayed.input_gradient, &input_gradient, TOLERANCE);
    let groups = tape.parameters().iter().zip(case["parameter_gradients"].as_array().unwrap());
    for (group, golden) in groups {
        let ours = &replayed.parameter_gradient[group.range.clone()];
        assert_close(name, ours, &numbers(golden), TOLERANCE);
    }
    let mut running: Vec<f64> =
        tape.initial_statistics().iter().map(|number| f64::from(*number)).collect();
    tape.move_running(&mut running, replayed.workspace.batch_statistics(), 0.1);
    let golden: Vec<f64> =
        case["statistics"].as_array().unwrap().iter().flat_map(numbers).collect();
    assert_close(name, &running, &golden, TOLERANCE);
}

fn image(height: usize, width: usize) -> Shape {
    Shape { height, width, channels: 3 }
}

#[test]
fn linear_agrees_with_pytorch() {
    let relu = Activation::Relu;
    check("linear_relu", &tape_of(Shape::flat(7), |tape, x| Some(tape.linear(x, 4, relu))));
}

#[test]
fn convolution_agrees_with_pytorch() {
    let cases = [
        ("convolution_3x3_relu", image(5, 6), Sliding::SAME_3, BIAS_RELU),
        ("convolution_3x3_stride_2", image(7, 6), THREE_2, PLAIN),
        ("convolution_1x1_stride_2", image(6, 5), POINTWISE_2, PLAIN),
        ("convolution_1x1", image(4, 5), POINTWISE, PLAIN),
    ];
    for (name, shape, sliding, ending) in cases {
        check(name, &tape_of(shape, |tape, x| tape.convolution(x, 4, sliding, ending)));
    }
}

#[test]
fn pooling_agrees_with_pytorch() {
    check("max_pool", &tape_of(image(5, 6), |tape, x| tape.max_pool(x, 2)));
    check("average_pool", &tape_of(image(5, 6), |tape, x| tape.average_pool(x, 2)));
    let global = tape_of(image(5, 6), |tape, x| Some(tape.global_average_pool(x)));
    check("global_average_pool", &global);
}

#[test]
fn batch_norm_agrees_with_pytorch() {
    let relu = Activation::Relu;
    check("batch_norm_relu", &tape_of(image(5, 4), |tape, x| Some(tape.batch_norm(x, relu))));
}

/// Compares a loss of predictions of the size `shape`, whose targets the fixture has at `targets`.
fn check_loss(
    name: &str,
    (shape, targets): (Shape, &str),
    record: impl Fn(&mut TapeRecorder, Value, Value),
) {
    let golden = case(name);
    let (mut recorder, prediction) = TapeRecorder::new(shape);
    recorder.differentiate_input();
    let target = recorder.input(Shape::flat(1));
    record(&mut recorder, prediction, target);
    let tape = recorder.finish();
    let targets = numbers(&golden[targets]);
    let mut workspace = Workspace::new(&tape, targets.len());
    workspace.input(&tape, targets.len()).copy_from_slice(&numbers(&golden["input"]));
    workspace.input_at(&tape, 1).copy_from_slice(&targets);
    let pass = Pass::Train { key: 0, first_example: 0, mean_over: targets.len() };
    workspace.forward(&tape, &[], &[], pass);
    workspace.backward(&tape, &[]);
    let loss = workspace.losses().iter().sum::<f64>() / targets.len() as f64;
    assert_close(name, &[loss], &[golden["loss"].as_f64().unwrap()], TOLERANCE);
    let of_input = numbers(&golden["input_gradient"]);
    assert_close(name, workspace.input_gradient(&tape), &of_input, TOLERANCE);
}

#[test]
fn losses_agree_with_pytorch() {
    let classes = (Shape::flat(4), "labels");
    check_loss("softmax_cross_entropy", classes, TapeRecorder::cross_entropy);
    check_loss("mean_squared_error", (Shape::flat(1), "targets"), TapeRecorder::squared_error);
}
