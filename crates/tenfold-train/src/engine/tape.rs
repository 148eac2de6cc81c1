//! The tape: what a model computes, recorded once and replayed every step.
//!
//! This list of operations is what an executor has to know; see [`super::TapeRecorder`] for how a
//! tape comes about.

use std::ops::Range;

use super::kernel::pooling::Windows;
use super::shape::{Shape, Sliding};

/// A value on the tape: the input or the output of an operation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Value(pub(crate) usize);

/// What is applied to an operation's output before it is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Activation {
    /// The output as it is.
    Identity,
    /// `max(output, 0)`.
    Relu,
}

/// Whether an operation adds a trained number to each output channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bias {
    /// It does.
    Trained,
    /// It does not; right before batch norm, which removes any constant.
    None,
}

/// One operation; parameters and statistics are ranges of the flat vectors.
#[derive(Clone, PartialEq, Debug)]
pub enum Operation {
    /// The examples as they come.
    Input,
    /// `activation(input · weight + bias)`; `weight` is inputs × outputs.
    Linear {
        /// Its input.
        input: Value,
        /// Weights, row-major.
        weight: Range<usize>,
        /// Bias, one an output.
        bias: Option<Range<usize>>,
        /// Applied last.
        activation: Activation,
    },
    /// Convolution; `weight` is (row, column, input channel) × output channel.
    Convolution {
        /// Its input.
        input: Value,
        /// Weights, row-major.
        weight: Range<usize>,
        /// Bias, one an output channel.
        bias: Option<Range<usize>>,
        /// Applied last.
        activation: Activation,
        /// How the kernel slides.
        sliding: Sliding,
    },
    /// Largest number of each window.
    MaxPool {
        /// Its input.
        input: Value,
        /// Where the windows lie.
        windows: PoolWindows,
    },
    /// Mean of each window.
    AveragePool {
        /// Its input.
        input: Value,
        /// Where the windows lie.
        windows: PoolWindows,
    },
    /// Batch norm over examples and pixels.
    BatchNorm {
        /// Its input.
        input: Value,
        /// Factor, one a channel.
        scale: Range<usize>,
        /// Term, one a channel.
        shift: Range<usize>,
        /// Running mean then running variance, in the vector of statistics.
        statistics: Range<usize>,
        /// Applied last.
        activation: Activation,
    },
    /// Sets a share of the numbers to 0 during training and scales up the others.
    Dropout {
        /// Its input.
        input: Value,
        /// The share, in [0, 1).
        probability: f32,
        /// Which dropout of the model this is; part of its random key.
        index: u64,
    },
    /// Residual sum `activation(left + right)`.
    Add {
        /// One term.
        left: Value,
        /// The other.
        right: Value,
        /// Applied last.
        activation: Activation,
    },
}

/// Non-overlapping pooling windows, opaque outside the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolWindows(pub(crate) Windows);

impl Operation {
    /// The values read, none to two.
    pub fn inputs(&self) -> impl Iterator<Item = Value> {
        let (first, second) = match *self {
            Self::Input => (None, None),
            Self::Linear { input, .. }
            | Self::Convolution { input, .. }
            | Self::MaxPool { input, .. }
            | Self::AveragePool { input, .. }
            | Self::BatchNorm { input, .. }
            | Self::Dropout { input, .. } => (Some(input), None),
            Self::Add { left, right, .. } => (Some(left), Some(right)),
        };
        first.into_iter().chain(second)
    }

    pub(super) fn has_parameters(&self) -> bool {
        matches!(self, Self::Linear { .. } | Self::Convolution { .. } | Self::BatchNorm { .. })
    }
}

/// What a group of parameters is, which fixes its initial values and whether it decays.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ParameterKind {
    /// Weights of `fan_in` inputs each, followed by `activation`; they decay.
    Weight {
        /// Inputs summed for one output.
        fan_in: usize,
        /// What follows, which fixes the spread that keeps the signal's size.
        activation: Activation,
    },
    /// Weights of the last layer; they begin at 0, so that the first predictions are the same for
    /// every class or the mean, and decay.
    OutputWeight,
    /// Added to a channel; begins at 0.
    Bias,
    /// Multiplies a channel; begins at 1.
    Scale,
}

impl ParameterKind {
    pub(super) fn decays(self) -> bool {
        matches!(self, Self::Weight { .. } | Self::OutputWeight)
    }
}

/// One operation's group of parameters.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// What it is.
    pub kind: ParameterKind,
    /// Its place in the flat vector.
    pub range: Range<usize>,
}

/// An operation with the size of its output.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// What is computed.
    pub operation: Operation,
    /// Size of the output for one example.
    pub shape: Shape,
    /// Whether the gradient of this value is needed: some parameter lies before it.
    pub needs_gradient: bool,
}

/// A recorded model.
#[derive(Clone, PartialEq, Debug)]
pub struct Tape {
    pub(crate) nodes: Vec<Node>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) parameter_count: usize,
    pub(crate) decayed: usize,
    pub(crate) statistic_count: usize,
    pub(super) flop_per_example: f64,
}

impl Tape {
    /// Operations in the order in which they run; the last is the output.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Groups of parameters; all that decay come first in the flat vector.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Length of the flat vector of parameters.
    pub fn parameter_count(&self) -> usize {
        self.parameter_count
    }

    /// How many of the parameters, from the first, are weights and so decay.
    pub fn decayed_count(&self) -> usize {
        self.decayed
    }

    /// Length of the vector of running batch-norm statistics.
    pub fn statistic_count(&self) -> usize {
        self.statistic_count
    }

    /// Floating-point operations of one example's forward pass: 2 for each multiply-add of the
    /// linear and convolution layers, which is all but a few per cent of the work.
    pub fn flop_per_example(&self) -> f64 {
        self.flop_per_example
    }

    /// Size of the input for one example.
    pub fn input_shape(&self) -> Shape {
        self.nodes[0].shape
    }

    /// Size of the output for one example.
    pub fn output_shape(&self) -> Shape {
        self.nodes[self.nodes.len() - 1].shape
    }

    /// Running statistics before the first step: mean 0, variance 1.
    pub fn initial_statistics(&self) -> Vec<f32> {
        let mut initial = vec![0.0; self.statistic_count];
        for node in &self.nodes {
            if let Operation::BatchNorm { statistics, .. } = &node.operation {
                let middle = statistics.start + statistics.len() / 2;
                initial[middle..statistics.end].fill(1.0);
            }
        }
        initial
    }
}
