//! Where each value and each gradient lies in the workspace's two arenas.

use std::ops::Range;

use super::tape::{Operation, Tape};

/// How the gradient of a value comes together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrival {
    /// First in the backward pass: written to its place.
    First,
    /// After another consumer's: written to the temporary space that starts here, then added.
    Later(usize),
}

/// Layout for batches of up to `capacity` examples.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) capacity: usize,
    /// Start of each value; all are kept until the backward pass has read them.
    pub(super) values: Vec<usize>,
    pub(super) value_length: usize,
    /// Start of each gradient; space is used again as soon as a gradient has been passed on.
    pub(super) gradients: Vec<Option<usize>>,
    pub(super) gradient_length: usize,
    /// For each operation, how its gradient arrives at each of its inputs, `None` if not needed.
    pub(super) arrivals: Vec<[Option<Arrival>; 2]>,
}

impl Plan {
    pub(super) fn new(tape: &Tape, capacity: usize) -> Self {
        let numbers: Vec<usize> =
            tape.nodes.iter().map(|node| node.shape.numbers() * capacity).collect();
        let mut values = Vec::with_capacity(numbers.len());
        let mut value_length = 0;
        for length in &numbers {
            values.push(value_length);
            value_length += length;
        }

        let mut space = Space::default();
        let mut gradients = vec![None; numbers.len()];
        let mut arrivals = vec![[None; 2]; numbers.len()];
        for (index, node) in tape.nodes.iter().enumerate().rev() {
            if !node.needs_gradient {
                continue;
            }
            // The output's gradient has no consumer; the loss writes it.
            let own = *gradients[index].get_or_insert_with(|| space.take(numbers[index]));
            for (input, arrival) in node.operation.inputs().zip(&mut arrivals[index]) {
                *arrival = tape.nodes[input.0]
                    .needs_gradient
                    .then(|| arrive(&mut gradients[input.0], space.take(numbers[input.0])));
            }
            for arrival in arrivals[index].into_iter().flatten() {
                arrival.give_back_to(&mut space);
            }
            space.give_back(own);
        }
        Self { capacity, values, value_length, gradients, gradient_length: space.high, arrivals }
    }

    /// Scratch numbers an operation of `tape` needs at most, apart from convolutions.
    pub(super) fn largest_channels(tape: &Tape) -> usize {
        let wide = tape.nodes.iter().filter(|node| !matches!(node.operation, Operation::Input));
        wide.map(|node| node.shape.channels).max().unwrap_or(0)
    }
}

/// A gradient that lands at `start`: in its own place if it has none yet, else in temporary space.
fn arrive(own: &mut Option<usize>, start: usize) -> Arrival {
    if own.is_some() {
        return Arrival::Later(start);
    }
    *own = Some(start);
    Arrival::First
}

impl Arrival {
    /// Temporary space is free again once it has been added.
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
