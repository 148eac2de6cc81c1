//! The form into which every reader brings its runs: fields and metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::mapping::Repeated;

/// One run of another tool: a trained model, or an attempt to train one.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Identifies the run, also when it is read again from another place.
    pub identity: RunIdentity,
    /// Its name in its tool.
    pub name: String,
    /// Its line in the source, if lines can be counted.
    pub line: Option<u64>,
    /// Parameters, tags, columns: name to text.
    pub fields: BTreeMap<String, String>,
    /// Measured values: name to values in the order of their steps.
    pub metrics: BTreeMap<String, Vec<f64>>,
    /// How it ended.
    pub ending: Ending,
}

/// Whether a run's numbers are results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The run finished, or its tool does not say.
    Finished,
    /// The run failed, is still running, was pruned or deleted; this is its tool's word for it.
    Unfinished(String),
}

/// A hash of what identifies a run in its tool; the same run always has the same hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunIdentity(String);

impl RunIdentity {
    /// The identity of the run that `parts` identify among the runs of `tool`.
    pub fn new<'a>(tool: &'a str, parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(tool).chain(parts) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut digits = String::new();
        for byte in hash.finalize().iter().take(10) {
            // Writing to a String cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        Self(digits)
    }

    /// Twenty hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// All runs of a source, and what its tool states about them.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTable {
    /// The runs, oldest first where the tool knows.
    pub runs: Vec<Run>,
    /// Description of the source: "MLflow database, schema dc11669786a5".
    pub source: String,
    /// Name of the curve when no field names it.
    pub title: String,
    /// Word for a run in this source: "run", "trial", "row".
    pub run_word: &'static str,
    /// Warnings from reading.
    pub warnings: Vec<String>,
    /// What the tool states about its metric.
    pub said: Said,
}

/// A tool's statements about its metric, which then need not be guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Said {
    /// Whether higher is better.
    pub higher_is_better: Option<bool>,
    /// The score of a perfect model.
    pub best: Option<f64>,
    /// How several runs at one size and seed are treated.
    pub repeated: Option<Repeated>,
}

impl RunTable {
    /// Names of all fields, in alphabetical order.
    pub fn field_names(&self) -> BTreeSet<&str> {
        self.runs.iter().flat_map(|run| run.fields.keys()).map(String::as_str).collect()
    }

    /// Names of all metrics, in alphabetical order.
    pub fn metric_names(&self) -> BTreeSet<&str> {
        self.runs.iter().flat_map(|run| run.metrics.keys()).map(String::as_str).collect()
    }
}
