//! How a text is cut into tokens, one constant a way.

/// A way to cut a text into tokens.
#[derive(Debug)]
pub struct Tokenizer {
    /// Its name in a study file.
    pub name: &'static str,
    /// What a token is, as docs say it behind the name.
    pub doc: &'static str,
    /// Most tokens of a vocabulary unless a study says otherwise.
    pub usual_most: usize,
    /// What stands between tokens that are put together to a text.
    pub between: &'static str,
    /// Bytes of the first token of a text, and of what is no token before it; `None` if there is none.
    first: fn(&str) -> Option<(usize, usize)>,
}

/// Every character, white space too.
pub const CHARACTERS: &Tokenizer = &Tokenizer {
    name: "characters",
    doc: "every character is one",
    usual_most: 4_096,
    between: "",
    first: |text| Some((0, text.chars().next()?.len_utf8())),
};

/// Words, and signs between them; white space only separates.
pub const WORDS: &Tokenizer = &Tokenizer {
    name: "words",
    doc: "a run of letters and digits, an apostrophe within it included, or any other sign but white \
          space",
    usual_most: 10_000,
    between: " ",
    first: first_word,
};

/// Every way, in the order in which docs show them.
pub const TOKENIZERS: &[&Tokenizer] = &[CHARACTERS, WORDS];

/// Tokenizers are the same if they have the same name.
impl PartialEq for Tokenizer {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Tokenizer {
    /// The tokenizer called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        TOKENIZERS.iter().find(|tokenizer| tokenizer.name == name).copied()
    }

    /// The tokens of `text`, in order.
    pub fn tokens<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let mut rest = text;
        let first = self.first;
        std::iter::from_fn(move || {
            let (before, length) = first(rest)?;
            let (token, after) = rest[before..].split_at(length);
            rest = after;
            Some(token)
        })
    }

    /// The shortest beginning of `text` that holds its first `count` tokens, or all there are.
    pub fn beginning<'a>(&self, text: &'a str, count: u64) -> &'a str {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let Some(last) = self.tokens(text).take(count).last() else { return "" };
        // Tokens are slices of the text, so that the distance of their ends is one within it.
        let end = last.as_ptr() as usize + last.len() - text.as_ptr() as usize;
        &text[..end]
    }
}

fn first_word(text: &str) -> Option<(usize, usize)> {
    let start = text.find(|character: char| !character.is_whitespace())?;
    let mut characters = text[start..].char_indices().peekable();
    let (_, first) = characters.next()?;
    if !first.is_alphanumeric() {
        return Some((start, first.len_utf8()));
    }
    let mut length = first.len_utf8();
    while let Some((at, character)) = characters.next() {
        let joins = matches!(character, '\'' | '’')
            && characters.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        if !(character.is_alphanumeric() || joins) {
            break;
        }
        length = at + character.len_utf8();
    }
    Some((start, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_apostrophes_and_signs_stand_alone() {
        let tokens: Vec<&str> =
            WORDS.tokens("  Don't say \"l’été\"—it's\n'70s, ok? 3.5 ").collect();
        let expected = [
            "Don't",
            "say",
            "\"",
            "l’été",
            "\"",
            "—",
            "it's",
            "'",
            "70s",
            ",",
            "ok",
            "?",
            "3",
            ".",
            "5",
        ];
        assert_eq!(tokens, expected);
        assert_eq!(WORDS.tokens(" \n ").count(), 0);
    }

    #[test]
    fn characters_are_all_of_a_text() {
        let text = "naïve\n日本 ";
        assert_eq!(CHARACTERS.tokens(text).collect::<String>(), text);
        assert_eq!(CHARACTERS.tokens(text).count(), text.chars().count());
    }

    #[test]
    fn a_beginning_holds_as_many_tokens_as_are_asked_for() {
        assert_eq!(WORDS.beginning("one  two three", 2), "one  two");
        assert_eq!(WORDS.beginning("one  two three ", 9), "one  two three");
        assert_eq!(WORDS.beginning("one", 0), "");
        assert_eq!(CHARACTERS.beginning("äbc", 1), "ä");
    }
}
