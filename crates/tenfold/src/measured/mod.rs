//! The measured curves, with the models behind their points and the findings of the measurement.
//!
//! [`curves`] reads those of a study from its database; [`crate::curve_file`] reads those of a
//! curve file, [`crate::import`] the runs made elsewhere.

mod carried;
mod command_notes;
pub mod curves;
mod folds;
mod note;
mod search_edges;

use std::collections::BTreeSet;

use serde::Serialize;
use tenfold_core::{LearningCurve, TrainingSetSize};

pub use carried::CarriedSearch;
pub use note::{Note, NoteLevel};

use crate::format;
use crate::meaning::scale::Scale;

/// One curve with the models behind its points.
#[derive(Clone, Debug, Serialize)]
pub struct MeasuredCurve {
    /// The measurements.
    pub curve: LearningCurve,
    /// The winner at each size; empty when only the curve is known.
    pub models: Vec<WinnerRow>,
    /// Runs of the curve that were made elsewhere and imported.
    pub imported: Vec<ImportedRun>,
    /// How the metric of a file was turned into an error; `None` for the curves of a study.
    pub scale: Option<Scale>,
}

/// A measurement that another tool made and this curve took over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportedRun {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// Seed, as its tool has it.
    pub seed: Option<u64>,
    /// Error.
    pub error: f64,
    /// The run's name in its tool.
    pub run: String,
    /// Tool and source: "mlflow mlflow.db".
    pub source: String,
}

/// The model that won at one training-set size.
#[derive(Clone, Debug, Serialize)]
pub struct WinnerRow {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// Settings that the search chose, as text.
    pub settings: String,
    /// Trainable parameters.
    pub parameter_count: Option<u64>,
    /// Trials spent on the search at this size.
    pub tuning_trials: usize,
    /// Trials of the winner that stopped before they converged.
    pub unconverged: usize,
    /// The search at a smaller size, if the settings were carried from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried: Option<CarriedSearch>,
}

/// Says which of a curve's runs were imported: "cnn: 6 of 14 runs are imported (mlflow mlflow.db),
/// at 1,000 and 2,000"; `None` if none were.
pub fn imported_words(measured: &MeasuredCurve) -> Option<String> {
    let imported = &measured.imported;
    let sources: BTreeSet<&str> = imported.iter().map(|run| run.source.as_str()).collect();
    let sizes: BTreeSet<TrainingSetSize> = imported.iter().map(|run| run.size).collect();
    let sizes: Vec<String> = sizes.into_iter().map(|size| format::known_size(size.get())).collect();
    let runs = measured.curve.points().iter().map(|point| point.replicates.len()).sum::<usize>();
    let sources: Vec<&str> = sources.into_iter().collect();
    (!imported.is_empty()).then(|| {
        format!(
            "{}: {} of {runs} runs are imported ({}), at {}",
            measured.curve.name(),
            imported.len(),
            sources.join(", "),
            sizes.join(", ")
        )
    })
}
