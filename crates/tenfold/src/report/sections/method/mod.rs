//! How the numbers were made, and by which versions.

mod html;

use maud::Markup;

use crate::report::section::Section;
use crate::report::view::StudyReport;

/// The method.
pub struct Method;

impl Section for Method {
    fn name(&self) -> &'static str {
        "method"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        Some(html::html(report))
    }
}
