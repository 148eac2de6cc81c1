//! Long short-term memory over a sequence.
//!
//! To the input's part of the gates, each step adds `hidden · weight`, where `weight` is hidden × (input, forget, candidate,
//! output).
//!
//! # Reference
//! Hochreiter and Schmidhuber (1997); gates as in `PyTorch`'s `nn.LSTM`.

use super::gate_input::{GateInput, Source};
use super::recurrence::{Step, Streams, recurrent_weights};
use crate::engine::kernel::panels::{Base, Packed, packed_numbers};
use crate::engine::kernel::{Matrix, Store, multiply, prefetch_next, vectorised};
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

/// Initial biases of the gates; that of the forget gate is 1, so that the cell remembers at first.
///
/// # Reference
/// Jozefowicz, Zaremba and Sutskever (2015), section 3.1.
const BIAS: &[f32] = &[0.0, 1.0, 0.0, 0.0];

/// Steps whose gates are multiplied into the gradient of the weights at once, while they still lie in a
/// cache: those of 32 streams of 128 units are half a megabyte.
const BLOCK: usize = 8;

#[derive(Debug)]
struct Lstm {
    input: GateInput,
    hidden: usize,
    streams: Streams,
}

impl TapeRecorder {
    /// A layer of `hidden` units: the hidden state after each step.
    pub fn lstm(&mut self, source: Source, hidden: usize, streams: Streams) -> Value {
        let (input, read) = self.gate_input(source, hidden, BIAS);
        self.push(Lstm { input, hidden, streams }, &[read])
    }
}

/// Numbers kept for the backward pass: step by step, and within a step stream by stream.
struct Kept<'a, T> {
    /// Values of the gates; in the backward pass their gradients.
    gates: &'a mut [T],
    /// The cells before each step, and after the last.
    cells: &'a mut [T],
    /// The hidden state before each step, and after the last.
    hidden: &'a mut [T],
}

impl Lstm {
    fn divide<'a, T>(&self, kept: &'a mut [T], examples: usize) -> Kept<'a, T> {
        let state = examples * self.hidden;
        let (gates, rest) = kept.split_at_mut(4 * self.input.steps * state);
        let (cells, hidden) = rest.split_at_mut((self.input.steps + 1) * state);
        Kept { gates, cells, hidden }
    }

    /// Step `step` of the hidden state of each sequence.
    fn at(&self, step: usize) -> Step {
        Step { index: step, steps: self.input.steps, width: self.hidden }
    }
}

impl Operation for Lstm {
    fn shape(&self) -> Shape {
        Shape::sequence(self.input.steps, self.hidden)
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        let mut groups = self.input.parameters();
        groups.push(recurrent_weights(self.hidden, 4));
        groups
    }

    fn is_differentiable(&self, _index: usize) -> bool {
        self.input.is_differentiable()
    }

    /// Hidden state, then cells.
    fn carried(&self) -> usize {
        self.streams.carried(2 * self.hidden)
    }

    fn kept(&self, examples: usize) -> usize {
        self.input.kept(examples) + (6 * self.input.steps + 2) * examples * self.hidden
    }

    /// What the input needs, then the packed weights; in the backward pass, the gradients of hidden
    /// state and cells come before the weights.
    fn scratch(&self, examples: usize) -> usize {
        let (there, back) = (
            packed_numbers(self.hidden, 4 * self.hidden),
            packed_numbers(4 * self.hidden, self.hidden),
        );
        self.input.scratch(examples) + 2 * examples * self.hidden + there.max(back)
    }

    fn flop(&self) -> f64 {
        self.input.flop() + 2.0 * (self.input.steps * 4 * self.hidden * self.hidden) as f64
    }
}

impl<T: Real> Compute<T> for Lstm {
    fn forward(&self, call: Forward<'_, T>) {
        let (examples, width) = (call.examples, self.hidden);
        let state = examples * width;
        let (of_input, kept) = call.kept.split_at_mut(self.input.kept(examples));
        let (table, packed) = call.scratch.split_at_mut(self.input.scratch(examples));
        let input = self.input.parts(call.inputs[0], call.parameters, of_input, table);
        let kept = self.divide(kept, examples);
        let weight = call.parameters.group(self.input.group(0));
        let weight = Packed::new(packed, Matrix::row_major(weight, width, 4 * width));
        let mut starts = vec![0; examples];
        self.streams.begin(&mut kept.hidden[..state], call.carried, 0, 2, width);
        self.streams.begin(&mut kept.cells[..state], call.carried, 1, 2, width);
        for (step, gates) in kept.gates.chunks_exact_mut(4 * state).enumerate() {
            let (before, after) = kept.hidden[step * state..].split_at_mut(state);
            let hidden = &mut after[..state];
            self.input.starts(&input, step, &mut starts);
            weight.product(gates, before, Base::Rows(input.numbers(), &starts));
            let (before, after) = kept.cells[step * state..].split_at_mut(state);
            cell(hidden, &mut after[..state], gates, before, width);
            self.at(step).write(call.output, hidden);
        }
        let last = self.input.steps * state..;
        self.streams.end(&kept.hidden[last.clone()], call.carried, 0, 2, width);
        self.streams.end(&kept.cells[last], call.carried, 1, 2, width);
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let (examples, width) = (call.examples, self.hidden);
        let state = examples * width;
        let (of_input, kept) = call.kept.split_at_mut(self.input.kept(examples));
        let (table, rest) = call.scratch.split_at_mut(self.input.scratch(examples));
        let [target, ..] = call.input_gradients;
        let mut of_input = self.input.gradients(examples, of_input, table, target);
        let kept = self.divide(kept, examples);
        let (of_hidden, rest) = rest.split_at_mut(state);
        let (of_cells, turned) = rest.split_at_mut(state);
        let weight = call.parameters.group(self.input.group(0));
        let weight = Matrix::row_major(weight, width, 4 * width);
        let turned = Packed::new(turned, weight.transposed());
        of_hidden.fill(T::ZERO);
        of_cells.fill(T::ZERO);
        let mut starts = vec![0; examples];
        self.at(self.input.steps - 1).add_to(of_hidden, call.gradient);
        for step in (0..self.input.steps).rev() {
            let gates = &mut kept.gates[4 * step * state..][..4 * state];
            let (before, after) = kept.cells[step * state..].split_at(state);
            cell_backward(gates, of_cells, of_hidden, (before, &after[..state]), width);
            if step > 0 {
                self.at(step - 1).starts(&mut starts);
                turned.product(of_hidden, gates, Base::Rows(call.gradient, &starts));
            }
            self.input.take(&mut of_input, step, gates);
            if step.is_multiple_of(BLOCK) {
                let rows = BLOCK.min(self.input.steps - step) * examples;
                let hidden = Matrix::row_major(&kept.hidden[step * state..], rows, width);
                let gates = Matrix::row_major(&kept.gates[4 * step * state..], rows, 4 * width);
                let target = call.parameter_gradients.group(self.input.group(0));
                multiply(target, hidden.transposed(), gates, Store::Add);
            }
        }
        of_input.write(call.parameters, &mut call.parameter_gradients);
    }
}

// Each loop goes over a few slices only, so that the compiler can rule out that they overlap.

vectorised! {
    /// Applies the gates of one step; `gates` holds their inputs before and their values after.
    fn cell<T>(hidden: &mut [T], cells: &mut [T], gates: &mut [T], before: &[T], width: usize) {
        let streams = hidden.chunks_exact_mut(width).zip(cells.chunks_exact_mut(width));
        let given = gates.chunks_exact_mut(4 * width).zip(before.chunks_exact(width));
        for ((hidden, cells), (gates, before)) in streams.zip(given) {
            let (take_and_keep, rest) = gates.split_at_mut(2 * width);
            let (new, show) = rest.split_at_mut(width);
            for gate in take_and_keep.iter_mut() {
                *gate = gate.sigmoid();
            }
            for gate in new.iter_mut() {
                *gate = gate.tanh();
            }
            for gate in show.iter_mut() {
                *gate = gate.sigmoid();
            }
            let (take, keep) = take_and_keep.split_at(width);
            let kept = keep.iter().zip(before);
            for ((cell, (keep, before)), (take, new)) in
                cells.iter_mut().zip(kept).zip(take.iter().zip(new.iter()))
            {
                *cell = *keep * *before + *take * *new;
            }
            for ((hidden, cell), show) in hidden.iter_mut().zip(cells.iter()).zip(show.iter()) {
                *hidden = *show * cell.tanh();
            }
        }
    }
}

vectorised! {
    /// Replaces the values of the gates by their gradients, and the gradient of the cells after the
    /// step by that of the cells before it.
    fn cell_backward<T>(
        gates: &mut [T],
        of_cells: &mut [T],
        of_hidden: &[T],
        cells: (&[T], &[T]),
        width: usize,
    ) {
        let cells = cells.0.chunks_exact(width).zip(cells.1.chunks_exact(width));
        let gradients = of_cells.chunks_exact_mut(width).zip(of_hidden.chunks_exact(width));
        let streams = gates.chunks_exact_mut(4 * width).zip(cells).zip(gradients);
        for ((gates, (before, after)), (of_cells, of_hidden)) in streams {
            // A stream's gates are read in an order that a processor does not foresee.
            prefetch_next(gates);
            prefetch_next(before);
            let (take_and_keep, new_and_show) = gates.split_at_mut(2 * width);
            let (new, show) = new_and_show.split_at_mut(width);
            let shown = of_hidden.iter().zip(after);
            for ((of_cell, show), (of_hidden, after)) in
                of_cells.iter_mut().zip(show.iter_mut()).zip(shown)
            {
                let shown = after.tanh();
                *of_cell += *of_hidden * *show * (T::ONE - shown * shown);
                *show = *of_hidden * shown * *show * (T::ONE - *show);
            }
            let (take, keep) = take_and_keep.split_at_mut(width);
            new_backward(take, new, of_cells);
            for ((keep, of_cell), before) in keep.iter_mut().zip(of_cells.iter_mut()).zip(before) {
                let (share, gradient) = (*keep, *of_cell);
                *keep = gradient * *before * share * (T::ONE - share);
                *of_cell = gradient * share;
            }
        }
    }
}

vectorised! {
    /// Replaces the values of input gate and candidate by their gradients. As a loop within
    /// [`cell_backward`] it would not be vectorised: the compiler knows of arguments that they do not
    /// overlap, not of parts of one slice.
    fn new_backward<T>(take: &mut [T], new: &mut [T], of_cells: &[T]) {
        for ((take, new), of_cell) in take.iter_mut().zip(new).zip(of_cells) {
            let (share, value) = (*take, *new);
            *take = *of_cell * value * share * (T::ONE - share);
            *new = *of_cell * share * (T::ONE - value * value);
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
            Some(tape.lstm(Source::Vectors(input), 5, Streams::Fresh))
        });
        check(Shape::sequence(3, 2), |tape, input| {
            let first = tape.lstm(Source::Vectors(input), 4, Streams::Fresh);
            Some(tape.lstm(Source::Vectors(first), 3, Streams::Fresh))
        });
    }
}
