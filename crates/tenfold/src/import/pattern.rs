//! Reads fields from a run's name: `cnn/n=1000_seed=0` by the pattern
//! `{curve}/n={size}_seed={seed}`.

use std::collections::BTreeMap;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

/// A pattern that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

impl Pattern {
    /// Parses the pattern in `text`.
    ///
    /// # Errors
    /// A brace that is not closed, no field at all, or two fields with nothing between them.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let end = rest.find('}').filter(|end| *end > start + 1).ok_or("a `{` is not closed")?;
            if start > 0 {
                pieces.push(Piece::Text(rest[..start].to_owned()));
            } else if matches!(pieces.last(), Some(Piece::Field(_))) {
                return Err("two fields have nothing between them");
            }
            pieces.push(Piece::Field(rest[start + 1..end].to_owned()));
            rest = &rest[end + 1..];
        }
        if pieces.is_empty() {
            return Err("it names no field such as `{size}`");
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The fields in `name`; the name may have more text before and after the pattern.
    pub(super) fn fields(&self, name: &str) -> Option<BTreeMap<String, String>> {
        // A pattern that begins with a letter matches only at the start of a word: `n=` does not
        // match inside `learn=`.
        let is_word = matches!(self.0.first(), Some(Piece::Text(text))
            if text.starts_with(char::is_alphanumeric));
        let mut before = None;
        name.char_indices().find_map(|(at, letter)| {
            let is_inside = is_word && before.is_some_and(char::is_alphanumeric);
            before = Some(letter);
            if is_inside { None } else { matched(&self.0, &name[at..]) }
        })
    }
}

/// Matches all pieces at the beginning of `text` and returns their fields; the longest values are
/// tried first.
fn matched(pieces: &[Piece], text: &str) -> Option<BTreeMap<String, String>> {
    let Some((first, rest)) = pieces.split_first() else { return Some(BTreeMap::new()) };
    match first {
        Piece::Text(expected) => matched(rest, text.strip_prefix(expected.as_str())?),
        Piece::Field(field) => {
            let longest = text.chars().take_while(|letter| may_hold(field, *letter)).count();
            let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
            let ends: Vec<usize> = ends.take(longest).collect();
            ends.into_iter().rev().find_map(|end| {
                let mut found = matched(rest, &text[end..])?;
                found.insert(field.clone(), text[..end].to_owned());
                Some(found)
            })
        }
    }
}

/// Whether a field's value may contain this letter: sizes and seeds are numbers, other fields end
/// at a slash.
pub(super) fn may_hold(field: &str, letter: char) -> bool {
    match field {
        "seed" => letter.is_ascii_digit(),
        "size" => letter.is_ascii_digit() || ".kKMBGT".contains(letter),
        _ => letter != '/',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, name: &str, expected: &[(&str, &str)]) {
        let found = Pattern::parse(pattern).unwrap().fields(name).unwrap();
        let found: Vec<(&str, &str)> =
            found.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
        assert_eq!(found, expected, "{pattern} in {name}");
    }

    #[test]
    fn fields_are_read_wherever_the_pattern_fits() {
        check("n={size}_seed={seed}", "cnn/n=1000_seed=0", &[("seed", "0"), ("size", "1000")]);
        check("n={size}_seed={seed}", "n=64k_seed=12_lr=0.1", &[("seed", "12"), ("size", "64k")]);
        let expected = [("curve", "cnn"), ("seed", "3"), ("size", "1.5M")];
        check("{curve}/n={size}/s{seed}", "cnn/n=1.5M/s3", &expected);
        check("{curve}-{size}", "res-net-500", &[("curve", "res-net"), ("size", "500")]);
    }

    #[test]
    fn a_name_without_the_fields_gives_none() {
        let pattern = Pattern::parse("n={size}_seed={seed}").unwrap();
        assert_eq!(pattern.fields("n=1000"), None);
        assert_eq!(pattern.fields("n=abc_seed=1"), None);
        assert_eq!(pattern.fields(""), None);
        assert_eq!(Pattern::parse("n={size}").unwrap().fields("learn=5"), None);
    }

    #[test]
    fn a_pattern_that_cannot_work_is_refused() {
        for text in ["n=1000", "n={size", "{}", "{size}{seed}"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
