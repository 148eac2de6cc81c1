//! One measurement written as a JSON object.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use super::ReadOptions;
use super::columns::OPTIONAL;
use super::detail::DETAILS;
use super::findings::{Findings, Line};
use super::row::{Cell, Cells};

/// An object's members.
pub(super) type Object<'a> = BTreeMap<Cow<'a, str>, Value>;

/// The object on a line, or `None` once the problem is noted.
pub(super) fn object<'a>(line: Line<'a>, findings: &mut Findings) -> Option<Object<'a>> {
    match serde_json::from_str(line.text) {
        Ok(object) => Some(object),
        Err(error) => {
            // serde_json counts bytes from 1; at the end of the line it may stand behind it.
            let at = error.column().saturating_sub(1).min(line.text.len());
            findings.add(line, at..at + 1, "", || {
                let hint = line
                    .text
                    .contains("NaN")
                    .then_some("JSON has no NaN, leave out lines that were not measured");
                let hint = hint.unwrap_or("a line is `{\"size\": 1000, \"error\": 0.1}`");
                ("the line is not a JSON object".to_owned(), Some(hint.to_owned()))
            });
            None
        }
    }
}

/// The texts of an object's members that are read, in the order size, metric, then [`OPTIONAL`]
/// and [`DETAILS`].
pub(super) fn texts(
    line: Line<'_>,
    object: &Object<'_>,
    options: &ReadOptions,
    findings: &mut Findings,
) -> Option<Vec<Option<String>>> {
    let mut texts = Vec::with_capacity(2 + OPTIONAL.len() + DETAILS.len());
    let mut is_sound = true;
    for name in ["size", options.metric()].into_iter().chain(OPTIONAL).chain(DETAILS) {
        let is_needed = texts.len() < 2;
        match object.get(name) {
            Some(Value::Number(number)) => texts.push(Some(number.to_string())),
            Some(Value::String(text)) => texts.push(Some(text.clone())),
            None | Some(Value::Null) if is_needed => {
                is_sound = false;
                texts.push(None);
                let span = 0..line.text.len();
                findings.add(line, span, "", || {
                    let names = object.keys().map(|name| &**name);
                    let hint = crate::diagnostic::closest::listed(names);
                    (format!("the line has no `{name}`"), Some(format!("it has {hint}")))
                });
            }
            None | Some(Value::Null) => texts.push(None),
            Some(_) => {
                is_sound = false;
                texts.push(None);
                findings.add(line, member(line, name), "", || {
                    (format!("`{name}` is neither a number nor a text"), None)
                });
            }
        }
    }
    is_sound.then_some(texts)
}

/// The cells of texts read by [`texts`].
pub(super) fn cells<'a>(
    line: Line<'_>,
    texts: &'a [Option<String>],
    options: &ReadOptions,
) -> Cells<'a> {
    let cell = |at: usize, name: &str| {
        let text = texts.get(at)?.as_deref()?;
        Some(Cell { text, span: member(line, name) })
    };
    let needed = |at: usize, name: &str| cell(at, name).unwrap_or(Cell { text: "", span: 0..0 });
    let mut optional = [const { None }; OPTIONAL.len()];
    for (at, (slot, name)) in optional.iter_mut().zip(OPTIONAL).enumerate() {
        *slot = cell(at + 2, name);
    }
    let mut details = [const { None }; DETAILS.len()];
    for (at, (slot, name)) in details.iter_mut().zip(DETAILS).enumerate() {
        *slot = cell(at + 2 + OPTIONAL.len(), name);
    }
    Cells { size: needed(0, "size"), metric: needed(1, options.metric()), optional, details }
}

/// Bytes of a member's name in its line; the whole line if it is written in another way.
fn member(line: Line<'_>, name: &str) -> Range<usize> {
    let quoted = format!("\"{name}\"");
    line.text.find(&quoted).map_or(0..line.text.len(), |at| at..at + quoted.len())
}
