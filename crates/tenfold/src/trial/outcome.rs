//! The result of a trial: the content of `result.json`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tenfold_core::{Aggregate, Outcomes};
use tenfold_train::Trained;

use super::attempt::Attempt;
use super::identity::TrialId;
use super::settings::Settings;

/// Name and version of the document.
pub const SCHEMA: &str = "tenfold.result/1";

/// The content of `result.json`: what the trial measured, and the trial itself, so that the store
/// can be rebuilt from these files alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Id of the trial.
    pub trial: String,
    /// Token of the execution that published this.
    pub attempt: String,
    /// Name of the model when it ran.
    pub model: String,
    /// Training-set size, in examples.
    pub size: u64,
    /// Index of the seed in the study's list, from 0.
    #[serde(rename = "repeat")]
    pub seed: u64,
    /// Every setting.
    pub settings: Settings,
    /// Error on the validation set at the best evaluation; it stops the training and chooses the
    /// winner.
    pub validation_error: f64,
    /// Error on the test set of the parameters chosen by validation.
    pub test_error: f64,
    /// Whether `validation_error` is a separate measurement. A command may report one number only,
    /// which then both chooses and is reported.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub is_validation_apart: bool,
    /// Error on the shard itself, if known.
    pub train_error: Option<f64>,
    /// Number of trained parameters of the model, if known.
    pub parameter_count: Option<u64>,
    /// Floating-point operations of the training, if known.
    pub training_flop: Option<f64>,
    /// Updates made, if known.
    pub steps: Option<u64>,
    /// Update after which validation was best, if known.
    pub best_step: Option<u64>,
    /// Whether validation had stopped improving before the end; `true` if a command does not report
    /// it.
    pub converged: bool,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
    /// Statistics of each test example, in the order of the test set; empty if a command reports
    /// only its error.
    pub test_outcomes: Packed,
    /// Number of statistics per example.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub statistics: usize,
    /// Name of the aggregate that makes the error of them; `None` for the mean, or for the root of
    /// the mean if it is the RMSE of a built-in learner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<String>,
    /// Hash of the examples on which a command says it was evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_on: Option<String>,
    /// Other numbers a command reported, or the test error of a built-in learner by other metrics, by
    /// name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
    /// Hash of each input the command was trained with, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
}

const fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_one(value: &usize) -> bool {
    *value == 1
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

/// Numbers as base64: one bit each if all are 0 or 1, otherwise 4 bytes each (little-endian `f32`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Packed {
    /// One bit each, lowest first.
    Bits {
        /// How many numbers.
        count: usize,
        /// base64 of the bytes.
        data: String,
    },
    /// Four bytes each.
    Float32 {
        /// How many numbers.
        count: usize,
        /// base64 of the bytes.
        data: String,
    },
}

impl Packed {
    /// How many numbers there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Bits { count, .. } | Self::Float32 { count, .. } => *count,
        }
    }

    /// Packs `values` without loss.
    pub fn pack(values: &[f32]) -> Self {
        let count = values.len();
        let is_bit = |v: &f32| v.to_bits() == 0 || v.to_bits() == 1.0_f32.to_bits();
        if values.iter().all(is_bit) {
            let mut bytes = vec![0_u8; count.div_ceil(8)];
            for (index, value) in values.iter().enumerate() {
                bytes[index / 8] |= u8::from(value.to_bits() != 0) << (index % 8);
            }
            return Self::Bits { count, data: STANDARD.encode(bytes) };
        }
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::Float32 { count, data: STANDARD.encode(bytes) }
    }

    /// The numbers; `None` if the base64 text does not hold `count` numbers.
    pub fn unpack(&self) -> Option<Vec<f32>> {
        match self {
            Self::Bits { count, data } => {
                let bytes = STANDARD.decode(data).ok()?;
                let bit = |i: usize| f32::from((bytes[i / 8] >> (i % 8)) & 1);
                (bytes.len() == count.div_ceil(8)).then(|| (0..*count).map(bit).collect())
            }
            Self::Float32 { count, data } => {
                let bytes = STANDARD.decode(data).ok()?;
                let (words, rest) = bytes.as_chunks::<4>();
                let fits = rest.is_empty() && words.len() == *count;
                fits.then(|| words.iter().map(|word| f32::from_le_bytes(*word)).collect())
            }
        }
    }
}

/// The checked values that a command reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reported {
    /// Its error; lower is better, at least 0.
    pub error: f64,
    /// The error that chooses the winner, if it is a separate one.
    pub validation_error: Option<f64>,
    /// Error on the shard.
    pub train_error: Option<f64>,
    /// Number of trained parameters of the model.
    pub parameters: Option<u64>,
    /// Floating-point operations of the training.
    pub flop: Option<f64>,
    /// Updates made.
    pub steps: Option<u64>,
    /// Whether the training had converged.
    pub converged: bool,
    /// Statistics of each example; `None` if not reported.
    pub per_example: Option<Outcomes>,
    /// How the statistics become the error; `None` for their mean.
    pub aggregate: Option<Aggregate>,
    /// Hash of the examples on which it was evaluated.
    pub judged_on: Option<String>,
    /// Other reported numbers, by name.
    pub metrics: BTreeMap<String, f64>,
}

impl Reported {
    /// A report of an error alone.
    pub fn of_error(error: f64) -> Self {
        Self { error, converged: true, ..Self::default() }
    }
}

/// Why a file is not a result.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum OutcomeError {
    /// It is not JSON, cut short, or lacks fields.
    #[error("the result file is torn or not a result: {0}")]
    Unreadable(String),
    /// It belongs to another trial.
    #[error("the result file is of trial {found}, expected {expected}")]
    OtherTrial {
        /// Id in the file.
        found: String,
        /// Id of the folder.
        expected: String,
    },
    /// It holds a number that no training can give.
    #[error("the result file holds {name} = {value}, needed a finite number of at least 0")]
    Impossible {
        /// Name of the field.
        name: &'static str,
        /// What it held.
        value: f64,
    },
}

fn named(errors: &BTreeMap<&'static str, f64>) -> BTreeMap<String, f64> {
    errors.iter().map(|(name, error)| ((*name).to_owned(), *error)).collect()
}

impl Outcome {
    /// The outcome of `attempt`, which took `seconds`.
    pub fn new(attempt: &Attempt, trained: &Trained, seconds: f64) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            trial: attempt.trial.id.to_string(),
            attempt: attempt.token.to_string(),
            model: attempt.trial.model.clone(),
            size: attempt.trial.size,
            seed: attempt.trial.seed,
            settings: attempt.trial.settings(),
            validation_error: trained.validation_error,
            test_error: trained.test_error,
            is_validation_apart: true,
            train_error: Some(trained.train_error),
            parameter_count: Some(trained.parameter_count),
            training_flop: Some(trained.training_flop),
            steps: Some(trained.steps),
            best_step: Some(trained.best_step),
            converged: trained.converged,
            seconds,
            test_outcomes: Packed::pack(&trained.test_statistics),
            statistics: trained.aggregate.width,
            // Result files of the error rate and the RMSE name no aggregate, because their format
            // is older than the field.
            aggregate: (trained.aggregate.width > 1).then(|| trained.aggregate.name.to_owned()),
            judged_on: None,
            metrics: named(&trained.other_errors),
            inputs: BTreeMap::new(),
        }
    }

    /// The outcome of a command that ran as `attempt`, which took `seconds`.
    pub fn of_command(attempt: &Attempt, reported: Reported, seconds: f64) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            trial: attempt.trial.id.to_string(),
            attempt: attempt.token.to_string(),
            model: attempt.trial.model.clone(),
            size: attempt.trial.size,
            seed: attempt.trial.seed,
            settings: attempt.trial.settings(),
            validation_error: reported.validation_error.unwrap_or(reported.error),
            is_validation_apart: reported.validation_error.is_some(),
            test_error: reported.error,
            train_error: reported.train_error,
            parameter_count: reported.parameters,
            training_flop: reported.flop,
            steps: reported.steps,
            best_step: None,
            converged: reported.converged,
            seconds,
            test_outcomes: Packed::pack(
                reported.per_example.as_ref().map_or(&[], |outcomes| outcomes.values()),
            ),
            statistics: reported.per_example.as_ref().map_or(1, Outcomes::width),
            aggregate: reported.aggregate.map(|aggregate| aggregate.name.to_owned()),
            judged_on: reported.judged_on,
            metrics: reported.metrics,
            inputs: BTreeMap::new(),
        }
    }

    /// The same result with the number called `metric` as its error; `None` if it has none such. Of
    /// the single test examples nothing is known then.
    pub fn measured_by(&self, metric: &str) -> Option<Self> {
        Some(Self {
            test_error: *self.metrics.get(metric)?,
            train_error: None,
            test_outcomes: Packed::pack(&[]),
            statistics: 1,
            aggregate: None,
            ..self.clone()
        })
    }

    /// The statistics of each test example, if they are known.
    pub fn outcomes(&self) -> Option<Outcomes> {
        Outcomes::new(self.statistics, self.test_outcomes.unpack()?)
    }

    /// How the statistics become the error, if the result names it.
    pub fn aggregate(&self) -> Option<Aggregate> {
        self.aggregate.as_deref().and_then(Aggregate::named)
    }

    /// Number of test examples in the result.
    pub fn examples(&self) -> usize {
        self.test_outcomes.count() / self.statistics.max(1)
    }

    /// Number of units that the error is a share of, such as the characters of all test examples;
    /// `None` if the units are the examples themselves.
    pub fn units(&self) -> Option<u64> {
        let aggregate = self.aggregate()?;
        let outcomes = self.outcomes()?;
        let units = (aggregate.units)(&outcomes.means()) * outcomes.examples() as f64;
        (units >= 1.0).then_some(units as u64)
    }

    /// Parses the outcome in `text` and checks that it is of trial `expected`.
    ///
    /// # Errors
    /// [`OutcomeError`]: cut off, of another trial, or with numbers that no training can give.
    pub fn parse(text: &str, expected: &TrialId) -> Result<Self, OutcomeError> {
        let outcome: Self =
            serde_json::from_str(text).map_err(|e| OutcomeError::Unreadable(e.to_string()))?;
        if outcome.schema != SCHEMA {
            return Err(OutcomeError::Unreadable(format!("schema is `{}`", outcome.schema)));
        }
        if outcome.trial != expected.as_str() {
            let expected = expected.to_string();
            return Err(OutcomeError::OtherTrial { found: outcome.trial, expected });
        }
        let errors = [
            ("validation_error", outcome.validation_error),
            ("test_error", outcome.test_error),
            ("train_error", outcome.train_error.unwrap_or(0.0)),
        ];
        for (name, value) in errors {
            if !(value.is_finite() && value >= 0.0) {
                return Err(OutcomeError::Impossible { name, value });
            }
        }
        let Some(values) = outcome.test_outcomes.unpack() else {
            return Err(OutcomeError::Unreadable("test_outcomes is cut short".to_owned()));
        };
        if outcome.statistics == 0 || !values.len().is_multiple_of(outcome.statistics) {
            let reason = "test_outcomes are no whole examples".to_owned();
            return Err(OutcomeError::Unreadable(reason));
        }
        let name = outcome.aggregate.as_deref();
        let width = name.map_or(Some(1), |name| Aggregate::named(name).map(|found| found.width));
        if width != Some(outcome.statistics) {
            let name = name.unwrap_or("mean");
            return Err(OutcomeError::Unreadable(format!(
                "{} statistics an example are no `{name}`",
                outcome.statistics
            )));
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_exact_for_bits_and_for_floats() {
        let bits: Vec<f32> = (0..19).map(|i| f32::from(u8::from(i % 3 == 0))).collect();
        assert!(matches!(Packed::pack(&bits), Packed::Bits { count: 19, .. }));
        assert_eq!(Packed::pack(&bits).unpack().unwrap(), bits);
        let floats = vec![0.1, 1.0, 2.5e-7, 0.0];
        assert_eq!(Packed::pack(&floats).unpack().unwrap(), floats);
        assert_eq!(Packed::pack(&[]).unpack().unwrap(), Vec::<f32>::new());
    }

    #[test]
    fn a_wrong_count_is_refused() {
        let packed = Packed::Bits { count: 99, data: STANDARD.encode([1, 2, 3]) };
        assert_eq!(packed.unpack(), None);
        let packed = Packed::Float32 { count: 1, data: STANDARD.encode([1, 2, 3]) };
        assert_eq!(packed.unpack(), None);
    }
}
