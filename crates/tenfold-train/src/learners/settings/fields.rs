//! The settings that all learners have. `Learner::ignores` lists those that a learner does not use.

use super::key::{Access, Checked, SettingGroup, SettingKey, ValueKind};
use super::{LearnerSettings, Length, MOST_EVALUATIONS, Optimizer, Schedule, SettingValue};

const OPTIMIZERS: &[(&str, Optimizer)] =
    &[("adamw", Optimizer::AdamW), ("adam", Optimizer::Adam), ("sgd", Optimizer::Sgd)];
const SCHEDULES: &[(&str, Schedule)] = &[
    ("cosine", Schedule::Cosine),
    ("constant", Schedule::Constant),
    ("trapezoid", Schedule::Trapezoid),
];

/// Every field of [`LearnerSettings`] that a study can choose.
pub(super) const FIELDS: &[SettingKey] = &[
    SettingKey {
        name: "width",
        doc: "Units of an MLP's hidden layers, or channels of the first stage of a CNN or residual network.",
        group: SettingGroup::Model,
        kind: ValueKind::Whole { least: 1, most: 16_384 },
        access: Access::Field {
            read: |settings| Some(whole(settings.width as u64)),
            write: |settings, value| settings.width = value.whole() as usize,
            is_neutral: never,
        },
    },
    SettingKey {
        name: "depth",
        doc: "Hidden layers of an MLP, stages of a CNN, or residual blocks a stage.",
        group: SettingGroup::Model,
        kind: ValueKind::Whole { least: 1, most: 64 },
        access: Access::Field {
            read: |settings| Some(whole(settings.depth as u64)),
            write: |settings, value| settings.depth = value.whole() as usize,
            is_neutral: never,
        },
    },
    SettingKey {
        name: "dropout",
        doc: "Share of units set to 0 in training: after an MLP's hidden layers, before the last layer of the others.",
        group: SettingGroup::Model,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        access: Access::Field {
            read: |settings| typed(settings.dropout),
            write: |settings, value| settings.dropout = value.number() as f32,
            is_neutral: |settings| settings.dropout <= 0.0,
        },
    },
    SettingKey {
        name: "batch",
        doc: "Examples an update; a smaller shard is one batch.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 65_536 },
        access: Access::Field {
            read: |settings| Some(whole(settings.batch as u64)),
            write: |settings, value| settings.batch = value.whole() as usize,
            is_neutral: never,
        },
    },
    SettingKey {
        name: "epochs",
        doc: "Passes over the shard (at least `minimum_steps` updates); replaces `steps`.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: false, most: 1e9 },
        access: Access::Field {
            read: |settings| match settings.length {
                Length::Epochs(epochs) => Some(real(epochs)),
                Length::Steps(_) => None,
            },
            write: |settings, value| settings.length = Length::Epochs(value.number()),
            is_neutral: never,
        },
    },
    SettingKey {
        name: "steps",
        doc: "Updates, whatever the size of the shard; replaces `epochs`.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 1_000_000_000 },
        access: Access::Field {
            read: |settings| match settings.length {
                Length::Epochs(_) => None,
                Length::Steps(steps) => Some(whole(steps)),
            },
            write: |settings, value| settings.length = Length::Steps(value.whole()),
            is_neutral: never,
        },
    },
    SettingKey {
        name: "minimum_steps",
        doc: "Fewest updates when the length is given in epochs, which are short on a small shard.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 0, most: 1_000_000_000 },
        access: Access::Field {
            read: |settings| match settings.length {
                Length::Epochs(_) => Some(whole(settings.minimum_steps)),
                Length::Steps(_) => None,
            },
            write: |settings, value| settings.minimum_steps = value.whole(),
            is_neutral: |settings| settings.minimum_steps == 0,
        },
    },
    SettingKey {
        name: "optimizer",
        doc: "Rule of the updates.",
        group: SettingGroup::Train,
        kind: ValueKind::Choice(&["adamw", "adam", "sgd"]),
        access: Access::Field {
            read: |settings| name_of(OPTIMIZERS, &settings.optimizer),
            write: |settings, value| assign(&mut settings.optimizer, OPTIMIZERS, value),
            is_neutral: never,
        },
    },
    SettingKey {
        name: "learning_rate",
        doc: "Learning rate after warm-up.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: false, most: f64::INFINITY },
        access: Access::Field {
            read: |settings| Some(real(settings.learning_rate)),
            write: |settings, value| settings.learning_rate = value.number(),
            is_neutral: never,
        },
    },
    SettingKey {
        name: "weight_decay",
        doc: "Decay of the weights, decoupled for `adamw`, a penalty in the gradient for the others.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: f64::INFINITY },
        access: Access::Field {
            read: |settings| Some(real(settings.weight_decay)),
            write: |settings, value| settings.weight_decay = value.number(),
            is_neutral: never,
        },
    },
    SettingKey {
        name: "momentum",
        doc: "Momentum of `sgd`.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        access: Access::Field {
            read: |settings| match settings.optimizer {
                Optimizer::Sgd => Some(real(settings.momentum)),
                Optimizer::AdamW | Optimizer::Adam => None,
            },
            write: |settings, value| settings.momentum = value.number(),
            is_neutral: never,
        },
    },
    SettingKey {
        name: "schedule",
        doc: "Learning rate after warm-up: down to 0 along half a cosine, constant, or a trapezoid, constant until it goes down to 0 in the last fifth.",
        group: SettingGroup::Train,
        kind: ValueKind::Choice(&["cosine", "constant", "trapezoid"]),
        access: Access::Field {
            read: |settings| name_of(SCHEDULES, &settings.schedule),
            write: |settings, value| assign(&mut settings.schedule, SCHEDULES, value),
            is_neutral: never,
        },
    },
    SettingKey {
        name: "warmup",
        doc: "Share of the updates in which the learning rate rises to its full value.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        access: Access::Field {
            read: |settings| typed(settings.warmup),
            write: |settings, value| settings.warmup = value.number() as f32,
            is_neutral: never,
        },
    },
    SettingKey {
        name: "clip",
        doc: "Norm to which a longer gradient is scaled down; 0 leaves it as it is.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: f64::INFINITY },
        access: Access::Field {
            read: |settings| (settings.clip > 0.0).then(|| real(settings.clip)),
            write: |settings, value| settings.clip = value.number(),
            is_neutral: |settings| settings.clip <= 0.0,
        },
    },
    SettingKey {
        name: "average",
        doc: "Decay of a moving average of the parameters, such as 0.999, which is then evaluated in their place; 0 for none.",
        group: SettingGroup::Train,
        kind: ValueKind::Real { least: 0.0, least_allowed: true, most: 1.0 },
        access: Access::Field {
            read: |settings| (settings.average > 0.0).then(|| real(settings.average)),
            write: |settings, value| settings.average = value.number(),
            is_neutral: |settings| settings.average <= 0.0,
        },
    },
    SettingKey {
        name: "patience",
        doc: "Evaluations without improvement after which training stops; 0 trains to the end.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 0, most: MOST_EVALUATIONS as u64 },
        access: Access::Field {
            read: |settings| Some(whole(settings.patience.unwrap_or(0).into())),
            write: |settings, value| {
                settings.patience = Some(value.whole() as u32).filter(|patience| *patience > 0);
            },
            is_neutral: |settings| settings.patience.is_none(),
        },
    },
    SettingKey {
        name: "evaluations",
        doc: "Evaluations on the validation set, evenly spaced; the best one is kept.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: MOST_EVALUATIONS as u64 },
        access: Access::Field {
            read: |settings| Some(whole(settings.evaluations.into())),
            write: |settings, value| settings.evaluations = value.whole() as u32,
            is_neutral: never,
        },
    },
    SettingKey {
        name: "chunks",
        doc: "Parts into which a batch is split; threads share them, and batch norm normalises over one.",
        group: SettingGroup::Train,
        kind: ValueKind::Whole { least: 1, most: 256 },
        access: Access::Field {
            read: |settings| Some(whole(settings.chunks as u64)),
            write: |settings, value| settings.chunks = value.whole() as usize,
            is_neutral: |settings| settings.chunks == 1,
        },
    },
];

/// `is_neutral` of a setting without a neutral value, because every training depends on it.
fn never(_: &LearnerSettings) -> bool {
    false
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
