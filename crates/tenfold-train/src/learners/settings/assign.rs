//! Sets a setting by its name, or returns why its name or value is refused.

use super::key::{Checked, SettingKey, ValueKind};
use super::registry::{SETTINGS, find};
use super::{LearnerSettings, SettingValue};
use crate::wrong_setting::{SettingError, closest, unknown_choice};

/// Changes the setting of `settings` called `key`.
pub(super) fn set(
    settings: &mut LearnerSettings,
    key: &str,
    value: &SettingValue,
) -> Result<(), SettingError> {
    let Some(setting) = find(settings, key) else {
        let all = SETTINGS.iter().map(|setting| setting.name);
        if let Some(key) = all.clone().find(|name| *name == key) {
            let learner = settings.learner.name();
            return Err(SettingError::OfAnotherLearner { key, learner });
        }
        return Err(SettingError::UnknownKey {
            key: key.to_owned(),
            closest: closest(key, all.clone()),
            known: all.collect(),
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
        (ValueKind::Flag, SettingValue::Flag(flag)) => Checked::Flag(*flag),
        (ValueKind::Choice(_) | ValueKind::Flag, SettingValue::Number(number)) => {
            let found = format!("the number {number}");
            return Err(SettingError::WrongKind { key: setting.name, found, needed: needed() });
        }
        (_, SettingValue::Text(text)) => {
            let found = format!("the text `{text}`");
            return Err(SettingError::WrongKind { key: setting.name, found, needed: needed() });
        }
        (_, SettingValue::Flag(flag)) => {
            let found = format!("`{flag}`");
            return Err(SettingError::WrongKind { key: setting.name, found, needed: needed() });
        }
    };
    setting.write(settings, checked);
    Ok(())
}

fn out_of_range(setting: &SettingKey, value: f64) -> SettingError {
    SettingError::OutOfRange { key: setting.name, value, needed: setting.kind.describe() }
}
