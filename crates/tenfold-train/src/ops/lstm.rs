//! Long short-term memory over a sequence.
//!
//! An earlier operation computes the input's contribution to the gates of all steps in one product.
//! Here each step adds `hidden · weight`, where `weight` is hidden × (input, forget, candidate,
//! output).
//!
//! # Reference
//! Hochreiter and Schmidhuber (1997); gates as in `PyTorch`'s `nn.LSTM`.

use super::recurrence::{Source, Step, Streams, recurrent_weights};
use crate::engine::kernel::panels::{Packed, packed_numbers};
use crate::engine::kernel::{Matrix, Store, multiply, vectorised};
use crate::engine::real::Real;
use crate::engine::{
    Backward, Compute, Forward, Operation, ParameterGroup, Shape, TapeRecorder, Value,
};

/// Initial biases of the gates; that of the forget gate is 1, so that the cell remembers at first.
///
/// # Reference
/// Jozefowicz, Zaremba and Sutskever (2015), section 3.1.
const BIAS: &[f32] = &[0.0, 1.0, 0.0, 0.0];

#[derive(Debug)]
struct Lstm {
    steps: usize,
    hidden: usize,
    streams: Streams,
}

impl TapeRecorder {
    /// A layer of `hidden` units: the hidden state after each step.
    pub fn lstm(&mut self, source: Source, hidden: usize, streams: Streams) -> Value {
        let gates = self.gates(source, hidden, BIAS);
        let steps = self.shape(gates).pixels();
        self.push(Lstm { steps, hidden, streams }, &[gates])
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
        let (gates, rest) = kept.split_at_mut(4 * self.steps * state);
        let (cells, hidden) = rest.split_at_mut((self.steps + 1) * state);
        Kept { gates, cells, hidden }
    }

    /// Step `step` of sequences with `gates` numbers per unit.
    fn at(&self, step: usize, gates: usize) -> Step {
        Step { index: step, steps: self.steps, width: gates * self.hidden }
    }
}

impl Operation for Lstm {
    fn shape(&self) -> Shape {
        Shape::sequence(self.steps, self.hidden)
    }

    fn parameters(&self) -> Vec<ParameterGroup> {
        vec![recurrent_weights(self.hidden, 4)]
    }

    /// Hidden state, then cells.
    fn carried(&self) -> usize {
        self.streams.carried(2 * self.hidden)
    }

    fn kept(&self, examples: usize) -> usize {
        (6 * self.steps + 2) * examples * self.hidden
    }

    /// The packed weights; in the backward pass, the gradients of hidden state and cells come
    /// before them.
    fn scratch(&self, examples: usize) -> usize {
        let (there, back) = (
            packed_numbers(self.hidden, 4 * self.hidden),
            packed_numbers(4 * self.hidden, self.hidden),
        );
        2 * examples * self.hidden + there.max(back)
    }

    fn flop(&self) -> f64 {
        2.0 * (self.steps * 4 * self.hidden * self.hidden) as f64
    }
}

impl<T: Real> Compute<T> for Lstm {
    fn forward(&self, call: Forward<'_, T>) {
        let (examples, width) = (call.examples, self.hidden);
        let state = examples * width;
        let kept = self.divide(call.kept, examples);
        let weight = Matrix::row_major(call.parameters.group(0), width, 4 * width);
        let weight = Packed::new(call.scratch, weight);
        self.streams.begin(&mut kept.hidden[..state], call.carried, 0, 2, width);
        self.streams.begin(&mut kept.cells[..state], call.carried, 1, 2, width);
        for (step, gates) in kept.gates.chunks_exact_mut(4 * state).enumerate() {
            let (before, after) = kept.hidden[step * state..].split_at_mut(state);
            let hidden = &mut after[..state];
            self.at(step, 4).read(gates, call.inputs[0]);
            weight.add_product(gates, before);
            let (before, after) = kept.cells[step * state..].split_at_mut(state);
            cell(hidden, &mut after[..state], gates, before, width);
            self.at(step, 1).write(call.output, hidden);
        }
        let last = self.steps * state..;
        self.streams.end(&kept.hidden[last.clone()], call.carried, 0, 2, width);
        self.streams.end(&kept.cells[last], call.carried, 1, 2, width);
    }

    fn backward(&self, mut call: Backward<'_, T>) {
        let (examples, width) = (call.examples, self.hidden);
        let state = examples * width;
        let kept = self.divide(call.kept, examples);
        let (of_hidden, rest) = call.scratch.split_at_mut(state);
        let (of_cells, turned) = rest.split_at_mut(state);
        let weight = Matrix::row_major(call.parameters.group(0), width, 4 * width);
        let turned = Packed::new(turned, weight.transposed());
        of_hidden.fill(T::ZERO);
        of_cells.fill(T::ZERO);
        for (step, gates) in kept.gates.chunks_exact_mut(4 * state).enumerate().rev() {
            self.at(step, 1).add_to(of_hidden, call.gradient);
            let (before, after) = kept.cells[step * state..].split_at(state);
            cell_backward(gates, of_cells, of_hidden, (before, &after[..state]), width);
            if step > 0 {
                of_hidden.fill(T::ZERO);
                turned.add_product(of_hidden, gates);
            }
            if let [Some(target), ..] = &mut call.input_gradients {
                self.at(step, 4).write(target, gates);
            }
        }
        let rows = self.steps * examples;
        multiply(
            call.parameter_gradients.group(0),
            Matrix::row_major(kept.hidden, rows, width).transposed(),
            Matrix::row_major(kept.gates, rows, 4 * width),
            Store::Replace,
        );
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
            let (take, rest) = gates.split_at_mut(width);
            let (keep, rest) = rest.split_at_mut(width);
            let (new, show) = rest.split_at_mut(width);
            let shown = of_hidden.iter().zip(after);
            for ((of_cell, show), (of_hidden, after)) in
                of_cells.iter_mut().zip(show.iter_mut()).zip(shown)
            {
                let shown = after.tanh();
                *of_cell += *of_hidden * *show * (T::ONE - shown * shown);
                *show = *of_hidden * shown * *show * (T::ONE - *show);
            }
            for ((take, new), of_cell) in take.iter_mut().zip(new.iter_mut()).zip(of_cells.iter()) {
                let (share, value) = (*take, *new);
                *take = *of_cell * value * share * (T::ONE - share);
                *new = *of_cell * share * (T::ONE - value * value);
            }
            for ((keep, of_cell), before) in keep.iter_mut().zip(of_cells.iter_mut()).zip(before) {
                let (share, gradient) = (*keep, *of_cell);
                *keep = gradient * *before * share * (T::ONE - share);
                *of_cell = gradient * share;
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
        check(Shape::sequence(4, 3), |tape, input| {
            Some(tape.lstm(Source::Vectors(input), 5, Streams::Fresh))
        });
        check(Shape::sequence(3, 2), |tape, input| {
            let first = tape.lstm(Source::Vectors(input), 4, Streams::Fresh);
            Some(tape.lstm(Source::Vectors(first), 3, Streams::Fresh))
        });
    }
}
