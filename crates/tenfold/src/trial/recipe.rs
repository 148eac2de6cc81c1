//! What a trial executes: a built-in learner with its settings, or a command of the user's own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tenfold_data::transforms::TransformStep;
use tenfold_train::{LearnerSettings, SettingError, SettingValue};

use super::settings::Settings;

/// Executions of one trial of a built-in learner in one run of the program.
const LEARNER_ATTEMPTS: u32 = 2;

/// What a trial executes.
#[derive(Clone, Debug)]
pub enum Recipe {
    /// A built-in learner.
    Learner(LearnerRecipe),
    /// A command.
    Command(CommandRecipe),
}

/// A built-in learner and what is done to its shard before.
#[derive(Clone, Debug)]
pub struct LearnerRecipe {
    /// The learner.
    pub settings: LearnerSettings,
    /// What is done to the shard, one after the other.
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
    /// How the result is read.
    pub result: ResultSource,
    /// Longest time one execution may take.
    pub timeout: Option<Duration>,
    /// Executions after the first that failed.
    pub retries: u32,
    /// Address space the command may use, in bytes.
    pub memory: Option<u64>,
    /// Bytes of its result that are read.
    pub result_limit: u64,
    /// Folder the command runs in.
    pub folder: PathBuf,
    /// Environment variables beside those of this process.
    pub environment: BTreeMap<String, String>,
    /// Graphics processors a trial has to itself.
    pub gpus: u32,
    /// What the number it writes means.
    pub metric: CommandMetric,
}

/// How a command says what came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultSource {
    /// It writes a JSON document to `{out}`.
    Json,
    /// Its standard output is read: the last match of this regular expression's first group.
    Pattern(String),
}

/// What the number a command reports means.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandMetric {
    /// Name of the number in the command's document; `error` is read too.
    pub name: String,
    /// `Some(best)` if higher is better: the error is `best` minus the number.
    pub higher_is_better: Option<f64>,
}

impl LearnerRecipe {
    /// `settings`, and those of the transforms that change something.
    fn named(&self, settings: Vec<(&'static str, SettingValue)>) -> Settings {
        let of_learner = settings.into_iter().map(|(name, value)| (name.to_owned(), value));
        let of_transforms = self.transforms.iter().flat_map(TransformStep::identity);
        let of_transforms = of_transforms.map(|(name, value)| (name, SettingValue::Number(value)));
        Settings(of_learner.chain(of_transforms).collect())
    }
}

impl Recipe {
    /// The built-in learner with `settings`, on shards as they are.
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

    /// The settings that tell this recipe from others: those of a learner that are not neutral, all
    /// that a command's search names.
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

    /// The settings, if it is a built-in learner.
    pub fn learner(&self) -> Option<&LearnerSettings> {
        match self {
            Self::Learner(recipe) => Some(&recipe.settings),
            Self::Command(_) => None,
        }
    }

    /// What is done to the shard before a built-in learner sees it.
    pub fn transforms(&self) -> &[TransformStep] {
        match self {
            Self::Learner(recipe) => &recipe.transforms,
            Self::Command(_) => &[],
        }
    }

    /// The command, if it is one.
    pub fn command(&self) -> Option<&CommandRecipe> {
        match self {
            Self::Learner(_) => None,
            Self::Command(recipe) => Some(recipe),
        }
    }

    /// How often a trial is executed in one run of the program before it has failed.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Learner(_) => LEARNER_ATTEMPTS,
            Self::Command(recipe) => recipe.command.retries + 1,
        }
    }
}
