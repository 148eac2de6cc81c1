//! Words of a command with `{placeholders}`, and their replacement by values.
//!
//! A placeholder is a name of lower-case letters, digits and underscores in braces. `{{` and `}}`
//! mean single braces. Any other brace is kept, so that JSON in a word does not change.

/// Placeholders of every command, their meaning, and their environment variables.
pub const PLACEHOLDERS: [(&str, &str); 14] = [
    ("size", "training-set size"),
    ("seed", "seed of this repeat: the study's seed, that plus 1, …"),
    ("out", "file to write the JSON result to"),
    ("indices", "file with the ids of the shard's examples, one a line"),
    ("indices_npy", "the same as an array of NumPy, 64-bit integers"),
    ("validation", "file with the ids of the validation examples"),
    ("validation_npy", "the same as an array of NumPy"),
    ("test", "file with the ids of the test examples"),
    ("test_npy", "the same as an array of NumPy"),
    ("work", "folder of the trial's own, kept between its executions: for checkpoints"),
    ("after", "folder of the trial this one comes after: its {work}"),
    ("history", "file to append a line of JSON an evaluation to: step, steps, validation_error, …"),
    ("trial", "id of the trial"),
    ("attempt", "name of this execution"),
];

/// Placeholders that name files of example ids.
pub const ID_FILES: [&str; 6] =
    ["indices", "indices_npy", "validation", "validation_npy", "test", "test_npy"];

/// A part of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Literal text.
    Text(&'a str),
    /// The name of a placeholder.
    Placeholder(&'a str),
}

/// The parts of `word`, in order.
pub fn pieces(word: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = word[at..].find(['{', '}']) {
        let here = at + found;
        let rest = &word[here..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            pieces.push(Piece::Text(&word[start..=here]));
            at = here + 2;
            start = at;
        } else if let Some(name) = name_in_braces(rest) {
            pieces.push(Piece::Text(&word[start..here]));
            pieces.push(Piece::Placeholder(name));
            at = here + name.len() + 2;
            start = at;
        } else {
            at = here + 1;
        }
    }
    pieces.push(Piece::Text(&word[start..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// Names of the placeholders in `words`.
pub fn placeholders<'a>(words: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let named = |piece| match piece {
        Piece::Placeholder(name) => Some(name),
        Piece::Text(_) => None,
    };
    words.into_iter().flat_map(|word| pieces(word)).filter_map(named).collect()
}

/// `word` with each placeholder replaced by its `value`; a placeholder without a value is kept.
pub fn expand(word: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let part = |piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Placeholder(name) => value(name).unwrap_or_else(|| format!("{{{name}}}")),
    };
    pieces(word).into_iter().map(part).collect()
}

/// The name in `{name}…`.
fn name_in_braces(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.split_once('}')?.0;
    let is_first = |c: char| c.is_ascii_lowercase();
    let is_rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (name.starts_with(is_first) && name.chars().all(is_rest)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: &str) {
        let value = |name: &str| (name == "size").then(|| "64".to_owned());
        assert_eq!(expand(word, &value), expected, "{word}");
    }

    #[test]
    fn placeholders_are_filled_in_and_other_braces_stay() {
        check("{size}", "64");
        check("--n={size},x{size}", "--n=64,x64");
        check("{{size}}", "{size}");
        check("{\"n\": {size}}", "{\"n\": 64}");
        check("awk '{ print $1 }'", "awk '{ print $1 }'");
        check("{other}", "{other}");
        check("{", "{");
        check("é{size}ß", "é64ß");
        check("", "");
    }

    #[test]
    fn the_names_in_a_command_are_found() {
        let words = ["train".to_owned(), "--n={size}".to_owned(), "{{no}}{seed}".to_owned()];
        assert_eq!(placeholders(&words), ["size", "seed"]);
    }
}
