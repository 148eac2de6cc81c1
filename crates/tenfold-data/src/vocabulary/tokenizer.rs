//! How a text is cut into tokens, one constant a way.

/// A way to cut a text into tokens.
#[derive(Debug)]
pub struct Tokenizer {
    /// Its name in a study file.
    pub name: &'static str,
    /// What tokens are called behind their number.
    pub plural: &'static str,
    /// What a token is, as docs say it behind the name.
    pub doc: &'static str,
    /// Most tokens of a vocabulary unless a study says otherwise.
    pub usual_most: usize,
    /// What stands between tokens that are put together to a text.
    pub between: &'static str,
    /// Whether tokens are joined from the characters of a piece as a vocabulary says; otherwise the pieces
    /// are the tokens.
    pub(super) joins: bool,
    /// Bytes of the first piece of a text, and of what is in no piece before it; `None` if there is none.
    first: fn(&str) -> Option<(usize, usize)>,
}

/// Every character, white space too.
pub const CHARACTERS: &Tokenizer = &Tokenizer {
    name: "characters",
    plural: "characters",
    doc: "every character is one",
    usual_most: 4_096,
    between: "",
    joins: false,
    first: |text| Some((0, text.chars().next()?.len_utf8())),
};

/// Words, and signs between them; white space only separates.
pub const WORDS: &Tokenizer = &Tokenizer {
    name: "words",
    plural: "words",
    doc: "a run of letters and digits, an apostrophe within it included, or any other sign but white \
          space",
    usual_most: 10_000,
    between: " ",
    joins: false,
    first: first_word,
};

/// Parts of words, by byte-pair encoding: characters, and what pairs of them were joined to. All of a text
/// is in some token, white space too.
pub const BPE: &Tokenizer = &Tokenizer {
    name: "bpe",
    plural: "parts of words",
    doc: "a part of a word with the space before it, a character or more, by byte-pair encoding",
    usual_most: 4_096,
    between: "",
    joins: true,
    first: first_piece,
};

/// Most characters of a piece of a text whose characters are joined: no word is longer, and texts without
/// spaces are cut there, because the time that a piece takes grows with the square of its length.
const LONGEST_PIECE: usize = 64;

/// Every way, in the order in which docs show them.
pub const TOKENIZERS: &[&Tokenizer] = &[CHARACTERS, WORDS, BPE];

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

    /// What `text` is cut into without knowing a vocabulary, in order: its tokens, unless those are joined.
    pub(crate) fn pieces<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut rest = text;
        let first = self.first;
        std::iter::from_fn(move || {
            let (before, length) = first(rest)?;
            let (piece, after) = rest[before..].split_at(length);
            rest = after;
            Some(piece)
        })
    }
}

/// The shortest beginning of `text` that holds the first `count` of `tokens`, which are its own, or all
/// there are.
pub(crate) fn beginning<'a>(
    text: &'a str,
    tokens: impl Iterator<Item = &'a str>,
    count: u64,
) -> &'a str {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let Some(last) = tokens.take(count).last() else { return "" };
    // Tokens are slices of the text, so that the distance of their ends is one within it.
    let end = last.as_ptr() as usize + last.len() - text.as_ptr() as usize;
    &text[..end]
}

/// A run of letters, of digits or of other signs, each with the one space before it, or of white space.
///
/// What is cut is told from the left alone, so that the beginning of a text is cut as the text is.
fn first_piece(text: &str) -> Option<(usize, usize)> {
    let mut characters = text.char_indices().peekable();
    let (_, mut first) = characters.next()?;
    let mut taken = 1;
    if let (' ', Some((_, next))) = (first, characters.peek().copied())
        && !next.is_whitespace()
    {
        first = next;
        characters.next();
        taken = 2;
    }
    let mut rest = characters.skip_while(|(_, character)| {
        let is_in = taken < LONGEST_PIECE && Sign::of(*character) == Sign::of(first);
        taken += 1;
        is_in
    });
    Some((0, rest.next().map_or(text.len(), |(end, _)| end)))
}

/// Kinds of characters that pieces are runs of.
#[derive(PartialEq)]
enum Sign {
    Space,
    Letter,
    Digit,
    Other,
}

impl Sign {
    fn of(character: char) -> Self {
        if character.is_whitespace() {
            Self::Space
        } else if character.is_alphabetic() {
            Self::Letter
        } else if character.is_numeric() {
            Self::Digit
        } else {
            Self::Other
        }
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
            WORDS.pieces("  Don't say \"l’été\"—it's\n'70s, ok? 3.5 ").collect();
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
        assert_eq!(WORDS.pieces(" \n ").count(), 0);
    }

    #[test]
    fn characters_are_all_of_a_text() {
        let text = "naïve\n日本 ";
        assert_eq!(CHARACTERS.pieces(text).collect::<String>(), text);
        assert_eq!(CHARACTERS.pieces(text).count(), text.chars().count());
    }

    #[test]
    fn pieces_are_runs_with_the_one_space_before_them_and_hold_all_of_a_text() {
        let text = "I'm 29,  été\n\nso  ";
        let pieces: Vec<&str> = BPE.pieces(text).collect();
        assert_eq!(pieces, ["I", "'", "m", " 29", ",", "  ", "été", "\n\n", "so", "  "]);
        let long = format!("{} {}", "ä".repeat(70), "=".repeat(70));
        let lengths: Vec<usize> = BPE.pieces(&long).map(|piece| piece.chars().count()).collect();
        assert_eq!(lengths, [64, 6, 64, 7]);
        assert_eq!(BPE.pieces(&long).collect::<String>(), long);
    }

    #[test]
    fn a_beginning_holds_as_many_tokens_as_are_asked_for() {
        let words = |text, count| beginning(text, WORDS.pieces(text), count);
        assert_eq!(words("one  two three", 2), "one  two");
        assert_eq!(words("one  two three ", 9), "one  two three");
        assert_eq!(words("one", 0), "");
        assert_eq!(beginning("äbc", CHARACTERS.pieces("äbc"), 1), "ä");
    }
}
