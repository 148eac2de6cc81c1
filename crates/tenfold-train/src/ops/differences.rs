//! Checks an operation's gradient against central differences, in double precision.

use tenfold_data::seed::Stream;

use crate::engine::{Number, Pass, Shape, Tape, TapeRecorder, Value, Workspace};

/// Step of the difference: the error of a smooth function is about h² = 1e-10 of its third
/// derivative, that of rounding 1e-16 / h = 1e-11 of its value.
const STEP: f64 = 1e-5;

/// Ten times the larger of the two errors, for sums of some hundred terms.
const TOLERANCE: f64 = 1e-7;

/// Checks the gradients of what `record` records, on few and on many examples; the gradient of the
/// input is checked too.
pub(super) fn check(shape: Shape, record: impl Fn(&mut TapeRecorder, Value) -> Option<Value>) {
    check_with(3, shape, &record);
    // A batch that needs several groups of images in a convolution.
    check_with(90, shape, &record);
}

/// Like [`check`], on `examples` examples.
pub(super) fn check_with(
    examples: usize,
    shape: Shape,
    record: impl FnOnce(&mut TapeRecorder, Value) -> Option<Value>,
) {
    let (mut recorder, input) = TapeRecorder::new(shape);
    recorder.differentiate_input();
    record(&mut recorder, input).unwrap();
    let mut stream = Stream::new(5);
    let input = random(&mut stream, examples * shape.numbers());
    check_tape(&recorder.finish(), vec![input], Wanted::InputToo, stream);
}

/// Numbers of three examples for an input that has no gradient.
pub(super) struct Given {
    shape: Shape,
    numbers: Vec<f64>,
}

impl Given {
    /// One number an example.
    pub(super) fn numbers(numbers: &[f64; 3]) -> Self {
        Self { shape: Shape::flat(1), numbers: numbers.to_vec() }
    }

    /// A row of numbers an example.
    pub(super) fn rows(rows: &[&[f64]; 3]) -> Self {
        Self { shape: Shape::sequence(rows[0].len(), 1), numbers: rows.concat() }
    }

    /// Random numbers.
    pub(super) fn random(shape: Shape) -> Self {
        Self { shape, numbers: random(&mut Stream::new(17), 3 * shape.numbers()) }
    }
}

/// Checks the gradients of what `record` records of a random input and of the `given` ones, on three
/// examples; the gradient of the random input is checked too.
pub(super) fn check_given(
    shape: Shape,
    given: &[Given],
    record: impl FnOnce(&mut TapeRecorder, Value, &[Value]) -> Option<Value>,
) {
    let (mut recorder, input) = TapeRecorder::new(shape);
    recorder.differentiate_input();
    let others: Vec<Value> = given.iter().map(|given| recorder.input(given.shape)).collect();
    record(&mut recorder, input, &others).unwrap();
    let mut stream = Stream::new(5);
    let mut inputs = vec![random(&mut stream, 3 * shape.numbers())];
    inputs.extend(given.iter().map(|given| given.numbers.clone()));
    check_tape(&recorder.finish(), inputs, Wanted::InputToo, stream);
}

/// Checks the gradient of a loss of random predictions of the size `shape` and of the `given`
/// inputs, on three examples.
pub(super) fn check_given_loss(
    shape: Shape,
    given: &[Given],
    record: impl FnOnce(&mut TapeRecorder, Value, &[Value]),
) {
    let (mut recorder, input) = TapeRecorder::new(shape);
    recorder.differentiate_input();
    let others: Vec<Value> = given.iter().map(|given| recorder.input(given.shape)).collect();
    record(&mut recorder, input, &others);
    let tape = recorder.finish();
    let mut predictions = random(&mut Stream::new(8), 3 * shape.numbers());
    let mut workspace = Workspace::new(&tape, 4);
    let mut loss = |predictions: &[f64]| -> (f64, Vec<f64>) {
        workspace.input(&tape, 3).copy_from_slice(predictions);
        for (index, given) in given.iter().enumerate() {
            workspace.input_at(&tape, 1 + index).copy_from_slice(&given.numbers);
        }
        let pass = Pass::Train { key: 0, first_example: 0, mean_over: 3 };
        workspace.forward(&tape, &[], &[], pass);
        workspace.backward(&tape, &[]);
        (workspace.losses().iter().sum::<f64>() / 3.0, workspace.input_gradient(&tape).to_vec())
    };
    let (_, gradient) = loss(&predictions);
    let expected = differences(&mut predictions, |predictions| loss(predictions).0);
    compare("prediction", &gradient, &expected);
}

/// Whether the gradient of the input is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    InputToo,
    ParametersOnly,
}

/// Checks the gradient of Σ output · direction, for a random direction, at `inputs` and random
/// parameters; the gradient of the first input is checked where it is wanted.
fn check_tape(tape: &Tape, mut inputs: Vec<Vec<f64>>, wanted: Wanted, mut stream: Stream) {
    let examples = inputs[0].len() / tape.input_shape().numbers();
    let mut parameters = random(&mut stream, tape.parameter_count());
    let direction = random(&mut stream, examples * tape.output_shape().numbers());
    let (of_input, of_parameters) = gradients(tape, &inputs, &parameters, &direction);

    if wanted == Wanted::InputToo {
        let mut input = inputs[0].clone();
        let expected = differences(&mut input, |input| {
            inputs[0].copy_from_slice(input);
            value(tape, &inputs, &parameters, &direction)
        });
        inputs[0].copy_from_slice(&input);
        compare("input", &of_input, &expected);
    }
    let expected =
        differences(&mut parameters, |parameters| value(tape, &inputs, parameters, &direction));
    compare("parameter", &of_parameters, &expected);
}

/// Checks the gradients of what `record` records, on three examples of `steps` tokens each, drawn
/// from `vocabulary` tokens.
pub(super) fn check_tokens(
    steps: usize,
    vocabulary: usize,
    record: impl Fn(&mut TapeRecorder, Value) -> Value,
) {
    let (mut recorder, tokens) = TapeRecorder::new(Shape::sequence(steps, 1));
    record(&mut recorder, tokens);
    let mut stream = Stream::new(9);
    let tokens: Vec<f64> = (0..3 * steps).map(|_| stream.below(vocabulary as u64) as f64).collect();
    check_tape(&recorder.finish(), vec![tokens], Wanted::ParametersOnly, stream);
}

/// Checks the gradient of a loss of predictions of the size `shape`, one target a step.
pub(super) fn check_loss(
    shape: Shape,
    targets: &[f64],
    record: impl Fn(&mut TapeRecorder, Value, Value),
) {
    let mut predictions = random(&mut Stream::new(8), targets.len() * shape.channels);
    let (_, gradient) = loss_and_gradient(shape, &predictions, targets, &record);
    let expected = differences(&mut predictions, |predictions| {
        loss_and_gradient(shape, predictions, targets, &record).0
    });
    compare("prediction", &gradient, &expected);
}

/// Mean loss over the examples, and its gradient with respect to the predictions.
pub(super) fn loss_and_gradient<T: Number>(
    shape: Shape,
    predictions: &[T],
    targets: &[T],
    record: impl Fn(&mut TapeRecorder, Value, Value),
) -> (f64, Vec<T>) {
    let examples = predictions.len() / shape.numbers();
    let (mut recorder, prediction) = TapeRecorder::new(shape);
    recorder.differentiate_input();
    let target = recorder.input(Shape::sequence(shape.pixels(), 1));
    record(&mut recorder, prediction, target);
    let tape = recorder.finish();
    let mut workspace = Workspace::new(&tape, examples);
    workspace.input(&tape, examples).copy_from_slice(predictions);
    workspace.input_at(&tape, 1).copy_from_slice(targets);
    let pass = Pass::Train { key: 0, first_example: 0, mean_over: examples };
    workspace.forward(&tape, &[], &[], pass);
    let loss = workspace.losses().iter().sum::<f64>() / examples as f64;
    workspace.backward(&tape, &[]);
    (loss, workspace.input_gradient(&tape).to_vec())
}

fn random(stream: &mut Stream, length: usize) -> Vec<f64> {
    (0..length).map(|_| stream.normal()).collect()
}

const PASS: Pass = Pass::Train { key: 11, first_example: 3, mean_over: 1 };

/// Gradients of the input and of the parameters.
fn gradients(
    tape: &Tape,
    inputs: &[Vec<f64>],
    parameters: &[f64],
    direction: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let examples = inputs[0].len() / tape.input_shape().numbers();
    // The workspace is one example larger than needed, so that a layout for full batches only would
    // fail.
    let mut workspace = Workspace::new(tape, examples + 1);
    let mut found = Vec::new();
    // The step runs twice, so that anything the first run leaves in the buffers would show.
    for _ in 0..2 {
        workspace.carried().fill(0.0);
        fill(&mut workspace, tape, inputs);
        workspace.forward(tape, parameters, &[], PASS);
        workspace.output_and_gradient(tape).1.copy_from_slice(direction);
        workspace.backward(tape, parameters);
        let of_input = workspace.input_gradient(tape).to_vec();
        found.push((of_input, workspace.parameter_gradient().to_vec()));
    }
    assert_eq!(found[0], found[1], "a replay depends on the one before");
    found.swap_remove(0)
}

/// Writes all inputs of a tape.
fn fill(workspace: &mut Workspace<f64>, tape: &Tape, inputs: &[Vec<f64>]) {
    workspace.input(tape, inputs[0].len() / tape.input_shape().numbers());
    for (index, input) in inputs.iter().enumerate() {
        workspace.input_at(tape, index).copy_from_slice(input);
    }
}

fn value(tape: &Tape, inputs: &[Vec<f64>], parameters: &[f64], direction: &[f64]) -> f64 {
    let examples = inputs[0].len() / tape.input_shape().numbers();
    let mut workspace = Workspace::new(tape, examples);
    fill(&mut workspace, tape, inputs);
    workspace.forward(tape, parameters, &[], PASS);
    workspace.output(tape).iter().zip(direction).map(|(output, factor)| output * factor).sum()
}

/// Central difference at each index of `at`, or at about 60 of them where there are more.
fn differences(at: &mut [f64], mut value: impl FnMut(&[f64]) -> f64) -> Vec<(usize, f64)> {
    let stride = at.len().div_ceil(60).max(1);
    (0..at.len())
        .step_by(stride)
        .map(|place| {
            let middle = at[place];
            at[place] = middle + STEP;
            let above = value(at);
            at[place] = middle - STEP;
            let below = value(at);
            at[place] = middle;
            (place, (above - below) / (2.0 * STEP))
        })
        .collect()
}

fn compare(name: &str, gradient: &[f64], differences: &[(usize, f64)]) {
    for (place, difference) in differences {
        let scale = difference.abs().max(1.0);
        assert!(
            (gradient[*place] - difference).abs() < TOLERANCE * scale,
            "{name} {place}: gradient {}, difference {difference}",
            gradient[*place]
        );
    }
}
