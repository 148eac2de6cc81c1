//! Writes a first `study.toml` for texts, which runs unedited.

use std::fmt::Write as _;

use tenfold_data::{Source, SplitColumns, Texts};

use super::draft_lines::{GOAL, name_of, quoted, source_lines};

/// Largest training-set size of a first study, in characters: a curve of seven doublings below it takes
/// minutes on two cores.
const LARGEST_FIRST_SIZE: u64 = 1 << 18;

/// Doublings of a first curve.
const FIRST_DOUBLINGS: u32 = 7;

/// Smallest size of a first study: 16 windows of text.
const SMALLEST_FIRST_SIZE: u64 = 1_024;

/// Characters that are held out, each time, where there are enough: they told losses to 1.2 to
/// 1.9 % (standard error, on addresses in passages), and
/// more of them would take longer to evaluate than a small shard to train on.
const HELD_OUT_CHARACTERS: u64 = 65_536;

/// The text of a commented study file for `texts`, which were read from `source`.
///
/// Built-in texts of one group, such as the passages of an address, are held out together.
pub(super) fn draft(source: &Source, texts: &Texts, columns: &SplitColumns) -> String {
    // Of somebody's own table nobody knows which column makes texts alike.
    let group = match source {
        Source::Builtin(_) => columns.columns.first(),
        Source::Files(_) | Source::Numbered { .. } => None,
    };
    let split = group.map_or_else(String::new, |column| {
        let method = quoted(&format!("group:{}", column.name));
        format!("split = {method:<17} # texts with one value of the column stay together\n")
    });
    let documents = texts.len() as u64;
    let characters = (0..texts.len() as u32).map(|row| texts.characters(row)).sum::<u64>();
    let held_out = held_out(documents, characters);
    let pool = characters - characters * (2 * held_out).min(documents) / documents.max(1);
    let sizes = sizes(pool);
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
         [data]                    # {documents} documents of {characters} characters\n\
         {source}\
         {split}\
         tokens = \"characters\"     # or words, bpe\n\
         validation = {held_out:<14} # documents held out to stop training and to choose settings\n\
         test = {held_out:<20} # documents held out to report on, used for nothing else\n\
         \n\
         [shards]\n\
         unit = \"characters\"       # or tokens, examples (documents)\n\
         sizes = {sizes}\n\
         seeds = 3                 # times each size is measured\n\
         \n\
         [metric]\n\
         name = \"nats_per_character\" # or bits_per_character, nats_per_token, perplexity\n\
         \n",
        name = quoted(&name_of(source)),
        source = source_lines(source),
    );
    text.push_str(MODEL);
    text.push_str(GOAL);
    text
}

/// Documents that are held out, each time: as many as hold the characters wanted, at most a tenth.
fn held_out(documents: u64, characters: u64) -> u64 {
    let wanted = HELD_OUT_CHARACTERS.saturating_mul(documents).div_ceil(characters.max(1));
    wanted.min(documents / 10).max(1)
}

/// The progression up to `pool` characters, or to the largest size of a first study.
fn sizes(pool: u64) -> String {
    let largest = 1_u64 << pool.clamp(1, LARGEST_FIRST_SIZE).ilog2();
    let from = (largest >> FIRST_DOUBLINGS).max(SMALLEST_FIRST_SIZE).min(largest);
    if pool > LARGEST_FIRST_SIZE {
        format!(
            "{{ from = {from}, to = {largest}, factor = 2 }}   # of {pool} characters to train on; a larger \
             `to` takes longer"
        )
    } else {
        format!("{{ from = {from}, factor = 2 }}   # doubling up to all there are")
    }
}

const MODEL: &str = "\
[[model]]                 # one curve a model
name = \"lstm-lm\"
learner = \"lstm-lm\"       # or rhn-lm, transformer-lm; docs/learners.md
width = 128
[model.search]            # the best by validation error is the curve's point
width = [64, 128]
dropout = [0.0, 0.2]

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_at_most_is_held_out() {
        assert_eq!(held_out(1_000, 10_000_000), 7);
        assert_eq!(held_out(1_000, 10_000), 100);
        assert_eq!(held_out(3, 300), 1);
    }

    #[test]
    fn sizes_double_up_to_what_there_is() {
        assert!(sizes(10_000_000).starts_with("{ from = 2048, to = 262144, factor = 2 }"));
        assert!(sizes(100_000).starts_with("{ from = 1024, factor = 2 }"));
        assert!(sizes(500).starts_with("{ from = 256, factor = 2 }"));
        assert!(sizes(0).starts_with("{ from = 1, factor = 2 }"));
    }
}
