//! What makes two trials the same: the hash of everything that changes their outcome.
//!
//! Model names, the number of threads and the place of the folder are not part of it, so that
//! renaming a model or moving a study repeats nothing.

use std::fmt;

use sha2::{Digest, Sha256};
use tenfold_train::{LearnerSettings, NUMERICS_VERSION};

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
    /// Every setting of the learner.
    pub settings: LearnerSettings,
    /// Seed of initialisation, batch order and dropout.
    pub training_seed: u64,
    /// Floating-point operations it should take; used for order and remaining time only.
    pub expected_flop: f64,
}

/// Id of the trial that trains `settings` on `data` with `training_seed`.
pub fn trial_id(
    data: &DataIdentity<'_>,
    settings: &LearnerSettings,
    training_seed: u64,
) -> TrialId {
    let mut hash = Sha256::new();
    let mut field = |name: &str, value: &str| {
        // The length keeps `ab` + `c` apart from `a` + `bc`.
        hash.update(format!("{name}:{}:{value}\n", value.len()));
    };
    field("numerics", &NUMERICS_VERSION.to_string());
    field("encoding", data.encoding);
    field("held-out", data.held_out);
    field("shard", data.shard);
    field("metric", data.metric);
    field("seed", &training_seed.to_string());
    for (key, value) in settings.entries() {
        field(key, &value);
    }
    TrialId(hexadecimal(&hash.finalize()[..ID_DIGITS / 2]))
}

/// `bytes` as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The settings as one line, `key=value` joined by spaces, in the registry's order.
pub fn settings_line(settings: &LearnerSettings) -> String {
    let parts: Vec<String> =
        settings.entries().into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use tenfold_train::{Architecture, SettingValue};

    use super::*;

    fn id(shard: &str, change: Option<(&str, f64)>, seed: u64) -> TrialId {
        let mut settings = LearnerSettings::defaults(Architecture::Mlp);
        if let Some((key, value)) = change {
            settings.set(key, &SettingValue::Number(value)).unwrap();
        }
        let data = DataIdentity { encoding: "c", held_out: "h", shard, metric: "error_rate" };
        trial_id(&data, &settings, seed)
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
