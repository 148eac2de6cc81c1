//! What makes two trials the same: the hash of everything that changes their outcome.
//!
//! Model names, the number of threads and the place of the folder are not part of it, so that
//! renaming a model or moving a study repeats nothing.

use std::fmt;

use sha2::{Digest, Sha256};
use tenfold_train::NUMERICS_VERSION;

use super::recipe::{CommandRecipe, Recipe, ResultSource};

/// Hexadecimal digits of a trial id: 80 bits, so that a million trials collide with
/// probability 4e-13.
const ID_DIGITS: usize = 20;

/// Name of a trial: 20 hexadecimal digits of the SHA-256 of what changes its outcome.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrialId(String);

impl TrialId {
    /// The id written as `text`, if it is 20 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == ID_DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The first eight digits: enough for a person to tell the trials of a study apart.
    pub fn short(&self) -> &str {
        &self.0[..8]
    }

    /// The 20 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The data a trial sees, by content: no path and no date.
#[derive(Clone, Debug)]
pub struct DataIdentity<'a> {
    /// Hash of what turns an example into numbers: classes, columns and their categories.
    pub encoding: &'a str,
    /// Hash of the examples used to stop and to choose, and of those reported on.
    pub held_out: &'a str,
    /// Hash of the shard's examples, in order. Examples of no shard are not part of a trial: data
    /// that are added leave the trials whose shard stays the same.
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
    /// Which seed of the study's list, from 0.
    pub repeat: u64,
    /// Place in the model's search grid, from 0.
    pub candidate: usize,
    /// What it executes.
    pub recipe: Recipe,
    /// Seed of initialisation, batch order and dropout.
    pub training_seed: u64,
    /// Floating-point operations it should take, for commands examples; used for order and
    /// remaining time only.
    pub expected_flop: f64,
}

/// Id of the trial that executes `recipe` on `data` with `training_seed`.
pub fn trial_id(data: &DataIdentity<'_>, recipe: &Recipe, training_seed: u64) -> TrialId {
    let mut hash = Sha256::new();
    let mut field = |name: &str, value: &str| {
        // The length keeps `ab` + `c` apart from `a` + `bc`.
        hash.update(format!("{name}:{}:{value}\n", value.len()));
    };
    match recipe {
        Recipe::Learner(_) => field("numerics", &NUMERICS_VERSION.to_string()),
        Recipe::Command(recipe) => command_fields(recipe, &mut field),
    }
    field("encoding", data.encoding);
    field("held-out", data.held_out);
    field("shard", data.shard);
    field("metric", data.metric);
    field("seed", &training_seed.to_string());
    for (key, value) in recipe.entries() {
        field(&key, &value);
    }
    TrialId(hexadecimal(&hash.finalize()[..ID_DIGITS / 2]))
}

/// What a command is made of: what it runs and how its result is read, but not what only limits it.
fn command_fields(recipe: &CommandRecipe, field: &mut impl FnMut(&str, &str)) {
    let command = &recipe.command;
    for word in &command.words {
        field("word", word);
    }
    for (name, value) in &command.environment {
        field("environment", &format!("{name}={value}"));
    }
    if let ResultSource::Pattern(pattern) = &command.result {
        field("pattern", pattern);
    }
    if let Some(best) = command.metric.higher_is_better {
        field("higher is better, up to", &best.to_string());
    }
}

/// Hash of a text, 20 hexadecimal digits.
pub fn text_hash(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes())[..ID_DIGITS / 2])
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

    use tenfold_train::{Architecture, LearnerSettings, SettingValue};

    use super::super::recipe::{CommandMetric, CommandSpec};

    use super::*;

    fn id(shard: &str, change: Option<(&str, f64)>, seed: u64) -> TrialId {
        let mut settings = LearnerSettings::defaults(Architecture::Mlp);
        if let Some((key, value)) = change {
            settings.set(key, &SettingValue::Number(value)).unwrap();
        }
        let data = DataIdentity { encoding: "c", held_out: "h", shard, metric: "error_rate" };
        trial_id(&data, &Recipe::Learner(settings), seed)
    }

    fn command_id(change: impl FnOnce(&mut CommandSpec)) -> TrialId {
        let mut command = CommandSpec {
            words: vec!["train".to_owned(), "{size}".to_owned()],
            inputs: Vec::new(),
            result: ResultSource::Json,
            timeout: None,
            retries: 1,
            memory: None,
            folder: PathBuf::new(),
            environment: BTreeMap::new(),
            gpus: 0,
            metric: CommandMetric { name: "error".to_owned(), higher_is_better: None },
        };
        change(&mut command);
        let recipe = CommandRecipe { command: Arc::new(command), settings: Vec::new() };
        let data = DataIdentity { encoding: "", held_out: "", shard: "64", metric: "error" };
        trial_id(&data, &Recipe::Command(recipe), 0)
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
