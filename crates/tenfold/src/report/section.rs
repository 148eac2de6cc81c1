//! The interface of a report's sections for all printers.

use maud::Markup;
use serde_json::{Map, Value};
use tenfold_core::MetricKind;

use super::view::StudyReport;
use crate::analysis::{CurveReport, Goal};

/// A section of a report, with its output for a page, for a terminal and for a program.
///
/// A section decides from the facts of the report what is shown, so that all printers show the
/// same. A section that has nothing to show returns `None`, and the printers leave it out.
pub trait ReportSection: Sync {
    /// Its name, one word.
    fn name(&self) -> &'static str;

    /// Its part of the page; `None` if it has none.
    fn html(&self, report: &StudyReport) -> Option<Markup> {
        let _ = report;
        None
    }

    /// Its part of the answer to `question` in a terminal, without empty lines around it.
    fn text(&self, report: &StudyReport, question: Question) -> Option<String> {
        let _ = (report, question);
        None
    }

    /// The fields it adds to the answer for `curve` in a document.
    fn json(&self, curve: &CurveReport, asked: &Asked) -> Option<Map<String, Value>> {
        let _ = (curve, asked);
        None
    }
}

/// The question that a terminal or a program asks of a report; a page answers all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// A short overview of the results.
    Overview,
    /// The laws.
    Fit,
    /// Errors at the sizes asked for.
    Forecast,
    /// Sizes for the error asked for.
    Plan,
}

/// The question that a document answers for each curve, where no report holds all curves.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// What the user wants to know.
    pub goal: Goal,
    /// Kind of error of the first curve.
    pub metric: MetricKind,
}
