//! The one list of settings: study file, schema, docs and trial identity are made from it.

use std::sync::LazyLock;

use super::fields::FIELDS;
use super::key::SettingKey;
use super::{LearnerSettings, SettingValue};
use crate::learners::LEARNERS;

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

/// Name and value of the settings that are part of a trial's identity: those not at their neutral
/// value.
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
    use super::super::key::{Access, Checked, SettingGroup, ValueKind};
    use super::*;

    /// The settings of the first release, which need not be neutral at their defaults. This list
    /// never grows.
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

    /// The learners of the first release: trials of theirs were identified before later settings.
    const OLDEST: [&str; 4] = ["linear", "mlp", "cnn", "resnet"];

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
            for learner in LEARNERS.iter().filter(|learner| OLDEST.contains(&learner.name())) {
                let is_neutral = setting.is_neutral(&learner.defaults());
                assert!(is_neutral, "{} of {}", setting.name, learner.name());
            }
        }
    }
}
