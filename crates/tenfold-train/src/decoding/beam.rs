//! Beam search: the best of many beginnings are followed side by side.
//!
//! # Reference
//! Sutskever, Vinyals and Le (2014), arXiv:1409.3215, section 3.2; the length penalty is that of Wu et al.
//! (2016), arXiv:1609.08144, equation 14, without coverage.

use tenfold_data::BOUNDARY;

use super::PairModel;
use crate::ops::log_sum_exp;

/// How a search goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Beam {
    /// Beginnings that are followed, at least one.
    pub width: usize,
    /// Hypotheses are compared by log-probability over ((5 + tokens) / 6) to this power; 0 compares
    /// probabilities.
    pub length_penalty: f64,
}

/// A target that a search has found.
#[derive(Clone, PartialEq, Debug)]
pub struct Hypothesis {
    /// Its tokens, the end left out.
    pub tokens: Vec<u32>,
    /// Log of its probability, that of its end included, in nats.
    pub log_probability: f64,
    /// By which hypotheses are compared; larger is better.
    pub score: f64,
}

impl Beam {
    /// Score of a hypothesis of `tokens` tokens, its end included.
    fn score(self, log_probability: f64, tokens: usize) -> f64 {
        log_probability / ((5.0 + tokens as f64) / 6.0).powf(self.length_penalty)
    }
}

/// The targets that a search finds for `source`, the best first, at most as many as it is wide. In the
/// last step every beginning that is still followed has to end.
pub fn beam(model: &mut PairModel<'_>, source: &[u32], beam: Beam) -> Vec<Hypothesis> {
    let width = beam.width.min(model.workspace.capacity()).max(1);
    model.read(&vec![source; width]);
    model.begin();
    let mut live = vec![Hypothesis { tokens: Vec::new(), log_probability: 0.0, score: 0.0 }];
    let mut ended: Vec<Hypothesis> = Vec::new();
    for step in 0..model.steps {
        model.compute(step == 0);
        let (mut next, mut parents) = (Vec::new(), Vec::new());
        let mut all = candidates(model, &live);
        if step + 1 == model.steps {
            all.retain(|candidate| candidate.token == BOUNDARY);
        }
        // Each beginning has one way to end, so that of two for each at least as many go on.
        all.truncate(2 * width);
        for Candidate { parent, token, log_probability } in all {
            let mut tokens = live[parent].tokens.clone();
            let score = beam.score(log_probability, step + 1);
            if token == BOUNDARY {
                ended.push(Hypothesis { tokens, log_probability, score });
            } else if next.len() < width {
                tokens.push(token);
                model.put(next.len(), token);
                parents.push(parent);
                next.push(Hypothesis { tokens, log_probability, score });
            }
        }
        ended.sort_by(|left, right| right.score.total_cmp(&left.score));
        ended.truncate(width);
        model.workspace.carry_from(&parents);
        live = next;
        let to_come = live.first().map(|best| beam.score(best.log_probability, model.steps));
        let worst = ended.get(width - 1).map(|worst| worst.score);
        if worst.is_some_and(|worst| to_come.is_some_and(|to_come| worst >= to_come)) {
            break;
        }
    }
    ended
}

/// A beginning and one more token.
#[derive(Clone, Copy)]
struct Candidate {
    parent: usize,
    token: u32,
    log_probability: f64,
}

/// All ways to go on, the most probable first.
fn candidates(model: &PairModel<'_>, live: &[Hypothesis]) -> Vec<Candidate> {
    let mut all = Vec::new();
    for (parent, hypothesis) in live.iter().enumerate() {
        let logits = model.logits(parent);
        let total = log_sum_exp(logits);
        all.extend((0..).zip(logits).map(|(token, logit)| Candidate {
            parent,
            token,
            log_probability: hypothesis.log_probability + f64::from(*logit) - total,
        }));
    }
    // Equal ones keep the order of beginnings and tokens.
    all.sort_by(|left, right| right.log_probability.total_cmp(&left.log_probability));
    all
}
