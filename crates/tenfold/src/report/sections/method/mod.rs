//! The method behind the numbers, and the versions used.

mod html;

use maud::Markup;

use crate::report::section::ReportSection;
use crate::report::view::StudyReport;

/// The method.
pub struct Method;

impl ReportSection for Method {
    fn name(&self) -> &'static str {
        "method"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        Some(html::html(report))
    }
}
