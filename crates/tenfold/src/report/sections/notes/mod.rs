//! What to know before trusting the report: findings about the study, warnings of fits and plans,
//! and the errors of past forecasts on sizes that were measured.

mod html;
mod json;
pub(crate) mod text;

use maud::Markup;
use serde_json::{Map, Value};
use tenfold_core::{FitWarning, MetricKind};

use crate::analysis::{CurveOutcome, CurveReport, Look};
use crate::format;
use crate::measured::{Note, NoteLevel};
use crate::report::section::{Asked, Question, ReportSection};
use crate::report::view::{StudyReport, phrases};
use crate::words;

pub use json::warnings;

/// The notes.
pub struct Notes;

impl ReportSection for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        html::html(&notes(report))
    }

    fn text(&self, report: &StudyReport, question: Question) -> Option<String> {
        text::text(report, question)
    }

    fn json(&self, curve: &CurveReport, asked: &Asked) -> Option<Map<String, Value>> {
        Some(json::fields(curve, asked.question))
    }
}

/// The user's notes, then one for each warning of a fit, then the back-tests.
fn notes(report: &StudyReport) -> Vec<Note> {
    let mut notes = report.notes.clone();
    notes.extend(warning_notes(&report.curves, report.metric));
    notes.extend(back_test_notes(report));
    notes
}

fn warning_notes(curves: &[CurveReport], metric: MetricKind) -> Vec<Note> {
    let mut notes = Vec::new();
    notes.extend(epochs_note(curves));
    for curve in curves {
        match &curve.outcome {
            CurveOutcome::Fitted(fitted) => {
                let warnings = fitted.warnings().into_iter();
                let warnings = warnings.filter(|each| **each != FitWarning::SizesLookLikeEpochs);
                notes.extend(warnings.map(|warning| Note {
                    level: NoteLevel::Warn,
                    text: format!("{}: {}", curve.name, warning_text(warning, metric)),
                }));
            }
            CurveOutcome::NotFitted { reason } => notes.push(Note {
                level: NoteLevel::Fail,
                text: format!("{}: no forecast, {reason}", curve.name),
            }),
        }
    }
    notes
}

/// One note for all curves whose sizes look like epochs.
fn epochs_note(curves: &[CurveReport]) -> Option<Note> {
    let epochs = FitWarning::SizesLookLikeEpochs;
    let has_it = |curve: &&CurveReport| {
        curve.fitted().is_some_and(|fitted| fitted.fit.warnings.contains(&epochs))
    };
    let names: Vec<&str> = curves.iter().filter(has_it).map(|curve| curve.name.as_str()).collect();
    let text = format!("{}: {}", phrases::few_names(&names), words::warning(&epochs));
    (!names.is_empty()).then_some(Note { level: NoteLevel::Warn, text })
}

/// The back-test of every curve with a colour: how well sizes that were measured would have been
/// forecast.
fn back_test_notes(report: &StudyReport) -> Vec<Note> {
    let shown = report.curves.iter().filter(|curve| curve.look != Look::Grey);
    let sentences = shown.filter_map(|curve| {
        let sentence = phrases::back_test(curve.fitted()?)?;
        Some(Note { level: NoteLevel::Ok, text: format!("{}: {sentence}", curve.name) })
    });
    sentences.collect()
}

/// A warning as a sentence; a target in it is rounded as everywhere in the report.
fn warning_text(warning: &FitWarning, metric: MetricKind) -> String {
    match *warning {
        FitWarning::TargetMayNeverBeReached { target, probability } => {
            let target = format::target(target, metric);
            let chance = format::probability(probability);
            format!("may never reach {target}, the chance that more data gets there is {chance}")
        }
        FitWarning::TargetUncertain { target, probability } => {
            let target = format::target(target, metric);
            let chance = format::probability(probability);
            format!("may level off before {target}, the chance to get there at all is {chance}")
        }
        _ => words::warning(warning),
    }
}
