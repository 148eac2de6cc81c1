//! The answer in a sentence, and its qualifications, as [`crate::report::view::headline`] decided
//! them.

mod html;
pub mod text;

use maud::Markup;

use crate::report::section::{Question, ReportSection};
use crate::report::view::StudyReport;

/// The answer.
pub struct Answer;

impl ReportSection for Answer {
    fn name(&self) -> &'static str {
        "answer"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        Some(html::html(report))
    }

    fn text(&self, report: &StudyReport, question: Question) -> Option<String> {
        match question {
            Question::Overview => Some(text::headline(report)),
            Question::Plan => Some(text::line_in_both(report)),
            Question::Fit | Question::Forecast => None,
        }
    }
}
