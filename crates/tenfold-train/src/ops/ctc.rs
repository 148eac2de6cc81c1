//! Connectionist temporal classification: −log of the probability that the steps spell a sequence of
//! labels, over all ways to align them, in nats.
//!
//! Class 0 is the blank. A way of saying labels is any sequence of classes, one a step, that gives
//! them when repetitions are joined and then blanks taken out. Sums are kept as logarithms in double
//! precision, so that neither long sequences nor an untrained model lose a path.
//!
//! # Reference
//! Graves et al. (2006), *Connectionist temporal classification*, sections 3 and 4; behaves as
//! `PyTorch`'s `ctc_loss` with `zero_infinity`.

use std::ops::Range;

use super::cross_entropy::log_sum_exp;
use super::lengths::length_of;
use crate::engine::real::Real;
use crate::engine::{Backward, Compute, Forward, Operation, Pass, Shape, TapeRecorder, Value};

/// The class that stands for nothing.
pub const BLANK: u32 = 0;

#[derive(Debug)]
struct Ctc {
    logits: Shape,
    /// Most labels of a sequence.
    labels: usize,
}

impl TapeRecorder {
    /// Records the loss of logits for each step. `labels` is an input that holds the labels of each
    /// sequence, each above 0, and −1 behind them; `lengths` says how many steps each has.
    ///
    /// Labels that are too many for the steps have no loss and no gradient; [`ctc_steps`] tells
    /// which.
    pub fn ctc(&mut self, logits: Value, labels: Value, lengths: Value) {
        let most = self.shape(labels).numbers();
        let loss = Ctc { logits: self.shape(logits), labels: most };
        self.push_loss(loss, &[logits, labels, lengths]);
    }
}

/// The fewest steps that can spell `labels`: one for each, and a blank between two that are the
/// same.
pub fn ctc_steps(labels: &[u32]) -> usize {
    labels.len() + labels.windows(2).filter(|pair| pair[0] == pair[1]).count()
}

impl Operation for Ctc {
    fn shape(&self) -> Shape {
        Shape::flat(1)
    }

    fn is_differentiable(&self, index: usize) -> bool {
        index == 0
    }

    fn kept(&self, examples: usize) -> usize {
        examples * self.logits.numbers()
    }
}

impl<T: Real> Compute<T> for Ctc {
    fn forward(&self, call: Forward<'_, T>) {
        let [logits, labels, lengths] = call.inputs;
        let scale = match call.pass {
            Pass::Train { mean_over, .. } => 1.0 / mean_over as f64,
            Pass::Evaluate => 0.0,
        };
        let numbers = self.logits.numbers();
        let given = logits.chunks_exact(numbers).zip(labels.chunks_exact(self.labels));
        let results = call.losses.iter_mut().zip(call.output);
        let results = results.zip(call.kept.chunks_exact_mut(numbers));
        let mut lattice = Lattice::default();
        for (((logits, labels), length), ((loss, output), gradient)) in
            given.zip(lengths).zip(results)
        {
            gradient.fill(T::ZERO);
            lattice.read_labels(labels);
            let own = length_of(*length, self.logits.pixels()) * self.logits.channels;
            lattice.read_logits(&logits[..own], self.logits.channels);
            *loss = lattice.loss();
            *output = T::from_f64(*loss);
            if scale > 0.0 && *loss > 0.0 {
                lattice.write_gradient(&mut gradient[..own], *loss, scale);
            }
        }
    }

    fn backward(&self, call: Backward<'_, T>) {
        if let [Some(target), ..] = call.input_gradients {
            target.copy_from_slice(call.kept);
        }
    }
}

/// All alignments of one sequence: steps × states, where the states are the labels with a blank
/// before, between and behind them.
#[derive(Default)]
struct Lattice {
    /// Class of each state.
    states: Vec<usize>,
    classes: usize,
    /// Log-probability of each class in each step.
    log_probabilities: Vec<f64>,
    /// Log of the probability of all ways to be in a state at a step, the step included.
    forward: Vec<f64>,
    /// Log of the probability of all ways to go on from there to the end.
    backward: Vec<f64>,
}

impl Lattice {
    fn read_labels<T: Real>(&mut self, labels: &[T]) {
        self.states.clear();
        self.states.push(BLANK as usize);
        for label in labels.iter().map(|label| label.to_f64()).take_while(|label| *label >= 0.0) {
            self.states.extend([label as usize, BLANK as usize]);
        }
    }

    fn read_logits<T: Real>(&mut self, logits: &[T], classes: usize) {
        self.classes = classes;
        self.log_probabilities.clear();
        for row in logits.chunks_exact(classes) {
            let total = log_sum_exp(row);
            self.log_probabilities.extend(row.iter().map(|logit| logit.to_f64() - total));
        }
    }

    fn steps(&self) -> usize {
        self.log_probabilities.len() / self.classes
    }

    /// Whether a way may go from state `to − 2` to `to` without the state between them, which is a
    /// blank: not between two labels that are the same.
    fn can_skip(&self, to: usize) -> bool {
        to >= 2 && self.states[to] != BLANK as usize && self.states[to] != self.states[to - 2]
    }

    /// The states in which a way can be at `step`: at most two further than at the step before, and near
    /// enough to the end. All others are in no way from the beginning to the end.
    fn reached(&self, step: usize) -> Range<usize> {
        let count = self.states.len();
        let last = count.min(2 * (step + 1));
        count.saturating_sub(2 * (self.steps() - step)).min(last)..last
    }

    /// Log-probability of the class of `state` in `step`.
    fn of(&self, step: usize, state: usize) -> f64 {
        self.log_probabilities[step * self.classes + self.states[state]]
    }

    /// What `before`, of the states in the step before, leads to `state`.
    fn ways_to(&self, state: usize, before: &[f64]) -> [f64; 3] {
        let skipping = state.checked_sub(2).filter(|_| self.can_skip(state));
        let from = [Some(state), state.checked_sub(1), skipping];
        from.map(|state| state.map_or(f64::NEG_INFINITY, |state| before[state]))
    }

    /// What leads from `state` in `step` to the end, of `after`, the states in the next step.
    fn ways_from(&self, state: usize, step: usize, after: &[f64]) -> [f64; 3] {
        let is_there = |to: &usize| *to < self.states.len();
        let skipping = Some(state + 2).filter(|to| is_there(to) && self.can_skip(*to));
        let to = [Some(state), Some(state + 1).filter(is_there), skipping];
        to.map(|to| to.map_or(f64::NEG_INFINITY, |to| after[to] + self.of(step + 1, to)))
    }

    /// Fills in the forward part; returns −log of the probability of the labels, 0 where no way
    /// spells them.
    fn loss(&mut self) -> f64 {
        let (steps, count) = (self.steps(), self.states.len());
        if steps == 0 {
            return 0.0;
        }
        let mut forward = std::mem::take(&mut self.forward);
        forward.clear();
        forward.resize(steps * count, f64::NEG_INFINITY);
        for state in self.reached(0) {
            forward[state] = self.of(0, state);
        }
        for step in 1..steps {
            let (before, now) = forward[(step - 1) * count..].split_at_mut(count);
            for state in self.reached(step) {
                now[state] = log_sum(self.ways_to(state, before)) + self.of(step, state);
            }
        }
        let last = &forward[(steps - 1) * count..];
        let ends = [last[count - 1], if count > 1 { last[count - 2] } else { f64::NEG_INFINITY }];
        let total = log_sum([ends[0], ends[1], f64::NEG_INFINITY]);
        self.forward = forward;
        if total.is_finite() || total.is_nan() { -total } else { 0.0 }
    }

    /// Fills in the backward part.
    fn go_back(&mut self) {
        let (steps, count) = (self.steps(), self.states.len());
        let mut backward = std::mem::take(&mut self.backward);
        backward.clear();
        backward.resize(steps * count, f64::NEG_INFINITY);
        for state in count.saturating_sub(2)..count {
            backward[(steps - 1) * count + state] = 0.0;
        }
        for step in (0..steps - 1).rev() {
            let (now, after) = backward[step * count..].split_at_mut(count);
            for state in self.reached(step) {
                now[state] = log_sum(self.ways_from(state, step, after));
            }
        }
        self.backward = backward;
    }

    /// Writes `scale` times the gradient of the logits: the probability of each class in each step,
    /// minus its probability given the labels.
    fn write_gradient<T: Real>(&mut self, gradient: &mut [T], loss: f64, scale: f64) {
        self.go_back();
        let count = self.states.len();
        let mut given = vec![0.0; self.classes];
        for (step, row) in gradient.chunks_exact_mut(self.classes).enumerate() {
            given.fill(0.0);
            for state in self.reached(step) {
                let (place, class) = (step * count + state, self.states[state]);
                given[class] += (self.forward[place] + self.backward[place] + loss).exp();
            }
            let probabilities = &self.log_probabilities[step * self.classes..][..self.classes];
            for ((target, log), given) in row.iter_mut().zip(probabilities).zip(&given) {
                *target = T::from_f64((log.exp() - given) * scale);
            }
        }
    }
}

/// Log of the sum of the exponentials.
fn log_sum(logarithms: [f64; 3]) -> f64 {
    let largest = logarithms.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    // Most of the loss's time are exponentials, and of two of the three they are known.
    let share = |log: f64| {
        if log.total_cmp(&largest).is_eq() {
            1.0
        } else if log == f64::NEG_INFINITY {
            0.0
        } else {
            (log - largest).exp()
        }
    };
    largest + logarithms.into_iter().map(share).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::super::differences::{Given, check_given_loss};
    use super::*;

    #[test]
    fn gradients_are_differences() {
        // Plain, with a label twice in a row, and no label at all; the last steps belong to nobody.
        let labels = Given::rows(&[&[1.0, 2.0, 1.0], &[2.0, 2.0, -1.0], &[-1.0, -1.0, -1.0]]);
        let lengths = Given::numbers(&[6.0, 5.0, 3.0]);
        check_given_loss(Shape::sequence(6, 4), &[labels, lengths], |tape, logits, given| {
            tape.ctc(logits, given[0], given[1]);
        });
    }

    #[test]
    fn as_many_steps_are_needed_as_labels_and_blanks_between_equal_ones() {
        assert_eq!([ctc_steps(&[]), ctc_steps(&[5, 6, 5]), ctc_steps(&[5, 5, 5, 6])], [0, 3, 6]);
    }

    #[test]
    fn every_way_is_counted_once() {
        // All classes have the same probability, and 5 of the 27 ways of three steps spell 1 2:
        // 112, 122, 012, 102 and 120.
        let mut lattice = Lattice::default();
        lattice.read_labels(&[1.0, 2.0]);
        lattice.read_logits(&[0.5; 9], 3);
        assert!((lattice.loss() - (27.0_f64 / 5.0).ln()).abs() < 1e-12);
        // No way of three steps spells a label three times.
        lattice.read_labels(&[1.0, 1.0, 1.0]);
        assert!(lattice.loss().abs() < 1e-300);
    }
}
