//! Writes a first `study.toml` for recordings of speech.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tenfold_data::{Dataset, Recorded, Source, SplitColumn};

use super::draft_lines::{GOAL, name_of, quoted, source_lines};

/// Largest training-set size of a first study, in seconds: four and a half hours.
const LARGEST_FIRST_SIZE: u64 = 16_384;

/// Doublings of a first curve.
const FIRST_DOUBLINGS: u32 = 6;

/// The text of a commented study file for `recorded`, the recordings of `dataset`, which was read from `source`.
pub(super) fn draft(source: &Source, dataset: &Dataset, recorded: Recorded<'_>) -> String {
    let group = match source {
        Source::Files(files) if files.format.name() != "librispeech" => {
            dataset.columns.columns.iter().find(|column| names_speakers(column))
        }
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
    // Whole speakers are held out, so that nobody knows how much is left of somebody's own recordings.
    let to = match source {
        Source::Files(_) if pool <= LARGEST_FIRST_SIZE => String::new(),
        _ => format!(" to = {largest},"),
    };
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
         sizes = {{ from = {from},{to} factor = 2 }}   # seconds trained on, doubling\n\
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

/// Names that a column of speakers usually has; `client_id` is that of Common Voice.
const SPEAKERS: [&str; 6] = ["speaker", "speaker_id", "client_id", "speaker_name", "reader", "spk"];

/// Fewest speakers that some can be held out of, twice, and more than one left.
const FEWEST_SPEAKERS: usize = 4;

/// Whether `column` is called as one of speakers is, and several recordings are of one speaker.
fn names_speakers(column: &SplitColumn) -> bool {
    let is_named = SPEAKERS.iter().any(|name| column.name.eq_ignore_ascii_case(name));
    if !is_named {
        return false;
    }
    let rows = column.cells.len();
    let speakers: BTreeSet<_> = (0..rows).map(|row| column.cells.text(row)).collect();
    !speakers.contains(&None) && (FEWEST_SPEAKERS..=rows / 2).contains(&speakers.len())
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
