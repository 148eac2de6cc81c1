//! What a trial executes: a built-in learner with its settings, or a user's command.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tenfold_data::transforms::TransformStep;
use tenfold_train::{LearnerSettings, SettingError, SettingValue};

use super::settings::Settings;

/// Largest number of executions of one trial of a built-in learner in one run of the program.
const LEARNER_ATTEMPTS: u32 = 2;

/// What a trial executes.
#[derive(Clone, Debug)]
pub enum Recipe {
    /// A built-in learner.
    Learner(LearnerRecipe),
    /// A command.
    Command(CommandRecipe),
}

/// A built-in learner and the transforms of its shard.
#[derive(Clone, Debug)]
pub struct LearnerRecipe {
    /// The learner.
    pub settings: LearnerSettings,
    /// Transforms applied to the shard, in this order.
    pub transforms: Vec<TransformStep>,
}

/// A command and the settings that differ between its trials.
#[derive(Clone, Debug)]
pub struct CommandRecipe {
    /// The command, the same for every trial of a model.
    pub command: Arc<CommandSpec>,
    /// Name and value of each searched setting, in the order of the search.
    pub settings: Vec<(String, SettingValue)>,
}

/// A training command as the study describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandSpec {
    /// The program and its arguments, with `{placeholders}`.
    pub words: Vec<String>,
    /// Files whose content belongs to a trial's identity, relative to `folder`.
    pub inputs: Vec<PathBuf>,
    /// How its result is read.
    pub result: ResultSource,
    /// Longest time one execution may take.
    pub timeout: Option<Duration>,
    /// Number of retries after a failure.
    pub retries: u32,
    /// Address space the command may use, in bytes.
    pub memory: Option<u64>,
    /// Largest number of bytes read of its result.
    pub result_limit: u64,
    /// Folder the command runs in.
    pub folder: PathBuf,
    /// Environment variables in addition to those of this process.
    pub environment: BTreeMap<String, String>,
    /// GPUs that a trial has to itself.
    pub gpus: u32,
    /// Meaning of the number it reports.
    pub metric: CommandMetric,
}

/// How a command reports its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultSource {
    /// It writes a JSON document to `{out}`.
    Json,
    /// Its standard output is searched: the result is the first group of this regular expression's
    /// last match.
    Pattern(String),
}

/// Meaning of the number that a command reports.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandMetric {
    /// Name of the number in the command's JSON document; the name `error` is also accepted.
    pub name: String,
    /// `Some(best)` if higher is better: the error is `best` minus the number.
    pub higher_is_better: Option<f64>,
}

impl LearnerRecipe {
    /// `settings` of the learner, followed by those of the transforms that have an effect.
    fn named(&self, settings: Vec<(&'static str, SettingValue)>) -> Settings {
        let of_learner = settings.into_iter().map(|(name, value)| (name.to_owned(), value));
        let of_transforms = self.transforms.iter().flat_map(TransformStep::identity);
        let of_transforms = of_transforms.map(|(name, value)| (name, SettingValue::Number(value)));
        Settings(of_learner.chain(of_transforms).collect())
    }
}

impl Recipe {
    /// A built-in learner with `settings`, on unchanged shards.
    pub fn learnt(settings: LearnerSettings) -> Self {
        Self::Learner(LearnerRecipe { settings, transforms: Vec::new() })
    }

    /// Name and value of every setting.
    pub fn settings(&self) -> Settings {
        match self {
            Self::Learner(recipe) => recipe.named(recipe.settings.entries()),
            Self::Command(recipe) => Settings(recipe.settings.clone()),
        }
    }

    /// The settings that distinguish this recipe from others: of a learner those that are not
    /// neutral, of a command all that its search names.
    pub fn identity(&self) -> Settings {
        match self {
            Self::Learner(recipe) => recipe.named(recipe.settings.identity()),
            Self::Command(recipe) => Settings(recipe.settings.clone()),
        }
    }

    /// Sets `key` to `value`.
    ///
    /// # Errors
    /// [`SettingError`] if a built-in learner has no such setting or not that value.
    pub fn set(&mut self, key: &str, value: &SettingValue) -> Result<(), SettingError> {
        match self {
            Self::Learner(recipe) => recipe.settings.set(key, value),
            Self::Command(recipe) => {
                recipe.settings.push((key.to_owned(), value.clone()));
                Ok(())
            }
        }
    }

    /// The settings, if this is a built-in learner.
    pub fn learner(&self) -> Option<&LearnerSettings> {
        match self {
            Self::Learner(recipe) => Some(&recipe.settings),
            Self::Command(_) => None,
        }
    }

    /// Transforms applied to the shard before a built-in learner sees it.
    pub fn transforms(&self) -> &[TransformStep] {
        match self {
            Self::Learner(recipe) => &recipe.transforms,
            Self::Command(_) => &[],
        }
    }

    /// The command, if this is one.
    pub fn command(&self) -> Option<&CommandRecipe> {
        match self {
            Self::Learner(_) => None,
            Self::Command(recipe) => Some(recipe),
        }
    }

    /// How often a trial is executed in one run of the program before it counts as failed.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Learner(_) => LEARNER_ATTEMPTS,
            Self::Command(recipe) => recipe.command.retries + 1,
        }
    }
}
