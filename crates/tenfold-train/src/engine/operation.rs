//! What an operation is: facts that lay out a tape, and the work of a step in either precision.
//!
//! An operation knows its sizes, not its place: the tape hands it the numbers it reads and the space
//! it writes. [`crate::ops`] holds one file for each. Work is done for a whole chunk of a batch at a
//! time, so that the virtual call costs nothing.

use std::fmt::Debug;
use std::ops::Range;

use super::real::Real;
use super::shape::Shape;

/// Most values that one operation reads.
pub const MOST_INPUTS: usize = 3;

/// What a forward pass is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pass {
    /// Training: batch norm uses the batch's statistics, dropout drops, losses keep their gradient.
    Train {
        /// Random key of this step.
        key: u64,
        /// Place of the first example in the whole batch, of which this may be a chunk.
        first_example: usize,
        /// The loss is the sum over examples divided by this: the examples of the whole batch.
        mean_over: usize,
    },
    /// Prediction: batch norm uses running statistics, nothing is dropped.
    Evaluate,
}

/// How a parameter begins.
#[derive(Clone, PartialEq, Debug)]
pub enum Initial {
    /// All of this value.
    Constant(f32),
    /// Parts of one length, each of one value.
    Parts(&'static [f32]),
    /// Normal around 0.
    Normal {
        /// Standard deviation.
        deviation: f64,
    },
}

/// Parameters that an operation asks for.
#[derive(Clone, PartialEq, Debug)]
pub struct ParameterGroup {
    /// How many.
    pub length: usize,
    /// How they begin.
    pub initial: Initial,
    /// Whether weight decay acts on them: on weights, not on biases and scales.
    pub decays: bool,
}

impl ParameterGroup {
    /// Weights that begin normal around 0, and decay.
    pub fn weights(length: usize, deviation: f64) -> Self {
        Self { length, initial: Initial::Normal { deviation }, decays: true }
    }

    /// Weights that begin at 0, and decay.
    pub fn zero_weights(length: usize) -> Self {
        Self { length, initial: Initial::Constant(0.0), decays: true }
    }

    /// Terms that begin at 0.
    pub fn bias(length: usize) -> Self {
        Self { length, initial: Initial::Constant(0.0), decays: false }
    }

    /// Factors that begin at 1.
    pub fn scale(length: usize) -> Self {
        Self { length, initial: Initial::Constant(1.0), decays: false }
    }
}

/// One operation: its sizes here, its work in [`Compute`].
pub trait Operation: Compute<f32> + Compute<f64> + Debug + Send + Sync {
    /// Size of its output for one example.
    fn shape(&self) -> Shape;

    /// The parameters it trains.
    fn parameters(&self) -> Vec<ParameterGroup> {
        Vec::new()
    }

    /// Whether input `index` has a gradient; what is looked up by number has none.
    fn is_differentiable(&self, _index: usize) -> bool {
        true
    }

    /// Running statistics before the first step; empty where it has none.
    fn statistics(&self) -> Vec<f32> {
        Vec::new()
    }

    /// Numbers that each example, a stream, carries from one batch into the next.
    fn carried(&self) -> usize {
        0
    }

    /// Numbers kept for the way back, for a chunk of `examples` examples.
    fn kept(&self, _examples: usize) -> usize {
        0
    }

    /// Numbers of space that any operation may write over, for a chunk of `examples` examples.
    fn scratch(&self, _examples: usize) -> usize {
        0
    }

    /// Floating-point operations of one example's forward pass: 2 for each multiply-add of its
    /// matrix products; what is linear in the size of its output is left out.
    fn flop(&self) -> f64 {
        0.0
    }
}

/// The work of an operation in one precision.
pub trait Compute<T: Real> {
    /// Writes `call.output`, every number of it.
    fn forward(&self, call: Forward<'_, T>);

    /// Writes the gradients of the inputs that ask for one, every number, and of all its parameters.
    ///
    /// `call.gradient`, of its output, is its own to change. Gradients of parameters are 0 before.
    fn backward(&self, call: Backward<'_, T>);

    /// Moves `running` statistics towards those of a `batch` by a share `momentum`.
    fn move_running(&self, _running: &mut [T], _batch: BatchStatistics<'_, T>, _momentum: f64) {}
}

/// Statistics of one training batch, or chunk of it.
#[derive(Clone, Copy, Debug)]
pub struct BatchStatistics<'a, T> {
    /// Laid out as the running statistics.
    pub numbers: &'a [T],
    /// Examples they were taken over.
    pub examples: usize,
}

/// What an operation is given to compute its output.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Examples in this chunk.
    pub examples: usize,
    /// What for.
    pub pass: Pass,
    /// Values read, one example after the other; empty beyond those it has.
    pub inputs: [&'a [T]; MOST_INPUTS],
    /// Its parameters.
    pub parameters: Parameters<'a, T>,
    /// Its running statistics, which only [`Pass::Evaluate`] has.
    pub statistics: &'a [T],
    /// Its statistics of this batch, for [`Pass::Train`] to write.
    pub batch_statistics: &'a mut [T],
    /// What its streams carry: read at the beginning, written at the end.
    pub carried: &'a mut [T],
    /// Kept for the way back.
    pub kept: &'a mut [T],
    /// Free space.
    pub scratch: &'a mut [T],
    /// The loss of each example, for a loss to write.
    pub losses: &'a mut [f64],
    /// Its output.
    pub output: &'a mut [T],
}

/// What an operation is given to pass its gradient on.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Examples in this chunk.
    pub examples: usize,
    /// That of the forward pass.
    pub pass: Pass,
    /// Values read, as in [`Forward`].
    pub inputs: [&'a [T]; MOST_INPUTS],
    /// Its parameters.
    pub parameters: Parameters<'a, T>,
    /// Its statistics of this batch.
    pub batch_statistics: &'a [T],
    /// What it kept.
    pub kept: &'a mut [T],
    /// Free space.
    pub scratch: &'a mut [T],
    /// Its output.
    pub output: &'a [T],
    /// Gradient of its output.
    pub gradient: &'a mut [T],
    /// Where gradients of its parameters go.
    pub parameter_gradients: Gradients<'a, T>,
    /// Where gradients of its inputs go, if they are needed.
    pub input_gradients: [Option<&'a mut [T]>; MOST_INPUTS],
}

/// The parameters of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a, T> {
    pub(super) all: &'a [T],
    pub(super) groups: &'a [Range<usize>],
}

impl<'a, T> Parameters<'a, T> {
    /// Its group `index`, in the order in which it asked for them.
    pub fn group(&self, index: usize) -> &'a [T] {
        &self.all[self.groups[index].clone()]
    }
}

/// Gradients of the parameters of one operation.
#[derive(Debug)]
pub struct Gradients<'a, T> {
    pub(super) all: &'a mut [T],
    pub(super) groups: &'a [Range<usize>],
}

impl<T> Gradients<'_, T> {
    /// That of its group `index`.
    pub fn group(&mut self, index: usize) -> &mut [T] {
        &mut self.all[self.groups[index].clone()]
    }

    /// Those of two groups, the first before the second.
    pub fn pair(&mut self, first: usize, second: usize) -> (&mut [T], &mut [T]) {
        let (first, second) = (self.groups[first].clone(), self.groups[second].clone());
        let (left, right) = self.all.split_at_mut(second.start);
        (&mut left[first], &mut right[..second.len()])
    }
}

/// Numbers of an operation's work: chooses the precision of a call.
pub trait Number: Real {
    /// The work of `operation` in this precision.
    fn work_of(operation: &dyn Operation) -> &dyn Compute<Self>;
}

impl Number for f32 {
    fn work_of(operation: &dyn Operation) -> &dyn Compute<Self> {
        operation
    }
}

impl Number for f64 {
    fn work_of(operation: &dyn Operation) -> &dyn Compute<Self> {
        operation
    }
}
