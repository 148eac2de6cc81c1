//! Sets a setting by its name, or says why that cannot be.

use super::registry::{Checked, SETTINGS, SettingKey, ValueKind, find};
use super::{LearnerSettings, SettingError, SettingValue};

/// Changes the setting of `settings` called `key`.
pub(super) fn set(
    settings: &mut LearnerSettings,
    key: &str,
    value: &SettingValue,
) -> Result<(), SettingError> {
    let Some(setting) = find(settings, key) else {
        let mut all = SETTINGS.iter().map(|setting| setting.name);
        if let Some(key) = all.clone().find(|name| *name == key) {
            let learner = settings.learner.name();
            return Err(SettingError::OfAnotherLearner { key, learner });
        }
        return Err(SettingError::UnknownKey {
            key: key.to_owned(),
            closest: closest(key, &mut all),
        });
    };
    let needed = || setting.kind.describe();
    let checked = match (setting.kind, value) {
        (ValueKind::Whole { least, most }, SettingValue::Number(number)) => {
            let is_whole = number.fract() == 0.0;
            if !(is_whole && *number >= least as f64 && *number <= most as f64) {
                return Err(out_of_range(setting, *number));
            }
            Checked::Number(*number)
        }
        (ValueKind::Real { least, least_allowed, most }, SettingValue::Number(number)) => {
            let is_above = if least_allowed { *number >= least } else { *number > least };
            if !(is_above && *number < most) {
                return Err(out_of_range(setting, *number));
            }
            Checked::Number(*number)
        }
        (ValueKind::Choice(choices), SettingValue::Text(text)) => {
            if !choices.contains(&text.as_str()) {
                return Err(unknown_choice(setting.name, text, choices.to_vec()));
            }
            Checked::Choice(text)
        }
        (ValueKind::Choice(_), SettingValue::Number(number)) => {
            let found = format!("the number {number}");
            return Err(SettingError::WrongKind { key: setting.name, found, needed: needed() });
        }
        (_, SettingValue::Text(text)) => {
            let found = format!("the text `{text}`");
            return Err(SettingError::WrongKind { key: setting.name, found, needed: needed() });
        }
    };
    setting.write(settings, checked);
    Ok(())
}

fn out_of_range(setting: &SettingKey, value: f64) -> SettingError {
    SettingError::OutOfRange { key: setting.name, value, needed: setting.kind.describe() }
}

pub(crate) fn unknown_choice(
    key: &'static str,
    value: &str,
    choices: Vec<&'static str>,
) -> SettingError {
    let closest = closest(value, choices.iter().copied());
    SettingError::UnknownChoice { key, value: value.to_owned(), choices, closest }
}

/// The name that needs the fewest letters changed, if that is at most a third of them (at least 2).
fn closest(text: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let allowed = (text.chars().count() / 3).max(2);
    names
        .map(|name| (edits(text, name), name))
        .filter(|(count, _)| *count <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein distance in characters; `-` and `_` count as the same.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let from = if from == '-' { '_' } else { from };
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}
