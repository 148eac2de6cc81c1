//! Every measurement, size by size.

mod html;

use maud::Markup;

use crate::report::section::ReportSection;
use crate::report::view::StudyReport;

/// The measurements.
pub struct Data;

impl ReportSection for Data {
    fn name(&self) -> &'static str {
        "data"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        (!report.curves.is_empty()).then(|| html::html(report))
    }
}
