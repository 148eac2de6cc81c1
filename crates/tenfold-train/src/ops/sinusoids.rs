//! Positions as waves: a sine or cosine of the position is added to each number of a step, of
//! another length in each pair of numbers. Nothing is trained, and no sequence is too long. Sequences
//! that come in parts carry the place where the next part begins.
//!
//! # Reference
//! Vaswani et al. (2017), arXiv:1706.03762, section 3.5.

use super::Streams;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

/// The longest wave, over 2π; that of the paper.
const LONGEST: f64 = 10_000.0;

#[derive(Debug)]
struct Sinusoids {
    shape: Shape,
    /// What is added to the numbers of a whole sequence.
    waves: Vec<f64>,
    streams: Streams,
}

impl TapeRecorder {
    /// Adds to numbers 2i and 2i + 1 of step t the sine and cosine of t / 10000^(2i / numbers).
    pub fn add_sinusoids(&mut self, input: Value) -> Value {
        let steps = self.shape(input).pixels();
        self.push_sinusoids(input, steps, Streams::Fresh)
    }

    /// The same for a part of a sequence of at most `most` steps, which goes on where the batch before
    /// ended.
    pub fn continue_sinusoids(&mut self, input: Value, most: usize) -> Value {
        let steps = self.shape(input).pixels();
        self.push_sinusoids(input, most.max(steps), Streams::Carried)
    }

    fn push_sinusoids(&mut self, input: Value, steps: usize, streams: Streams) -> Value {
        let shape = self.shape(input);
        let width = shape.channels;
        let wave = |place: usize| {
            let (step, number) = (place / width, place % width);
            let even = (number - number % 2) as f64;
            let angle = step as f64 / LONGEST.powf(even / width as f64);
            if number.is_multiple_of(2) { angle.sin() } else { angle.cos() }
        };
        let waves = (0..steps * width).map(wave).collect();
        self.push(Sinusoids { shape, waves, streams }, &[input])
    }
}

impl Operation for Sinusoids {
    fn shape(&self) -> Shape {
        self.shape
    }

    /// The step at which the next batch begins.
    fn carried(&self) -> usize {
        self.streams.carried(1)
    }
}

impl<T: Real> Compute<T> for Sinusoids {
    fn forward(&self, call: Forward<'_, T>) {
        let (numbers, width) = (self.shape.numbers(), self.shape.channels);
        let examples = call.output.chunks_exact_mut(numbers);
        let examples = examples.zip(call.inputs[0].chunks_exact(numbers));
        for (index, (output, input)) in examples.enumerate() {
            let start = call.carried.get(index).map_or(0, |step| step.to_f64() as usize);
            if let Some(step) = call.carried.get_mut(index) {
                *step += T::from_f64(self.shape.pixels() as f64);
            }
            let waves = &self.waves[(start * width).min(self.waves.len() - numbers)..];
            for ((output, input), wave) in output.iter_mut().zip(input).zip(waves) {
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
