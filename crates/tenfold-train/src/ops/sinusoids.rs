//! Positions as waves: a sine or cosine of the position is added to each number of a step, of
//! another length in each pair of numbers. Nothing is trained, and no sequence is too long.
//!
//! # Reference
//! Vaswani et al. (2017), arXiv:1706.03762, section 3.5.

use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

/// The longest wave, over 2π; that of the paper.
const LONGEST: f64 = 10_000.0;

#[derive(Debug)]
struct Sinusoids {
    shape: Shape,
    /// What is added to the numbers of an example.
    waves: Vec<f64>,
}

impl TapeRecorder {
    /// Adds to numbers 2i and 2i + 1 of step t the sine and cosine of t / 10000^(2i / numbers).
    pub fn add_sinusoids(&mut self, input: Value) -> Value {
        let shape = self.shape(input);
        let width = shape.channels;
        let wave = |place: usize| {
            let (step, number) = (place / width, place % width);
            let even = (number - number % 2) as f64;
            let angle = step as f64 / LONGEST.powf(even / width as f64);
            if number.is_multiple_of(2) { angle.sin() } else { angle.cos() }
        };
        let waves = (0..shape.numbers()).map(wave).collect();
        self.push(Sinusoids { shape, waves }, &[input])
    }
}

impl Operation for Sinusoids {
    fn shape(&self) -> Shape {
        self.shape
    }
}

impl<T: Real> Compute<T> for Sinusoids {
    fn forward(&self, call: Forward<'_, T>) {
        let examples = call.output.chunks_exact_mut(self.waves.len());
        for (output, input) in examples.zip(call.inputs[0].chunks_exact(self.waves.len())) {
            for ((output, input), wave) in output.iter_mut().zip(input).zip(&self.waves) {
                *output = *input + T::from_f64(*wave);
            }
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            target.copy_from_slice(call.gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        check(Shape::sequence(3, 5), |tape, input| Some(tape.add_sinusoids(input)));
    }
}
