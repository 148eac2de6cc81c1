//! Residual sum: `activation(left + right)`.

use super::Activation;
use crate::engine::kernel::elementwise::{add, add_relu};
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct Add {
    shape: Shape,
    activation: Activation,
}

impl TapeRecorder {
    /// Residual sum; `None` where the sizes differ.
    pub fn add(&mut self, left: Value, right: Value, activation: Activation) -> Option<Value> {
        let shape = self.shape(left);
        (shape == self.shape(right) && left != right)
            .then(|| self.push(Add { shape, activation }, &[left, right]))
    }
}

impl Operation for Add {
    fn shape(&self) -> Shape {
        self.shape
    }
}

impl<T: Real> Compute<T> for Add {
    fn forward(&self, call: Forward<'_, T>) {
        let [left, right, _] = call.inputs;
        match self.activation {
            Activation::Identity => add(call.output, left, right),
            Activation::Relu => add_relu(call.output, left, right),
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        self.activation.backward(call.gradient, call.output);
        for target in call.input_gradients.into_iter().flatten() {
            target.copy_from_slice(call.gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;
    use crate::engine::Sliding;
    use crate::ops::{Bias, Ending};

    #[test]
    fn gradients_are_differences_where_a_value_is_read_twice() {
        let plain = Ending { bias: Bias::None, activation: Activation::Identity };
        check(Shape { height: 5, width: 6, channels: 3 }, |tape, input| {
            let hidden = tape.convolution(input, 3, Sliding::SAME_3, plain)?;
            let sum = tape.add(hidden, input, Activation::Relu)?;
            let right = tape.convolution(sum, 3, Sliding::SAME_3, plain)?;
            tape.add(sum, right, Activation::Identity)
        });
    }
}
