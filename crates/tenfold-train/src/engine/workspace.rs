//! Buffers in which a tape is replayed; laid out once, so that a step allocates nothing.

use std::ops::Range;

use super::convolution::Scratch;
use super::kernel::elementwise::accumulate;
use super::plan::Plan;
use super::real::Real;
use super::shape::Shape;
use super::tape::{Operation, Tape, Value};

/// What a forward pass is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pass {
    /// Training: batch norm uses the batch's statistics, dropout drops.
    Train {
        /// Random key of this step.
        key: u64,
        /// Place of the first example in the whole batch, of which this may be a chunk.
        first_example: usize,
    },
    /// Prediction: batch norm uses running statistics, nothing is dropped.
    Evaluate,
}

/// Values, gradients and scratch space for batches of up to a fixed number of examples.
#[derive(Clone, Debug)]
pub struct Workspace<T> {
    pub(super) plan: Plan,
    pub(super) examples: usize,
    pub(super) pass: Pass,
    pub(super) values: Vec<T>,
    pub(super) gradients: Vec<T>,
    pub(super) parameter_gradient: Vec<T>,
    /// Mean and variance of this batch, laid out as the running statistics.
    pub(super) batch_statistics: Vec<T>,
    pub(super) scratch: Scratch<T>,
    pub(super) channel_scratch: [Vec<T>; 3],
}

impl<T: Real> Workspace<T> {
    /// Space to replay `tape` on up to `capacity` examples.
    pub fn new(tape: &Tape, capacity: usize) -> Self {
        let plan = Plan::new(tape, capacity);
        let channels = vec![T::ZERO; Plan::largest_channels(tape)];
        Self {
            examples: 0,
            pass: Pass::Evaluate,
            values: vec![T::ZERO; plan.value_length],
            gradients: vec![T::ZERO; plan.gradient_length],
            parameter_gradient: vec![T::ZERO; tape.parameter_count()],
            batch_statistics: vec![T::ZERO; tape.statistic_count()],
            scratch: Scratch::new(tape),
            channel_scratch: [channels.clone(), channels.clone(), channels],
            plan,
        }
    }

    /// Most examples that fit.
    pub fn capacity(&self) -> usize {
        self.plan.capacity
    }

    /// Space for the inputs of `examples` examples (at most the capacity): write them here, one
    /// after the other, then call [`Self::forward`].
    pub fn input(&mut self, tape: &Tape, examples: usize) -> &mut [T] {
        assert!(examples <= self.plan.capacity, "more examples than the workspace has room for");
        self.examples = examples;
        let length = examples * tape.input_shape().numbers();
        &mut self.values[..length]
    }

    /// The model's output after [`Self::forward`]: examples × output size.
    pub fn output(&self, tape: &Tape) -> &[T] {
        let last = tape.nodes.len() - 1;
        &self.values[self.value_range(last, tape.nodes[last].shape)]
    }

    /// The output, and where the loss writes its gradient before [`Self::backward`].
    pub fn output_and_gradient(&mut self, tape: &Tape) -> (&[T], &mut [T]) {
        let last = tape.nodes.len() - 1;
        let shape = tape.nodes[last].shape;
        let range = self.value_range(last, shape);
        let start = self.plan.gradients[last].unwrap_or(0);
        let length = range.len().min(self.gradients.len());
        (&self.values[range], &mut self.gradients[start..start + length])
    }

    /// Gradient of the loss with respect to the parameters, after [`Self::backward`].
    pub fn parameter_gradient(&self) -> &[T] {
        &self.parameter_gradient
    }

    /// Gradient of the loss with respect to the input, after [`Self::backward`]; empty unless the
    /// tape was recorded with [`TapeRecorder::differentiate_input`](super::TapeRecorder).
    pub fn input_gradient(&self, tape: &Tape) -> &[T] {
        &self.gradients[self.gradient_range(Value(0), tape.input_shape())]
    }

    /// Adds the gradient of `other`, another chunk of the same batch.
    pub fn add_gradient_of(&mut self, other: &Self) {
        accumulate(&mut self.parameter_gradient, &other.parameter_gradient);
    }

    /// Batch-norm statistics of the last training batch.
    pub fn batch_statistics(&self) -> BatchStatistics<'_, T> {
        BatchStatistics { numbers: &self.batch_statistics, examples: self.examples }
    }

    /// Where the value of node `index` lies, for the present number of examples.
    pub(super) fn value_range(&self, index: usize, shape: Shape) -> Range<usize> {
        let start = self.plan.values[index];
        start..start + self.examples * shape.numbers()
    }

    /// Where a value's gradient lies; empty if it has none.
    pub(super) fn gradient_range(&self, value: Value, shape: Shape) -> Range<usize> {
        self.plan.gradients[value.0]
            .map_or(0..0, |start| start..start + self.examples * shape.numbers())
    }
}

/// Batch-norm statistics of one training batch, or chunk of it.
#[derive(Clone, Copy, Debug)]
pub struct BatchStatistics<'a, T> {
    /// Means and variances, laid out as the running statistics.
    pub numbers: &'a [T],
    /// Examples they were taken over.
    pub examples: usize,
}

impl<T: Real> BatchStatistics<'_, T> {
    /// Moves `running` statistics towards these by a share `momentum`.
    ///
    /// As in `PyTorch`, the variance is taken with n − 1 here and with n inside the batch.
    pub fn move_running(&self, tape: &Tape, running: &mut [T], momentum: f64) {
        for node in &tape.nodes {
            let Operation::BatchNorm { statistics, .. } = &node.operation else { continue };
            let count = (self.examples * node.shape.pixels()) as f64;
            let unbiased = if count > 1.0 { count / (count - 1.0) } else { 1.0 };
            let middle = statistics.start + statistics.len() / 2;
            for (range, correction) in
                [(statistics.start..middle, 1.0), (middle..statistics.end, unbiased)]
            {
                let new = &self.numbers[range.clone()];
                blend(&mut running[range], new, (momentum, correction));
            }
        }
    }
}

/// Moves `running` towards `new · correction` by a share `momentum`.
fn blend<T: Real>(running: &mut [T], new: &[T], (momentum, correction): (f64, f64)) {
    for (running, new) in running.iter_mut().zip(new) {
        let old = running.to_f64();
        let change = new.to_f64() * correction - old;
        *running = T::from_f64(old + momentum * change);
    }
}

/// Two ranges of one slice, in the order asked for; they do not overlap.
pub(super) fn split_pair<T>(
    slice: &mut [T],
    first: Range<usize>,
    second: Range<usize>,
) -> (&mut [T], &mut [T]) {
    if first.start < second.start {
        let (left, right) = slice.split_at_mut(second.start);
        (&mut left[first], &mut right[..second.len()])
    } else {
        let (left, right) = slice.split_at_mut(first.start);
        (&mut right[..first.len()], &mut left[second])
    }
}
