//! The backward pass: each operation's gradient, from the last to the first.

use std::ops::Range;

use super::batch_norm;
use super::convolution::Convolution;
use super::forward::dropout_mask;
use super::kernel::channels::add_row_sums;
use super::kernel::elementwise::{accumulate, dropout, relu_backward};
use super::kernel::pooling::{MaxPoolGradient, average_pool_backward, max_pool_backward};
use super::kernel::{Matrix, Store, multiply};
use super::plan::Arrival;
use super::real::Real;
use super::tape::{Activation, Operation, Tape, Value};
use super::workspace::{Pass, Workspace, split_pair};

impl<T: Real> Workspace<T> {
    /// Replaces the parameter gradient by that of the last forward pass, a [`Pass::Train`], from the
    /// output's gradient written before.
    pub fn backward(&mut self, tape: &Tape, parameters: &[T]) {
        self.parameter_gradient.fill(T::ZERO);
        for index in (1..tape.nodes.len()).rev() {
            if tape.nodes[index].needs_gradient {
                self.backward_one(tape, index, parameters);
            }
        }
    }

    fn backward_one(&mut self, tape: &Tape, index: usize, parameters: &[T]) {
        let node = &tape.nodes[index];
        let own = self.gradient_range(Value(index), node.shape);
        if activation_of(&node.operation) == Activation::Relu {
            let output = self.value_range(index, node.shape);
            relu_backward(&mut self.gradients[own.clone()], &self.values[output]);
        }
        self.parameters_backward(tape, index, own.clone());
        for (input, arrival) in node.operation.inputs().zip(self.plan.arrivals[index]) {
            let Some(arrival) = arrival else { continue };
            let place = self.gradient_range(input, tape.nodes[input.0].shape);
            match arrival {
                Arrival::First => {
                    self.input_backward(tape, index, (own.clone(), place), parameters);
                }
                Arrival::Later(start) => {
                    let temporary = start..start + place.len();
                    self.input_backward(tape, index, (own.clone(), temporary.clone()), parameters);
                    let (sum, term) = split_pair(&mut self.gradients, place, temporary);
                    accumulate(sum, term);
                }
            }
        }
    }

    /// Adds to the parameter gradient what operation `index` contributes.
    fn parameters_backward(&mut self, tape: &Tape, index: usize, own: Range<usize>) {
        let node = &tape.nodes[index];
        let [input, _] = self.input_ranges(tape, &node.operation);
        let (own, input) = (&self.gradients[own], &self.values[input]);
        match &node.operation {
            Operation::Linear { weight, bias, .. } => {
                let outputs = node.shape.numbers();
                let inputs = weight.len() / outputs;
                multiply(
                    &mut self.parameter_gradient[weight.clone()],
                    Matrix::row_major(input, self.examples, inputs).transposed(),
                    Matrix::row_major(own, self.examples, outputs),
                    Store::Replace,
                );
                if let Some(bias) = bias {
                    add_row_sums(&mut self.parameter_gradient[bias.clone()], own);
                }
            }
            Operation::Convolution { input: from, weight, bias, sliding, .. } => {
                let shape = tape.nodes[from.0].shape;
                let convolution =
                    Convolution { input: shape, output: node.shape, sliding: *sliding };
                let target = &mut self.parameter_gradient[weight.clone()];
                convolution.weight_backward(target, input, own, &mut self.scratch);
                if let Some(bias) = bias {
                    add_row_sums(&mut self.parameter_gradient[bias.clone()], own);
                }
            }
            Operation::BatchNorm { scale, shift, statistics, .. } => {
                let (of_scale, of_shift) =
                    split_pair(&mut self.parameter_gradient, scale.clone(), shift.clone());
                let statistics = &self.batch_statistics[statistics.clone()];
                batch_norm::parameters_backward((of_scale, of_shift), (own, input), statistics);
            }
            Operation::Input
            | Operation::MaxPool { .. }
            | Operation::AveragePool { .. }
            | Operation::Dropout { .. }
            | Operation::Add { .. } => {}
        }
    }

    /// Writes the gradient of an input of operation `index` to `target`, from its `own`.
    fn input_backward(
        &mut self,
        tape: &Tape,
        index: usize,
        (own, target): (Range<usize>, Range<usize>),
        parameters: &[T],
    ) {
        let node = &tape.nodes[index];
        let [input, _] = self.input_ranges(tape, &node.operation);
        let output = self.value_range(index, node.shape);
        let (own, target) = split_pair(&mut self.gradients, own, target);
        let (input, output) = (&self.values[input], &self.values[output]);
        match &node.operation {
            Operation::Input => {}
            Operation::Linear { weight, .. } => {
                let outputs = node.shape.numbers();
                let inputs = weight.len() / outputs;
                multiply(
                    target,
                    Matrix::row_major(own, self.examples, outputs),
                    Matrix::row_major(&parameters[weight.clone()], inputs, outputs).transposed(),
                    Store::Replace,
                );
            }
            Operation::Convolution { input: from, weight, sliding, .. } => {
                let shape = tape.nodes[from.0].shape;
                let convolution =
                    Convolution { input: shape, output: node.shape, sliding: *sliding };
                let weight = &parameters[weight.clone()];
                convolution.input_backward(target, own, weight, &mut self.scratch);
            }
            Operation::MaxPool { windows, .. } => {
                let windows = windows.0;
                let of = MaxPoolGradient { input, output, output_gradient: own, windows };
                max_pool_backward(target, of);
            }
            Operation::AveragePool { windows, .. } => {
                average_pool_backward(target, own, windows.0);
            }
            Operation::BatchNorm { scale, shift, statistics, .. } => {
                let sums = (
                    &self.parameter_gradient[scale.clone()],
                    &self.parameter_gradient[shift.clone()],
                );
                let used = (&parameters[scale.clone()], &self.batch_statistics[statistics.clone()]);
                let factors = &mut self.channel_scratch;
                batch_norm::input_backward(target, (own, input), used, sums, factors);
            }
            Operation::Dropout { probability, index, .. } => {
                if let Pass::Train { key, first_example } = self.pass {
                    let first = first_example * node.shape.numbers();
                    dropout(target, own, dropout_mask(key, *index, *probability, first));
                }
            }
            Operation::Add { .. } => target.copy_from_slice(own),
        }
    }
}

fn activation_of(operation: &Operation) -> Activation {
    match operation {
        Operation::Linear { activation, .. }
        | Operation::Convolution { activation, .. }
        | Operation::BatchNorm { activation, .. }
        | Operation::Add { activation, .. } => *activation,
        Operation::Input
        | Operation::MaxPool { .. }
        | Operation::AveragePool { .. }
        | Operation::Dropout { .. } => Activation::Identity,
    }
}
