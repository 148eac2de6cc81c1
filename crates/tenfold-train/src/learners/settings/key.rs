//! What one setting is: its name, what it may be, how it is read and written.

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

/// What a setting's value can be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ValueKind {
    /// A whole number from `least` to `most`.
    Whole {
        /// Smallest.
        least: u64,
        /// Largest.
        most: u64,
    },
    /// A number above or from `least`, up to or below `most`.
    Real {
        /// Lower end.
        least: f64,
        /// Whether the lower end itself is allowed.
        least_allowed: bool,
        /// Upper end; itself not allowed unless infinite, which is never allowed.
        most: f64,
    },
    /// One of a few names.
    Choice(&'static [&'static str]),
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
    /// What it can be.
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
        /// Whether, as it stands, training is as it was before there was this setting: it is then
        /// no part of a trial's identity. Stays for ever as it is, whatever the default becomes.
        is_neutral: fn(&LearnerSettings) -> bool,
    },
    /// Among the learner's own.
    Own { default: OwnDefault },
}

/// Default of a setting of a learner's own.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum OwnDefault {
    /// A number.
    Number(f64),
    /// One of the choices.
    Choice(&'static str),
}

impl SettingKey {
    /// A setting of one learner's own, for
    /// [`Learner::own_settings`](crate::learners::Learner::own_settings); it stands in `[[model]]`.
    pub const fn own(
        name: &'static str,
        doc: &'static str,
        kind: ValueKind,
        default: OwnDefault,
    ) -> Self {
        Self { name, doc, group: SettingGroup::Model, kind, access: Access::Own { default } }
    }

    pub(super) fn read(&self, settings: &LearnerSettings) -> Option<SettingValue> {
        match self.access {
            Access::Field { read, .. } => read(settings),
            Access::Own { default } => {
                Some(settings.own.get(self.name).cloned().unwrap_or_else(|| match default {
                    OwnDefault::Number(number) => SettingValue::Number(number),
                    OwnDefault::Choice(choice) => SettingValue::Text(choice.to_owned()),
                }))
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
                };
                settings.own.insert(self.name, value);
            }
        }
    }

    /// Whether nothing depends on it as it stands.
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
}

impl Checked<'_> {
    pub(super) fn number(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Choice(_) => 0.0,
        }
    }

    pub(super) fn whole(self) -> u64 {
        self.number() as u64
    }

    pub(super) fn choice(&self) -> &str {
        match self {
            Self::Number(_) => "",
            Self::Choice(choice) => choice,
        }
    }
}
