//! One setting: its name, its allowed values, and how it is read and written.

use super::{LearnerSettings, SettingValue};
use crate::wrong_setting::list;

/// Where a setting is written in a study file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SettingGroup {
    /// In `[[model]]`.
    Model,
    /// In `[model.train]`.
    Train,
}

/// Allowed values of a setting.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ValueKind {
    /// A whole number from `least` to `most`.
    Whole {
        /// Smallest.
        least: u64,
        /// Largest.
        most: u64,
    },
    /// A number from or above `least`, and below `most`.
    Real {
        /// Lower end.
        least: f64,
        /// Whether the lower end itself is allowed.
        least_allowed: bool,
        /// Upper end, itself not allowed; infinite where there is no upper limit.
        most: f64,
    },
    /// One of a few names.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
}

impl ValueKind {
    /// The rule in words: "a whole number from 1 to 20".
    pub fn describe(&self) -> String {
        match *self {
            Self::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Self::Real { least, least_allowed, most } => {
                let low = if least_allowed { "from" } else { "above" };
                if most.is_finite() {
                    format!("a number {low} {least} and below {most}")
                } else {
                    format!("a number {low} {least}")
                }
            }
            Self::Choice(choices) => format!("one of {}", list(choices)),
            Self::Flag => "`true` or `false`".to_owned(),
        }
    }
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct SettingKey {
    /// Its name in a study file.
    pub name: &'static str,
    /// One sentence about it.
    pub doc: &'static str,
    /// Where it is written.
    pub group: SettingGroup,
    /// Its allowed values.
    pub kind: ValueKind,
    pub(super) access: Access,
}

/// Where the value of a setting is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// In a field that all learners have.
    Field {
        read: fn(&LearnerSettings) -> Option<SettingValue>,
        write: fn(&mut LearnerSettings, Checked<'_>),
        /// Whether the setting has its neutral value, with which training is the same as before the
        /// setting existed. A neutral setting is not part of a trial's identity, so this function
        /// must never change, even if the default changes.
        is_neutral: fn(&LearnerSettings) -> bool,
    },
    /// Among the learner's own settings.
    Own {
        default: OwnDefault,
        /// Whether the default is neutral: the learner was there before the setting.
        is_neutral_default: bool,
    },
}

/// Default of one of a learner's own settings.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum OwnDefault {
    /// A number.
    Number(f64),
    /// One of the choices.
    Choice(&'static str),
    /// `true` or `false`.
    Flag(bool),
}

impl OwnDefault {
    fn value(self) -> SettingValue {
        match self {
            Self::Number(number) => SettingValue::Number(number),
            Self::Choice(choice) => SettingValue::Text(choice.to_owned()),
            Self::Flag(flag) => SettingValue::Flag(flag),
        }
    }
}

impl SettingKey {
    /// Makes one of a learner's own settings, for
    /// [`Learner::own_settings`](crate::learners::Learner::own_settings); study files have it in
    /// `[[model]]`.
    pub const fn own(
        name: &'static str,
        doc: &'static str,
        kind: ValueKind,
        default: OwnDefault,
    ) -> Self {
        let access = Access::Own { default, is_neutral_default: false };
        Self { name, doc, group: SettingGroup::Model, kind, access }
    }

    /// The same setting in `[model.train]`.
    #[must_use]
    pub const fn of_training(self) -> Self {
        Self { group: SettingGroup::Train, ..self }
    }

    /// The same setting, one of the learner's own, for a learner that was there before it: at its
    /// default training is as it was without it, and the setting is neither shown nor part of a
    /// trial's identity.
    #[must_use]
    pub const fn neutral_by_default(self) -> Self {
        let access = match self.access {
            Access::Own { default, .. } => Access::Own { default, is_neutral_default: true },
            access @ Access::Field { .. } => access,
        };
        Self { access, ..self }
    }

    /// The default of one of a learner's own settings; `None` for a setting that all have, of which
    /// each learner has its own.
    pub fn own_default(&self) -> Option<SettingValue> {
        match self.access {
            Access::Field { .. } => None,
            Access::Own { default, .. } => Some(default.value()),
        }
    }

    /// The value in `settings`; `None` for a setting that does not matter there.
    pub(super) fn read(&self, settings: &LearnerSettings) -> Option<SettingValue> {
        match self.access {
            Access::Field { read, .. } => read(settings),
            Access::Own { default, is_neutral_default } => {
                let value = self.own_value(settings)?;
                let is_shown = !is_neutral_default || value != default.value();
                is_shown.then_some(value)
            }
        }
    }

    /// The value in `settings` of one of the learner's own settings; `None` for others.
    pub(super) fn own_value(&self, settings: &LearnerSettings) -> Option<SettingValue> {
        match self.access {
            Access::Field { .. } => None,
            Access::Own { default, .. } => {
                Some(settings.own.get(self.name).cloned().unwrap_or_else(|| default.value()))
            }
        }
    }

    pub(super) fn write(&self, settings: &mut LearnerSettings, value: Checked<'_>) {
        match self.access {
            Access::Field { write, .. } => write(settings, value),
            Access::Own { .. } => {
                let value = match value {
                    Checked::Number(number) => SettingValue::Number(number),
                    Checked::Choice(choice) => SettingValue::Text(choice.to_owned()),
                    Checked::Flag(flag) => SettingValue::Flag(flag),
                };
                settings.own.insert(self.name, value);
            }
        }
    }

    /// Whether the setting has its neutral value or the learner ignores it.
    pub(super) fn is_neutral(&self, settings: &LearnerSettings) -> bool {
        let is_neutral = match self.access {
            Access::Field { is_neutral, .. } => is_neutral(settings),
            Access::Own { .. } => false,
        };
        is_neutral || settings.learner.ignores().contains(&self.name)
    }
}

/// A value that obeys its [`ValueKind`].
#[derive(Clone, Copy)]
pub(super) enum Checked<'a> {
    Number(f64),
    Choice(&'a str),
    Flag(bool),
}

impl Checked<'_> {
    pub(super) fn number(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Choice(_) | Self::Flag(_) => 0.0,
        }
    }

    pub(super) fn whole(self) -> u64 {
        self.number() as u64
    }

    pub(super) fn choice(&self) -> &str {
        match self {
            Self::Number(_) | Self::Flag(_) => "",
            Self::Choice(choice) => choice,
        }
    }
}
