//! The settings that won at each size.

mod html;

use maud::Markup;

use crate::report::section::ReportSection;
use crate::report::view::StudyReport;

/// The winners.
pub struct Winners;

impl ReportSection for Winners {
    fn name(&self) -> &'static str {
        "winners"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        let has_any = report.curves.iter().any(|curve| !curve.winners.is_empty());
        has_any.then(|| html::html(report))
    }
}
