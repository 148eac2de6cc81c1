//! Pairs of texts: a text, and what it means in another language. They are two fields of texts, each with
//! a vocabulary of its own.

use std::sync::Arc;

use super::{Dataset, Field, FieldValues, Targets, Texts};
use crate::error::DataError;
use crate::vocabulary::Vocabulary;

/// The two texts of every example.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a> {
    /// What is translated.
    pub source: &'a Texts,
    /// What it is translated to.
    pub target: &'a Texts,
}

/// The vocabularies of pairs of texts, which hold for a whole curve.
#[derive(Clone, Debug)]
pub struct PairVocabularies {
    /// Of what is translated.
    pub source: Arc<Vocabulary>,
    /// Of what it is translated to.
    pub target: Arc<Vocabulary>,
}

impl<'a> Pairs<'a> {
    /// What the texts are read with, once that is known.
    pub fn vocabularies(self) -> Option<[&'a Vocabulary; 2]> {
        Some([self.source.vocabulary()?, self.target.vocabulary()?])
    }
}

impl Dataset {
    /// Pairs of texts: row `r` of `target` is the translation of row `r` of `source`.
    ///
    /// # Errors
    /// As for [`Dataset::new`]: texts of different number.
    pub fn of_pairs(source: Texts, target: Texts) -> Result<Self, DataError> {
        let targets = Targets::Translations { examples: source.len() };
        let field =
            |name: &str, texts| Field { name: name.to_owned(), values: FieldValues::Texts(texts) };
        Self::new(vec![field("source", source), field("target", target)], targets)
    }

    /// The pairs of texts, if an example is one of those and nothing else.
    pub fn pairs(&self) -> Option<Pairs<'_>> {
        match (&*self.fields, &self.targets) {
            (
                [
                    Field { values: FieldValues::Texts(source), .. },
                    Field { values: FieldValues::Texts(target), .. },
                ],
                Targets::Translations { .. },
            ) => Some(Pairs { source, target }),
            _ => None,
        }
    }

    /// The same pairs, read with `vocabularies`; unchanged if the examples are no pairs of texts.
    ///
    /// # Errors
    /// [`DataError`] for a text that cannot be read to count its tokens.
    pub fn with_vocabularies(&self, vocabularies: &PairVocabularies) -> Result<Self, DataError> {
        let Some(Pairs { source, target }) = self.pairs() else { return Ok(self.clone()) };
        let both = [(source, &vocabularies.source, 0_usize), (target, &vocabularies.target, 1)];
        let read = |(texts, vocabulary, at): (&Texts, &Arc<Vocabulary>, usize)| {
            let texts = texts.with_vocabulary(Arc::clone(vocabulary))?;
            let name = self.fields[at].name.clone();
            Ok(Field { name, values: FieldValues::Texts(texts) })
        };
        let fields = both.into_iter().map(read).collect::<Result<Arc<[Field]>, DataError>>()?;
        Ok(Self { fields, ..self.clone() })
    }
}
