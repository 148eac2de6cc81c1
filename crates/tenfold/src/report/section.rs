//! What a section of a report is, whoever prints it.

use maud::Markup;
use serde_json::{Map, Value};
use tenfold_core::MetricKind;

use super::view::StudyReport;
use crate::analysis::{CurveReport, Goal};

/// One section: what it makes of a report for a page, for a terminal and for a program.
///
/// A section decides what is shown from the facts of the report, and each printer says the same of it. It
/// says nothing where it has nothing to say: the printers leave it out.
pub trait ReportSection: Sync {
    /// Its name, one word.
    fn name(&self) -> &'static str;

    /// Its part of the page.
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

/// What is asked of a report in a terminal or by a program; a page answers everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// What came out, in short.
    Overview,
    /// The laws.
    Fit,
    /// Errors at the sizes asked for.
    Forecast,
    /// Sizes for the error asked for.
    Plan,
}

/// What a document is asked of every curve, where no report holds all of them.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// What the user wants to know.
    pub goal: Goal,
    /// Kind of error of the first curve.
    pub metric: MetricKind,
}
