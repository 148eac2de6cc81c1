//! Parses JSON as Python writes it, which may contain `NaN` and `Infinity`.

use std::path::Path;

use serde_json::Value;

use super::step_table;
use crate::diagnostic::{Place, Problem, ProblemKind, Problems};

/// The document in a file.
///
/// # Errors
/// A file that cannot be read or that is no JSON.
pub(super) fn read(path: &Path) -> Result<Value, Problems> {
    parse(&step_table::text(path)?, path)
}

/// Parses the document `text`, which was read from `path`.
pub(super) fn parse(text: &str, path: &Path) -> Result<Value, Problems> {
    let error = match serde_json::from_str(text) {
        Ok(document) => return Ok(document),
        Err(error) => error,
    };
    if let Ok(document) = serde_json::from_str(&quoted(text)) {
        return Ok(document);
    }
    let message = if error.is_eof() {
        "the file ends inside JSON: its run was stopped or still writes".to_owned()
    } else {
        format!("this is not JSON: {error}")
    };
    let place = Place::line(path, error.line() as u64);
    Err(Problem::new(ProblemKind::Import, message).at(place).into())
}

/// Puts quotes around `NaN` and infinities outside of strings.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut is_string, mut is_escaped) = (false, false);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let word = ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| rest.starts_with(word));
        if let Some(word) = word.filter(|_| !is_string) {
            out.push('"');
            out.push_str(word);
            out.push('"');
            rest = &rest[word.len()..];
            continue;
        }
        is_string ^= letter == '"' && !is_escaped;
        is_escaped = is_string && letter == '\\' && !is_escaped;
        out.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    out
}

/// The number in a value, also if Python wrote it as a word.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        other => other.as_f64(),
    }
}

/// Calls `visit` with every number and text in nested objects, named by its path with points; lists
/// are skipped.
pub(super) fn leaves(prefix: &str, value: &Value, visit: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name =
                    if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                leaves(&name, member, visit);
            }
        }
        Value::Null | Value::Array(_) => {}
        leaf => visit(prefix, leaf),
    }
}

/// A text or number as text.
pub(super) fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_calls_no_number_is_read_and_texts_stay() {
        let read = parse(r#"{"a": NaN, "b": "a NaN \" NaN", "c": [-Infinity, 1]}"#, Path::new("x"));
        let read = read.unwrap();
        assert!(number(&read["a"]).unwrap().is_nan());
        assert_eq!(read["b"], "a NaN \" NaN");
        assert_eq!(number(&read["c"][0]), Some(f64::NEG_INFINITY));
        assert_eq!(number(&read["c"][1]), Some(1.0));
    }
}
