//! Sequences of different lengths in one batch: each is padded to the same number of steps, and an
//! input tells how many of its steps are its own.

use crate::engine::real::Real;

/// Steps of each sequence, from the input that holds them; at most `steps`.
pub(super) fn lengths<T: Real>(input: &[T], steps: usize) -> impl Iterator<Item = usize> {
    input.iter().map(move |length| length_of(*length, steps))
}

/// Steps of one sequence, at most `steps`.
pub(super) fn length_of<T: Real>(length: T, steps: usize) -> usize {
    (length.to_f64().max(0.0) as usize).min(steps)
}
