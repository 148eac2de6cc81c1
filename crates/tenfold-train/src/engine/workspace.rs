//! Buffers in which a tape is replayed; laid out once, so that a step allocates nothing.

use std::ops::Range;

use super::kernel::elementwise::accumulate;
use super::operation::{
    Backward, BatchStatistics, Forward, Gradients, MOST_INPUTS, Number, Parameters, Pass,
};
use super::plan::{Arrival, Plan};
use super::tape::{Node, Tape, Value};

/// Values, gradients and scratch space for batches of up to a fixed number of examples.
#[derive(Clone, Debug)]
pub struct Workspace<T> {
    plan: Plan,
    examples: usize,
    pass: Pass,
    values: Vec<T>,
    gradients: Vec<T>,
    /// Gradient of the parameters, then what operations write for groups that are another's.
    parameter_gradient: Vec<T>,
    parameter_count: usize,
    /// Statistics of this batch, laid out as the running statistics.
    batch_statistics: Vec<T>,
    kept: Vec<T>,
    carried: Vec<T>,
    scratch: Vec<T>,
    losses: Vec<f64>,
}

impl<T: Number> Workspace<T> {
    /// Space to replay `tape` on up to `capacity` examples.
    pub fn new(tape: &Tape, capacity: usize) -> Self {
        let plan = Plan::new(tape, capacity);
        let zeros = |length| vec![T::ZERO; length];
        let end = |ranges: &[Range<usize>]| ranges.last().map_or(0, |last| last.end);
        Self {
            examples: 0,
            pass: Pass::Evaluate,
            values: zeros(plan.value_length),
            gradients: zeros(plan.gradient_length),
            parameter_gradient: zeros(
                tape.parameter_count() + tape.shared.last().map_or(0, |last| last.place.end),
            ),
            parameter_count: tape.parameter_count(),
            batch_statistics: zeros(tape.statistic_count()),
            kept: zeros(end(&plan.kept)),
            carried: zeros(end(&plan.carried)),
            scratch: zeros(plan.scratch_length),
            losses: vec![0.0; capacity],
            plan,
        }
    }

    /// Most examples that fit.
    pub fn capacity(&self) -> usize {
        self.plan.capacity
    }

    /// Space for the inputs of `examples` examples (at most the capacity): write them here, one
    /// after the other, then those of [`Self::input_at`] if there are more, then call
    /// [`Self::forward`].
    pub fn input(&mut self, tape: &Tape, examples: usize) -> &mut [T] {
        assert!(examples <= self.plan.capacity, "more examples than the workspace has room for");
        self.examples = examples;
        self.input_at(tape, 0)
    }

    /// Space for input `index` of the examples that [`Self::input`] was called for.
    pub fn input_at(&mut self, tape: &Tape, index: usize) -> &mut [T] {
        let range = self.value_range(tape, tape.inputs[index]);
        &mut self.values[range]
    }

    /// What the model predicts, after [`Self::forward`]: examples × output size.
    pub fn output(&self, tape: &Tape) -> &[T] {
        &self.values[self.value_range(tape, tape.output)]
    }

    /// The loss of each example, after [`Self::forward`] of a tape with a loss.
    pub fn losses(&self) -> &[f64] {
        &self.losses[..self.examples]
    }

    /// The output, and where its gradient is written before [`Self::backward`] of a tape without a
    /// loss.
    pub fn output_and_gradient(&mut self, tape: &Tape) -> (&[T], &mut [T]) {
        let range = self.value_range(tape, tape.output);
        let gradient = self.gradient_range(tape, tape.output);
        (&self.values[range], &mut self.gradients[gradient])
    }

    /// Gradient of the loss with respect to the parameters, after [`Self::backward`].
    pub fn parameter_gradient(&self) -> &[T] {
        &self.parameter_gradient[..self.parameter_count]
    }

    /// The same gradient, mutable, so that it can be clipped before the update.
    pub fn parameter_gradient_mut(&mut self) -> &mut [T] {
        &mut self.parameter_gradient[..self.parameter_count]
    }

    /// Gradient of the loss with respect to the first input, after [`Self::backward`]; empty unless
    /// the tape was recorded with [`TapeRecorder::differentiate_input`](super::TapeRecorder).
    pub fn input_gradient(&self, tape: &Tape) -> &[T] {
        &self.gradients[self.gradient_range(tape, tape.inputs[0])]
    }

    /// Adds the gradient of `other`, another chunk of the same batch.
    pub fn add_gradient_of(&mut self, other: &Self) {
        accumulate(self.parameter_gradient_mut(), other.parameter_gradient());
    }

    /// Statistics of the last training batch.
    pub fn batch_statistics(&self) -> BatchStatistics<'_, T> {
        BatchStatistics { numbers: &self.batch_statistics, examples: self.examples }
    }

    /// Numbers that streams carry from one batch into the next; all 0 at the beginning of a stream.
    pub fn carried(&mut self) -> &mut [T] {
        &mut self.carried
    }

    /// Lets each stream go on where stream `from[index]` is, for as many as there are in `from`.
    pub fn carry_from(&mut self, from: &[usize]) {
        let before = self.carried.clone();
        for range in &self.plan.carried {
            let (own, before) = (&mut self.carried[range.clone()], &before[range.clone()]);
            let each = (own.len() / self.plan.capacity).max(1);
            for (stream, from) in own.chunks_exact_mut(each).zip(from) {
                stream.copy_from_slice(&before[from * each..][..each]);
            }
        }
    }

    /// Computes all values from the inputs written before.
    ///
    /// `parameters` and `statistics` are the flat vectors that `tape` describes; the statistics
    /// are read only by [`Pass::Evaluate`].
    pub fn forward(&mut self, tape: &Tape, parameters: &[T], statistics: &[T], pass: Pass) {
        self.pass = pass;
        for index in 0..tape.nodes.len() {
            self.forward_one(tape, index, parameters, statistics);
        }
    }

    /// Computes again, after [`Self::forward`] with [`Pass::Evaluate`], the values that depend on input
    /// `changed`, which has been written anew. The tape has no running statistics.
    pub fn forward_from(&mut self, tape: &Tape, parameters: &[T], changed: usize) {
        let mut is_changed = vec![false; tape.nodes.len()];
        is_changed[tape.inputs[changed].0] = true;
        for (index, node) in tape.nodes.iter().enumerate() {
            if node.inputs.iter().any(|input| is_changed[input.0]) {
                is_changed[index] = true;
                self.forward_one(tape, index, parameters, &[]);
            }
        }
    }

    fn forward_one(&mut self, tape: &Tape, index: usize, parameters: &[T], statistics: &[T]) {
        let (node, pass) = (&tape.nodes[index], self.pass);
        if let Some(operation) = &node.operation {
            let output = self.value_range(tape, Value(index));
            let inputs = self.input_ranges(tape, node);
            let kept = self.kept_range(index, operation.kept(self.examples));
            let (before, rest) = self.values.split_at_mut(output.start);
            let before = &*before;
            T::work_of(operation.as_ref()).forward(Forward {
                examples: self.examples,
                pass,
                inputs: inputs.map(|input| &before[input]),
                parameters: Parameters { all: parameters, groups: &node.parameters },
                statistics: statistics.get(node.statistics.clone()).unwrap_or_default(),
                batch_statistics: &mut self.batch_statistics[node.statistics.clone()],
                carried: &mut self.carried[self.plan.carried[index].clone()],
                kept: &mut self.kept[kept],
                scratch: &mut self.scratch[..operation.scratch(self.examples)],
                losses: &mut self.losses[..self.examples],
                output: &mut rest[..output.len()],
            });
        }
    }

    /// Computes the parameter gradient of the last forward pass, which must be a [`Pass::Train`].
    /// It starts from the loss, or on a tape without a loss from the output's gradient, which the
    /// caller has written before.
    pub fn backward(&mut self, tape: &Tape, parameters: &[T]) {
        self.parameter_gradient.fill(T::ZERO);
        for (index, node) in tape.nodes.iter().enumerate().rev() {
            if node.needs_gradient {
                self.backward_one(tape, index, node, parameters);
            }
        }
        let (own, shared) = self.parameter_gradient.split_at_mut(self.parameter_count);
        for gradient in &tape.shared {
            accumulate(&mut own[gradient.owner.clone()], &shared[gradient.place.clone()]);
        }
    }

    fn backward_one(&mut self, tape: &Tape, index: usize, node: &Node, parameters: &[T]) {
        let Some(operation) = &node.operation else { return };
        let own = self.gradient_range(tape, Value(index));
        let output = self.value_range(tape, Value(index));
        let inputs = self.input_ranges(tape, node).map(|input| &self.values[input]);
        let kept = self.kept_range(index, operation.kept(self.examples));
        let arrivals = self.plan.arrivals[index];
        let mut targets: [Option<Range<usize>>; MOST_INPUTS] = [const { None }; MOST_INPUTS];
        for ((target, arrival), input) in targets.iter_mut().zip(arrivals).zip(&node.inputs) {
            let place = self.gradient_range(tape, *input);
            *target = arrival.map(|arrival| match arrival {
                Arrival::First => place,
                Arrival::Later(start) => start..start + place.len(),
            });
        }
        let (gradient, input_gradients) = split(&mut self.gradients, own, &targets);
        T::work_of(operation.as_ref()).backward(Backward {
            examples: self.examples,
            pass: self.pass,
            inputs,
            parameters: Parameters { all: parameters, groups: &node.parameters },
            batch_statistics: &self.batch_statistics[node.statistics.clone()],
            kept: &mut self.kept[kept],
            scratch: &mut self.scratch[..operation.scratch(self.examples)],
            output: &self.values[output],
            gradient,
            parameter_gradients: Gradients {
                all: &mut self.parameter_gradient,
                groups: &node.gradients,
            },
            input_gradients,
        });
        for ((target, arrival), input) in targets.into_iter().zip(arrivals).zip(&node.inputs) {
            let (Some(target), Some(Arrival::Later(_))) = (target, arrival) else { continue };
            let place = self.gradient_range(tape, *input);
            if let Ok([sum, term]) = self.gradients.get_disjoint_mut([place, target]) {
                accumulate(sum, term);
            }
        }
    }

    /// Where a value lies, for the present number of examples.
    fn value_range(&self, tape: &Tape, value: Value) -> Range<usize> {
        let start = self.plan.values[value.0];
        start..start + self.examples * tape.shape(value).numbers()
    }

    /// Ranges of the inputs of an operation; empty beyond the inputs it has.
    fn input_ranges(&self, tape: &Tape, node: &Node) -> [Range<usize>; MOST_INPUTS] {
        let mut inputs = node.inputs.iter();
        [(); MOST_INPUTS]
            .map(|()| inputs.next().map_or(0..0, |input| self.value_range(tape, *input)))
    }

    /// Where a value's gradient lies; empty if it has none.
    fn gradient_range(&self, tape: &Tape, value: Value) -> Range<usize> {
        let numbers = self.examples * tape.shape(value).numbers();
        self.plan.gradients[value.0].map_or(0..0, |start| start..start + numbers)
    }

    fn kept_range(&self, index: usize, length: usize) -> Range<usize> {
        let start = self.plan.kept[index].start;
        start..start + length
    }
}

/// The gradient of an operation's output, and those of its inputs.
type Split<'a, T> = (&'a mut [T], [Option<&'a mut [T]>; MOST_INPUTS]);

/// Borrows several ranges of `slice` mutably; the plan has laid them out without overlap.
fn split<'a, T>(
    slice: &'a mut [T],
    own: Range<usize>,
    targets: &[Option<Range<usize>>; MOST_INPUTS],
) -> Split<'a, T> {
    let [first, second, third] = targets.clone().map(Option::unwrap_or_default);
    let Ok([own, first, second, third]) = slice.get_disjoint_mut([own, first, second, third])
    else {
        unreachable!("the plan lays out gradients apart from each other")
    };
    let mut slices = [first, second, third].into_iter();
    let next = |target: &Option<Range<usize>>| slices.next().filter(|_| target.is_some());
    (own, targets.each_ref().map(next))
}
