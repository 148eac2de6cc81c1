//! The one view model: everything a printer needs, already decided.

pub mod analysis;
mod assemble;
pub mod headline;
pub mod purchase;
pub mod purchase_words;
mod tiles;
pub mod words;

pub use analysis::Analysis;
pub use assemble::assemble;
pub use purchase::Purchase;

use std::collections::BTreeMap;

use crate::meaning::scale::Scale;
use tenfold_core::diagnose::diagnose;
use tenfold_core::{
    BackTest, Cost, CurveFit, DataPlan, Diagnosis, FitWarning, Forecast, ForecastOf, LearningCurve,
    MetricKind, TrainingFacts, TrainingSetSize,
};

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

/// One curve with the models behind its points.
#[derive(Clone, Debug)]
pub struct MeasuredCurve {
    /// The measurements.
    pub curve: LearningCurve,
    /// The winner at each size; empty when only the curve is known.
    pub models: Vec<WinnerRow>,
    /// Which of the measurements were made elsewhere.
    pub imported: Vec<ImportedRun>,
    /// How the metric of a file became an error; `None` where the error is all there is.
    pub scale: Option<Scale>,
}

/// A measurement that another tool made and this curve took over.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedRun {
    /// Training-set size.
    pub size: TrainingSetSize,
    /// Seed, as its tool has it.
    pub seed: Option<u64>,
    /// Error.
    pub error: f64,
    /// What its tool calls it.
    pub run: String,
    /// Tool and source: "mlflow mlflow.db".
    pub source: String,
}

/// The model that won at one training-set size.
#[derive(Clone, Debug)]
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
}

/// What the user wants to reach, what an example costs, how many they have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goal {
    /// Error to reach, in the unit of the curve.
    pub target: Option<f64>,
    /// Price of one more example.
    pub cost_per_example: Option<f64>,
    /// Examples at hand; the largest size measured when not stated.
    pub have: Option<TrainingSetSize>,
    /// What one point less error is worth; see [`Goal::value_of_error`].
    pub value_per_point: Option<f64>,
    /// Most that may be spent on more examples.
    pub budget: Option<f64>,
    /// New examples that can be had a day.
    pub examples_per_day: Option<f64>,
    /// Days until the model is needed.
    pub deadline: Option<f64>,
}

impl Goal {
    /// What one unit less error is worth: a point is a percentage point of an error rate and a unit of
    /// any other metric.
    pub fn value_of_error(&self, metric: MetricKind) -> Option<f64> {
        let points = if metric == MetricKind::ErrorRate { 100.0 } else { 1.0 };
        self.value_per_point.map(|value| value * points)
    }

    /// Whether more is asked of a purchase than a target.
    pub fn weighs_a_purchase(&self) -> bool {
        let has_value = self.value_per_point.is_some() && self.cost_per_example.is_some();
        has_value || self.budget.is_some() || self.deadline.is_some()
    }
}

/// A finding about the study.
#[derive(Clone, Debug)]
pub struct Note {
    /// How much it matters.
    pub level: NoteLevel,
    /// One sentence.
    pub text: String,
}

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteLevel {
    /// Checked and fine.
    Ok,
    /// Read before trusting the numbers.
    Warn,
    /// The numbers are not to be trusted.
    Fail,
}

impl NoteLevel {
    /// The word printed before the note.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A study ready to print.
#[derive(Clone, Debug)]
pub struct StudyReport {
    /// Name of the study or the file.
    pub title: String,
    /// The answer.
    pub headline: Headline,
    /// Four figures: needed, cost, error at twice the data, floor.
    pub tiles: Vec<Tile>,
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
    /// The user's notes, then one for each warning of a fit.
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
            let unit = Some(self.unit.clone());
            let facts = TrainingFacts { cost_per_example, unit, ..known };
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

/// One figure of the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// What the figure is.
    pub label: String,
    /// The figure.
    pub value: String,
    /// Its range with the level, or why there is none.
    pub detail: String,
}

/// One curve, what was fitted to it and how it is drawn.
#[derive(Clone, Debug)]
pub struct CurveReport {
    /// Name of the curve as it is shown, without control characters.
    pub name: String,
    /// Colour and shape, or grey.
    pub look: Look,
    /// The measurements.
    pub curve: LearningCurve,
    /// The winner at each size.
    pub winners: Vec<WinnerRow>,
    /// Which of the measurements were made elsewhere.
    pub imported: Vec<ImportedRun>,
    /// How the metric of a file became an error.
    pub scale: Option<Scale>,
    /// The fit, or why there is none.
    pub outcome: Outcome,
}

impl CurveReport {
    /// The fit and what follows from it, if the curve could be fitted.
    pub fn fitted(&self) -> Option<&Fitted> {
        match &self.outcome {
            Outcome::Fitted(fitted) => Some(fitted),
            Outcome::NotFitted { .. } => None,
        }
    }

    /// Error measured at the largest size.
    pub fn last_error(&self) -> f64 {
        self.curve.points().last().map_or(f64::NAN, tenfold_core::CurvePoint::error)
    }
}

/// How a curve is drawn, the same in every view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// One of [`COLOURS`] colours and shapes, counted from 0.
    Colour(usize),
    /// One of the rest.
    Grey,
}

/// Curves that get a colour of their own.
pub const COLOURS: usize = 6;

/// Whether a curve could be fitted.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It could.
    Fitted(Box<Fitted>),
    /// It could not; its points are still shown.
    NotFitted {
        /// Why, as a sentence without a full stop.
        reason: String,
    },
}

/// A fit and everything asked of it.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The fit.
    pub fit: CurveFit,
    /// Forecasts at the sizes asked for.
    pub at: Vec<Forecast>,
    /// What those forecasts are of.
    pub of: ForecastOf,
    /// Forecast at twice the examples at hand.
    pub doubled: Forecast,
    /// Examples at hand.
    pub have: TrainingSetSize,
    /// What the target takes, if there is one.
    pub plan: Option<DataPlan>,
    /// What to buy, in which rounds, and what training on it takes.
    pub purchase: Purchase,
    /// How well the last two sizes were forecast from the others; `None` with too few sizes.
    pub back_test: Option<BackTest>,
}

impl Fitted {
    /// Warnings of the fit and of the plan, each message once.
    pub fn warnings(&self) -> Vec<&FitWarning> {
        let plan_warnings = self.plan.iter().flat_map(|plan| &plan.warnings);
        let mut unique: Vec<&FitWarning> = Vec::new();
        for warning in self.fit.warnings.iter().chain(plan_warnings) {
            if !unique.iter().any(|known| known.message == warning.message) {
                unique.push(warning);
            }
        }
        unique
    }
}
