//! Where each value and each gradient lies in the workspace's arenas.

use std::ops::Range;

use super::operation::MOST_INPUTS;
use super::tape::Tape;

/// How one consumer's contribution reaches the gradient of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrival {
    /// The first contribution in the backward pass is written to the gradient's own range.
    First,
    /// A later contribution is written to the temporary space that starts here, then added.
    Later(usize),
}

/// Layout for batches of up to `capacity` examples.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) capacity: usize,
    /// Start of each value; all are kept until the backward pass has read them.
    pub(super) values: Vec<usize>,
    pub(super) value_length: usize,
    /// Start of each gradient; a range is reused as soon as its gradient has been passed on.
    pub(super) gradients: Vec<Option<usize>>,
    pub(super) gradient_length: usize,
    /// For each operation, how its gradient arrives at each of its inputs, `None` if not needed.
    pub(super) arrivals: Vec<[Option<Arrival>; MOST_INPUTS]>,
    /// Range of the numbers that each operation keeps for the backward pass.
    pub(super) kept: Vec<Range<usize>>,
    /// Range of the numbers that each operation carries from one batch into the next.
    pub(super) carried: Vec<Range<usize>>,
    /// Largest scratch space that an operation needs; all operations share it.
    pub(super) scratch_length: usize,
}

impl Plan {
    pub(super) fn new(tape: &Tape, capacity: usize) -> Self {
        let numbers: Vec<usize> =
            tape.nodes.iter().map(|node| node.shape.numbers() * capacity).collect();
        let values = one_after_the_other(numbers.iter().copied());
        let operations = || tape.nodes.iter().map(|node| node.operation.as_deref());
        let kept = operations().map(|operation| operation.map_or(0, |o| o.kept(capacity)));
        let carried = operations().map(|operation| operation.map_or(0, |o| o.carried() * capacity));
        let scratch = operations().flatten().map(|operation| operation.scratch(capacity));

        let mut space = Space::default();
        let mut gradients = vec![None; numbers.len()];
        let mut arrivals = vec![[None; MOST_INPUTS]; numbers.len()];
        for (index, node) in tape.nodes.iter().enumerate().rev() {
            if !node.needs_gradient {
                continue;
            }
            // The output's gradient has no consumer; the caller writes it.
            let own = *gradients[index].get_or_insert_with(|| space.take(numbers[index]));
            for (place, (input, arrival)) in
                node.inputs.iter().zip(&mut arrivals[index]).enumerate()
            {
                let is_passed_on =
                    node.operation.as_ref().is_some_and(|o| o.is_differentiable(place));
                *arrival = (is_passed_on && tape.nodes[input.0].needs_gradient)
                    .then(|| arrive(&mut gradients[input.0], space.take(numbers[input.0])));
            }
            for arrival in arrivals[index].into_iter().flatten() {
                arrival.give_back_to(&mut space);
            }
            space.give_back(own);
        }
        Self {
            capacity,
            value_length: values.last().map_or(0, |last| last.end),
            values: values.into_iter().map(|value| value.start).collect(),
            gradients,
            gradient_length: space.high,
            arrivals,
            kept: one_after_the_other(kept),
            carried: one_after_the_other(carried),
            scratch_length: scratch.max().unwrap_or(0),
        }
    }
}

fn one_after_the_other(lengths: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut end = 0;
    let after = |length| {
        let start = end;
        end += length;
        start..end
    };
    lengths.map(after).collect()
}

/// Registers a contribution at `start`: as the gradient's own range if it has none yet, else as
/// temporary space.
fn arrive(own: &mut Option<usize>, start: usize) -> Arrival {
    if own.is_some() {
        return Arrival::Later(start);
    }
    *own = Some(start);
    Arrival::First
}

impl Arrival {
    /// Frees temporary space, whose numbers have been added to the gradient by then.
    fn give_back_to(self, space: &mut Space) {
        if let Self::Later(start) = self {
            space.give_back(start);
        }
    }
}

/// First-fit allocation of ranges.
#[derive(Default)]
struct Space {
    /// Ranges in use, by start.
    used: Vec<Range<usize>>,
    high: usize,
}

impl Space {
    fn take(&mut self, length: usize) -> usize {
        let mut start = 0;
        let mut place = 0;
        for range in &self.used {
            if range.start - start >= length {
                break;
            }
            start = range.end;
            place += 1;
        }
        self.used.insert(place, start..start + length);
        self.high = self.high.max(start + length);
        start
    }

    fn give_back(&mut self, start: usize) {
        self.used.retain(|range| range.start != start);
    }
}
