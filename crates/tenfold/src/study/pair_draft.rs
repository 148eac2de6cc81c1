//! Writes a first `study.toml` for pairs of texts.

use std::fmt::Write as _;

use tenfold_data::{Dataset, Source};

use super::draft_lines::{GOAL, name_of, quoted, source_lines};

/// Largest training-set size of a first study, in pairs.
const LARGEST_FIRST_SIZE: u64 = 16_384;

/// Doublings of a first curve.
const FIRST_DOUBLINGS: u32 = 7;

/// Pairs that are held out, each time, where there are enough: they tell BLEU of 25 to about half a point
/// (standard error; .34 with the 3,004 sentences of WMT17, and it falls with the root of the number).
const HELD_OUT_PAIRS: u64 = 1_024;

/// The text of a commented study file for the pairs of texts in `dataset`, which was read from `source`.
pub(super) fn draft(source: &Source, dataset: &Dataset) -> String {
    // Of somebody's own table nobody knows which column makes pairs alike.
    let group = match source {
        Source::Files(files) if files.format.name() != "parallel" => None,
        _ => dataset.columns.columns.first(),
    };
    let split = group.map_or_else(String::new, |column| {
        let method = quoted(&format!("group:{}", column.name));
        format!("split = {method:<17} # pairs with one value of the column stay together\n")
    });
    let pairs = dataset.len() as u64;
    let held_out = HELD_OUT_PAIRS.min(pairs / 10).max(1);
    let pool = pairs.saturating_sub(2 * held_out).max(1);
    let largest = 1_u64 << pool.min(LARGEST_FIRST_SIZE).ilog2();
    let from = (largest >> FIRST_DOUBLINGS).max(16).min(largest);
    let sizes = if pool > LARGEST_FIRST_SIZE {
        format!("{{ from = {from}, to = {largest}, factor = 2 }}   # pairs trained on, doubling")
    } else {
        format!(
            "{{ from = {from}, factor = 2 }}   # pairs trained on, doubling up to all there are"
        )
    };
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "# A study for Tenfold. Every key is explained in docs/study-file.md; translations in\n\
         # docs/translation.md; run it: tenfold run\n\
         \n\
         [study]\n\
         name = {name}\n\
         seed = 0                  # of all randomness: the same seed gives the same study\n\
         \n\
         [data]                    # {pairs} pairs of texts\n\
         {source}\
         {split}\
         tokens = \"words\"          # of both languages; or bpe, characters\n\
         vocabulary = 4000         # words of each that a model knows, the most frequent ones\n\
         validation = {held_out:<12} # pairs held out to stop training and to choose settings\n\
         test = {held_out:<18} # pairs held out to report on, used for nothing else\n\
         \n\
         [shards]\n\
         sizes = {sizes}\n\
         seeds = 3                 # times each size is measured\n\
         \n\
         [metric]\n\
         name = \"nats_per_token\"   # or token_error_rate, bleu_error (1 - BLEU)\n\
         \n",
        name = quoted(&name_of(source)),
        source = source_lines(source),
    );
    text.push_str(MODEL);
    text.push_str(GOAL);
    text
}

const MODEL: &str = "\
[[model]]                 # one curve a model
name = \"seq2seq\"
learner = \"seq2seq\"       # or transformer; docs/translation.md
width = 128
[model.train]
batch = 16
epochs = 20               # or steps; training stops early when validation no longer gets better
minimum_steps = 1000
[model.search]            # the best by validation error is the curve's point
dropout = [0.1, 0.3]

";
