//! Parses one value of the study file into what its key accepts, or reports a problem.

use std::ops::Range;

use tenfold_data::SplitMethod;
use tenfold_train::{SettingValue, ValueKind};
use toml::de::DeValue;

use super::findings::Findings;
use super::keys::{Key, KeyKind};
use super::number::{budget, count, held_out, number, number_above, target};
use super::quantity;
use super::typed::{Found, Typed, for_example, text, type_of, wrong_type};
use crate::diagnostic::closest::{closest, listed};

/// The value of `key`; `None` if it is invalid and the problem is reported.
pub(super) fn read(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<Typed> {
    match key.kind {
        KeyKind::Text => text(key, value, findings).map(Typed::Text),
        KeyKind::OneOf(words) => one_of(key, value, &words(), findings).map(Typed::Text),
        KeyKind::Count { from, to } => count(key, value, from, to, findings).map(Typed::Count),
        KeyKind::Number { above, inclusive } => {
            number_above(key, value, above, inclusive, findings).map(Typed::Number)
        }
        KeyKind::Target => target(key, value, findings).map(Typed::Target),
        KeyKind::HeldOut { may_be_nothing } => {
            held_out(key, value, may_be_nothing, findings).map(Typed::HeldOut)
        }
        KeyKind::Split => split(key, value, findings).map(Typed::Split),
        KeyKind::Sizes => sizes(key, value, findings).map(Typed::Sizes),
        KeyKind::Resources => quantity::resources(key, value, findings).map(Typed::Resources),
        KeyKind::Setting(registered) => {
            let setting = setting(value.get_ref(), Some(registered.kind));
            if setting.is_none() {
                wrong_type(key, value, &registered.kind.describe(), findings);
            }
            setting.map(Typed::Setting)
        }
        KeyKind::Axis(registered) => {
            axis(&key.path(), value, Some(registered.kind), findings).map(Typed::Axis)
        }
        KeyKind::Words => quantity::words(key, value, findings).map(Typed::Words),
        KeyKind::Duration => quantity::duration(key, value, findings).map(Typed::Duration),
        KeyKind::Bytes => quantity::bytes(key, value, findings).map(Typed::Count),
        KeyKind::Environment => quantity::environment(key, value, findings).map(Typed::Environment),
        KeyKind::Budget => budget(key, value, findings).map(Typed::Budget),
    }
}

fn one_of(key: &Key, value: Found<'_>, words: &[&str], findings: &mut Findings) -> Option<String> {
    let typed = text(key, value, findings)?;
    one_of_words(&key.path(), &typed, value.span(), words, findings).then_some(typed)
}

/// Whether what was typed at `path` is one of `words`; reports a problem if it is not.
pub(super) fn one_of_words(
    path: &str,
    typed: &str,
    span: Range<usize>,
    words: &[&str],
    findings: &mut Findings,
) -> bool {
    if words.contains(&typed) {
        return true;
    }
    let message = format!("`{path}` does not know `{typed}`");
    let hint = match (closest(typed, words.iter().copied()), path) {
        (Some(word), _) => format!("did you mean `\"{word}\"`?"),
        (None, "metric.name") if typed.contains("accuracy") => {
            "did you mean `\"error_rate\"`? it is 1 − accuracy".to_owned()
        }
        (None, "metric.name") if matches!(typed, "mse" | "mae" | "r2") => {
            "did you mean `\"rmse\"`?".to_owned()
        }
        (None, _) => format!("there are {}", listed(words.iter().copied())),
    };
    // The list of words is shown once: in the label unless the hint already has it.
    let label = if hint.starts_with("there are") {
        "not one of them".to_owned()
    } else {
        format!("not one of {}", listed(words.iter().copied()))
    };
    findings.add(span, message, label).hint(hint);
    false
}

fn split(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<SplitMethod> {
    const METHODS: [&str; 4] = ["random", "stratified", "group:COLUMN", "time:COLUMN"];
    let typed = text(key, value, findings)?;
    let (word, column) = match typed.split_once(':') {
        Some((word, column)) => (word.trim(), Some(column.trim())),
        None => (typed.trim(), None),
    };
    let hint = match (word, column) {
        ("random", None) => return Some(SplitMethod::Random),
        ("stratified", None) => return Some(SplitMethod::Stratified),
        ("group", Some(column)) if !column.is_empty() => {
            return Some(SplitMethod::Group(column.to_owned()));
        }
        ("time", Some(column)) if !column.is_empty() => {
            return Some(SplitMethod::Time(column.to_owned()));
        }
        ("group" | "time", _) => {
            format!("name the column: `{} = \"{word}:COLUMN\"`", key.name)
        }
        ("random" | "stratified", _) => format!("did you mean `\"{word}\"`?"),
        _ => match closest(word, ["random", "stratified", "group", "time"]) {
            Some(near) => {
                let column = column.map_or(String::new(), |column| format!(":{column}"));
                let column = if matches!(near, "group" | "time") && column.is_empty() {
                    ":COLUMN".to_owned()
                } else {
                    column
                };
                format!("did you mean `\"{near}{column}\"`?")
            }
            None => format!("there are {}", listed(METHODS)),
        },
    };
    let message = format!("`{}` does not know `{typed}`", key.path());
    findings.add(value.span(), message, format!("not one of {}", listed(METHODS))).hint(hint);
    None
}

/// Parses a list of sizes. A progression is a section of its own and is read as one.
fn sizes(key: &Key, value: Found<'_>, findings: &mut Findings) -> Option<Vec<u64>> {
    let Some(list) = value.get_ref().as_array() else {
        wrong_type(key, value, "a list of sizes or `{ from, to, factor }`", findings);
        return None;
    };
    if list.is_empty() {
        let message = format!("`{}` is empty, at least one size is needed", key.path());
        findings.add(value.span(), message, "").hint(for_example(key));
        return None;
    }
    let entry = Key { example: "[64, 128, 256]", ..*key };
    let read: Vec<Option<(u64, Range<usize>)>> = list
        .iter()
        .map(|size| {
            count(&entry, size, 1, 1_000_000_000_000, findings).map(|number| (number, size.span()))
        })
        .collect();
    let mut is_sound = read.iter().all(Option::is_some);
    let known: Vec<(u64, Range<usize>)> = read.into_iter().flatten().collect();
    for pair in known.windows(2) {
        let ((before, _), (size, span)) = (&pair[0], &pair[1]);
        if size > before {
            continue;
        }
        is_sound = false;
        let path = key.path();
        let (message, label) = if size == before {
            (format!("`{path}` holds {size} twice"), "the same as the size before it".to_owned())
        } else {
            (
                format!("`{path}` is not increasing"),
                format!("smaller than the size before it, {before}"),
            )
        };
        findings.add(span.clone(), message, label).hint(
            "list the training-set sizes from small to large; each shard contains the one before it",
        );
    }
    is_sound.then(|| known.into_iter().map(|(size, _)| size).collect())
}

/// A value of a setting, which of a command may be any number or text; `None` if the value can be
/// of no setting.
fn setting(value: &DeValue<'_>, kind: Option<ValueKind>) -> Option<SettingValue> {
    match value {
        DeValue::String(text) => Some(SettingValue::Text(text.to_string())),
        DeValue::Boolean(flag) if kind == Some(ValueKind::Flag) => Some(SettingValue::Flag(*flag)),
        other => number(other).map(SettingValue::Number),
    }
}

/// Values of a setting to try; a setting of a command has no `kind`.
pub(super) fn axis(
    path: &str,
    value: Found<'_>,
    kind: Option<ValueKind>,
    findings: &mut Findings,
) -> Option<Vec<(SettingValue, Range<usize>)>> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let Some(list) = value.get_ref().as_array() else {
        let found = type_of(value.get_ref());
        let typed = findings.text[value.span()].to_owned();
        let message = format!("`{path}` is {found}, a list of values to try is needed");
        findings.add(value.span(), message, found).hint(format!("`{name} = [{typed}]`"));
        return None;
    };
    if list.is_empty() {
        let message = format!("`{path}` is empty, at least one value to try is needed");
        findings
            .add(value.span(), message, "nothing to try")
            .hint(format!("give values, or take the line out to search no `{name}`"));
        return None;
    }
    let mut values: Vec<(SettingValue, Range<usize>)> = Vec::new();
    let mut is_sound = true;
    for entry in list {
        let Some(found) = setting(entry.get_ref(), kind) else {
            let found = type_of(entry.get_ref());
            let needed = kind.map_or_else(|| "a number or a text".to_owned(), |k| k.describe());
            let message = format!("`{path}` is {found}, {needed} is needed");
            findings.add(entry.span(), message, found);
            is_sound = false;
            continue;
        };
        if values.iter().any(|(earlier, _)| *earlier == found) {
            is_sound = false;
            let typed = findings.text[entry.span()].to_owned();
            let message = format!("`{path}` tries {typed} twice");
            findings.add(entry.span(), message, "tried before").hint("list each value once");
            continue;
        }
        values.push((found, entry.span()));
    }
    is_sound.then_some(values)
}
