//! Writes a first `study.toml` for a user's own data, which runs without changes.

use std::fmt::Write as _;

use tenfold_data::{Dataset, Source, Targets};

use super::draft_lines::{GOAL, name_of, quoted, source_lines};
use super::{pair_draft, sound_draft, text_draft};

/// Largest training-set size of a first study: enough for a curve, and minutes rather than hours.
const LARGEST_FIRST_SIZE: u64 = 16_384;

/// With fewer examples than this, a tenth of them is too small a test set: 500 examples (of 5,000)
/// measure an error of 10% to 1.3 points. Then folds are used, so that every row is tested once.
const FOLDS_BELOW: u64 = 5_000;

/// With fewer examples than this, a fold would have only one.
const FEWEST_FOR_FOLDS: u64 = 10;

/// Number of doublings of a first curve: 8 span more than two powers of ten.
const FIRST_DOUBLINGS: u32 = 8;

/// Smallest size of a first study; fewer examples do not fill a batch.
const SMALLEST_FIRST_SIZE: u64 = 16;

/// The text of a commented study file for `dataset`, which was read from `source`.
///
/// Paths are written as in `source`, so the file has to be put in the folder that they are relative
/// to. Sizes are doublings up to what is left after validation and test.
pub fn draft(source: &Source, dataset: &Dataset) -> String {
    if let Some(texts) = dataset.texts() {
        return text_draft::draft(source, texts, &dataset.columns);
    }
    if let Some(recorded) = dataset.recordings() {
        return sound_draft::draft(source, dataset, recorded);
    }
    if dataset.pairs().is_some() {
        return pair_draft::draft(source, dataset);
    }
    let is_images = dataset.images().is_some();
    let has_classes = matches!(dataset.targets, Targets::Classes { .. });
    let examples = dataset.len() as u64;
    let has_folds = (FEWEST_FOR_FOLDS..FOLDS_BELOW).contains(&examples);
    let sizes = match doublings(examples, if has_folds { 5 } else { 10 }) {
        (from, Some(to)) => {
            format!("{{ from = {from}, to = {to}, factor = 2 }}   # examples trained on, doubling")
        }
        (from, None) => {
            format!(
                "{{ from = {from}, factor = 2 }}   # examples trained on, doubling up to all there are"
            )
        }
    };
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "# A study for Tenfold. Every key is explained in docs/study-file.md; run it: tenfold run\n\
         \n\
         [study]\n\
         name = {name}\n\
         seed = 0                  # of all randomness: the same seed gives the same study\n\
         \n\
         [data]                    # {examples} examples, {targets}\n\
         {source}\
         {split}\
         validation = 0.1          # share held out to stop training and to choose settings\n\
         {test}\
         \n\
         [shards]\n\
         sizes = {sizes}\n\
         {seeds}\
         \n\
         [metric]\n\
         {metric}\
         \n",
        test = if has_folds {
            "test = \"5-fold\"           # every row is tested once, by a model that has not seen it\n"
        } else {
            "test = 0.1                # share held out to report on, used for nothing else\n"
        },
        seeds = if has_folds {
            "seeds = 5                 # times each size is measured: once a fold\n"
        } else {
            "seeds = 3                 # times each size is measured\n"
        },
        name = quoted(&name_of(source)),
        targets = targets_in_words(dataset),
        source = source_lines(source),
        split = if has_classes {
            "split = \"stratified\"      # every class in proportion\n"
        } else {
            "split = \"random\"          # or group:COLUMN, time:COLUMN\n"
        },
        metric = if has_classes {
            "name = \"error_rate\"       # or cross_entropy\n"
        } else {
            "name = \"rmse\"             # in units of the target\n"
        },
    );
    text.push_str(if is_images { IMAGE_MODELS } else { TABLE_MODELS });
    text.push_str(GOAL);
    text
}

/// The smallest size, and the largest; `None` if the largest is the whole pool.
///
/// A tenth of the examples is held out for validation and one part in `tested` for the test, each
/// rounded up. The pool is what is left.
fn doublings(examples: u64, tested: u64) -> (u64, Option<u64>) {
    let held_out = examples.div_ceil(10) + examples.div_ceil(tested);
    let pool = examples.saturating_sub(held_out).max(1);
    let largest = pool.min(LARGEST_FIRST_SIZE);
    // The largest power of two that fits.
    let to = 1 << largest.ilog2();
    let from = (to >> FIRST_DOUBLINGS).max(SMALLEST_FIRST_SIZE).min(to);
    (from, (pool > LARGEST_FIRST_SIZE).then_some(to))
}

fn targets_in_words(dataset: &Dataset) -> String {
    match &dataset.targets {
        Targets::Classes { names, .. } => format!("{} classes", names.len()),
        Targets::Values { .. } => "numbers to predict".to_owned(),
        Targets::Own { .. } => "predicted from themselves".to_owned(),
        Targets::Translations { .. } => "translations".to_owned(),
        Targets::Transcripts { .. } => "transcripts".to_owned(),
    }
}

const IMAGE_MODELS: &str = "\
[[model]]                 # one curve a model
name = \"cnn\"
learner = \"cnn\"           # or resnet
width = 16
[model.train]
batch = 64
epochs = 20               # or steps; training stops early when validation no longer gets better
[model.search]            # the best by validation error is the curve's point
learning_rate = [1e-3, 3e-3]
width = [8, 16, 32]

[[model]]
name = \"mlp\"
learner = \"mlp\"
width = 128
depth = 2
[model.train]
batch = 64
epochs = 20
[model.search]
learning_rate = [3e-4, 1e-3]
width = [64, 256]

";

const TABLE_MODELS: &str = "\
[[model]]                 # one curve a model
name = \"mlp\"
learner = \"mlp\"
width = 64
depth = 2
[model.train]
batch = 64
epochs = 30               # or steps; training stops early when validation no longer gets better
[model.search]            # the best by validation error is the curve's point
learning_rate = [1e-3, 3e-3]
width = [32, 128]

[[model]]
name = \"linear\"
learner = \"linear\"
[model.train]
batch = 64
epochs = 30
[model.search]
learning_rate = [1e-3, 1e-2]

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_doublings_that_fit_into_what_is_left() {
        assert_eq!(doublings(70_000, 10), (64, Some(16_384)));
        assert_eq!(doublings(10_000, 10), (16, None));
        assert_eq!(doublings(1_000, 5), (16, None));
        assert_eq!(doublings(30, 5), (16, None));
        assert_eq!(doublings(10, 5), (4, None));
        assert_eq!(doublings(1, 10), (1, None));
        assert_eq!(doublings(0, 10), (1, None));
    }
}
