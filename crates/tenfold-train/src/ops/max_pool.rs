//! Max pooling: the largest number of each window.

use crate::engine::kernel::pooling::{MaxPoolGradient, Windows, max_pool, max_pool_backward};
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct MaxPool(Windows);

impl TapeRecorder {
    /// Largest number of each `side` × `side` window; windows do not overlap, and pixels left over
    /// at the far edges are unused. `None` where no window fits.
    pub fn max_pool(&mut self, input: Value, side: usize) -> Option<Value> {
        let windows = Windows::of(self.shape(input), side, side)?;
        Some(self.push(MaxPool(windows), &[input]))
    }
}

impl Operation for MaxPool {
    fn shape(&self) -> Shape {
        self.0.output()
    }
}

impl<T: Real> Compute<T> for MaxPool {
    fn forward(&self, call: Forward<'_, T>) {
        max_pool(call.output, call.inputs[0], self.0);
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            let of = MaxPoolGradient {
                input: call.inputs[0],
                output: call.output,
                output_gradient: call.gradient,
                windows: self.0,
            };
            max_pool_backward(target, of);
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
        check(image, |tape, input| tape.max_pool(input, 2));
    }
}
