//! Recording a tape: model code that reads like a forward pass.

use std::ops::Range;

use super::kernel::pooling::Windows;
use super::shape::{Shape, Sliding};
use super::tape::{
    Activation, Bias, Node, Operation, Parameter, ParameterKind, PoolWindows, Tape, Value,
};

/// Records a [`Tape`]; each method is one operation and returns its output.
#[derive(Debug)]
pub struct TapeRecorder {
    nodes: Vec<Node>,
    /// Kind and length; the ranges in `nodes` index this list until the tape is finished.
    groups: Vec<(ParameterKind, usize)>,
    statistic_count: usize,
    dropouts: u64,
    flop_per_example: f64,
}

impl TapeRecorder {
    /// Begins a tape whose examples have the size `input`.
    pub fn new(input: Shape) -> (Self, Value) {
        let node = Node { operation: Operation::Input, shape: input, needs_gradient: false };
        let recorder = Self {
            nodes: vec![node],
            groups: Vec::new(),
            statistic_count: 0,
            dropouts: 0,
            flop_per_example: 0.0,
        };
        (recorder, Value(0))
    }

    /// Asks for the gradient of the input too, as a check of gradients does; training never needs
    /// it. To be called before anything is recorded.
    pub fn differentiate_input(&mut self) {
        self.nodes[0].needs_gradient = true;
    }

    /// Size of a recorded value.
    pub fn shape(&self, value: Value) -> Shape {
        self.nodes[value.0].shape
    }

    /// Fully connected layer of `outputs` outputs; an image is read as one long vector.
    pub fn linear(&mut self, input: Value, outputs: usize, activation: Activation) -> Value {
        let fan_in = self.shape(input).numbers();
        let kind = ParameterKind::Weight { fan_in, activation };
        self.linear_of(input, outputs, (kind, activation))
    }

    /// Last layer of a model: fully connected, `outputs` outputs, weights that begin at 0.
    pub fn output(&mut self, input: Value, outputs: usize) -> Value {
        self.linear_of(input, outputs, (ParameterKind::OutputWeight, Activation::Identity))
    }

    fn linear_of(
        &mut self,
        input: Value,
        outputs: usize,
        (kind, activation): (ParameterKind, Activation),
    ) -> Value {
        let inputs = self.shape(input).numbers();
        let weight = self.group(kind, inputs * outputs);
        let bias = Some(self.group(ParameterKind::Bias, outputs));
        self.flop_per_example += 2.0 * (inputs * outputs) as f64;
        self.push(Operation::Linear { input, weight, bias, activation }, Shape::flat(outputs))
    }

    /// Convolution with `channels` filters; `None` where the image is smaller than the kernel.
    pub fn convolution(
        &mut self,
        input: Value,
        channels: usize,
        sliding: Sliding,
        (bias, activation): (Bias, Activation),
    ) -> Option<Value> {
        let from = self.shape(input);
        let shape = sliding.output(from, channels)?;
        let fan_in = sliding.kernel * sliding.kernel * from.channels;
        // What precedes batch norm is rescaled by it; its spread is chosen for the ReLU behind.
        let spread = if bias == Bias::None { Activation::Relu } else { activation };
        let kind = ParameterKind::Weight { fan_in, activation: spread };
        let weight = self.group(kind, fan_in * channels);
        let bias = (bias == Bias::Trained).then(|| self.group(ParameterKind::Bias, channels));
        self.flop_per_example += 2.0 * (fan_in * shape.numbers()) as f64;
        Some(self.push(Operation::Convolution { input, weight, bias, activation, sliding }, shape))
    }

    /// Largest number of each `side` × `side` window; windows do not overlap, the rest of the far
    /// edges is unused. `None` where no window fits.
    pub fn max_pool(&mut self, input: Value, side: usize) -> Option<Value> {
        let windows = self.windows(input, side, side)?;
        let shape = windows.0.output();
        Some(self.push(Operation::MaxPool { input, windows }, shape))
    }

    /// Mean of each `side` × `side` window, as [`Self::max_pool`].
    pub fn average_pool(&mut self, input: Value, side: usize) -> Option<Value> {
        let windows = self.windows(input, side, side)?;
        let shape = windows.0.output();
        Some(self.push(Operation::AveragePool { input, windows }, shape))
    }

    /// Mean over all pixels.
    pub fn global_average_pool(&mut self, input: Value) -> Value {
        let from = self.shape(input);
        let windows = PoolWindows(Windows { input: from, height: from.height, width: from.width });
        let shape = windows.0.output();
        self.push(Operation::AveragePool { input, windows }, shape)
    }

    /// Batch norm: over the examples and pixels given in training, by running statistics after.
    pub fn batch_norm(&mut self, input: Value, activation: Activation) -> Value {
        let shape = self.shape(input);
        let scale = self.group(ParameterKind::Scale, shape.channels);
        let shift = self.group(ParameterKind::Bias, shape.channels);
        let statistics = self.statistic_count..self.statistic_count + 2 * shape.channels;
        self.statistic_count = statistics.end;
        self.push(Operation::BatchNorm { input, scale, shift, statistics, activation }, shape)
    }

    /// Dropout of a share `probability` in [0, 1) during training; nothing is recorded for 0.
    pub fn dropout(&mut self, input: Value, probability: f32) -> Value {
        if probability <= 0.0 {
            return input;
        }
        let index = self.dropouts;
        self.dropouts += 1;
        self.push(Operation::Dropout { input, probability, index }, self.shape(input))
    }

    /// Residual sum; `None` where the sizes differ.
    pub fn add(&mut self, left: Value, right: Value, activation: Activation) -> Option<Value> {
        let shape = self.shape(left);
        (shape == self.shape(right) && left != right)
            .then(|| self.push(Operation::Add { left, right, activation }, shape))
    }

    /// Ends the tape: its last operation is the model's output.
    pub fn finish(mut self) -> Tape {
        let (ranges, parameter_count, decayed) = place(&self.groups);
        for node in &mut self.nodes {
            let at = |group: &mut Range<usize>| *group = ranges[group.start].clone();
            match &mut node.operation {
                Operation::Linear { weight, bias, .. }
                | Operation::Convolution { weight, bias, .. } => {
                    at(weight);
                    bias.as_mut().map(at);
                }
                Operation::BatchNorm { scale, shift, .. } => {
                    at(scale);
                    at(shift);
                }
                Operation::Input
                | Operation::MaxPool { .. }
                | Operation::AveragePool { .. }
                | Operation::Dropout { .. }
                | Operation::Add { .. } => {}
            }
        }
        let groups = self.groups.iter().zip(ranges);
        Tape {
            nodes: self.nodes,
            parameters: groups.map(|(&(kind, _), range)| Parameter { kind, range }).collect(),
            parameter_count,
            decayed,
            statistic_count: self.statistic_count,
            flop_per_example: self.flop_per_example,
        }
    }

    fn windows(&self, input: Value, height: usize, width: usize) -> Option<PoolWindows> {
        let from = self.shape(input);
        (from.height >= height && from.width >= width).then_some(PoolWindows(Windows {
            input: from,
            height,
            width,
        }))
    }

    fn group(&mut self, kind: ParameterKind, length: usize) -> Range<usize> {
        self.groups.push((kind, length));
        self.groups.len() - 1..self.groups.len()
    }

    fn push(&mut self, operation: Operation, shape: Shape) -> Value {
        let needs_gradient = operation.has_parameters()
            || operation.inputs().any(|input| self.nodes[input.0].needs_gradient);
        self.nodes.push(Node { operation, shape, needs_gradient });
        Value(self.nodes.len() - 1)
    }
}

/// Ranges in the flat vector: weights first, in order, then all else; with its length and theirs.
fn place(groups: &[(ParameterKind, usize)]) -> (Vec<Range<usize>>, usize, usize) {
    let mut ranges = vec![0..0; groups.len()];
    let mut end = 0;
    let mut decayed = 0;
    for weights in [true, false] {
        for (range, &(kind, length)) in ranges.iter_mut().zip(groups) {
            if kind.decays() == weights {
                *range = end..end + length;
                end += length;
            }
        }
        if weights {
            decayed = end;
        }
    }
    (ranges, end, decayed)
}
