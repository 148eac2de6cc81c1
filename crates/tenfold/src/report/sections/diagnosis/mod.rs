//! The diagnosis of each curve: the verdict, the checks, the next experiment.

mod html;
pub mod json;
pub mod text;

use maud::Markup;

use crate::report::section::ReportSection;
use crate::report::view::StudyReport;

/// The diagnoses. `tenfold diagnose` makes them without a report, and prints them by [`text`] and [`json`].
pub struct Diagnoses;

impl ReportSection for Diagnoses {
    fn name(&self) -> &'static str {
        "diagnosis"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        (!report.diagnoses.is_empty()).then(|| html::html(report))
    }
}
