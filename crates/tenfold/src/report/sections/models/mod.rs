//! The models side by side: error now, slope, floor and need; the law of each fit.

mod html;
mod json;
mod text;

use maud::Markup;
use serde_json::{Map, Value};

use crate::analysis::CurveReport;
use crate::report::section::{Asked, Question, ReportSection};
use crate::report::view::StudyReport;

/// The models.
pub struct Models;

impl ReportSection for Models {
    fn name(&self) -> &'static str {
        "models"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        (!report.curves.is_empty()).then(|| html::html(report))
    }

    fn text(&self, report: &StudyReport, question: Question) -> Option<String> {
        match question {
            Question::Overview => Some(text::models_table(report)),
            Question::Fit => Some(text::fit_table(report)),
            Question::Forecast | Question::Plan => None,
        }
    }

    fn json(&self, curve: &CurveReport, asked: &Asked) -> Option<Map<String, Value>> {
        (asked.question == Question::Fit).then(|| json::fields(curve))
    }
}
