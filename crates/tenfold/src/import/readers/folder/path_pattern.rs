//! A pattern of paths with names in braces: `runs/{model}/n={size}_seed={seed}/**`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The values of the names in braces for one path.
pub(super) type Names = BTreeMap<String, String>;

/// A pattern that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathPattern {
    /// The folder in which the search starts.
    pub(super) root: PathBuf,
    /// The parts below it, one per folder or file.
    pub(super) parts: Vec<Part>,
}

/// One name of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `**`: any number of folders.
    Deep,
    /// A name of these pieces.
    Name(Vec<Piece>),
}

/// A piece of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This text.
    Text(String),
    /// `{size}`
    Field(String),
    /// `*`
    Any,
    /// `?`
    One,
}

impl PathPattern {
    /// Parses the pattern in `text`.
    ///
    /// # Errors
    /// A brace that is not closed, or two names with nothing between them.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let is_magic = |word: &str| word.contains(['{', '*', '?']);
        let mut root = PathBuf::from(if text.starts_with('/') { "/" } else { "" });
        let mut parts = Vec::new();
        for word in text.split('/').filter(|word| !word.is_empty() && *word != ".") {
            if parts.is_empty() && !is_magic(word) {
                root.push(word);
            } else if word == "**" {
                parts.push(Part::Deep);
            } else {
                parts.push(Part::Name(pieces(word)?));
            }
        }
        if parts.is_empty() && root.is_file() {
            let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
            root.pop();
            parts.push(Part::Name(vec![Piece::Text(name)]));
        }
        if root.as_os_str().is_empty() {
            root.push(".");
        }
        Ok(Self { root, parts })
    }

    /// The names in braces, in their order.
    pub(super) fn names(&self) -> Vec<&str> {
        let pieces = self.parts.iter().flat_map(|part| match part {
            Part::Deep => &[][..],
            Part::Name(pieces) => pieces,
        });
        let mut names: Vec<&str> = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Field(name) if !names.contains(&name.as_str()) => names.push(name),
                _ => {}
            }
        }
        names
    }

    /// `path` relative to the folder in which the search starts.
    pub(super) fn inside(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }
}

fn pieces(word: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while let Some(at) = rest.find(['{', '*', '?']) {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].to_owned()));
        }
        rest = &rest[at..];
        let piece = if rest.starts_with('{') {
            let end = rest.find('}').filter(|end| *end > 1);
            let end = end.ok_or_else(|| format!("in `{word}` a `{{` is not closed or is empty"))?;
            let name = rest[1..end].to_owned();
            rest = &rest[end + 1..];
            Piece::Field(name)
        } else {
            let piece = if rest.starts_with('*') { Piece::Any } else { Piece::One };
            rest = &rest[1..];
            piece
        };
        let is_open = |piece: &Piece| matches!(piece, Piece::Field(_) | Piece::Any);
        if is_open(&piece) && pieces.last().is_some_and(is_open) {
            return Err(format!("in `{word}` two names have nothing between them"));
        }
        pieces.push(piece);
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// Matches `pieces` against the whole of `text` and returns the values of their names, added to
/// those in `known`; the longest values are tried first.
pub(super) fn matched(pieces: &[Piece], text: &str, known: &Names) -> Option<Names> {
    let Some((first, rest)) = pieces.split_first() else {
        return text.is_empty().then(|| known.clone());
    };
    let ends = |may_hold: &dyn Fn(char) -> bool, least: usize| {
        let length: usize =
            text.chars().take_while(|letter| may_hold(*letter)).map(char::len_utf8).sum();
        let ends: Vec<usize> = (least..=length).filter(|end| text.is_char_boundary(*end)).collect();
        ends.into_iter().rev()
    };
    match first {
        Piece::Text(expected) => matched(rest, text.strip_prefix(expected.as_str())?, known),
        Piece::One => matched(rest, text.get(text.chars().next()?.len_utf8()..)?, known),
        Piece::Any => ends(&|_| true, 0).find_map(|end| matched(rest, &text[end..], known)),
        Piece::Field(name) => {
            let may_hold = |letter| crate::import::pattern::may_hold(name, letter);
            ends(&may_hold, 1).find_map(|end| {
                let value = &text[..end];
                let mut names = known.clone();
                let before = names.insert(name.clone(), value.to_owned());
                // A name that occurs twice must have the same value.
                if before.is_some_and(|before| before != value) {
                    return None;
                }
                matched(rest, &text[end..], &names)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &str, text: &str) -> Option<Vec<(String, String)>> {
        let pieces = pieces(pattern).unwrap();
        Some(matched(&pieces, text, &Names::new())?.into_iter().collect())
    }

    #[test]
    fn a_name_fits_as_a_whole_or_not() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let both = vec![pair("seed", "0"), pair("size", "64k")];
        assert_eq!(names("n={size}_seed={seed}", "n=64k_seed=0"), Some(both));
        assert_eq!(names("n={size}_seed={seed}", "n=64k_seed=0_lr=0.1"), None);
        assert_eq!(names("n={size}_seed={seed}", "xn=64k_seed=0"), None);
        assert_eq!(names("n={size}", "n=many"), None);
        assert_eq!(names("*_{size}", "res_net_500"), Some(vec![pair("size", "500")]));
        assert_eq!(names("fold_?", "fold_3"), Some(Vec::new()));
        assert_eq!(names("{a}-{a}", "x-x"), Some(vec![pair("a", "x")]));
        assert_eq!(names("{a}-{a}", "x-y"), None);
    }

    #[test]
    fn a_pattern_begins_in_a_folder_without_names() {
        let parsed = PathPattern::parse("./out/runs/{model}/**/n={size}").unwrap();
        assert_eq!(parsed.root, Path::new("out/runs"));
        assert_eq!(parsed.parts.len(), 3);
        assert_eq!(parsed.names(), ["model", "size"]);
        assert_eq!(PathPattern::parse("{size}/*").unwrap().root, Path::new("."));
        assert_eq!(PathPattern::parse("/{size}").unwrap().root, Path::new("/"));
        for wrong in ["a/{size", "a/{}", "a/{size}{seed}", "a/*{seed}"] {
            assert!(PathPattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}
