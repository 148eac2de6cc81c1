//! The vocabularies of a study's texts, one a language: those that its folder keeps, or fitted on the pool.

use std::fs;
use std::sync::Arc;

use anyhow::Result;
use tenfold_data::{Dataset, PairVocabularies, Pairs, Texts, UNKNOWN, Vocabulary};

use super::data_error::data_problems;
use super::facts::FactsNote;
use crate::diagnostic::Problems;
use crate::format;
use crate::study::{Study, TextReading};

/// Where the vocabulary of texts is kept, below the study's folder.
const KEPT: &str = ".tenfold/vocabulary.json";

/// Where those of pairs of texts are kept: of what is translated, and of what it is translated to.
const KEPT_PAIR: [&str; 2] = [".tenfold/vocabulary-source.json", ".tenfold/vocabulary-target.json"];

/// Share of unknown tokens in the texts reported on from which a person is warned: models then mostly
/// differ in what they say of the rest.
const MANY_UNKNOWN: f64 = 0.1;

/// Share of unknown tokens from which a loss says nothing.
const MOSTLY_UNKNOWN: f64 = 0.5;

/// What the texts of a study are read with.
#[derive(Debug)]
pub(super) enum Vocabularies {
    /// An example is a text, or a recording with its transcript.
    Texts(Arc<Vocabulary>),
    /// An example is a pair of texts.
    Pairs(PairVocabularies),
}

impl Vocabularies {
    /// The vocabularies of the texts of `dataset`, of which `pool` is trained on; `None` if its examples
    /// are no texts.
    ///
    /// # Errors
    /// If a text cannot be read.
    pub(super) fn of(
        study: &Study,
        reading: TextReading,
        dataset: &Dataset,
        pool: &[u32],
    ) -> Result<Option<Self>> {
        let transcripts = dataset.recordings().map(|recorded| recorded.transcripts);
        if let Some(texts) = dataset.texts().or(transcripts) {
            return Ok(Some(Self::Texts(vocabulary(study, KEPT, reading, texts, pool)?)));
        }
        let Some(Pairs { source, target }) = dataset.pairs() else { return Ok(None) };
        let of = |kept, texts| vocabulary(study, kept, reading, texts, pool);
        let (source, target) = (of(KEPT_PAIR[0], source)?, of(KEPT_PAIR[1], target)?);
        Ok(Some(Self::Pairs(PairVocabularies { source, target })))
    }

    /// The examples of `dataset`, their texts read with these.
    ///
    /// # Errors
    /// If a text cannot be read.
    pub(super) fn read(&self, dataset: &Dataset) -> Result<Dataset> {
        let read = match self {
            Self::Texts(vocabulary) if dataset.recordings().is_some() => {
                dataset.with_transcript_vocabulary(vocabulary)
            }
            Self::Texts(vocabulary) => dataset.with_vocabulary(vocabulary),
            Self::Pairs(vocabularies) => dataset.with_vocabularies(vocabularies),
        };
        read.map_err(|error| data_problems(&error))
    }
}

/// The vocabularies that `dataset` is read with, and where the study's folder keeps each.
pub(super) fn kept(dataset: &Dataset) -> Vec<(&'static str, &Vocabulary)> {
    let transcripts = dataset.recordings().map(|recorded| recorded.transcripts);
    let texts = dataset.texts().or(transcripts);
    let of_texts = texts.and_then(Texts::vocabulary).map(|own| (KEPT, own));
    let of_pairs = dataset.pairs().and_then(Pairs::vocabularies);
    let of_pairs = of_pairs.into_iter().flat_map(|both| KEPT_PAIR.into_iter().zip(both));
    of_texts.into_iter().chain(of_pairs).collect()
}

/// The vocabulary of `texts`, of which `pool` is trained on.
///
/// The one in the study's folder, called `kept`, is kept if it was fitted as `reading` says: texts that are
/// added then change no trial.
///
/// # Errors
/// If a text cannot be read.
fn vocabulary(
    study: &Study,
    kept: &str,
    reading: TextReading,
    texts: &Texts,
    pool: &[u32],
) -> Result<Arc<Vocabulary>> {
    let kept = fs::read_to_string(study.folder.join(kept))
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

/// What is to be known of the vocabularies of `dataset`, of which the examples in `rows` are reported on.
///
/// # Errors
/// If a text cannot be read, and if a vocabulary knows less than half of the tokens.
pub(super) fn notes(study: &Study, dataset: &Dataset, rows: &[u32]) -> Result<Vec<FactsNote>> {
    let transcripts = dataset.recordings().map(|recorded| recorded.transcripts);
    let sides = match (dataset.texts().or(transcripts), dataset.pairs()) {
        (Some(texts), _) => vec![("", KEPT, texts)],
        (None, Some(Pairs { source, target })) => vec![
            (" of what is translated", KEPT_PAIR[0], source),
            (" of translations", KEPT_PAIR[1], target),
        ],
        (None, None) => Vec::new(),
    };
    let of_side =
        |(what, kept, texts): (&str, &str, &Texts)| note(study, (what, kept), texts, rows);
    sides.into_iter().filter_map(|side| of_side(side).transpose()).collect()
}

/// The note on the vocabulary of `texts`, which is called `what` and kept in the file `kept`.
fn note(
    study: &Study,
    side: (&str, &str),
    texts: &Texts,
    rows: &[u32],
) -> Result<Option<FactsNote>> {
    let Some(vocabulary) = texts.vocabulary() else { return Ok(None) };
    let (what, kept) = side;
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
            "the vocabulary{what} of {} {} does not know {:.0}% of the texts reported on",
            format::count(vocabulary.len() as f64),
            vocabulary.tokenizer().plural,
            100.0 * share
        );
        let hint = if vocabulary.len() == vocabulary.most() {
            format!("`vocabulary = {}`, the usual size", vocabulary.tokenizer().usual_most)
        } else {
            format!("is it of other texts? `rm {kept}` lets it be fitted anew")
        };
        let problem = study.problem("data.vocabulary", message, "", Some(hint));
        return Err(Problems(vec![problem]).into());
    }
    let sentence = format!(
        "the vocabulary{what} has {} {}, the most frequent ones of the texts to train on; {} of the {} in \
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
