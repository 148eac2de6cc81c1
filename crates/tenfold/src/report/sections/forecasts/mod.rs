//! Forecasts of the error at the requested sizes.

mod html;
mod json;
mod text;

use maud::Markup;
use serde_json::{Map, Value};

use crate::analysis::CurveReport;
use crate::report::section::{Asked, Question, ReportSection};
use crate::report::view::StudyReport;

/// The forecasts.
pub struct Forecasts;

impl ReportSection for Forecasts {
    fn name(&self) -> &'static str {
        "forecasts"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        let mut fits = report.curves.iter().filter_map(CurveReport::fitted);
        fits.any(|fit| !fit.at.is_empty()).then(|| html::html(report))
    }

    fn text(&self, report: &StudyReport, question: Question) -> Option<String> {
        (question == Question::Forecast).then(|| text::text(report))
    }

    fn json(&self, curve: &CurveReport, asked: &Asked) -> Option<Map<String, Value>> {
        (asked.question == Question::Forecast).then(|| json::fields(curve))
    }
}
