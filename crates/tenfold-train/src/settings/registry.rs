//! The one list of settings: study file, schema, docs and trial identity are made from it.

use super::{
    Architecture, LearnerSettings, Length, MOST_EVALUATIONS, Optimizer, Schedule, SettingValue,
};

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
            Self::Choice(choices) => format!("one of {}", super::list(choices)),
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
    read: fn(&LearnerSettings) -> Option<SettingValue>,
    pub(super) write: fn(&mut LearnerSettings, Checked<'_>),
    /// Whether, as it stands, training is as it was before there was this setting: it is then no part
    /// of a trial's identity. Stays for ever as it is, whatever the default becomes.
    is_neutral: fn(&LearnerSettings) -> bool,
}

/// A value that obeys its [`ValueKind`].
#[derive(Clone, Copy)]
pub(super) enum Checked<'a> {
    Number(f64),
    Choice(&'a str),
}

impl Checked<'_> {
    fn number(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Choice(_) => 0.0,
        }
    }

    fn whole(self) -> u64 {
        self.number() as u64
    }

    fn choice(&self) -> &str {
        match self {
            Self::Number(_) => "",
            Self::Choice(choice) => choice,
        }
    }
}

const OPTIMIZERS: &[(&str, Optimizer)] =
    &[("adamw", Optimizer::AdamW), ("adam", Optimizer::Adam), ("sgd", Optimizer::Sgd)];
const SCHEDULES: &[(&str, Schedule)] =
    &[("cosine", Schedule::Cosine), ("constant", Schedule::Constant)];

/// Every setting of a built-in learner, in the order in which docs show them.
pub const SETTINGS: &[SettingKey] = &[
    SettingKey {
        name: "width",
        doc: "Units of an MLP's hidden layers, or channels of the first stage of a CNN or residual network.",
        group: SettingGroup::Model,
        kind: ValueKind::Whole { least: 1, most: 16_384 },
        read: |settings| Some(whole(settings.width as u64)),
        write: |settings, value| settings.width = value.whole() as usize,
        is_neutral: has_no_layers,
    },
    SettingKey {
        name: "depth",
        doc: "Hidden layers of an MLP, stages of a CNN, or residual blocks a stage.",
        group: SettingGroup::Model,
        kind: ValueKind::Whole { least: 1, most: 64 },
        read: |settings| Some(whole(settings.depth as u64)),
        write: |settings, value| settings.depth = value.whole() as usize,
        is_neutral: has_no_layers,
    },
    SettingKey {
        name: "dropout",
        doc: "Share of units set to 0 in training: after an MLP's hidden layers, before the last layer of the others.",
        group: SettingGroup::Model,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        read: |settings| typed(settings.dropout),
        write: |settings, value| settings.dropout = value.number() as f32,
        is_neutral: |settings| settings.dropout <= 0.0,
    },
    SettingKey {
        name: "batch",
        doc: "Examples an update; a smaller shard is one batch.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 65_536 },
        read: |settings| Some(whole(settings.batch as u64)),
        write: |settings, value| settings.batch = value.whole() as usize,
        is_neutral: never,
    },
    SettingKey {
        name: "epochs",
        doc: "Passes over the shard (at least `minimum_steps` updates); replaces `steps`.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: false, most: 1e9 },
        read: |settings| match settings.length {
            Length::Epochs(epochs) => Some(real(epochs)),
            Length::Steps(_) => None,
        },
        write: |settings, value| settings.length = Length::Epochs(value.number()),
        is_neutral: never,
    },
    SettingKey {
        name: "steps",
        doc: "Updates, whatever the size of the shard; replaces `epochs`.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 1_000_000_000 },
        read: |settings| match settings.length {
            Length::Epochs(_) => None,
            Length::Steps(steps) => Some(whole(steps)),
        },
        write: |settings, value| settings.length = Length::Steps(value.whole()),
        is_neutral: never,
    },
    SettingKey {
        name: "minimum_steps",
        doc: "Fewest updates when the length is given in epochs, which are short on a small shard.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 0, most: 1_000_000_000 },
        read: |settings| match settings.length {
            Length::Epochs(_) => Some(whole(settings.minimum_steps)),
            Length::Steps(_) => None,
        },
        write: |settings, value| settings.minimum_steps = value.whole(),
        is_neutral: |settings| settings.minimum_steps == 0,
    },
    SettingKey {
        name: "optimizer",
        doc: "Rule of the updates.",
        group: SettingGroup::Train,
        kind: ValueKind::Choice(&["adamw", "adam", "sgd"]),
        read: |settings| name_of(OPTIMIZERS, &settings.optimizer),
        write: |settings, value| assign(&mut settings.optimizer, OPTIMIZERS, value),
        is_neutral: never,
    },
    SettingKey {
        name: "learning_rate",
        doc: "Learning rate after warm-up.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: false, most: f64::INFINITY },
        read: |settings| Some(real(settings.learning_rate)),
        write: |settings, value| settings.learning_rate = value.number(),
        is_neutral: never,
    },
    SettingKey {
        name: "weight_decay",
        doc: "Decay of the weights, decoupled for `adamw`, a penalty in the gradient for the others.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: f64::INFINITY },
        read: |settings| Some(real(settings.weight_decay)),
        write: |settings, value| settings.weight_decay = value.number(),
        is_neutral: never,
    },
    SettingKey {
        name: "momentum",
        doc: "Momentum of `sgd`.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        read: |settings| match settings.optimizer {
            Optimizer::Sgd => Some(real(settings.momentum)),
            Optimizer::AdamW | Optimizer::Adam => None,
        },
        write: |settings, value| settings.momentum = value.number(),
        is_neutral: never,
    },
    SettingKey {
        name: "schedule",
        doc: "Learning rate after warm-up: down to 0 along half a cosine, or constant.",
        group: SettingGroup::Train,
        kind: ValueKind::Choice(&["cosine", "constant"]),
        read: |settings| name_of(SCHEDULES, &settings.schedule),
        write: |settings, value| assign(&mut settings.schedule, SCHEDULES, value),
        is_neutral: never,
    },
    SettingKey {
        name: "warmup",
        doc: "Share of the updates in which the learning rate rises to its full value.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        read: |settings| typed(settings.warmup),
        write: |settings, value| settings.warmup = value.number() as f32,
        is_neutral: never,
    },
    SettingKey {
        name: "patience",
        doc: "Evaluations without improvement after which training stops; 0 trains to the end.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 0, most: MOST_EVALUATIONS as u64 },
        read: |settings| Some(whole(settings.patience.unwrap_or(0).into())),
        write: |settings, value| {
            settings.patience = Some(value.whole() as u32).filter(|patience| *patience > 0);
        },
        is_neutral: |settings| settings.patience.is_none(),
    },
    SettingKey {
        name: "evaluations",
        doc: "Evaluations on the validation set, evenly spaced; the best one is kept.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: MOST_EVALUATIONS as u64 },
        read: |settings| Some(whole(settings.evaluations.into())),
        write: |settings, value| settings.evaluations = value.whole() as u32,
        is_neutral: never,
    },
    SettingKey {
        name: "chunks",
        doc: "Parts into which a batch is split; threads share them, and batch norm normalises over one.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 256 },
        read: |settings| Some(whole(settings.chunks as u64)),
        write: |settings, value| settings.chunks = value.whole() as usize,
        is_neutral: |settings| settings.chunks == 1,
    },
];

/// Name and value of the settings among `keys` that `settings` have.
pub(super) fn entries(
    settings: &LearnerSettings,
    keys: &[SettingKey],
) -> Vec<(&'static str, SettingValue)> {
    let learner = ("learner", SettingValue::Text(settings.architecture.name().to_owned()));
    let others = keys.iter().filter_map(|setting| Some((setting.name, (setting.read)(settings)?)));
    std::iter::once(learner).chain(others).collect()
}

/// Name and value of the settings among `keys` that tell `settings` from others.
pub(super) fn identity(
    settings: &LearnerSettings,
    keys: &[SettingKey],
) -> Vec<(&'static str, SettingValue)> {
    let telling: Vec<SettingKey> =
        keys.iter().filter(|setting| !(setting.is_neutral)(settings)).copied().collect();
    entries(settings, &telling)
}

/// Of a setting that every training has some value of.
fn never(_: &LearnerSettings) -> bool {
    false
}

fn has_no_layers(settings: &LearnerSettings) -> bool {
    settings.architecture == Architecture::Linear
}

fn whole(number: u64) -> SettingValue {
    SettingValue::Number(number as f64)
}

fn real(number: f64) -> SettingValue {
    SettingValue::Number(number)
}

/// The number that was typed, 0.2, and not its nearest `f32`, 0.20000000298.
fn typed(number: f32) -> Option<SettingValue> {
    number.to_string().parse().ok().map(SettingValue::Number)
}

fn name_of<C: PartialEq>(choices: &[(&str, C)], value: &C) -> Option<SettingValue> {
    let name = choices.iter().find(|(_, choice)| choice == value).map(|(name, _)| *name);
    name.map(|name| SettingValue::Text(name.to_owned()))
}

fn assign<C: Copy>(target: &mut C, choices: &[(&str, C)], value: Checked<'_>) {
    if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == value.choice()) {
        *target = *choice;
    }
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
        read: |settings| Some(whole(settings.chunks as u64)),
        write: |settings, value| settings.chunks = value.whole() as usize,
        is_neutral: |settings| settings.chunks == 1,
    };

    #[test]
    fn a_setting_added_later_changes_no_identity_until_it_is_used() {
        let mut with_it = SETTINGS.to_vec();
        with_it.insert(3, LATER);
        for architecture in Architecture::ALL {
            let mut settings = LearnerSettings::defaults(architecture);
            assert_eq!(identity(&settings, SETTINGS), identity(&settings, &with_it));
            (LATER.write)(&mut settings, Checked::Number(2.0));
            assert_ne!(identity(&settings, SETTINGS), identity(&settings, &with_it));
        }
    }

    #[test]
    fn every_setting_after_the_first_release_is_neutral_at_its_default() {
        for setting in SETTINGS.iter().filter(|setting| !FIRST.contains(&setting.name)) {
            for architecture in Architecture::ALL {
                let defaults = LearnerSettings::defaults(architecture);
                assert!((setting.is_neutral)(&defaults), "{} of {architecture:?}", setting.name);
            }
        }
    }
}
