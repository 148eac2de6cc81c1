//! The labels that steps of a model trained with CTC spell: of the best class of each step, or of all ways
//! together by a search over beginnings.
//!
//! # Reference
//! Graves et al. (2006), *Connectionist temporal classification*, section 3.2; the search is that of Hannun
//! et al. (2014), arXiv:1408.2873, algorithm 1, without a language model.

use std::collections::BTreeMap;

use super::{Hypothesis, most_probable};
use crate::ops::{BLANK, log_sum_exp};

/// The labels of the most probable class of each step of `logits` (steps × `classes`), repetitions joined
/// and blanks taken out.
pub fn ctc_greedy(logits: &[f32], classes: usize) -> Vec<u32> {
    let mut labels = Vec::new();
    let mut last = BLANK;
    for row in logits.chunks_exact(classes) {
        let class = most_probable(row) as u32;
        if class != BLANK && class != last {
            labels.push(class);
        }
        last = class;
    }
    labels
}

/// Log-probability of all ways so far that spell some labels.
#[derive(Clone, Copy)]
struct Ways {
    /// Those whose last class is the blank.
    in_blank: f64,
    /// Those whose last class is the last label.
    in_label: f64,
}

impl Ways {
    const NONE: Self = Self { in_blank: f64::NEG_INFINITY, in_label: f64::NEG_INFINITY };

    fn total(self) -> f64 {
        log_add(self.in_blank, self.in_label)
    }
}

/// The labels that `logits` (steps × `classes`) spell with the largest probability over all alignments,
/// the best first: after each step the `width` best beginnings are followed.
pub fn ctc_beam(logits: &[f32], classes: usize, width: usize) -> Vec<Hypothesis> {
    let mut live = vec![(Vec::new(), Ways { in_blank: 0.0, ..Ways::NONE })];
    for row in logits.chunks_exact(classes) {
        let total = log_sum_exp(row);
        let log: Vec<f64> = row.iter().map(|logit| f64::from(*logit) - total).collect();
        let mut next: BTreeMap<Vec<u32>, Ways> = BTreeMap::new();
        for (labels, ways) in &live {
            go_on(&mut next, labels, *ways, &log);
        }
        live = next.into_iter().filter(|(_, ways)| ways.total().is_finite()).collect();
        // Equal ones keep the order of their labels.
        live.sort_by(|(_, left), (_, right)| right.total().total_cmp(&left.total()));
        live.truncate(width.max(1));
    }
    let found = live.into_iter().map(|(tokens, ways)| {
        let log_probability = ways.total();
        Hypothesis { tokens, log_probability, score: log_probability }
    });
    found.collect()
}

/// Adds all that one more step, of log-probabilities `log`, makes of `labels`.
fn go_on(next: &mut BTreeMap<Vec<u32>, Ways>, labels: &[u32], ways: Ways, log: &[f64]) {
    let same = next.entry(labels.to_vec()).or_insert(Ways::NONE);
    same.in_blank = log_add(same.in_blank, ways.total() + log[BLANK as usize]);
    if let Some(last) = labels.last() {
        same.in_label = log_add(same.in_label, ways.in_label + log[*last as usize]);
    }
    for (label, log) in (0..).zip(log).skip(1) {
        let longer = next.entry([labels, &[label]].concat()).or_insert(Ways::NONE);
        // A label is said again only after a blank.
        let before = if labels.last() == Some(&label) { ways.in_blank } else { ways.total() };
        longer.in_label = log_add(longer.in_label, before + log);
    }
}

/// Log of the sum of two exponentials.
fn log_add(left: f64, right: f64) -> f64 {
    let (larger, smaller) = if left > right { (left, right) } else { (right, left) };
    if smaller == f64::NEG_INFINITY { larger } else { larger + (smaller - larger).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Pass, Shape, TapeRecorder, Workspace};

    /// Three steps of three classes, no two of the same probability.
    const LOGITS: [f32; 12] = [0.3, 1.0, -0.4, 0.2, 0.9, 1.1, 1.5, -0.2, 0.1, -0.6, 0.8, 0.5];

    /// Log-probability of `labels`, from the loss.
    fn log_probability(labels: &[u32]) -> f64 {
        let (mut tape, logits) = TapeRecorder::new(Shape::sequence(4, 3));
        let given = tape.input(Shape::sequence(5, 1));
        let lengths = tape.input(Shape::flat(1));
        tape.ctc(logits, given, lengths);
        let tape = tape.finish();
        let mut workspace = Workspace::new(&tape, 1);
        workspace.input(&tape, 1).copy_from_slice(&LOGITS);
        workspace.input_at(&tape, 1).fill(-1.0);
        for (place, label) in workspace.input_at(&tape, 1).iter_mut().zip(labels) {
            *place = *label as f32;
        }
        workspace.input_at(&tape, 2).fill(4.0);
        workspace.forward(&tape, &[], &[], Pass::Evaluate);
        -workspace.losses()[0]
    }

    #[test]
    fn a_wide_search_finds_every_sequence_with_the_probability_that_the_loss_gives_it() {
        let found = ctc_beam(&LOGITS, 3, 1_000);
        let sum: f64 = found.iter().map(|hypothesis| hypothesis.log_probability.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        for hypothesis in &found {
            let expected = log_probability(&hypothesis.tokens);
            assert!((hypothesis.log_probability - expected).abs() < 1e-6, "{hypothesis:?}");
        }
        assert!(found.windows(2).all(|pair| pair[0].score >= pair[1].score));
        let narrow = ctc_beam(&LOGITS, 3, 4);
        assert_eq!((narrow.len(), &narrow[0].tokens), (4, &found[0].tokens));
    }

    #[test]
    fn the_best_path_joins_what_repeats_and_leaves_blanks_out() {
        let path = [1, 1, 0, 1, 2, 2, 0, 0, 2];
        let logits: Vec<f32> = path
            .iter()
            .flat_map(|class| (0..3).map(move |other| if other == *class { 2.0 } else { 0.0 }))
            .collect();
        assert_eq!(ctc_greedy(&logits, 3), [1, 1, 2, 2]);
        assert_eq!(ctc_greedy(&[], 3), Vec::<u32>::new());
    }
}
