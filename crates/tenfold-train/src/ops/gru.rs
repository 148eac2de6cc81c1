//! Gated recurrent unit over a sequence.
//!
//! To the input's part of the gates, each step adds `hidden · weight`, where `weight` is hidden × (reset, update, candidate);
//! the candidate's part is multiplied by the reset gate.
//!
//! # Reference
//! Cho et al. (2014), arXiv:1406.1078; gates as in `PyTorch`'s `nn.GRU`.

use super::gate_input::{GateInput, Source};
use super::recurrence::{Step, Streams, recurrent_weights};
use crate::engine::kernel::channels::add_row_sums;
use crate::engine::kernel::panels::{Base, Packed, packed_numbers};
use crate::engine::kernel::{Matrix, Store, multiply, vectorised};
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

/// Initial biases of the gates.
const BIAS: &[f32] = &[0.0, 0.0, 0.0];

#[derive(Debug)]
struct Gru {
    input: GateInput,
    hidden: usize,
    streams: Streams,
}

impl TapeRecorder {
    /// A layer of `hidden` units: the hidden state after each step.
    pub fn gru(&mut self, source: Source, hidden: usize, streams: Streams) -> Value {
        let (input, read) = self.gate_input(source, hidden, BIAS);
        self.push(Gru { input, hidden, streams }, &[read])
    }
}

/// Numbers kept for the backward pass: step by step, and within a step stream by stream.
struct Kept<'a, T> {
    /// Values of reset gate, update gate and candidate; in the backward pass the gradients of the
    /// input's contributions to them.
    gates: &'a mut [T],
    /// Contribution of the hidden state before each step to each gate; in the backward pass its
    /// gradient.
    given: &'a mut [T],
    /// The hidden state before each step, and after the last.
    hidden: &'a mut [T],
}

impl Gru {
    fn divide<'a, T>(&self, kept: &'a mut [T], examples: usize) -> Kept<'a, T> {
        let gates = 3 * self.input.steps * examples * self.hidden;
        let (gates, rest) = kept.split_at_mut(gates);
        let (given, hidden) = rest.split_at_mut(gates.len());
        Kept { gates, given, hidden }
    }

    /// Step `step` of the hidden state of each sequence.
    fn at(&self, step: usize) -> Step {
        Step { index: step, steps: self.input.steps, width: self.hidden }
    }
}

impl Operation for Gru {
    fn shape(&self) -> Shape {
        Shape::sequence(self.input.steps, self.hidden)
    }

    /// Weights, and the bias of the hidden state's contribution.
    fn parameters(&self) -> Vec<ParameterGroup> {
        let mut groups = self.input.parameters();
        groups.extend([recurrent_weights(self.hidden, 3), ParameterGroup::bias(3 * self.hidden)]);
        groups
    }

    fn is_differentiable(&self, _index: usize) -> bool {
        self.input.is_differentiable()
    }

    fn carried(&self) -> usize {
        self.streams.carried(self.hidden)
    }

    fn kept(&self, examples: usize) -> usize {
        self.input.kept(examples) + (7 * self.input.steps + 1) * examples * self.hidden
    }

    /// What the input needs, then the packed weights; in the backward pass, the gradient of the
    /// hidden state comes before the weights.
    fn scratch(&self, examples: usize) -> usize {
        let (there, back) = (
            packed_numbers(self.hidden, 3 * self.hidden),
            packed_numbers(3 * self.hidden, self.hidden),
        );
        self.input.scratch(examples) + examples * self.hidden + there.max(back)
    }

    fn flop(&self) -> f64 {
        self.input.flop() + 2.0 * (self.input.steps * 3 * self.hidden * self.hidden) as f64
    }
}

impl<T: Real> Compute<T> for Gru {
    fn forward(&self, call: Forward<'_, T>) {
        let (examples, width) = (call.examples, self.hidden);
        let state = examples * width;
        let (of_input, kept) = call.kept.split_at_mut(self.input.kept(examples));
        let (table, packed) = call.scratch.split_at_mut(self.input.scratch(examples));
        let input = self.input.parts(call.inputs[0], call.parameters, of_input, table);
        let kept = self.divide(kept, examples);
        let weight = call.parameters.group(self.input.group(0));
        let weight = Packed::new(packed, Matrix::row_major(weight, width, 3 * width));
        self.streams.begin(&mut kept.hidden[..state], call.carried, 0, 1, width);
        let gates = kept.gates.chunks_exact_mut(3 * state);
        for (step, (gates, given)) in gates.zip(kept.given.chunks_exact_mut(3 * state)).enumerate()
        {
            let (before, after) = kept.hidden[step * state..].split_at_mut(state);
            let hidden = &mut after[..state];
            self.input.read(&input, step, gates);
            let bias = call.parameters.group(self.input.group(1));
            weight.product(given, before, Base::Row(bias));
            cell(hidden, gates, given, before, width);
            self.at(step).write(call.output, hidden);
        }
        self.streams.end(&kept.hidden[self.input.steps * state..], call.carried, 0, 1, width);
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let (examples, width) = (call.examples, self.hidden);
        let state = examples * width;
        let (of_input, kept) = call.kept.split_at_mut(self.input.kept(examples));
        let (table, rest) = call.scratch.split_at_mut(self.input.scratch(examples));
        let [target, ..] = call.input_gradients;
        let mut of_input = self.input.gradients(examples, of_input, table, target);
        let kept = self.divide(kept, examples);
        let (of_hidden, turned) = rest.split_at_mut(state);
        let weight = call.parameters.group(self.input.group(0));
        let weight = Matrix::row_major(weight, width, 3 * width);
        let turned = Packed::new(turned, weight.transposed());
        of_hidden.fill(T::ZERO);
        let gates = kept.gates.chunks_exact_mut(3 * state);
        for (step, (gates, given)) in
            gates.zip(kept.given.chunks_exact_mut(3 * state)).enumerate().rev()
        {
            self.at(step).add_to(of_hidden, call.gradient);
            let before = &kept.hidden[step * state..][..state];
            cell_backward(of_hidden, gates, given, before, width);
            // `of_hidden` already holds the part that passes through the update gate.
            turned.product(of_hidden, given, Base::Destination);
            self.input.take(&mut of_input, step, gates);
        }
        of_input.write(call.parameters, &mut call.parameter_gradients);
        let rows = self.input.steps * examples;
        multiply(
            call.parameter_gradients.group(self.input.group(0)),
            Matrix::row_major(kept.hidden, rows, width).transposed(),
            Matrix::row_major(kept.given, rows, 3 * width),
            Store::Replace,
        );
        add_row_sums(call.parameter_gradients.group(self.input.group(1)), kept.given);
    }
}

// Each loop goes over a few slices only, so that the compiler can rule out that they overlap.

vectorised! {
    /// Applies the gates of one step; `gates` holds their inputs before and their values after.
    fn cell<T>(hidden: &mut [T], gates: &mut [T], given: &[T], before: &[T], width: usize) {
        let streams = hidden.chunks_exact_mut(width).zip(before.chunks_exact(width));
        let all = gates.chunks_exact_mut(3 * width).zip(given.chunks_exact(3 * width));
        for ((hidden, before), (gates, given)) in streams.zip(all) {
            let (both, new) = gates.split_at_mut(2 * width);
            let (given_both, given_new) = given.split_at(2 * width);
            for (gate, given) in both.iter_mut().zip(given_both) {
                *gate = (*gate + *given).sigmoid();
            }
            let (reset, keep) = both.split_at(width);
            for ((new, reset), given) in new.iter_mut().zip(reset).zip(given_new) {
                *new = (*new + *reset * *given).tanh();
            }
            for ((hidden, before), (new, keep)) in
                hidden.iter_mut().zip(before).zip(new.iter().zip(keep))
            {
                *hidden = *new + *keep * (*before - *new);
            }
        }
    }
}

vectorised! {
    /// Replaces the values of the gates and the hidden state's contribution by their gradients, and
    /// the gradient of the hidden state by the part that passes through the update gate.
    fn cell_backward<T>(
        of_hidden: &mut [T],
        gates: &mut [T],
        given: &mut [T],
        before: &[T],
        width: usize,
    ) {
        let streams = of_hidden.chunks_exact_mut(width).zip(before.chunks_exact(width));
        let all = gates.chunks_exact_mut(3 * width).zip(given.chunks_exact_mut(3 * width));
        for ((of_hidden, before), (gates, given)) in streams.zip(all) {
            let (reset, rest) = gates.split_at_mut(width);
            let (keep, new) = rest.split_at_mut(width);
            let values = keep.iter_mut().zip(new.iter_mut());
            for ((of_hidden, before), (keep, new)) in
                of_hidden.iter_mut().zip(before).zip(values)
            {
                let (share, value, gradient) = (*keep, *new, *of_hidden);
                *new = gradient * (T::ONE - share) * (T::ONE - value * value);
                *keep = gradient * (*before - value) * share * (T::ONE - share);
                *of_hidden = gradient * share;
            }
            let (given_both, given_new) = given.split_at_mut(2 * width);
            for ((reset, given), of_new) in reset.iter_mut().zip(given_new).zip(new.iter()) {
                let share = *reset;
                *reset = *of_new * *given * share * (T::ONE - share);
                *given = *of_new * share;
            }
            given_both.copy_from_slice(&gates[..2 * width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        check(Shape::sequence(4, 3), |tape, input| {
            Some(tape.gru(Source::Vectors(input), 5, Streams::Fresh))
        });
    }
}
