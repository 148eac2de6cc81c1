//! The chart. In a terminal it is drawn in braille if requested, see [`crate::report::braille`].

mod html;

use maud::Markup;

use crate::report::section::ReportSection;
use crate::report::view::StudyReport;

/// The chart.
pub struct Chart;

impl ReportSection for Chart {
    fn name(&self) -> &'static str {
        "chart"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        (!report.curves.is_empty()).then(|| html::html(report))
    }
}
