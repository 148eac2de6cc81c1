//! The curve that will be best against each of the others: who leads, from which size on, what the
//! lead is worth in examples, and whether their exponents are the same.

mod html;

use maud::Markup;
use tenfold_core::TrainingSetSize;

use crate::analysis::CurveOutcome;
use crate::report::comparison::compared;
use crate::report::comparison::sentences::versus;
use crate::report::section::ReportSection;
use crate::report::view::StudyReport;

/// Most curves that a page compares; every pair is compared, and with more of them nobody reads it.
const MOST: usize = 6;

/// The comparison.
pub struct Comparison;

impl ReportSection for Comparison {
    fn name(&self) -> &'static str {
        "comparison"
    }

    fn html(&self, report: &StudyReport) -> Option<Markup> {
        let pairs = pairs(report)?;
        Some(html::html(&pairs))
    }
}

/// What is said of the leader and each of the others, at twice the largest size measured; `None` where
/// fewer than two curves were fitted, or too many.
fn pairs(report: &StudyReport) -> Option<Vec<Vec<String>>> {
    let fitted = report.curves.iter().filter(|one| matches!(one.outcome, CurveOutcome::Fitted(_)));
    if !(2..=MOST).contains(&fitted.count()) {
        return None;
    }
    let largest = report.curves.iter().map(|one| one.curve.largest_size().get());
    let at = TrainingSetSize::new(2.0 * largest.fold(0.0, f64::max))?;
    let comparison = compared(report, &[at]);
    let (leader, others) = comparison.comparison.rankings.last()?.by_forecast.split_first()?;
    Some(others.iter().map(|other| versus(&comparison, *leader, *other, at)).collect())
}
