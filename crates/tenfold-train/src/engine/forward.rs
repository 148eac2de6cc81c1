//! The forward pass: each operation in the order of the tape.

use std::ops::Range;

use super::batch_norm;
use super::convolution::Convolution;
use super::kernel::channels::add_bias;
use super::kernel::elementwise::{DropoutMask, add, add_relu, dropout};
use super::kernel::pooling::{average_pool, max_pool};
use super::kernel::{Matrix, Store, multiply};
use super::real::Real;
use super::tape::{Activation, Operation, Tape, Value};
use super::workspace::{Pass, Workspace};

impl<T: Real> Workspace<T> {
    /// Computes all values from the inputs written before.
    ///
    /// `parameters` and `statistics` are the flat vectors that `tape` describes; the statistics
    /// are read only by [`Pass::Evaluate`].
    pub fn forward(&mut self, tape: &Tape, parameters: &[T], statistics: &[T], pass: Pass) {
        self.pass = pass;
        for index in 1..tape.nodes.len() {
            self.forward_one(tape, index, parameters, statistics);
        }
    }

    /// Where the inputs of an operation lie; empty for those it has not.
    pub(super) fn input_ranges(&self, tape: &Tape, operation: &Operation) -> [Range<usize>; 2] {
        let mut inputs = operation.inputs();
        [(); 2].map(|()| {
            inputs.next().map_or(0..0, |input| self.value_range(input.0, tape.nodes[input.0].shape))
        })
    }

    fn forward_one(&mut self, tape: &Tape, index: usize, parameters: &[T], statistics: &[T]) {
        let node = &tape.nodes[index];
        let shape_of = |value: Value| tape.nodes[value.0].shape;
        let output_range = self.value_range(index, node.shape);
        let [first, second] = self.input_ranges(tape, &node.operation);
        let (before, rest) = self.values.split_at_mut(output_range.start);
        let output = &mut rest[..output_range.len()];
        let input = &before[first];
        match &node.operation {
            Operation::Input => {}
            Operation::Linear { input: from, weight, bias, activation } => {
                let (inputs, outputs) = (shape_of(*from).numbers(), node.shape.numbers());
                multiply(
                    output,
                    Matrix::row_major(input, self.examples, inputs),
                    Matrix::row_major(&parameters[weight.clone()], inputs, outputs),
                    Store::Replace,
                );
                if let Some(bias) = bias {
                    add_bias(output, &parameters[bias.clone()], *activation == Activation::Relu);
                }
            }
            Operation::Convolution { input: from, weight, bias, activation, sliding } => {
                let convolution =
                    Convolution { input: shape_of(*from), output: node.shape, sliding: *sliding };
                let weight = &parameters[weight.clone()];
                convolution.forward(output, input, weight, &mut self.scratch);
                if let Some(bias) = bias {
                    add_bias(output, &parameters[bias.clone()], *activation == Activation::Relu);
                }
            }
            Operation::MaxPool { windows, .. } => max_pool(output, input, windows.0),
            Operation::AveragePool { windows, .. } => average_pool(output, input, windows.0),
            Operation::BatchNorm { scale, shift, statistics: place, activation, .. } => {
                let (scale, shift) = (&parameters[scale.clone()], &parameters[shift.clone()]);
                let [factor, term, _] = &mut self.channel_scratch;
                let map = (&mut factor[..scale.len()], &mut term[..scale.len()]);
                let affine = batch_norm::Affine { scale, shift };
                let used = if matches!(self.pass, Pass::Train { .. }) {
                    let batch = &mut self.batch_statistics[place.clone()];
                    batch_norm::measure(batch, input);
                    &*batch
                } else {
                    &statistics[place.clone()]
                };
                batch_norm::forward(output, input, (affine, used, *activation), map);
            }
            Operation::Dropout { probability, index, .. } => match self.pass {
                Pass::Train { key, first_example } => {
                    let first = first_example * node.shape.numbers();
                    dropout(output, input, dropout_mask(key, *index, *probability, first));
                }
                Pass::Evaluate => output.copy_from_slice(input),
            },
            Operation::Add { activation, .. } => {
                let right = &before[second];
                match activation {
                    Activation::Identity => add(output, input, right),
                    Activation::Relu => add_relu(output, input, right),
                }
            }
        }
    }
}

/// The mask of dropout `index` in the step with random key `key`.
pub(super) fn dropout_mask(key: u64, index: u64, probability: f32, first: usize) -> DropoutMask {
    // The odd constant is 2^64 over the golden ratio: neighbouring dropouts get far keys.
    let key = key ^ (index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    DropoutMask { key, first, probability }
}
