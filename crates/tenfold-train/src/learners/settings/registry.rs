//! The one list of settings: study file, schema, docs and trial identity are made from it.

use std::sync::LazyLock;

use super::fields::FIELDS;
use super::{LearnerSettings, SettingValue};
use crate::learners::LEARNERS;
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

    fn read(&self, settings: &LearnerSettings) -> Option<SettingValue> {
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
    fn is_neutral(&self, settings: &LearnerSettings) -> bool {
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

/// Every setting of a built-in learner, in the order in which docs show them: those that all have,
/// then the learners' own.
pub static SETTINGS: LazyLock<Vec<SettingKey>> = LazyLock::new(|| {
    let mut settings = FIELDS.to_vec();
    for own in LEARNERS.iter().flat_map(|learner| learner.own_settings()) {
        if settings.iter().all(|setting| setting.name != own.name) {
            settings.push(*own);
        }
    }
    settings
});

/// The setting called `name` of the learner of `settings`.
pub(super) fn find(settings: &LearnerSettings, name: &str) -> Option<&'static SettingKey> {
    let own = settings.learner.own_settings();
    FIELDS.iter().chain(own).find(|setting| setting.name == name)
}

/// Name and value of the settings that `settings` have: those of `fields`, and the learner's own.
pub(super) fn entries(
    settings: &LearnerSettings,
    fields: &[SettingKey],
) -> Vec<(&'static str, SettingValue)> {
    entries_where(settings, fields, |_| true)
}

/// The same of those settings that tell `settings` from others.
pub(super) fn identity(
    settings: &LearnerSettings,
    fields: &[SettingKey],
) -> Vec<(&'static str, SettingValue)> {
    entries_where(settings, fields, |setting| !setting.is_neutral(settings))
}

fn entries_where(
    settings: &LearnerSettings,
    fields: &[SettingKey],
    is_wanted: impl Fn(&SettingKey) -> bool,
) -> Vec<(&'static str, SettingValue)> {
    let learner = ("learner", SettingValue::Text(settings.learner.name().to_owned()));
    let wanted = fields.iter().chain(settings.learner.own_settings()).filter(|key| is_wanted(key));
    let others = wanted.filter_map(|setting| Some((setting.name, setting.read(settings)?)));
    std::iter::once(learner).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings of the first release, whose defaults may be anything. Never longer.
    const FIRST: [&str; 16] = [
        "width",
        "depth",
        "dropout",
        "batch",
        "epochs",
        "steps",
        "minimum_steps",
        "optimizer",
        "learning_rate",
        "weight_decay",
        "momentum",
        "schedule",
        "warmup",
        "patience",
        "evaluations",
        "chunks",
    ];

    /// A setting as somebody may add one: it stands in the field of another, which is 1 by default.
    const LATER: SettingKey = SettingKey {
        name: "augment",
        doc: "Copies of each example.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 9 },
        access: Access::Field {
            read: |settings| Some(SettingValue::Number(settings.chunks as f64)),
            write: |settings, value| settings.chunks = value.whole() as usize,
            is_neutral: |settings| settings.chunks == 1,
        },
    };

    #[test]
    fn a_setting_added_later_changes_no_identity_until_it_is_used() {
        let mut with_it = FIELDS.to_vec();
        with_it.insert(3, LATER);
        for learner in LEARNERS {
            let mut settings = learner.defaults();
            assert_eq!(identity(&settings, FIELDS), identity(&settings, &with_it));
            LATER.write(&mut settings, Checked::Number(2.0));
            assert_ne!(identity(&settings, FIELDS), identity(&settings, &with_it));
        }
    }

    #[test]
    fn every_setting_after_the_first_release_is_neutral_at_its_default() {
        for setting in FIELDS.iter().filter(|setting| !FIRST.contains(&setting.name)) {
            for learner in LEARNERS {
                let is_neutral = setting.is_neutral(&learner.defaults());
                assert!(is_neutral, "{} of {}", setting.name, learner.name());
            }
        }
    }
}
