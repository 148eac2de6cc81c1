//! One minus BLEU, from counts of n-grams.
//!
//! Ten statistics a sentence: n-grams of the hypothesis that the reference has too, each at most as often
//! as there, for n from 1 to 4; n-grams of the hypothesis, for n from 1 to 4; tokens of the hypothesis;
//! tokens of the reference.
//!
//! # Reference
//! Papineni et al. (2002), *BLEU: a method for automatic evaluation of machine translation*, ACL, section
//! 2.3. Orders without any match are smoothed as NIST's mteval-v13a does: method 3 of Chen and Cherry
//! (2014), *A systematic comparison of smoothing techniques for sentence-level BLEU*, WMT. This is the
//! default of sacreBLEU 2.

use super::{Aggregate, LogSlope};

/// Orders of n-grams.
const ORDERS: usize = 4;

/// Where the totals begin.
const TOTAL: usize = ORDERS;

/// Where the length of the hypothesis is.
const HYPOTHESIS: usize = 2 * ORDERS;

/// Where the length of the reference is.
const REFERENCE: usize = HYPOTHESIS + 1;

pub(super) const BLEU: Aggregate = Aggregate {
    name: "bleu",
    width: REFERENCE + 1,
    error: |means, examples| 1.0 - score(means, examples),
    slope,
    units: |means| means[REFERENCE],
};

/// BLEU, from 0 to 1, of the means of the statistics over `examples` sentences.
///
/// It is a ratio of sums but for smoothing, which takes half a match, a quarter of one, and so on for the
/// orders that have none in all sentences together.
fn score(means: &[f64], examples: f64) -> f64 {
    let has_any = means[..ORDERS].iter().any(|matches| *matches > 0.0);
    let has_all = means[TOTAL..HYPOTHESIS].iter().all(|total| *total > 0.0);
    if !(has_any && has_all) {
        return 0.0;
    }
    let mut smoothed = 1.0;
    let mut logs = 0.0;
    for order in 0..ORDERS {
        let (matches, total) = (means[order], means[TOTAL + order]);
        if matches > 0.0 {
            logs += (matches / total).ln();
        } else {
            smoothed *= 2.0;
            logs -= (smoothed * total * examples).ln();
        }
    }
    let (hypothesis, reference) = (means[HYPOTHESIS], means[REFERENCE]);
    let brevity = if hypothesis < reference { 1.0 - reference / hypothesis } else { 0.0 };
    (brevity + logs / ORDERS as f64).exp()
}

fn slope(means: &[f64], examples: f64) -> LogSlope {
    let score = score(means, examples);
    let mut weights = vec![0.0; REFERENCE + 1];
    if score > 0.0 {
        // d ln BLEU = ¼ Σ (d matches / matches − d total / total) + d(1 − reference / hypothesis)
        for order in 0..ORDERS {
            let (matches, total) = (means[order], means[TOTAL + order]);
            weights[order] = if matches > 0.0 { -score / (ORDERS as f64 * matches) } else { 0.0 };
            weights[TOTAL + order] = score / (ORDERS as f64 * total);
        }
        let (hypothesis, reference) = (means[HYPOTHESIS], means[REFERENCE]);
        if hypothesis < reference {
            weights[HYPOTHESIS] = -score * reference / (hypothesis * hypothesis);
            weights[REFERENCE] = score / hypothesis;
        }
    }
    LogSlope { weights, divisor: 1.0 - score, scale: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BLEU in percent of sums over `examples` sentences.
    fn percent(sums: [f64; 10], examples: f64) -> f64 {
        let means = sums.map(|sum| sum / examples);
        100.0 * (1.0 - (BLEU.error)(&means, examples))
    }

    /// The statistics and scores of sacreBLEU's own tests (`test_bleu.py`, version 2.6.0).
    #[test]
    fn scores_are_those_of_sacrebleu() {
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-6, "{found}");
        let scored = [9.0, 7.0, 5.0, 3.0, 10.0, 8.0, 6.0, 4.0, 11.0, 11.0];
        near(percent(scored, 3.0), 83.759_223_97);
        // Nothing matches, or there is no n-gram of an order: the score is 0.
        near(percent([0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 2.0, 1.0, 0.0, 1.0], 1.0), 0.0);
        near(percent([0.0; 10], 2.0), 0.0);
        near(percent([2.0, 1.0, 0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 2.0, 2.0], 1.0), 0.0);
    }

    #[test]
    fn smoothing_counts_in_all_sentences_together() {
        // By hand: precisions 1, 1, 1 and half a match of 3; then two smoothed orders, 1/(2·4) and 1/(4·3).
        let sums = [6.0, 5.0, 4.0, 0.0, 6.0, 5.0, 4.0, 3.0, 6.0, 6.0];
        let wanted = 100.0 * (1.0_f64 / 6.0).powf(0.25);
        for examples in [1.0, 7.0] {
            assert!((percent(sums, examples) - wanted).abs() < 1e-9, "{examples}");
        }
        let two = [6.0, 5.0, 0.0, 0.0, 6.0, 5.0, 4.0, 3.0, 6.0, 12.0];
        let wanted = 100.0 * (1.0_f64 / 8.0 / 12.0).powf(0.25) * (-1.0_f64).exp();
        assert!((percent(two, 2.0) - wanted).abs() < 1e-9);
    }
}
