//! Examples of different lengths, put into batches by length as in a study.

use crate::tasks::BATCHES;

/// The smallest of 4, 6, 8, 12, 16, 24, … that is at least `length`: what batches are padded to.
fn bound_of(length: usize) -> usize {
    let above = length.max(4).next_power_of_two();
    let between = above / 4 * 3;
    if length <= between && between > 4 { between } else { above }
}

/// The first [`BATCHES`] batches that are full when examples of `lengths` come one after the other, each
/// with its bound.
pub(crate) fn batches_by_length(lengths: &[usize], batch: usize) -> Vec<(usize, Vec<usize>)> {
    let mut waiting: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut full = Vec::new();
    for (example, length) in lengths.iter().enumerate() {
        let bound = bound_of(*length);
        let place = waiting.iter().position(|(own, _)| *own == bound).unwrap_or_else(|| {
            waiting.push((bound, Vec::new()));
            waiting.len() - 1
        });
        waiting[place].1.push(example);
        if waiting[place].1.len() == batch {
            full.push(waiting.swap_remove(place));
        }
        if full.len() == BATCHES {
            return full;
        }
    }
    panic!("{} examples fill no {BATCHES} batches", lengths.len())
}
