//! Vocabularies: which tokens a text is made of, and the number of each.
//!
//! A vocabulary is fitted once, on the pool, and holds for a whole curve: losses of models with
//! different vocabularies cannot be compared. The most frequent tokens of the pool are in it; all others
//! are one unknown token.
//!
//! What a tokenizer cuts a text into is its tokens, or pieces whose characters are joined to tokens by the
//! vocabulary (`learn`, `merges`).

mod learn;
mod merges;
mod tokenizer;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) use tokenizer::beginning;
pub use tokenizer::{BPE, CHARACTERS, TOKENIZERS, Tokenizer, WORDS};

use crate::digest::add_text;
use crate::error::DataError;
use learn::{Learnt, PieceCounts};
use merges::{Merges, Part};

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
    /// Numbers of tokens that are joined; none where pieces are tokens.
    merges: Merges,
}

impl Vocabulary {
    /// At most `most` tokens of `texts`: the most frequent ones, ties in byte order, or those that are
    /// learnt by joining.
    ///
    /// # Errors
    /// Those of the texts.
    pub(crate) fn fit(
        texts: impl Iterator<Item = Result<String, DataError>>,
        tokenizer: &'static Tokenizer,
        most: usize,
    ) -> Result<Self, DataError> {
        if tokenizer.joins {
            let mut counts = PieceCounts::default();
            for text in texts {
                tokenizer.pieces(&text?).for_each(|piece| counts.add(piece));
            }
            let Learnt { tokens, pairs } = counts.learn(most);
            return Ok(Self::new(tokenizer, most, tokens, &pairs));
        }
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for text in texts {
            let text = text?;
            for token in tokenizer.pieces(&text) {
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
        let tokens = counted.into_iter().map(|(token, _)| token).collect();
        Ok(Self::new(tokenizer, most, tokens, &[]))
    }

    /// The vocabulary of `tokens`, some of which are joined from `pairs` of others; what is not of tokens
    /// is left out.
    fn new(
        tokenizer: &'static Tokenizer,
        most: usize,
        tokens: Vec<String>,
        pairs: &[[String; 2]],
    ) -> Self {
        let numbers: BTreeMap<String, u32> = tokens.iter().cloned().zip(FIRST..).collect();
        let mut merges = Merges::default();
        for [first, second] in pairs {
            let joined = numbers.get(&format!("{first}{second}"));
            if let (Some(first), Some(second), Some(joined)) =
                (numbers.get(first), numbers.get(second), joined)
            {
                merges.push([*first, *second], *joined);
            }
        }
        Self { tokenizer, most, tokens, numbers, merges }
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
        self.numbered(text).map(|(number, _)| number)
    }

    /// How many tokens `text` has, boundaries not counted.
    pub fn count(&self, text: &str) -> u64 {
        if self.tokenizer.joins {
            return self.numbers(text).count() as u64;
        }
        self.tokenizer.pieces(text).count() as u64
    }

    /// The shortest beginning of `text` that holds its first `count` tokens, or all there are.
    pub fn beginning<'a>(&'a self, text: &'a str, count: u64) -> &'a str {
        beginning(text, self.numbered(text).map(|(_, token)| token), count)
    }

    /// The tokens of `text`, each with its number.
    fn numbered<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (u32, &'a str)> + 'a {
        let mut pieces = self.tokenizer.pieces(text);
        let mut joined = Vec::new().into_iter();
        std::iter::from_fn(move || {
            if let Some(token) = joined.next() {
                return Some(token);
            }
            let piece = pieces.next()?;
            // A piece that is a token is joined to that token: what is joined within a token is not told
            // from what stands beside it.
            match self.numbers.get(piece) {
                Some(number) => Some((*number, piece)),
                None if !self.tokenizer.joins => Some((UNKNOWN, piece)),
                None => {
                    joined = self.joined(piece).into_iter();
                    joined.next()
                }
            }
        })
    }

    /// The tokens that the characters of `piece` are joined to, each with its number.
    fn joined<'a>(&self, piece: &'a str) -> Vec<(u32, &'a str)> {
        let number = |character: &str| self.numbers.get(character).copied().unwrap_or(UNKNOWN);
        let characters = piece.char_indices().map(|(start, character)| {
            let end = start + character.len_utf8();
            Part { token: number(&piece[start..end]), end }
        });
        let mut parts: Vec<Part> = characters.collect();
        self.merges.join(&mut parts);
        let mut start = 0;
        let token = |part: Part| {
            let text = &piece[start..part.end];
            start = part.end;
            (part.token, text)
        };
        parts.into_iter().map(token).collect()
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
        self.pairs().flatten().for_each(|token| add_text(&mut hasher, token));
        crate::digest::finish(hasher).0
    }

    /// The pairs of tokens that are joined, in their order.
    fn pairs(&self) -> impl Iterator<Item = [&str; 2]> {
        let token = |number: u32| self.tokens[(number - FIRST) as usize].as_str();
        self.merges.pairs().iter().map(move |pair| pair.map(token))
    }

    /// The vocabulary as JSON, to be kept beside the results it holds for.
    pub fn to_json(&self) -> String {
        let Self { tokenizer, most, tokens, .. } = self;
        let mut value = json!({
            "schema": SCHEMA, "tokens": tokenizer.name, "most": most, "vocabulary": tokens,
        });
        if tokenizer.joins {
            value["joined"] = json!(self.pairs().collect::<Vec<_>>());
        }
        value.to_string()
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
        let pairs: Vec<[String; 2]> = match value.get("joined") {
            Some(pairs) => serde_json::from_value(pairs.clone()).ok()?,
            None if tokenizer.joins => return None,
            None => Vec::new(),
        };
        let vocabulary = Self::new(tokenizer, most, tokens?, &pairs);
        let is_whole = vocabulary.numbers.len() == vocabulary.tokens.len()
            && vocabulary.merges.pairs().len() == pairs.len();
        is_whole.then_some(vocabulary)
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
