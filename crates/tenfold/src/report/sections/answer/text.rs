//! The answer for a terminal.

use crate::report::view::headline::{line_for, nothing_measured};
use crate::report::view::phrases::scale_value;
use crate::report::view::{Headline, StudyReport};

/// The answer in one line.
pub fn line(report: &StudyReport) -> String {
    report.lead_curve().map_or(nothing_measured().line, |lead| line_for(report, lead))
}

/// The answer as a report's page gives it: the sentence, then its range and the other curves.
pub(super) fn headline(report: &StudyReport) -> String {
    let Headline { sentence, subtitle, .. } = &report.headline;
    format!("{sentence}.\n{subtitle}")
}

/// The answer in one line, and the target in the metric of a file.
pub(super) fn line_in_both(report: &StudyReport) -> String {
    format!("{}\n{}", line(report), target_in_metric(report).unwrap_or_default())
}

/// The target in the metric, such as `  An error of 30% is mAP50 70.0.`; `None` without a target,
/// or if the metric is the error.
fn target_in_metric(report: &StudyReport) -> Option<String> {
    let scale = report.lead_curve()?.turned()?;
    let target = report.goal.target?;
    let (error, value) = (report.target_text()?, scale_value(scale, target));
    Some(format!("  An error of {error} is {} {value}.\n", scale.metric))
}
