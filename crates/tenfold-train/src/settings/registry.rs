//! The one list of settings: study file, schema, docs and trial identity are made from it.

use super::{
    LearnerSettings, Length, MOST_EVALUATIONS, Optimizer, Schedule, SettingError, SettingValue,
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
    read: fn(&LearnerSettings) -> Option<String>,
    write: fn(&mut LearnerSettings, Checked<'_>),
}

/// A value that obeys its [`ValueKind`].
#[derive(Clone, Copy)]
enum Checked<'a> {
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
        read: |settings| Some(settings.width.to_string()),
        write: |settings, value| settings.width = value.whole() as usize,
    },
    SettingKey {
        name: "depth",
        doc: "Hidden layers of an MLP, stages of a CNN, or residual blocks a stage.",
        group: SettingGroup::Model,
        kind: ValueKind::Whole { least: 1, most: 64 },
        read: |settings| Some(settings.depth.to_string()),
        write: |settings, value| settings.depth = value.whole() as usize,
    },
    SettingKey {
        name: "dropout",
        doc: "Share of units set to 0 in training: after an MLP's hidden layers, before the last layer of the others.",
        group: SettingGroup::Model,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        read: |settings| Some(settings.dropout.to_string()),
        write: |settings, value| settings.dropout = value.number() as f32,
    },
    SettingKey {
        name: "batch",
        doc: "Examples an update; a smaller shard is one batch.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 65_536 },
        read: |settings| Some(settings.batch.to_string()),
        write: |settings, value| settings.batch = value.whole() as usize,
    },
    SettingKey {
        name: "epochs",
        doc: "Passes over the shard (at least `minimum_steps` updates); replaces `steps`.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: false, most: 1e9 },
        read: |settings| match settings.length {
            Length::Epochs(epochs) => Some(epochs.to_string()),
            Length::Steps(_) => None,
        },
        write: |settings, value| settings.length = Length::Epochs(value.number()),
    },
    SettingKey {
        name: "steps",
        doc: "Updates, whatever the size of the shard; replaces `epochs`.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 1_000_000_000 },
        read: |settings| match settings.length {
            Length::Epochs(_) => None,
            Length::Steps(steps) => Some(steps.to_string()),
        },
        write: |settings, value| settings.length = Length::Steps(value.whole()),
    },
    SettingKey {
        name: "minimum_steps",
        doc: "Fewest updates when the length is given in epochs, which are short on a small shard.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 0, most: 1_000_000_000 },
        read: |settings| match settings.length {
            Length::Epochs(_) => Some(settings.minimum_steps.to_string()),
            Length::Steps(_) => None,
        },
        write: |settings, value| settings.minimum_steps = value.whole(),
    },
    SettingKey {
        name: "optimizer",
        doc: "Rule of the updates.",
        group: SettingGroup::Train,
        kind: ValueKind::Choice(&["adamw", "adam", "sgd"]),
        read: |settings| name_of(OPTIMIZERS, &settings.optimizer),
        write: |settings, value| assign(&mut settings.optimizer, OPTIMIZERS, value),
    },
    SettingKey {
        name: "learning_rate",
        doc: "Learning rate after warm-up.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: false, most: f64::INFINITY },
        read: |settings| Some(settings.learning_rate.to_string()),
        write: |settings, value| settings.learning_rate = value.number(),
    },
    SettingKey {
        name: "weight_decay",
        doc: "Decay of the weights, decoupled for `adamw`, a penalty in the gradient for the others.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: f64::INFINITY },
        read: |settings| Some(settings.weight_decay.to_string()),
        write: |settings, value| settings.weight_decay = value.number(),
    },
    SettingKey {
        name: "momentum",
        doc: "Momentum of `sgd`.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        read: |settings| {
            (settings.optimizer == Optimizer::Sgd).then(|| settings.momentum.to_string())
        },
        write: |settings, value| settings.momentum = value.number(),
    },
    SettingKey {
        name: "schedule",
        doc: "Learning rate after warm-up: down to 0 along half a cosine, or constant.",
        group: SettingGroup::Train,
        kind: ValueKind::Choice(&["cosine", "constant"]),
        read: |settings| name_of(SCHEDULES, &settings.schedule),
        write: |settings, value| assign(&mut settings.schedule, SCHEDULES, value),
    },
    SettingKey {
        name: "warmup",
        doc: "Share of the updates in which the learning rate rises to its full value.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        read: |settings| Some(settings.warmup.to_string()),
        write: |settings, value| settings.warmup = value.number() as f32,
    },
    SettingKey {
        name: "patience",
        doc: "Evaluations without improvement after which training stops; 0 trains to the end.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 0, most: MOST_EVALUATIONS as u64 },
        read: |settings| Some(settings.patience.unwrap_or(0).to_string()),
        write: |settings, value| {
            settings.patience = Some(value.whole() as u32).filter(|patience| *patience > 0);
        },
    },
    SettingKey {
        name: "evaluations",
        doc: "Evaluations on the validation set, evenly spaced; the best one is kept.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: MOST_EVALUATIONS as u64 },
        read: |settings| Some(settings.evaluations.to_string()),
        write: |settings, value| settings.evaluations = value.whole() as u32,
    },
    SettingKey {
        name: "chunks",
        doc: "Parts into which a batch is split; threads share them, and batch norm normalises over one.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 256 },
        read: |settings| Some(settings.chunks.to_string()),
        write: |settings, value| settings.chunks = value.whole() as usize,
    },
];

pub(super) fn set(
    settings: &mut LearnerSettings,
    key: &str,
    value: &SettingValue,
) -> Result<(), SettingError> {
    let Some(setting) = SETTINGS.iter().find(|setting| setting.name == key) else {
        let closest = closest(key, SETTINGS.iter().map(|setting| setting.name));
        return Err(SettingError::UnknownKey { key: key.to_owned(), closest });
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
                return Err(unknown_choice(setting.name, text, choices));
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
    (setting.write)(settings, checked);
    Ok(())
}

pub(super) fn entries(settings: &LearnerSettings) -> Vec<(&'static str, String)> {
    let learner = ("learner", settings.architecture.name().to_owned());
    let others = SETTINGS
        .iter()
        .filter_map(|setting| (setting.read)(settings).map(|value| (setting.name, value)));
    std::iter::once(learner).chain(others).collect()
}

fn out_of_range(setting: &SettingKey, value: f64) -> SettingError {
    SettingError::OutOfRange { key: setting.name, value, needed: setting.kind.describe() }
}

pub(crate) fn unknown_choice(
    key: &'static str,
    value: &str,
    choices: &[&'static str],
) -> SettingError {
    SettingError::UnknownChoice {
        key,
        value: value.to_owned(),
        choices: choices.to_vec(),
        closest: closest(value, choices.iter().copied()),
    }
}

fn name_of<C: PartialEq>(choices: &[(&str, C)], value: &C) -> Option<String> {
    choices.iter().find(|(_, choice)| choice == value).map(|(name, _)| (*name).to_owned())
}

fn assign<C: Copy>(target: &mut C, choices: &[(&str, C)], value: Checked<'_>) {
    if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == value.choice()) {
        *target = *choice;
    }
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
