//! The vocabulary of a study's texts: the one that its folder keeps, or one fitted on the pool.

use std::fs;
use std::sync::Arc;

use anyhow::Result;
use tenfold_data::{Texts, UNKNOWN, Vocabulary};

use super::facts::FactsNote;
use super::held_out::data_problems;
use crate::diagnostic::Problems;
use crate::format;
use crate::study::{Study, TextReading};

/// Where the vocabulary is kept, below the study's folder.
pub const KEPT: &str = ".tenfold/vocabulary.json";

/// Share of unknown tokens in the texts reported on from which a person is warned: models then mostly
/// differ in what they say of the rest.
const MANY_UNKNOWN: f64 = 0.1;

/// Share of unknown tokens from which a loss says nothing.
const MOSTLY_UNKNOWN: f64 = 0.5;

/// The vocabulary of `texts`, of which `pool` is trained on.
///
/// The one in the study's folder is kept if it was fitted as `reading` says: texts that are added then
/// change no trial.
///
/// # Errors
/// If a text cannot be read.
pub(super) fn vocabulary(
    study: &Study,
    reading: TextReading,
    texts: &Texts,
    pool: &[u32],
) -> Result<Arc<Vocabulary>> {
    let kept = fs::read_to_string(study.folder.join(KEPT))
        .ok()
        .and_then(|text| Vocabulary::from_json(&text));
    let is_as_asked =
        |kept: &Vocabulary| kept.tokenizer() == reading.tokenizer && kept.most() == reading.most;
    if let Some(kept) = kept.filter(is_as_asked) {
        return Ok(Arc::new(kept));
    }
    let fitted = texts.fit_vocabulary(pool, reading.tokenizer, reading.most);
    Ok(Arc::new(fitted.map_err(|error| data_problems(&error))?))
}

/// What is to be known of the vocabulary of `texts`, of which the texts in `rows` are reported on.
///
/// # Errors
/// If a text cannot be read, and if the vocabulary knows less than half of the tokens.
pub(super) fn note(study: &Study, texts: &Texts, rows: &[u32]) -> Result<Option<FactsNote>> {
    let Some(vocabulary) = texts.vocabulary() else { return Ok(None) };
    let (mut unknown, mut all) = (0_u64, 0_u64);
    for row in rows {
        let text = texts.row(*row).map_err(|error| data_problems(&error))?;
        for number in vocabulary.numbers(&text) {
            all += 1;
            unknown += u64::from(number == UNKNOWN);
        }
    }
    let share = unknown as f64 / all.max(1) as f64;
    if share > MOSTLY_UNKNOWN {
        let message = format!(
            "the vocabulary of {} {} does not know {:.0}% of the texts reported on",
            format::count(vocabulary.len() as f64),
            vocabulary.tokenizer().plural,
            100.0 * share
        );
        let hint = if vocabulary.len() == vocabulary.most() {
            format!("`vocabulary = {}`, the usual size", vocabulary.tokenizer().usual_most)
        } else {
            format!("is it of other texts? `rm {KEPT}` lets it be fitted anew")
        };
        let problem = study.problem("data.vocabulary", message, "", Some(hint));
        return Err(Problems(vec![problem]).into());
    }
    let sentence = format!(
        "the vocabulary has {} {}, the most frequent ones of the texts to train on; {} of the {} in \
         the texts reported on are unknown ({:.2}%)",
        format::count(vocabulary.len() as f64),
        vocabulary.tokenizer().plural,
        format::count(unknown as f64),
        format::count(all as f64),
        100.0 * share
    );
    Ok(Some(if share < MANY_UNKNOWN {
        FactsNote::ok(sentence)
    } else {
        FactsNote::warn(format!("{sentence}: losses with another vocabulary are not comparable"))
    }))
}
