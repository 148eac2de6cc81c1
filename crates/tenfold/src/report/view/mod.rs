//! The view model: all values that a printer needs, with every decision made.

mod assemble;
pub mod headline;
pub mod phrases;

pub use assemble::assemble;

use std::collections::BTreeMap;

use tenfold_core::diagnose::diagnose;
use tenfold_core::{Cost, Diagnosis, ForecastOf, MetricKind, TrainingFacts, TrainingSetSize};

use crate::analysis::{CurveReport, Goal, Look};
use crate::measured::{MeasuredCurve, Note};

/// The input of a report: measurements, a goal, and the origin of the measurements.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// Name of the study or the file.
    pub title: String,
    /// The curves in the order in which they keep their colours.
    pub curves: Vec<MeasuredCurve>,
    /// What the user wants to know.
    pub goal: Goal,
    /// Name of the error, for axis titles and sentences: `test error`.
    pub metric_label: String,
    /// Unit of the sizes, in the plural: `examples`.
    pub unit: String,
    /// Findings about the study, such as leaks between training and test.
    pub notes: Vec<Note>,
    /// Origin of the numbers, as names and values: versions, data, seeds.
    pub provenance: Vec<(String, String)>,
    /// Sizes to forecast, as the user gave them.
    pub at: Vec<TrainingSetSize>,
    /// Whether those forecasts are of the next measurement or of the mean curve.
    pub of: ForecastOf,
}

/// A study ready to print.
#[derive(Clone, Debug)]
pub struct StudyReport {
    /// Name of the study or the file.
    pub title: String,
    /// The answer.
    pub headline: Headline,
    /// All curves in the order of the input.
    pub curves: Vec<CurveReport>,
    /// Index of the curve to which the headline, the tiles and the tinted regions belong.
    pub lead: Option<usize>,
    /// What the user wants to know.
    pub goal: Goal,
    /// Kind of error of the curves.
    pub metric: MetricKind,
    /// Name of the error: `test error`.
    pub metric_label: String,
    /// Unit of the sizes, in the plural.
    pub unit: String,
    /// Smallest and largest size that the chart shows.
    pub chart_sizes: (f64, f64),
    /// Findings about the study, such as leaks between training and test.
    pub notes: Vec<Note>,
    /// Diagnosis of each curve with a colour, by name; see [`StudyReport::diagnose`].
    pub diagnoses: Vec<(String, Diagnosis)>,
    /// Origin of the numbers, as names and values.
    pub provenance: Vec<(String, String)>,
}

impl StudyReport {
    /// Diagnoses the curves with a colour.
    ///
    /// `training`: facts about the training behind each curve, by its name.
    pub fn diagnose(&mut self, training: &BTreeMap<String, TrainingFacts>) {
        let coloured = self.curves.iter().filter(|curve| curve.look != Look::Grey);
        let diagnoses = coloured.filter_map(|curve| {
            let known = training.get(curve.curve.name()).cloned().unwrap_or_default();
            let cost_per_example = self.goal.cost_per_example.map(Cost);
            let facts = TrainingFacts { cost_per_example, ..known };
            Some((curve.name.clone(), diagnose(&curve.curve, &curve.fitted()?.fit, &facts)))
        });
        self.diagnoses = diagnoses.collect();
    }
}

/// The answer in one sentence, and its qualifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// `cnn reaches 10% error at about 31k examples`, without a full stop.
    pub sentence: String,
    /// Range, distance and the other curves, as full sentences.
    pub subtitle: String,
    /// The same answer on one line, for a terminal.
    pub line: String,
}
