//! The tape: what a model computes, recorded once and replayed every step.
//!
//! See [`super::TapeRecorder`] for how a tape comes about.

use std::ops::Range;

use super::operation::{BatchStatistics, Initial, Number, Operation};
use super::shape::Shape;

/// A value on the tape: an input or the output of an operation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Value(pub(crate) usize);

/// One group of parameters.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// Their initial values.
    pub initial: Initial,
    /// Their place in the flat vector.
    pub range: Range<usize>,
}

/// A group of parameters that more than one operation reads; see
/// [`TapeRecorder::push_sharing`](super::TapeRecorder::push_sharing).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SharedGroup(pub(super) usize);

/// Where one operation writes the gradient of a group that is another's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SharedGradient {
    /// The group's place in the flat vector, to which the gradient is added.
    pub(super) owner: Range<usize>,
    /// Where it is written, counted from the end of that vector.
    pub(super) place: Range<usize>,
}

/// A value and how it is computed.
#[derive(Debug)]
pub(super) struct Node {
    /// The operation that computes the value; `None` for an input.
    pub(super) operation: Option<Box<dyn Operation>>,
    /// What it reads.
    pub(super) inputs: Vec<Value>,
    /// Size for one example.
    pub(super) shape: Shape,
    /// Whether the gradient of this value is needed: some parameter lies before it.
    pub(super) needs_gradient: bool,
    /// Its groups in the flat vector of parameters: first those of other operations that it
    /// shares, then its own.
    pub(super) parameters: Vec<Range<usize>>,
    /// Where it writes the gradients of these groups: its own at the same place, those it shares
    /// behind the gradient of all parameters.
    pub(super) gradients: Vec<Range<usize>>,
    /// Its place in the vector of statistics.
    pub(super) statistics: Range<usize>,
}

/// A recorded model.
#[derive(Debug)]
pub struct Tape {
    pub(super) nodes: Vec<Node>,
    /// Inputs, in the order in which they were recorded.
    pub(super) inputs: Vec<Value>,
    /// What the model predicts.
    pub(super) output: Value,
    pub(super) parameters: Vec<Parameter>,
    pub(super) parameter_count: usize,
    /// The gradients of shared groups, from the operations that share them.
    pub(super) shared: Vec<SharedGradient>,
    pub(super) decayed: usize,
    pub(super) initial_statistics: Vec<f32>,
    pub(super) flop_per_example: f64,
}

impl Tape {
    /// Groups of parameters; all that decay come first in the flat vector.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Length of the flat vector of parameters.
    pub fn parameter_count(&self) -> usize {
        self.parameter_count
    }

    /// Number of weights, which come first among the parameters and on which weight decay acts.
    pub fn decayed_count(&self) -> usize {
        self.decayed
    }

    /// Length of the vector of running statistics.
    pub fn statistic_count(&self) -> usize {
        self.initial_statistics.len()
    }

    /// Numbers that each example, a stream, carries from one batch into the next.
    pub fn carried_count(&self) -> usize {
        let operations = self.nodes.iter().filter_map(|node| node.operation.as_ref());
        operations.map(|operation| operation.carried()).sum()
    }

    /// Running statistics before the first step.
    pub fn initial_statistics(&self) -> Vec<f32> {
        self.initial_statistics.clone()
    }

    /// Moves `running` statistics towards those of a `batch` by a share `momentum`.
    pub fn move_running<T: Number>(
        &self,
        running: &mut [T],
        batch: BatchStatistics<'_, T>,
        momentum: f64,
    ) {
        for node in self.nodes.iter().filter(|node| !node.statistics.is_empty()) {
            let Some(operation) = &node.operation else { continue };
            let batch =
                BatchStatistics { numbers: &batch.numbers[node.statistics.clone()], ..batch };
            let running = &mut running[node.statistics.clone()];
            T::work_of(operation.as_ref()).move_running(running, batch, momentum);
        }
    }

    /// Floating-point operations of one example's forward pass: 2 for each multiply-add of the
    /// matrix products, which is all but a few per cent of the work.
    pub fn flop_per_example(&self) -> f64 {
        self.flop_per_example
    }

    /// Size of the first input for one example.
    pub fn input_shape(&self) -> Shape {
        self.shape(self.inputs[0])
    }

    /// Size of what the model predicts for one example.
    pub fn output_shape(&self) -> Shape {
        self.shape(self.output)
    }

    pub(super) fn shape(&self, value: Value) -> Shape {
        self.nodes[value.0].shape
    }
}
