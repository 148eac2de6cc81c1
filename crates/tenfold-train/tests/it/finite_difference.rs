//! Every operation's gradient against central differences, in double precision.

use tenfold_data::seed::Stream;
use tenfold_train::engine::{
    Activation, Pass, Shape, Sliding, Tape, TapeRecorder, Value, Workspace,
};

use crate::layers::{
    BIAS_RELU, PLAIN, POINTWISE, POINTWISE_2, THREE_2, halving_block, normalised, replay, tape_of,
};

const IMAGE: Shape = Shape { height: 5, width: 6, channels: 3 };

/// Step of the difference: the error of a smooth function is about h² = 1e-10 of its third
/// derivative, that of rounding 1e-16 / h = 1e-11 of its value.
const STEP: f64 = 1e-5;

/// Ten times the larger of the two errors, for sums of some hundred terms.
const TOLERANCE: f64 = 1e-7;

fn check(shape: Shape, record: impl Fn(&mut TapeRecorder, Value) -> Option<Value>) {
    check_with(3, shape, &record);
    // A batch that needs several groups of images in a convolution.
    check_with(90, shape, &record);
}

fn check_with(
    examples: usize,
    shape: Shape,
    record: impl FnOnce(&mut TapeRecorder, Value) -> Option<Value>,
) {
    let tape = tape_of(shape, record);
    let mut stream = Stream::new(5);
    let mut random = |length: usize| -> Vec<f64> { (0..length).map(|_| stream.normal()).collect() };
    let mut input = random(examples * shape.numbers());
    let mut parameters = random(tape.parameter_count());
    let direction = random(examples * tape.output_shape().numbers());
    let replayed = replay(&tape, (&input, &parameters), &direction);

    let of_input = differences(&mut input, |input| value(&tape, (input, &parameters), &direction));
    compare("input", &replayed.input_gradient, &of_input);
    let of_parameters =
        differences(&mut parameters, |parameters| value(&tape, (&input, parameters), &direction));
    compare("parameter", &replayed.parameter_gradient, &of_parameters);
}

fn value(tape: &Tape, (input, parameters): (&[f64], &[f64]), direction: &[f64]) -> f64 {
    let examples = input.len() / tape.input_shape().numbers();
    let mut workspace = Workspace::new(tape, examples);
    workspace.input(tape, examples).copy_from_slice(input);
    workspace.forward(tape, parameters, &[], Pass::Train { key: 11, first_example: 3 });
    workspace.output(tape).iter().zip(direction).map(|(output, factor)| output * factor).sum()
}

/// Central difference in each place, or in about 60 of many.
fn differences(at: &mut [f64], value: impl Fn(&[f64]) -> f64) -> Vec<(usize, f64)> {
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

#[test]
fn linear_gradients_are_differences() {
    check(Shape::flat(7), |tape, input| Some(tape.linear(input, 4, Activation::Relu)));
    check(IMAGE, |tape, input| Some(tape.linear(input, 4, Activation::Identity)));
    check(Shape::flat(3), |tape, input| Some(tape.linear(input, 1, Activation::Identity)));
}

#[test]
fn convolution_gradients_are_differences() {
    for sliding in [Sliding::SAME_3, THREE_2, POINTWISE, POINTWISE_2] {
        check(IMAGE, |tape, input| tape.convolution(input, 4, sliding, BIAS_RELU));
        check(IMAGE, |tape, input| tape.convolution(input, 5, sliding, PLAIN));
    }
    let unpadded = Sliding { kernel: 3, stride: 1, padding: 0 };
    check(IMAGE, |tape, input| tape.convolution(input, 2, unpadded, PLAIN));
}

#[test]
fn wide_convolution_gradients_are_differences() {
    // Channel counts for which a faster way may be taken: multiples of the vector length.
    let image = Shape { height: 7, width: 9, channels: 16 };
    check_with(3, image, |tape, input| tape.convolution(input, 32, Sliding::SAME_3, BIAS_RELU));
    check_with(2, image, |tape, input| tape.convolution(input, 48, Sliding::SAME_3, PLAIN));
    let small = Shape { height: 1, width: 2, channels: 32 };
    check_with(3, small, |tape, input| tape.convolution(input, 16, Sliding::SAME_3, PLAIN));
}

#[test]
fn pooling_gradients_are_differences() {
    check(IMAGE, |tape, input| tape.max_pool(input, 2));
    check(IMAGE, |tape, input| tape.average_pool(input, 2));
    check(IMAGE, |tape, input| tape.average_pool(input, 5));
    check(IMAGE, |tape, input| Some(tape.global_average_pool(input)));
}

#[test]
fn batch_norm_gradients_are_differences() {
    check(IMAGE, |tape, input| Some(tape.batch_norm(input, Activation::Relu)));
    check(Shape::flat(130), |tape, input| Some(tape.batch_norm(input, Activation::Identity)));
    check(Shape::flat(600), |tape, input| Some(tape.batch_norm(input, Activation::Identity)));
}

#[test]
fn dropout_gradients_are_differences() {
    check(IMAGE, |tape, input| Some(tape.dropout(input, 0.4)));
}

#[test]
fn residual_gradients_are_differences() {
    // The input is used twice, and so is the sum of the first block.
    check(IMAGE, |tape, input| {
        let hidden = normalised(tape, input, (3, Sliding::SAME_3), Activation::Relu)?;
        let sum = tape.add(hidden, input, Activation::Relu)?;
        halving_block(tape, sum, 4)
    });
}

#[test]
fn whole_network_gradients_are_differences() {
    check(Shape { height: 8, width: 9, channels: 2 }, |tape, input| {
        let hidden = tape.convolution(input, 3, Sliding::SAME_3, BIAS_RELU)?;
        let hidden = tape.max_pool(hidden, 2)?;
        let hidden = halving_block(tape, hidden, 5)?;
        let hidden = tape.dropout(hidden, 0.3);
        let hidden = tape.linear(hidden, 6, Activation::Relu);
        let hidden = tape.dropout(hidden, 0.3);
        Some(tape.linear(hidden, 3, Activation::Identity))
    });
}
