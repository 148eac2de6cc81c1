//! A layer of long short-term memory in both directions over sequences of different lengths.
//!
//! # Reference
//! Schuster and Paliwal (1997), *Bidirectional recurrent neural networks*; the same numbers as
//! `PyTorch`'s `nn.LSTM` with `bidirectional` on packed sequences.

use super::{Source, Streams};
use crate::engine::{TapeRecorder, Value};

/// What a layer in both directions gives.
#[derive(Clone, Copy, Debug)]
pub struct BothDirections {
    /// For each step, the hidden state after it from the left and from the right, side by side;
    /// zeros behind the end.
    pub steps: Value,
    /// The last states of both directions: after the last step from the left, after the first step
    /// from the right.
    pub last: Value,
}

impl TapeRecorder {
    /// Two layers of `hidden` units over `input`, of which each sequence has as many steps as
    /// `lengths` says: one from its first step on, one from its last step back. What lies behind
    /// the end of a sequence changes nothing.
    pub fn bidirectional_lstm(
        &mut self,
        input: Value,
        lengths: Value,
        hidden: usize,
    ) -> Option<BothDirections> {
        let forth = self.lstm(Source::Vectors(input), hidden, Streams::Fresh);
        let turned = self.reversed(input, lengths);
        let back = self.lstm(Source::Vectors(turned), hidden, Streams::Fresh);
        let last = [forth, back].map(|states| self.last_step(states, lengths));
        let forth = self.without_padding(forth, lengths);
        let back = self.reversed(back, lengths);
        let steps = self.side_by_side(forth, back)?;
        Some(BothDirections { steps, last: self.side_by_side(last[0], last[1])? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences::{Given, check_given};
    use crate::engine::Shape;
    use crate::ops::Activation;

    #[test]
    fn gradients_are_differences() {
        let lengths = || Given::numbers(&[4.0, 1.0, 3.0]);
        check_given(Shape::sequence(4, 3), &[lengths()], |tape, input, given| {
            // Nothing reads the last states here.
            let both = tape.bidirectional_lstm(input, given[0], 2)?;
            Some(tape.linear_each(both.steps, 2, Activation::Identity))
        });
        check_given(Shape::sequence(4, 3), &[lengths()], |tape, input, given| {
            let both = tape.bidirectional_lstm(input, given[0], 2)?;
            let last = tape.at_every_step(both.last, 4);
            tape.side_by_side(both.steps, last)
        });
    }
}
