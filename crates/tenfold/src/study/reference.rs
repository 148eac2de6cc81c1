//! The key reference of `docs/study-file.md`, printed from the registry.

use std::fmt::Write as _;

use tenfold_train::{LEARNERS, LearnerSettings, SettingKey, ValueKind};

use super::keys::{KeyKind, Section};
use super::registry::{keys_of, sections};

/// Every section and key as Markdown: meaning, default, example.
pub fn reference() -> String {
    let mut text = String::new();
    for section in sections() {
        // Writing to a string cannot fail.
        let _ = write!(text, "## `{}`\n\n{}\n\n", section.header(), section.doc());
        if section == Section::Search {
            let names: Vec<String> =
                keys_of(section).map(|key| format!("`{}`", key.name)).collect();
            let _ = write!(text, "Keys: {}.\n\n", names.join(", "));
            continue;
        }
        for key in keys_of(section) {
            let _ = write!(text, "### `{}`\n\n{}\n", key.path(), key.doc);
            let default = match (key.kind, key.default) {
                (KeyKind::Setting(setting), _) => default_of(setting),
                (_, "") => "none, it is required".to_owned(),
                (_, default) => default.to_owned(),
            };
            let _ = write!(text, "\n- takes {}\n- default: {default}\n", takes(key.kind));
            if !key.example.is_empty() {
                let _ = writeln!(text, "- example: `{} = {}`", key.name, key.example);
            }
            text.push('\n');
        }
    }
    text.trim_end().to_owned() + "\n"
}

/// The default of a setting: one for all learners, or one for each.
fn default_of(setting: &SettingKey) -> String {
    let defaults: Vec<(&str, String)> = LEARNERS
        .iter()
        .filter_map(|learner| {
            let entries = LearnerSettings::defaults(*learner).entries();
            let (_, value) = entries.into_iter().find(|(name, _)| *name == setting.name)?;
            Some((learner.name(), format!("`{}`", typed(setting.kind, &value.to_string()))))
        })
        .collect();
    match defaults.as_slice() {
        [] => setting
            .own_default()
            .map_or_else(|| "not used".to_owned(), |value| format!("`{value}`")),
        [(_, first), rest @ ..] if rest.iter().all(|(_, value)| value == first) => first.clone(),
        _ => {
            let each: Vec<String> =
                defaults.iter().map(|(name, value)| format!("{value} for {name}")).collect();
            each.join(", ")
        }
    }
}

/// A value as it is typed in the file.
fn typed(kind: ValueKind, value: &str) -> String {
    match kind {
        ValueKind::Choice(_) => format!("\"{value}\""),
        _ => value.to_owned(),
    }
}

fn takes(kind: KeyKind) -> String {
    match kind {
        KeyKind::Text => "text".to_owned(),
        KeyKind::OneOf(words) => {
            let words: Vec<String> =
                words().into_iter().map(|word| format!("`\"{word}\"`")).collect();
            format!("one of {}", words.join(", "))
        }
        KeyKind::Count { from, to } if to >= 1_000_000_000_000 => {
            format!("a whole number from {from} up, or text with a unit such as `\"64k\"`")
        }
        KeyKind::Count { from, to } => format!("a whole number from {from} to {to}"),
        KeyKind::Number { above, inclusive: true } => format!("a number from {above} up"),
        KeyKind::Number { above, inclusive: false } => format!("a number above {above}"),
        KeyKind::Target => "a number above 0, or a share such as `\"10%\"`".to_owned(),
        KeyKind::HeldOut { may_be_nothing } => {
            let nothing = if may_be_nothing {
                ", `\"5-fold\"`, `\"5-fold:COLUMN\"`, or `\"none\"`"
            } else {
                ""
            };
            format!("a number of examples, a fraction such as `0.1` or `\"10%\"`, a path{nothing}")
        }
        KeyKind::Split => {
            "`\"random\"`, `\"stratified\"`, `\"group:COLUMN\"` or `\"time:COLUMN\"`".to_owned()
        }
        KeyKind::Sizes => "a list of sizes, or `{ from, to, factor }`".to_owned(),
        KeyKind::Resources => "a table of names with a number above 0 each".to_owned(),
        KeyKind::Setting(setting) => setting.kind.describe(),
        KeyKind::Axis(_) => "a list of values".to_owned(),
        KeyKind::Words => "a list of texts".to_owned(),
        KeyKind::Duration => "a number of seconds, or text such as `\"30m\"`".to_owned(),
        KeyKind::Bytes => "a number of bytes, or text such as `\"4G\"`".to_owned(),
        KeyKind::Environment => "a table of texts".to_owned(),
        KeyKind::Budget => {
            "a time such as `\"2h\"`, `{ trials = 100 }` or `{ flops = 1e15 }`".to_owned()
        }
    }
}
