//! What every tool is brought to: runs with fields and metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::mapping::Repeated;

/// One run of somebody else's tool: a trained model, or an attempt at one.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What tells it from every other run, wherever it is read again.
    pub identity: RunIdentity,
    /// What its tool calls it.
    pub name: String,
    /// Line of the source it stands in, where lines can be counted.
    pub line: Option<u64>,
    /// Parameters, tags, columns: name to text.
    pub fields: BTreeMap<String, String>,
    /// What was measured: name to values in the order of their steps.
    pub metrics: BTreeMap<String, Vec<f64>>,
    /// How it ended.
    pub ending: Ending,
}

/// Whether a run's numbers are results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It ran to its end, or its tool does not say.
    Finished,
    /// Failed, running, pruned, deleted: its tool's word.
    Unfinished(String),
}

/// A hash of what a tool identifies a run by; the same run gives the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunIdentity(String);

impl RunIdentity {
    /// The identity of the run that `tool` tells from others by `parts`.
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

/// All runs of a source, and what its tool knows beyond them.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTable {
    /// The runs, oldest first where the tool knows.
    pub runs: Vec<Run>,
    /// What the source is: "MLflow database, schema dc11669786a5".
    pub source: String,
    /// Name of the curve when no field names it.
    pub title: String,
    /// What a run is called here: "run", "trial", "row".
    pub run_word: &'static str,
    /// What was noticed while reading.
    pub warnings: Vec<String>,
    /// What the tool says of its metric.
    pub said: Said,
}

/// What a tool says of its metric, so that it need not be guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Said {
    /// Whether higher is better.
    pub higher_is_better: Option<bool>,
    /// The score of a model without fault.
    pub best: Option<f64>,
    /// What several runs at one size and seed are.
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
