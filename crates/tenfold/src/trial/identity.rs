//! Identity of a trial: the hash of everything that changes its outcome.
//!
//! Model names, the number of threads and the location of the folder are not part of it, so that
//! renaming a model or moving a study repeats no trial.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tenfold_train::{NUMERICS_VERSION, SettingValue, Share};

use super::recipe::{CommandRecipe, Recipe, ResultSource};
use super::settings::Settings;

/// Hexadecimal digits of a trial id: 80 bits, so that a million trials collide with
/// probability 4e-13.
const ID_DIGITS: usize = 20;

/// Name of a trial: 20 hexadecimal digits of the SHA-256 of what changes its outcome.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrialId(String);

impl TrialId {
    /// Parses an id of 20 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == ID_DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The first eight digits, which are enough for a person to distinguish the trials of a study.
    pub fn short(&self) -> &str {
        &self.0[..8]
    }

    /// The 20 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TrialId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not the id of a trial"))
    }
}

impl From<TrialId> for String {
    fn from(id: TrialId) -> Self {
        id.0
    }
}

impl fmt::Display for TrialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identity of the data that a trial uses, by content: neither paths nor dates are part of it.
#[derive(Clone, Debug)]
pub struct DataIdentity<'a> {
    /// Hash of what turns an example into numbers: classes, columns and their categories.
    pub encoding: &'a str,
    /// Hash of the validation examples and of the test examples.
    pub held_out: &'a str,
    /// Hash of the shard's examples, in order. Examples outside the shard are not part of it, so
    /// added data change no trial whose shard stays the same.
    pub shard: &'a str,
    /// Name of the metric.
    pub metric: &'a str,
}

/// One model at one size and seed.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Hash of what changes its outcome.
    pub id: TrialId,
    /// Name of the model in `study.toml`.
    pub model: String,
    /// Training-set size, in examples.
    pub size: u64,
    /// Index of the seed in the study's list, from 0.
    pub seed: u64,
    /// Index in the model's search grid, from 0, which also tells `share`.
    pub candidate: usize,
    /// What it executes.
    pub recipe: Recipe,
    /// Seed of initialisation, batch order and dropout.
    pub training_seed: u64,
    /// How much of the planned updates of a built-in learner is made.
    pub share: Share,
    /// The trial that has to finish first; this trial continues from what it left.
    pub after: Option<TrialId>,
    /// Floating-point operations it is expected to take, for commands its examples. Used only for
    /// the order of trials and the remaining time.
    pub expected_flop: f64,
}

impl Trial {
    /// The settings, and how far it is trained if it is stopped early.
    pub fn settings(&self) -> Settings {
        let mut settings = self.recipe.settings();
        if !self.share.is_whole() {
            settings.0.push(("updates".to_owned(), SettingValue::Text(self.share.to_string())));
        }
        settings
    }
}

/// Id of the trial that executes `recipe` on `data` with `training_seed` for a share of its updates,
/// continuing from the trial `after`. It is the hash of a JSON document. Missing and neutral values are left out of the
/// document, so that a field added later changes no id while it is not used.
pub fn trial_id(
    data: &DataIdentity<'_>,
    recipe: &Recipe,
    training_seed: u64,
    share: Share,
    after: Option<&TrialId>,
) -> TrialId {
    let (numerics, command) = match recipe {
        Recipe::Learner(_) => (Some(NUMERICS_VERSION), None),
        Recipe::Command(recipe) => (None, Some(CommandIdentity::of(recipe))),
    };
    let settings = recipe.identity().0;
    let document = Identity {
        after: after.map(TrialId::as_str),
        command,
        encoding: data.encoding,
        held_out: data.held_out,
        metric: data.metric,
        numerics,
        seed: training_seed,
        settings: settings.into_iter().map(|(key, value)| (key, value.to_string())).collect(),
        shard: data.shard,
        share: (!share.is_whole()).then(|| share.to_string()),
    };
    // Serialising strings and whole numbers cannot fail.
    TrialId(text_hash(&serde_json::to_string(&document).unwrap_or_default()))
}

/// What changes the outcome of a trial. The names of the fields and their order must never change.
#[derive(Serialize)]
struct Identity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<CommandIdentity<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    encoding: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    held_out: &'a str,
    metric: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    numerics: Option<u32>,
    seed: u64,
    /// Sorted by name, so that their order in the study file is not part of the identity.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<String, String>,
    shard: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<String>,
}

/// Identity of a command: what it runs and how its result is read, but not its limits.
#[derive(Serialize)]
struct CommandIdentity<'a> {
    words: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    environment: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    higher_is_better: Option<String>,
}

impl<'a> CommandIdentity<'a> {
    fn of(recipe: &'a CommandRecipe) -> Self {
        let command = &*recipe.command;
        Self {
            words: &command.words,
            environment: &command.environment,
            pattern: match &command.result {
                ResultSource::Pattern(pattern) => Some(pattern),
                ResultSource::Json => None,
            },
            higher_is_better: command.metric.higher_is_better.map(|best| best.to_string()),
        }
    }
}

/// Hash of a text, 20 hexadecimal digits.
pub fn text_hash(text: &str) -> String {
    let mut hash = TextHash::default();
    hash.add(text);
    hash.finish()
}

/// Hash of a text that is given in parts; see [`text_hash`].
#[derive(Clone, Debug, Default)]
pub struct TextHash(Sha256);

impl TextHash {
    /// Adds the next part.
    pub fn add(&mut self, part: &str) {
        self.0.update(part.as_bytes());
    }

    /// The hash of all parts.
    pub fn finish(self) -> String {
        hexadecimal(&self.0.finalize()[..ID_DIGITS / 2])
    }
}

/// `bytes` as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;

    use tenfold_train::{LearnerSettings, learners};

    use super::super::recipe::{CommandMetric, CommandSpec};

    use super::*;

    fn id(shard: &str, change: Option<(&str, f64)>, seed: u64) -> TrialId {
        let mut settings = LearnerSettings::defaults(learners::MLP);
        if let Some((key, value)) = change {
            settings.set(key, &SettingValue::Number(value)).unwrap();
        }
        let data = DataIdentity { encoding: "c", held_out: "h", shard, metric: "error_rate" };
        trial_id(&data, &Recipe::learnt(settings), seed, Share::WHOLE, None)
    }

    fn command() -> CommandRecipe {
        let command = CommandSpec {
            words: vec!["train".to_owned(), "{size}".to_owned()],
            inputs: Vec::new(),
            result: ResultSource::Json,
            timeout: None,
            retries: 1,
            memory: None,
            result_limit: 1 << 30,
            folder: PathBuf::new(),
            environment: BTreeMap::new(),
            gpus: 0,
            metric: CommandMetric { name: "error".to_owned(), higher_is_better: None },
        };
        CommandRecipe { command: Arc::new(command), settings: Vec::new() }
    }

    fn command_id(change: impl FnOnce(&mut CommandSpec)) -> TrialId {
        let mut recipe = command();
        change(Arc::make_mut(&mut recipe.command));
        let data = DataIdentity { encoding: "", held_out: "", shard: "64", metric: "error" };
        trial_id(&data, &Recipe::Command(recipe), 0, Share::WHOLE, None)
    }

    #[test]
    fn a_command_is_what_it_runs_and_not_what_limits_it() {
        let first = command_id(|_| {});
        assert_ne!(first, command_id(|c| c.words.push("--fast".to_owned())));
        assert_ne!(first, command_id(|c| c.result = ResultSource::Pattern("e=(.*)".to_owned())));
        assert_ne!(first, command_id(|c| c.metric.higher_is_better = Some(1.0)));
        let environment = ("A".to_owned(), "1".to_owned());
        assert_ne!(first, command_id(|c| c.environment.extend([environment])));
        assert_eq!(first, command_id(|c| c.timeout = Some(Duration::from_secs(9))));
        assert_eq!(first, command_id(|c| (c.retries, c.gpus, c.memory) = (5, 1, Some(1))));
    }

    /// These ids must never change, because stored trials would no longer be found under their ids.
    #[test]
    fn ids_are_as_they_always_were() {
        assert_eq!(id("s", None, 1).as_str(), "a5ea8415e27e023628c7");
        assert_eq!(id("s", Some(("dropout", 0.25)), 2).as_str(), "a8f6788e6fa71e33c125");
        let data = DataIdentity { encoding: "", held_out: "", shard: "8", metric: "rmse" };
        let linear = Recipe::learnt(LearnerSettings::defaults(learners::LINEAR));
        assert_eq!(
            trial_id(&data, &linear, u64::MAX, Share::WHOLE, None).as_str(),
            "85ad02e0cfc2ed79de1f"
        );
        assert_eq!(command_id(|_| {}).as_str(), "c6bc2d7533ba64e3d1eb");
        let full = command_id(|command| {
            command.environment.insert("A".to_owned(), "1".to_owned());
            command.result = ResultSource::Pattern("e=(.*)".to_owned());
            command.metric.higher_is_better = Some(100.0);
        });
        assert_eq!(full.as_str(), "1690d2af5f339727ab54");
    }

    #[test]
    fn a_trial_that_is_stopped_early_is_another_one() {
        let data = DataIdentity { encoding: "c", held_out: "h", shard: "s", metric: "error_rate" };
        let recipe = Recipe::learnt(LearnerSettings::defaults(learners::MLP));
        let id = |share| trial_id(&data, &recipe, 1, share, None);
        assert_eq!(id(Share::WHOLE).as_str(), "a5ea8415e27e023628c7");
        let stopped = [Share::QUARTER, Share::EIGHTH].map(id);
        assert_ne!(stopped[0], stopped[1]);
        assert!(!stopped.contains(&id(Share::WHOLE)));
    }

    #[test]
    fn a_setting_typed_at_its_neutral_value_is_as_if_it_were_not_there() {
        let first = id("s", None, 1);
        for (key, neutral, other) in
            [("dropout", 0.0, 0.5), ("patience", 0.0, 2.0), ("chunks", 1.0, 2.0)]
        {
            assert_eq!(first, id("s", Some((key, neutral)), 1), "{key}");
            assert_ne!(first, id("s", Some((key, other)), 1), "{key}");
        }
    }

    #[test]
    fn the_order_of_a_search_is_no_part_of_an_id() {
        let searched = |names: [&str; 2]| {
            let mut recipe = Recipe::Command(command());
            for name in names {
                recipe.set(name, &SettingValue::Number(1.0)).unwrap();
            }
            let data = DataIdentity { encoding: "", held_out: "", shard: "64", metric: "error" };
            trial_id(&data, &recipe, 0, Share::WHOLE, None)
        };
        assert_eq!(searched(["a", "b"]), searched(["b", "a"]));
        assert_ne!(searched(["a", "b"]), searched(["a", "c"]));
    }

    #[test]
    fn equal_trials_have_one_id_and_every_change_another() {
        let first = id("s", None, 1);
        assert_eq!(first, id("s", None, 1));
        assert_ne!(first, id("t", None, 1));
        assert_ne!(first, id("s", None, 2));
        assert_ne!(first, id("s", Some(("learning_rate", 0.012_5)), 1));
    }

    #[test]
    fn only_twenty_hexadecimal_digits_are_an_id() {
        assert!(TrialId::parse(id("s", None, 1).as_str()).is_some());
        assert!(TrialId::parse("../../../../etc/pass").is_none());
        assert!(TrialId::parse("abc").is_none());
    }
}
