//! One minus BLEU of written translations, BLEU as sacreBLEU 2 computes it by default.
//!
//! Its signature there is `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp`.
//!
//! # Reference
//! Post (2018), *A call for clarity in reporting BLEU scores*, WMT, arXiv:1804.08771.

use std::collections::BTreeMap;

use tenfold_core::{Aggregate, MetricKind};

use super::{Metric, tokenizer_13a};
use crate::example::{Example, TargetKind};

/// Longest n-grams that are counted.
const ORDERS: usize = 4;

#[derive(Debug)]
pub(super) struct BleuError;

impl Metric for BleuError {
    fn name(&self) -> &'static str {
        "bleu_error"
    }

    fn doc(&self) -> &'static str {
        "1 − BLEU of what the model writes, BLEU from 0 to 1 as sacreBLEU 2 has it (13a, exp): 34.2 is \
         65.8%"
    }

    fn targets(&self) -> &'static [TargetKind] {
        &[TargetKind::Translations]
    }

    fn kind(&self) -> MetricKind {
        MetricKind::ErrorRate
    }

    fn aggregate(&self) -> Aggregate {
        Aggregate::BLEU
    }

    fn reads_what_is_written(&self) -> bool {
        true
    }

    fn statistics(&self, example: Example<'_>, statistics: &mut Vec<f32>) {
        let written = example.written;
        statistics.extend(bleu_statistics(written.hypothesis, &[written.reference]));
    }
}

/// What BLEU keeps of one translation: the n-grams that `hypothesis` shares with a reference, each at most
/// as often as it is there, for n from 1 to 4; its n-grams; its tokens; and those of the reference that is
/// nearest in length, the shorter one of two.
pub fn bleu_statistics(hypothesis: &str, references: &[&str]) -> [f32; 10] {
    let hypothesis = tokenizer_13a::tokens(hypothesis);
    let references: Vec<Vec<String>> =
        references.iter().map(|text| tokenizer_13a::tokens(text)).collect();
    let mut statistics = [0.0; 10];
    for order in 1..=ORDERS {
        let counts: Vec<BTreeMap<&[String], usize>> =
            references.iter().map(|tokens| n_grams(tokens, order)).collect();
        let shared = n_grams(&hypothesis, order).into_iter().map(|(n_gram, count)| {
            let there = counts.iter().filter_map(|counts| counts.get(n_gram));
            count.min(there.copied().max().unwrap_or(0))
        });
        statistics[order - 1] = shared.sum::<usize>() as f32;
        statistics[ORDERS + order - 1] = (hypothesis.len() + 1).saturating_sub(order) as f32;
    }
    let lengths = references.iter().map(Vec::len);
    let nearest = lengths.min_by_key(|length| (length.abs_diff(hypothesis.len()), *length));
    statistics[2 * ORDERS] = hypothesis.len() as f32;
    statistics[2 * ORDERS + 1] = nearest.unwrap_or(0) as f32;
    statistics
}

/// How often each n-gram of `order` tokens is in `tokens`.
fn n_grams(tokens: &[String], order: usize) -> BTreeMap<&[String], usize> {
    let mut counts = BTreeMap::new();
    for n_gram in tokens.windows(order) {
        *counts.entry(n_gram).or_insert(0) += 1;
    }
    counts
}
