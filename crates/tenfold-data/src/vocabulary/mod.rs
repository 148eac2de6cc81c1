//! Vocabularies: which tokens a text is made of, and the number of each.
//!
//! A vocabulary is fitted once, on the pool, and holds for a whole curve: losses of models with
//! different vocabularies cannot be compared. The most frequent tokens of the pool are in it; all others
//! are one unknown token.

mod tokenizer;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use tokenizer::{CHARACTERS, TOKENIZERS, Tokenizer, WORDS};

use crate::digest::add_text;
use crate::error::DataError;

/// Number of the token that stands before the first and behind the last token of a document.
pub const BOUNDARY: u32 = 0;

/// Number of the token that stands for every token outside the vocabulary.
pub const UNKNOWN: u32 = 1;

/// Numbers below this one stand for no token of a text.
const FIRST: u32 = 2;

/// Name and version of the form in which a vocabulary is kept.
const SCHEMA: &str = "tenfold.vocabulary/1";

/// Tokens and their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    tokenizer: &'static Tokenizer,
    /// Most tokens that it was allowed.
    most: usize,
    /// Token `i` has the number `i + 2`.
    tokens: Vec<String>,
    numbers: BTreeMap<String, u32>,
}

impl Vocabulary {
    /// The `most` most frequent tokens of `texts`, ties in byte order.
    ///
    /// # Errors
    /// Those of the texts.
    pub(crate) fn fit(
        texts: impl Iterator<Item = Result<String, DataError>>,
        tokenizer: &'static Tokenizer,
        most: usize,
    ) -> Result<Self, DataError> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for text in texts {
            let text = text?;
            for token in tokenizer.tokens(&text) {
                match counts.get_mut(token) {
                    Some(count) => *count += 1,
                    None => drop(counts.insert(token.to_owned(), 1)),
                }
            }
        }
        let mut counted: Vec<(String, u64)> = counts.into_iter().collect();
        // The sort is stable, so that ties stay in byte order.
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counted.truncate(most);
        Ok(Self::new(tokenizer, most, counted.into_iter().map(|(token, _)| token).collect()))
    }

    fn new(tokenizer: &'static Tokenizer, most: usize, tokens: Vec<String>) -> Self {
        let numbers = tokens.iter().cloned().zip(FIRST..).collect();
        Self { tokenizer, most, tokens, numbers }
    }

    /// How texts are cut into its tokens.
    pub fn tokenizer(&self) -> &'static Tokenizer {
        self.tokenizer
    }

    /// Most tokens that it was allowed.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Tokens in it.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no token is in it.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// How many numbers there are: one a token, one for the boundary and one for unknown tokens.
    pub fn size(&self) -> usize {
        self.tokens.len() + FIRST as usize
    }

    /// The number of each token of `text`, in order, without boundaries.
    pub fn numbers<'a>(&'a self, text: &'a str) -> impl Iterator<Item = u32> + 'a {
        let number = |token| self.numbers.get(token).copied().unwrap_or(UNKNOWN);
        self.tokenizer.tokens(text).map(number)
    }

    /// The text of tokens with these numbers; boundaries are left out, and an unknown token is `\u{fffd}`.
    pub fn text(&self, numbers: &[u32]) -> String {
        let token = |number: &u32| match number.checked_sub(FIRST) {
            Some(at) => Some(self.tokens.get(at as usize).map_or("\u{fffd}", String::as_str)),
            None if *number == UNKNOWN => Some("\u{fffd}"),
            None => None,
        };
        let tokens: Vec<&str> = numbers.iter().filter_map(token).collect();
        tokens.join(self.tokenizer.between)
    }

    /// SHA-256 of all that the numbers depend on, as 64 hex digits.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        add_text(&mut hasher, self.tokenizer.name);
        self.tokens.iter().for_each(|token| add_text(&mut hasher, token));
        crate::digest::finish(hasher).0
    }

    /// The vocabulary as JSON, to be kept beside the results it holds for.
    pub fn to_json(&self) -> String {
        let Self { tokenizer, most, tokens, .. } = self;
        json!({ "schema": SCHEMA, "tokens": tokenizer.name, "most": most, "vocabulary": tokens })
            .to_string()
    }

    /// The vocabulary that [`Vocabulary::to_json`] wrote; `None` if `text` is none.
    pub fn from_json(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        if value.get("schema")?.as_str()? != SCHEMA {
            return None;
        }
        let tokenizer = Tokenizer::named(value.get("tokens")?.as_str()?)?;
        let most = usize::try_from(value.get("most")?.as_u64()?).ok()?;
        let tokens = value.get("vocabulary")?.as_array()?.iter();
        let tokens: Option<Vec<String>> =
            tokens.map(|token| token.as_str().map(str::to_owned)).collect();
        let vocabulary = Self::new(tokenizer, most, tokens?);
        (vocabulary.numbers.len() == vocabulary.tokens.len()).then_some(vocabulary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(tokenizer: &'static Tokenizer, most: usize) -> Vocabulary {
        let texts = ["abca", "the cat, the hat"].map(|text| Ok(text.to_owned()));
        Vocabulary::fit(texts.into_iter(), tokenizer, most).unwrap()
    }

    #[test]
    fn the_most_frequent_come_first_and_ties_are_in_byte_order() {
        let words = fitted(WORDS, 100);
        // `the` twice; `,`, `abca`, `cat`, `hat` once each.
        let numbers: Vec<u32> = words.numbers("the , abca cat hat zzzz").collect();
        assert_eq!(numbers, [2, 3, 4, 5, 6, UNKNOWN]);
        assert_eq!(words.size(), 7);
        let cut = fitted(WORDS, 1);
        assert_eq!(cut.numbers("the cat").collect::<Vec<_>>(), [2, UNKNOWN]);
    }

    #[test]
    fn numbers_become_a_text_again() {
        let words = fitted(WORDS, 2);
        let numbers: Vec<u32> = words.numbers("the , cat the").collect();
        assert_eq!(
            words.text(&[&[BOUNDARY], &numbers[..], &[BOUNDARY, 99]].concat()),
            "the , \u{fffd} the \u{fffd}"
        );
        let characters = fitted(CHARACTERS, 100);
        let numbers: Vec<u32> = characters.numbers("the cat, a hat").collect();
        assert_eq!(characters.text(&numbers), "the cat, a hat");
    }

    #[test]
    fn what_is_kept_gives_the_same_numbers() {
        let characters = fitted(CHARACTERS, 100);
        let again = Vocabulary::from_json(&characters.to_json());
        assert_eq!(again.as_ref(), Some(&characters));
        assert_eq!(again.map(|again| again.hash()), Some(characters.hash()));
        assert_ne!(characters.hash(), fitted(CHARACTERS, 3).hash());
        assert_eq!(Vocabulary::from_json("{}"), None);
        let twice = characters.to_json().replacen("\"b\"", "\"a\"", 1);
        assert_eq!(Vocabulary::from_json(&twice), None);
    }
}
