//! Settings of a learner: its model, and how and how long it is trained.

mod assign;
mod fields;
mod key;
mod registry;

use std::collections::BTreeMap;
use std::fmt;

pub use key::{OwnDefault, SettingGroup, SettingKey, ValueKind};
pub use registry::SETTINGS;

pub use crate::engine::optimizer::Optimizer;
pub use crate::engine::schedule::Schedule;
use crate::learners::Learner;
pub use crate::wrong_setting::SettingError;

/// Part of a trial's identity: raised whenever the same trial would give other bits.
pub const NUMERICS_VERSION: u32 = 1;

/// Most evaluations of one trial: each one is a draw from which the best is chosen, and many draws
/// make the chosen validation error too good.
pub const MOST_EVALUATIONS: u32 = 20;

/// A value as a study file gives it.
#[derive(Clone, PartialEq, Debug)]
pub enum SettingValue {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
}

impl fmt::Display for SettingValue {
    /// As short as it can be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// How long to train.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Length {
    /// Passes over the shard.
    Epochs(f64),
    /// Updates, whatever the size of the shard.
    Steps(u64),
}

/// Everything about a learner that a study can choose.
#[derive(Clone, PartialEq, Debug)]
pub struct LearnerSettings {
    /// Which learner.
    pub learner: &'static dyn Learner,
    /// Units of an MLP's hidden layers; channels of the first stage of a CNN or residual network,
    /// doubled from stage to stage. Not used by `linear`.
    pub width: usize,
    /// Hidden layers, convolution stages, or residual blocks a stage. Not used by `linear`.
    pub depth: usize,
    /// Share of units dropped: after each hidden layer of an MLP, before the last layer elsewhere.
    pub dropout: f32,
    /// Examples an update; a smaller shard is one batch.
    pub batch: usize,
    /// How long to train.
    pub length: Length,
    /// With [`Length::Epochs`], fewest updates: epochs of a small shard alone are too few.
    pub minimum_steps: u64,
    /// Rule of the updates.
    pub optimizer: Optimizer,
    /// Learning rate after warm-up.
    pub learning_rate: f64,
    /// Weight decay; of weights only, not of biases and batch norm.
    pub weight_decay: f64,
    /// Momentum of `sgd`.
    pub momentum: f64,
    /// Learning rate over the run.
    pub schedule: Schedule,
    /// Share of the updates in which the learning rate rises to its full value.
    pub warmup: f32,
    /// Norm to which a longer gradient is scaled down; 0 leaves it as it is.
    pub clip: f64,
    /// Decay of a moving average of the parameters, which is then evaluated in their place; 0 for none.
    pub average: f64,
    /// Evaluations without improvement after which training stops; `None` trains to the end.
    pub patience: Option<u32>,
    /// Evaluations on the validation set, evenly spaced over the run.
    pub evaluations: u32,
    /// Parts into which each batch is split. Batch norm normalises over a part; results depend on
    /// the parts and not on the threads that compute them.
    pub chunks: usize,
    /// Settings of the learner's own, where they are not at their defaults.
    pub own: BTreeMap<&'static str, SettingValue>,
}

impl LearnerSettings {
    /// Settings that work on shards of 64 to 100,000 examples without tuning.
    pub fn defaults(learner: &dyn Learner) -> Self {
        learner.defaults()
    }

    /// Defaults that all networks share; each learner overrides those that differ.
    pub(crate) fn of_network(learner: &'static dyn Learner) -> Self {
        Self {
            learner,
            width: 1,
            depth: 1,
            dropout: 0.0,
            batch: 64,
            length: Length::Epochs(20.0),
            minimum_steps: 1000,
            optimizer: Optimizer::AdamW,
            learning_rate: 1e-3,
            weight_decay: 0.01,
            momentum: 0.9,
            schedule: Schedule::Cosine,
            warmup: 0.05,
            clip: 0.0,
            average: 0.0,
            patience: None,
            evaluations: 10,
            chunks: 1,
            own: BTreeMap::new(),
        }
    }

    /// Changes the setting called `key`.
    ///
    /// # Errors
    /// [`SettingError`]: no such setting, or a value it cannot have.
    pub fn set(&mut self, key: &str, value: &SettingValue) -> Result<(), SettingError> {
        assign::set(self, key, value)
    }

    /// Name and value of every setting, in the order of the registry.
    pub fn entries(&self) -> Vec<(&'static str, SettingValue)> {
        registry::entries(self, fields::FIELDS)
    }

    /// Name and value of every setting that is part of a trial's identity. Settings at their
    /// neutral value are left out, so that a setting added later changes no identity.
    pub fn identity(&self) -> Vec<(&'static str, SettingValue)> {
        registry::identity(self, fields::FIELDS)
    }

    /// The value of `key`, a number and one of the learner's own settings.
    pub fn own_number(&self, key: &SettingKey) -> f64 {
        match key.own_value(self) {
            Some(SettingValue::Number(number)) => number,
            Some(SettingValue::Text(_) | SettingValue::Flag(_)) | None => 0.0,
        }
    }

    /// Whether `key`, one of the learner's own settings, is `true`.
    pub fn own_flag(&self, key: &SettingKey) -> bool {
        key.own_value(self) == Some(SettingValue::Flag(true))
    }

    /// Updates of a run on `examples` examples, at least one.
    pub fn steps(&self, examples: usize) -> u64 {
        match self.length {
            Length::Steps(steps) => steps.max(1),
            Length::Epochs(epochs) => {
                let batch = self.batch.min(examples).max(1);
                let steps = (epochs * examples as f64 / batch as f64).ceil() as u64;
                steps.max(self.minimum_steps).max(1)
            }
        }
    }
}
