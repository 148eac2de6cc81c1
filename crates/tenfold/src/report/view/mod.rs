//! The one view model: everything a printer needs, already decided.

mod assemble;
pub mod headline;
pub mod phrases;

pub use assemble::assemble;

use std::collections::BTreeMap;

use tenfold_core::diagnose::diagnose;
use tenfold_core::{Cost, Diagnosis, ForecastOf, MetricKind, TrainingFacts, TrainingSetSize};

use crate::analysis::{CurveReport, Goal, Look};
use crate::measured::{MeasuredCurve, Note};

/// What a report is made from: measurements, a goal, and what to say about their origin.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// Name of the study or the file.
    pub title: String,
    /// The curves in the order in which they keep their colours.
    pub curves: Vec<MeasuredCurve>,
    /// What the user wants to know.
    pub goal: Goal,
    /// What the error is, for axis titles and sentences: `test error`.
    pub metric_label: String,
    /// What sizes count, in the plural: `examples`.
    pub unit: String,
    /// Findings about the study, such as leaks between training and test.
    pub notes: Vec<Note>,
    /// Name and value of what produced the numbers: versions, data, seeds.
    pub provenance: Vec<(String, String)>,
    /// Sizes to forecast, as asked for.
    pub at: Vec<TrainingSetSize>,
    /// What those forecasts are of.
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
    /// Index of the curve that the headline, the tiles and the tinted regions speak about.
    pub lead: Option<usize>,
    /// What the user wants to know.
    pub goal: Goal,
    /// Kind of error of the curves.
    pub metric: MetricKind,
    /// What the error is: `test error`.
    pub metric_label: String,
    /// What sizes count, in the plural.
    pub unit: String,
    /// Smallest and largest size that the chart shows.
    pub chart_sizes: (f64, f64),
    /// Findings about the study, such as leaks between training and test.
    pub notes: Vec<Note>,
    /// Why the curves with a colour are as they are, by name; see [`StudyReport::diagnose`].
    pub diagnoses: Vec<(String, Diagnosis)>,
    /// Name and value of what produced the numbers.
    pub provenance: Vec<(String, String)>,
}

impl StudyReport {
    /// Finds out why the curves with a colour are as they are.
    ///
    /// `training`: what is known of the training behind each curve, by its name.
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

/// The answer in one sentence, and what qualifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// `cnn reaches 10% error at about 31k examples`, without a full stop.
    pub sentence: String,
    /// Range, distance and the other curves, as full sentences.
    pub subtitle: String,
    /// The same answer on one line, for a terminal.
    pub line: String,
}
