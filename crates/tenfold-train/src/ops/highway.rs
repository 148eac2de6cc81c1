//! Recurrent highway network: in each step the state passes several layers, each of which passes
//! part of it on unchanged.
//!
//! Layer l of a step: `s ← h · t + s · (1 − t)` with `h = tanh(s · R_h + b_h)` and
//! `t = σ(s · R_t + b_t)`; the first layer also adds the input's part. `weight` of a layer is hidden × (h, t).
//!
//! # Reference
//! Zilly et al. (2017), arXiv:1607.03474, equations 6 to 9 with c = 1 − t.

use super::gate_input::{GateInput, Source};
use super::recurrence::{Step, Streams, gate_bias, recurrent_weights};
use crate::engine::kernel::channels::add_row_sums;
use crate::engine::kernel::panels::{Base, Packed, packed_numbers};
use crate::engine::kernel::{Matrix, Store, multiply, vectorised};
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Parameters, Shape, TapeRecorder, Value,
};

/// Initial biases of h and t, with which most of the state passes unchanged.
const BIAS: &[f32] = &[0.0, -2.0];

#[derive(Debug)]
struct Highway {
    input: GateInput,
    hidden: usize,
    /// Layers in a step.
    depth: usize,
    streams: Streams,
}

impl TapeRecorder {
    /// A recurrent layer of `hidden` units with `depth` highway layers (at least one) in each step:
    /// the state after each step.
    pub fn recurrent_highway(
        &mut self,
        source: Source,
        hidden: usize,
        depth: usize,
        streams: Streams,
    ) -> Value {
        let (input, read) = self.gate_input(source, hidden, BIAS);
        self.push(Highway { input, hidden, depth: depth.max(1), streams }, &[read])
    }
}

/// Numbers kept for the backward pass: layer by layer, within a layer step by step, within a step
/// stream by stream.
struct Kept<'a, T> {
    /// Values of h and t; in the backward pass their gradients.
    gates: &'a mut [T],
    /// The state before each layer, then that after the last step.
    states: &'a mut [T],
}

impl Highway {
    fn divide<'a, T>(&self, kept: &'a mut [T], examples: usize) -> Kept<'a, T> {
        let (gates, states) =
            kept.split_at_mut(2 * self.depth * self.input.steps * examples * self.hidden);
        Kept { gates, states }
    }

    /// Step `step` of the state of each sequence.
    fn at(&self, step: usize) -> Step {
        Step { index: step, steps: self.input.steps, width: self.hidden }
    }

    /// Space for the packed weights of a layer, enough for the forward and the backward pass.
    fn packed(&self) -> usize {
        let (width, both) = (self.hidden, 2 * self.hidden);
        packed_numbers(width, both).max(packed_numbers(both, width))
    }

    /// The weights of a layer.
    fn weight<'a, T>(&self, parameters: &Parameters<'a, T>, layer: usize) -> Matrix<'a, T> {
        Matrix::row_major(parameters.group(self.input.group(layer)), self.hidden, 2 * self.hidden)
    }

    /// Step and layer of every product, in the order of the forward pass.
    fn order(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        let depth = self.depth;
        (0..self.input.steps * depth).map(move |index| (index / depth, index % depth))
    }

    /// Index of the kept state before this layer.
    fn place(&self, layer: usize, step: usize) -> usize {
        layer * self.input.steps + step
    }

    /// Index of the kept state after this layer: the one before the next layer, or before the first
    /// layer of the next step, or the last state.
    fn place_after(&self, layer: usize, step: usize) -> usize {
        if layer + 1 < self.depth {
            self.place(layer + 1, step)
        } else if step + 1 < self.input.steps {
            self.place(0, step + 1)
        } else {
            self.depth * self.input.steps
        }
    }

    /// Group of a layer's biases; `None` for the first layer, whose biases belong to the product
    /// with the input. The groups are the weights of each layer, then the biases of all layers but
    /// the first.
    fn bias_of(&self, layer: usize) -> Option<usize> {
        (layer > 0).then(|| self.input.group(self.depth + layer - 1))
    }
}

impl Operation for Highway {
    fn shape(&self) -> Shape {
        Shape::sequence(self.input.steps, self.hidden)
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        let mut groups = self.input.parameters();
        groups.extend((0..self.depth).map(|_| recurrent_weights(self.hidden, 2)));
        groups.extend((1..self.depth).map(|_| gate_bias(self.hidden, BIAS)));
        groups
    }

    fn is_differentiable(&self, _index: usize) -> bool {
        self.input.is_differentiable()
    }

    fn carried(&self) -> usize {
        self.streams.carried(self.hidden)
    }

    fn kept(&self, examples: usize) -> usize {
        let layers = self.depth * self.input.steps;
        self.input.kept(examples) + (3 * layers + 1) * examples * self.hidden
    }

    /// What the input needs, then the packed weights of each layer; in the backward pass, the
    /// gradient of the state comes before the weights.
    fn scratch(&self, examples: usize) -> usize {
        self.input.scratch(examples) + examples * self.hidden + self.depth * self.packed()
    }

    fn flop(&self) -> f64 {
        let layers = self.input.steps * self.depth;
        self.input.flop() + 2.0 * (layers * 2 * self.hidden * self.hidden) as f64
    }
}

impl<T: Real> Compute<T> for Highway {
    fn forward(&self, call: Forward<'_, T>) {
        let (examples, width) = (call.examples, self.hidden);
        let state = examples * width;
        let (of_input, kept) = call.kept.split_at_mut(self.input.kept(examples));
        let (table, packed) = call.scratch.split_at_mut(self.input.scratch(examples));
        let input = self.input.parts(call.inputs[0], call.parameters, of_input, table);
        let kept = self.divide(kept, examples);
        let mut starts = vec![0; examples];
        self.streams.begin(&mut kept.states[..state], call.carried, 0, 1, width);
        let spaces = packed.chunks_exact_mut(self.packed()).take(self.depth);
        for (layer, space) in spaces.enumerate() {
            Packed::new(space, self.weight(&call.parameters, layer));
        }
        for (step, layer) in self.order() {
            let place = self.place(layer, step);
            let gates = &mut kept.gates[2 * place * state..][..2 * state];
            let before = place * state..(place + 1) * state;
            let after = self.place_after(layer, step) * state;
            let Ok([before, after]) = kept.states.get_disjoint_mut([before, after..after + state])
            else {
                unreachable!("a layer's states are kept apart")
            };
            let base = if let Some(bias) = self.bias_of(layer) {
                Base::Row(call.parameters.group(bias))
            } else {
                self.input.starts(&input, step, &mut starts);
                Base::Rows(input.numbers(), &starts)
            };
            let space = &packed[layer * self.packed()..];
            Packed::again(space, width, 2 * width).product(gates, before, base);
            pass(after, gates, before, width);
            if layer + 1 == self.depth {
                self.at(step).write(call.output, after);
            }
        }
        let last = self.depth * self.input.steps * state;
        self.streams.end(&kept.states[last..], call.carried, 0, 1, width);
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let (examples, width) = (call.examples, self.hidden);
        let state = examples * width;
        let (of_input, kept) = call.kept.split_at_mut(self.input.kept(examples));
        let (table, rest) = call.scratch.split_at_mut(self.input.scratch(examples));
        let [target, ..] = call.input_gradients;
        let mut of_input = self.input.gradients(examples, of_input, table, target);
        let kept = self.divide(kept, examples);
        let (of_state, turned) = rest.split_at_mut(state);
        for (layer, space) in turned.chunks_exact_mut(self.packed()).enumerate() {
            Packed::new(space, self.weight(&call.parameters, layer).transposed());
        }
        of_state.fill(T::ZERO);
        for (step, layer) in self.order().rev() {
            if layer + 1 == self.depth {
                self.at(step).add_to(of_state, call.gradient);
            }
            let place = self.place(layer, step);
            let gates = &mut kept.gates[2 * place * state..][..2 * state];
            pass_backward(of_state, gates, &kept.states[place * state..][..state], width);
            // `of_state` already holds the part that passes unchanged.
            let space = &turned[layer * self.packed()..];
            Packed::again(space, 2 * width, width).product(of_state, gates, Base::Destination);
            if layer == 0 {
                self.input.take(&mut of_input, step, gates);
            }
        }
        of_input.write(call.parameters, &mut call.parameter_gradients);
        let rows = self.input.steps * examples;
        for layer in 0..self.depth {
            let gates = &kept.gates[2 * layer * rows * width..][..2 * rows * width];
            let states = Matrix::row_major(&kept.states[layer * rows * width..], rows, width);
            let gradient = Matrix::row_major(gates, rows, 2 * width);
            let target = call.parameter_gradients.group(self.input.group(layer));
            multiply(target, states.transposed(), gradient, Store::Replace);
            if let Some(bias) = self.bias_of(layer) {
                add_row_sums(call.parameter_gradients.group(bias), gates);
            }
        }
    }
}

vectorised! {
    /// Applies one layer; `gates` holds their inputs before and their values after.
    fn pass<T>(after: &mut [T], gates: &mut [T], before: &[T], width: usize) {
        let streams = after.chunks_exact_mut(width).zip(before.chunks_exact(width));
        for ((after, before), gates) in streams.zip(gates.chunks_exact_mut(2 * width)) {
            let (new, take) = gates.split_at_mut(width);
            for gate in new.iter_mut() {
                *gate = gate.tanh();
            }
            for gate in take.iter_mut() {
                *gate = gate.sigmoid();
            }
            for ((after, before), (new, take)) in
                after.iter_mut().zip(before).zip(new.iter().zip(take.iter()))
            {
                *after = *before + *take * (*new - *before);
            }
        }
    }
}

vectorised! {
    /// Replaces the values of the gates by their gradients, and the gradient of the state after the
    /// layer by the part that passes unchanged.
    fn pass_backward<T>(of_state: &mut [T], gates: &mut [T], before: &[T], width: usize) {
        let streams = of_state.chunks_exact_mut(width).zip(before.chunks_exact(width));
        for ((of_state, before), gates) in streams.zip(gates.chunks_exact_mut(2 * width)) {
            let (new, take) = gates.split_at_mut(width);
            for ((of_state, before), (new, take)) in
                of_state.iter_mut().zip(before).zip(new.iter_mut().zip(take.iter_mut()))
            {
                let (value, share, gradient) = (*new, *take, *of_state);
                *new = gradient * share * (T::ONE - value * value);
                *take = gradient * (value - *before) * share * (T::ONE - share);
                *of_state = gradient * (T::ONE - share);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::check;
    use super::*;

    #[test]
    fn gradients_are_differences() {
        for depth in [1, 3] {
            check(Shape::sequence(4, 3), |tape, input| {
                let source = Source::Vectors(input);
                Some(tape.recurrent_highway(source, 5, depth, Streams::Fresh))
            });
        }
    }
}
