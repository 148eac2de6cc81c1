//! Gaussian error linear unit, by its tanh approximation.
//!
//! # Reference
//! Hendrycks and Gimpel (2016), arXiv:1606.08415, section 2; `PyTorch`'s `approximate="tanh"`.

use crate::engine::kernel::vectorised;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

/// √(2/π)
const SLOPE: f64 = 0.797_884_560_802_865_4;
/// Factor of the cubic term.
const CUBIC: f64 = 0.044_715;

#[derive(Debug)]
struct Gelu {
    shape: Shape,
}

impl TapeRecorder {
    /// `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))` of each number.
    pub fn gelu(&mut self, input: Value) -> Value {
        let shape = self.shape(input);
        self.push(Gelu { shape }, &[input])
    }
}

impl Operation for Gelu {
    fn shape(&self) -> Shape {
        self.shape
    }

    /// The hyperbolic tangents.
    fn kept(&self, examples: usize) -> usize {
        examples * self.shape.numbers()
    }
}

impl<T: Real> Compute<T> for Gelu {
    fn forward(&self, call: Forward<'_, T>) {
        gelu(call.output, call.kept, call.inputs[0]);
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            gelu_backward(target, call.gradient, call.inputs[0], call.kept);
        }
    }
}

vectorised! {
    fn gelu<T>(output: &mut [T], tangents: &mut [T], input: &[T]) {
        let (half, slope) = (T::from_f64(0.5), T::from_f64(SLOPE));
        let cubic = T::from_f64(SLOPE * CUBIC);
        for ((output, tangent), x) in output.iter_mut().zip(tangents).zip(input) {
            let (x, square) = (*x, *x * *x);
            *tangent = (x * (slope + cubic * square)).tanh();
            *output = half * x * (T::ONE + *tangent);
        }
    }
}

vectorised! {
    fn gelu_backward<T>(target: &mut [T], gradient: &[T], input: &[T], tangents: &[T]) {
        let (half, slope) = (T::from_f64(0.5), T::from_f64(SLOPE));
        let cubic = T::from_f64(3.0 * SLOPE * CUBIC);
        for (((target, gradient), x), tangent) in
            target.iter_mut().zip(gradient).zip(input).zip(tangents)
        {
            let (x, square) = (*x, *x * *x);
            let inner = (T::ONE - *tangent * *tangent) * (slope + cubic * square);
            *target = *gradient * half * (T::ONE + *tangent + x * inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        check(Shape::flat(9), |tape, input| Some(tape.gelu(input)));
    }
}
