//! What is known of the training of a curve, in addition to its errors.

use serde::Serialize;

use crate::units::{Cost, TrainingSetSize};

/// Facts of a study that a curve does not contain; the default is that nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrainingFacts {
    /// Winners that lie at the end of a searched axis.
    pub edges: Vec<SearchEdge>,
    /// Whether models of several sizes were tried at each training-set size.
    pub searches_model_size: bool,
    /// Runs that were still improving when training ended, one entry a size that has any.
    pub unconverged: Vec<Unconverged>,
    /// What the check for test examples among the training examples found.
    pub leaks: Option<Leaks>,
    /// Price of one more example.
    pub cost_per_example: Option<Cost>,
}

/// A winner whose setting is the smallest or the largest that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchEdge {
    /// Training-set size the model won at.
    pub size: TrainingSetSize,
    /// Name of the setting.
    pub setting: String,
    /// Its value, as text.
    pub value: String,
    /// Which end it is.
    pub end: AxisEnd,
    /// How many values were tried; with two, every winner lies at an end.
    pub values: usize,
    /// Whether more of the setting is a larger model: width, depth.
    pub is_model_size: bool,
}

/// An end of a searched axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AxisEnd {
    /// The smallest value tried.
    Smallest,
    /// The largest value tried.
    Largest,
}

/// Runs of one size that had not converged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Unconverged {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// How many of the winner's runs had not converged.
    pub runs: usize,
    /// Of how many.
    pub of: usize,
}

/// Test examples that also occur among the training examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Leaks {
    /// How many.
    pub identical: u64,
    /// Of how many.
    pub checked: u64,
}
