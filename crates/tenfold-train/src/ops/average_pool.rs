//! Average pooling: the mean of each window.

use crate::engine::kernel::pooling::{Windows, average_pool, average_pool_backward};
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct AveragePool(Windows);

impl TapeRecorder {
    /// Mean of each `side` × `side` window, as [`Self::max_pool`].
    pub fn average_pool(&mut self, input: Value, side: usize) -> Option<Value> {
        let windows = Windows::of(self.shape(input), side, side)?;
        Some(self.push(AveragePool(windows), &[input]))
    }

    /// Mean over all pixels.
    pub fn global_average_pool(&mut self, input: Value) -> Value {
        let from = self.shape(input);
        let windows = Windows { input: from, height: from.height, width: from.width };
        self.push(AveragePool(windows), &[input])
    }
}

impl Operation for AveragePool {
    fn shape(&self) -> Shape {
        self.0.output()
    }
}

impl<T: Real> Compute<T> for AveragePool {
    fn forward(&self, call: Forward<'_, T>) {
        average_pool(call.output, call.inputs[0], self.0);
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            average_pool_backward(target, call.gradient, self.0);
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
        check(image, |tape, input| tape.average_pool(input, 2));
        check(image, |tape, input| tape.average_pool(input, 5));
        check(image, |tape, input| Some(tape.global_average_pool(input)));
    }
}
