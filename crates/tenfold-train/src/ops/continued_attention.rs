//! Causal attention of steps that come one batch after the other: those of the batches before are carried.
//!
//! The same numbers as [`attention`](super::attention) over the whole sequence, for a model that writes
//! one step at a time.

use super::attention::softmax;
use crate::engine::kernel::lanes::dot;
use crate::engine::kernel::vectorised;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Shape, TapeRecorder, Value};

#[derive(Debug)]
struct ContinuedAttention {
    steps: usize,
    width: usize,
    heads: usize,
    /// Steps of a whole sequence, at most.
    most: usize,
}

impl TapeRecorder {
    /// Attention by `heads` heads of each step to itself and those before it, in this batch and in those
    /// before; a sequence has at most `most` steps, and what comes later is attended to by nobody. Nothing
    /// is trained through it. `None` as for [`TapeRecorder::attention`].
    pub fn continued_attention(
        &mut self,
        input: Value,
        heads: usize,
        most: usize,
    ) -> Option<Value> {
        let shape = self.shape(input);
        let (steps, width) = (shape.pixels(), shape.channels / 3);
        let is_divisible = shape.channels == 3 * width && heads > 0 && width.is_multiple_of(heads);
        let attention = ContinuedAttention { steps, width, heads, most };
        is_divisible.then(|| self.push(attention, &[input]))
    }
}

impl ContinuedAttention {
    /// Carries keys and values of `step`; returns how many steps are carried then.
    fn keep<T: Real>(&self, carried: &mut [T], step: &[T]) -> usize {
        let (width, known) = (self.width, carried[0].to_f64() as usize);
        if known == self.most {
            return known;
        }
        let (keys, values) = carried[1..].split_at_mut(self.most * width);
        keys[known * width..][..width].copy_from_slice(&step[width..2 * width]);
        values[known * width..][..width].copy_from_slice(&step[2 * width..]);
        carried[0] = T::from_f64((known + 1) as f64);
        known + 1
    }
}

impl Operation for ContinuedAttention {
    fn shape(&self) -> Shape {
        Shape::sequence(self.steps, self.width)
    }

    fn is_differentiable(&self, _index: usize) -> bool {
        false
    }

    /// How many steps there were, then their keys, then their values.
    fn carried(&self) -> usize {
        1 + 2 * self.most * self.width
    }

    /// Weights of one step of one head.
    fn scratch(&self, _examples: usize) -> usize {
        self.most
    }

    fn flop(&self) -> f64 {
        2.0 * (2 * self.steps * self.most * self.width) as f64
    }
}

impl<T: Real> Compute<T> for ContinuedAttention {
    fn forward(&self, call: Forward<'_, T>) {
        let width = self.width;
        let examples = call.inputs[0].chunks_exact(3 * self.steps * width);
        let outputs = call.output.chunks_exact_mut(self.steps * width);
        let carried = call.carried.chunks_exact_mut(self.carried());
        for ((input, output), carried) in examples.zip(outputs).zip(carried) {
            let steps = input.chunks_exact(3 * width).zip(output.chunks_exact_mut(width));
            for (step, output) in steps {
                let weights = &mut call.scratch[..self.keep(carried, step)];
                let past = carried[1..].split_at(self.most * width);
                attend(output, weights, &step[..width], past, self.heads);
            }
        }
    }

    /// It has no gradient.
    fn backward(&self, _call: Backward<'_, T>) {}
}

vectorised! {
    /// What each of `heads` heads of one step finds in the first steps of the past, as many as there are
    /// `weights`.
    fn attend<T>(found: &mut [T], weights: &mut [T], queries: &[T], past: (&[T], &[T]), heads: usize) {
        let (width, seen) = (queries.len(), weights.len());
        let head = width / heads;
        let scale = T::from_f64(1.0 / (head as f64).sqrt());
        let parts = queries.chunks_exact(head).zip(found.chunks_exact_mut(head));
        for (index, (query, found)) in parts.enumerate() {
            let own = index * head..(index + 1) * head;
            for (weight, key) in weights.iter_mut().zip(past.0.chunks_exact(width)) {
                *weight = dot(query, &key[own.clone()]);
            }
            softmax(weights, seen, scale);
            found.fill(T::ZERO);
            for (weight, value) in weights.iter().zip(past.1.chunks_exact(width)) {
                for (found, value) in found.iter_mut().zip(&value[own.clone()]) {
                    *found += *weight * *value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Pass, Workspace};
    use crate::ops::Attends;

    #[test]
    fn step_by_step_it_is_the_attention_of_the_whole_sequence() {
        let (steps, width, heads) = (5, 8, 2);
        let numbers = |index: usize| ((index * 7 % 23) as f64 - 11.0) / 9.0;
        let given: Vec<f64> = (0..2 * steps * 3 * width).map(numbers).collect();
        let (mut tape, input) = TapeRecorder::new(Shape::sequence(steps, 3 * width));
        tape.attention(input, heads, Attends::ToThePast).unwrap();
        let tape = tape.finish();
        let mut whole = Workspace::<f64>::new(&tape, 2);
        whole.input(&tape, 2).copy_from_slice(&given);
        whole.forward(&tape, &[], &[], Pass::Evaluate);

        let (mut one, input) = TapeRecorder::new(Shape::sequence(1, 3 * width));
        one.continued_attention(input, heads, steps).unwrap();
        let one = one.finish();
        let mut workspace = Workspace::<f64>::new(&one, 2);
        for step in 0..steps {
            let places = workspace.input(&one, 2).chunks_exact_mut(3 * width);
            for (place, example) in places.zip(given.chunks_exact(steps * 3 * width)) {
                place.copy_from_slice(&example[step * 3 * width..][..3 * width]);
            }
            workspace.forward(&one, &[], &[], Pass::Evaluate);
            let sequences = whole.output(&tape).chunks_exact(steps * width);
            for (ours, wanted) in workspace.output(&one).chunks_exact(width).zip(sequences) {
                let apart = ours.iter().zip(&wanted[step * width..]).map(|(a, b)| (a - b).abs());
                // Sums of at most eight products in another order.
                assert!(apart.fold(0.0, f64::max) < 1e-14, "{ours:?} {wanted:?} in step {step}");
            }
        }
    }
}
