//! Writes a first `study.toml` for recordings of speech.

use std::fmt::Write as _;

use tenfold_data::{Dataset, Recorded, Source};

use super::draft_lines::{GOAL, name_of, quoted, source_lines};

/// Largest training-set size of a first study, in seconds: four and a half hours.
const LARGEST_FIRST_SIZE: u64 = 16_384;

/// Doublings of a first curve.
const FIRST_DOUBLINGS: u32 = 6;

/// The text of a commented study file for `recorded`, the recordings of `dataset`, which was read from `source`.
pub(super) fn draft(source: &Source, dataset: &Dataset, recorded: Recorded<'_>) -> String {
    // Of somebody's own table nobody knows which column names the speakers.
    let group = match source {
        Source::Files(files) if files.format.name() != "librispeech" => None,
        _ => dataset.columns.columns.first(),
    };
    let split = group.map_or_else(String::new, |column| {
        let method = quoted(&format!("group:{}", column.name));
        format!("split = {method:<17} # recordings with one value of the column stay together\n")
    });
    let recordings = dataset.len() as u64;
    let rows = 0..dataset.len() as u32;
    let seconds = rows.map(|row| recorded.sounds.milliseconds(row)).sum::<u64>() / 1_000;
    // A sixth: of few speakers, one.
    let held_out = (recordings / 6).clamp(1, 1_024);
    let pool = seconds.saturating_sub(2 * held_out * seconds / recordings.max(1)).max(1);
    let largest = 1_u64 << pool.min(LARGEST_FIRST_SIZE).ilog2();
    let from = (largest >> FIRST_DOUBLINGS).max(1);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "# A study for Tenfold. Every key is explained in docs/study-file.md, recordings in\n\
         # docs/speech.md; run it: tenfold run\n\
         \n\
         [study]\n\
         name = {name}\n\
         seed = 0                  # of all randomness: the same seed gives the same study\n\
         \n\
         [data]                    # {recordings} recordings of {seconds} seconds in all\n\
         {source}\
         {split}\
         validation = {held_out:<12} # recordings held out to stop training and to choose settings\n\
         test = {held_out:<18} # recordings held out to report on, used for nothing else\n\
         \n\
         [shards]\n\
         unit = \"seconds\"          # or examples (recordings)\n\
         sizes = {{ from = {from}, to = {largest}, factor = 2 }}   # seconds trained on, doubling\n\
         seeds = 3                 # times each size is measured\n\
         \n\
         [metric]\n\
         name = \"character_error_rate\" # or word_error_rate, nats_per_character\n\
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
name = \"deep-speech\"
learner = \"deep-speech\"   # docs/speech.md
width = 128
[model.train]
epochs = 60               # or steps; training stops early when validation no longer gets better
minimum_steps = 2000      # at first a recogniser says nothing
[model.search]            # the best by validation error is the curve's point
dropout = [0.1, 0.3]

";
