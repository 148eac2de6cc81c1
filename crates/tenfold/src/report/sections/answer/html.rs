//! The heading of the page.

use maud::{Markup, html};

use crate::report::view::StudyReport;

pub(super) fn html(report: &StudyReport) -> Markup {
    html! {
        h1 { (report.headline.sentence) }
        p.sub { (report.headline.subtitle) }
    }
}
