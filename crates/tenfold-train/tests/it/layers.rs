//! Small tapes that several tests replay.

use tenfold_train::engine::{Number, Pass, Shape, Sliding, Tape, TapeRecorder, Value, Workspace};
use tenfold_train::ops::{Activation, Bias, Ending};

pub(crate) const POINTWISE: Sliding = Sliding { kernel: 1, stride: 1, padding: 0 };
pub(crate) const POINTWISE_2: Sliding = Sliding { kernel: 1, stride: 2, padding: 0 };
pub(crate) const THREE_2: Sliding = Sliding { kernel: 3, stride: 2, padding: 1 };

pub(crate) const PLAIN: Ending = Ending { bias: Bias::None, activation: Activation::Identity };
pub(crate) const BIAS_RELU: Ending = Ending { bias: Bias::Trained, activation: Activation::Relu };

/// A tape of what `record` does to an input of size `shape`, with the input's gradient.
pub(crate) fn tape_of(
    shape: Shape,
    record: impl FnOnce(&mut TapeRecorder, Value) -> Option<Value>,
) -> Tape {
    let (mut recorder, input) = TapeRecorder::new(shape);
    recorder.differentiate_input();
    record(&mut recorder, input).unwrap();
    recorder.finish()
}

pub(crate) fn normalised(
    tape: &mut TapeRecorder,
    input: Value,
    channels: usize,
    sliding: Sliding,
    activation: Activation,
) -> Option<Value> {
    let output = tape.convolution(input, channels, sliding, PLAIN)?;
    Some(tape.batch_norm(output, activation))
}

/// A residual block that halves the image, its shortcut a strided 1×1 convolution.
pub(crate) fn halving_block(
    tape: &mut TapeRecorder,
    input: Value,
    channels: usize,
) -> Option<Value> {
    let hidden = normalised(tape, input, channels, THREE_2, Activation::Relu)?;
    let hidden = normalised(tape, hidden, channels, Sliding::SAME_3, Activation::Identity)?;
    let shortcut = normalised(tape, input, channels, POINTWISE_2, Activation::Identity)?;
    tape.add(hidden, shortcut, Activation::Relu)
}

/// Output and gradients of Σ output · direction.
pub(crate) struct Replayed<T> {
    pub(crate) output: Vec<T>,
    pub(crate) input_gradient: Vec<T>,
    pub(crate) parameter_gradient: Vec<T>,
    pub(crate) workspace: Workspace<T>,
}

pub(crate) fn replay<T: Number>(
    tape: &Tape,
    input: &[T],
    parameters: &[T],
    direction: &[T],
) -> Replayed<T> {
    let examples = input.len() / tape.input_shape().numbers();
    // The workspace is one example larger than needed, so that a layout for full batches only would
    // fail.
    let mut workspace = Workspace::new(tape, examples + 1);
    let mut gradients = Vec::new();
    let mut output = Vec::new();
    // The step runs twice, so that anything the first run leaves in the buffers would show.
    for _ in 0..2 {
        workspace.input(tape, examples).copy_from_slice(input);
        workspace.forward(
            tape,
            parameters,
            &[],
            Pass::Train { key: 11, first_example: 3, mean_over: examples },
        );
        let (values, gradient) = workspace.output_and_gradient(tape);
        output = values.to_vec();
        gradient.copy_from_slice(direction);
        workspace.backward(tape, parameters);
        gradients.push(workspace.parameter_gradient().to_vec());
    }
    assert_eq!(gradients[0], gradients[1], "a replay depends on the one before");
    Replayed {
        output,
        input_gradient: workspace.input_gradient(tape).to_vec(),
        parameter_gradient: gradients.pop().unwrap(),
        workspace,
    }
}
