//! Fully connected layer: `activation(input · weight + bias)`; `weight` is inputs × outputs.

use super::Activation;
use crate::engine::kernel::channels::{add_bias, add_row_sums};
use crate::engine::kernel::{Matrix, Store, multiply};
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

/// Sizes of one layer. An example has as many rows as its output has pixels.
#[derive(Debug)]
struct Linear {
    inputs: usize,
    output: Shape,
    weight: ParameterGroup,
    bias: ParameterGroup,
    activation: Activation,
}

impl TapeRecorder {
    /// Fully connected layer of `outputs` outputs; an image is read as one long vector.
    pub fn linear(&mut self, input: Value, outputs: usize, activation: Activation) -> Value {
        let inputs = self.shape(input).numbers();
        let weight = weights(inputs, outputs, activation);
        let (output, bias) = (Shape::flat(outputs), ParameterGroup::bias(outputs));
        self.push(Linear { inputs, output, weight, bias, activation }, &[input])
    }

    /// Last layer of a model: fully connected, `outputs` outputs, weights that begin at 0, so that
    /// the first predictions are the same for every class, or the mean.
    pub fn output(&mut self, input: Value, outputs: usize) -> Value {
        let inputs = self.shape(input).numbers();
        let weight = ParameterGroup::zero_weights(inputs * outputs);
        let (output, bias) = (Shape::flat(outputs), ParameterGroup::bias(outputs));
        let activation = Activation::Identity;
        self.push(Linear { inputs, output, weight, bias, activation }, &[input])
    }
}

impl TapeRecorder {
    /// Fully connected layer of each pixel, or step of a sequence, by itself.
    pub fn linear_each(&mut self, input: Value, outputs: usize, activation: Activation) -> Value {
        let inputs = self.shape(input).channels;
        let weight = weights(inputs, outputs, activation);
        self.push_each(input, weight, ParameterGroup::bias(outputs), activation)
    }

    /// Like [`Self::linear_each`] without an activation, with one output per number of `bias`.
    pub(super) fn linear_each_with(&mut self, input: Value, bias: ParameterGroup) -> Value {
        let weight = weights(self.shape(input).channels, bias.length, Activation::Identity);
        self.push_each(input, weight, bias, Activation::Identity)
    }

    /// Last layer of a model that makes a prediction for each step; weights begin at 0.
    pub fn output_each(&mut self, input: Value, outputs: usize) -> Value {
        let weight = ParameterGroup::zero_weights(self.shape(input).channels * outputs);
        self.push_each(input, weight, ParameterGroup::bias(outputs), Activation::Identity)
    }

    fn push_each(
        &mut self,
        input: Value,
        weight: ParameterGroup,
        bias: ParameterGroup,
        activation: Activation,
    ) -> Value {
        let from = self.shape(input);
        let output = Shape { channels: bias.length, ..from };
        self.push(Linear { inputs: from.channels, output, weight, bias, activation }, &[input])
    }
}

fn weights(inputs: usize, outputs: usize, activation: Activation) -> ParameterGroup {
    let deviation = (activation.gain() / inputs as f64).sqrt();
    ParameterGroup::weights(inputs * outputs, deviation)
}

impl Linear {
    fn outputs(&self) -> usize {
        self.output.channels
    }
}

impl Operation for Linear {
    fn shape(&self) -> Shape {
        self.output
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        vec![self.weight.clone(), self.bias.clone()]
    }

    fn flop(&self) -> f64 {
        2.0 * (self.inputs * self.output.numbers()) as f64
    }
}

impl<T: Real> Compute<T> for Linear {
    fn forward(&self, call: Forward<'_, T>) {
        let rows = call.output.len() / self.outputs();
        multiply(
            call.output,
            Matrix::row_major(call.inputs[0], rows, self.inputs),
            Matrix::row_major(call.parameters.group(0), self.inputs, self.outputs()),
            Store::Replace,
        );
        add_bias(call.output, call.parameters.group(1), self.activation == Activation::Relu);
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        self.activation.backward(call.gradient, call.output);
        let rows = call.output.len() / self.outputs();
        let gradient = Matrix::row_major(call.gradient, rows, self.outputs());
        multiply(
            call.parameter_gradients.group(0),
            Matrix::row_major(call.inputs[0], rows, self.inputs).transposed(),
            gradient,
            Store::Replace,
        );
        add_row_sums(call.parameter_gradients.group(1), call.gradient);
        if let [Some(target), ..] = call.input_gradients {
            let weight = call.parameters.group(0);
            let weight = Matrix::row_major(weight, self.inputs, self.outputs()).transposed();
            multiply(target, gradient, weight, Store::Replace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        let image = Shape { height: 5, width: 6, channels: 3 };
        check(Shape::flat(7), |tape, input| Some(tape.linear(input, 4, Activation::Relu)));
        check(image, |tape, input| Some(tape.linear(input, 4, Activation::Identity)));
        check(Shape::flat(3), |tape, input| Some(tape.linear(input, 1, Activation::Identity)));
        check(Shape::flat(3), |tape, input| Some(tape.output(input, 2)));
        let relu = Activation::Relu;
        check(Shape::sequence(4, 3), |tape, input| Some(tape.linear_each(input, 5, relu)));
        check(Shape::sequence(4, 3), |tape, input| Some(tape.output_each(input, 2)));
    }
}
