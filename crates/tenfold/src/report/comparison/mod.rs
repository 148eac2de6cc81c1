//! Compares curves with each other, for `tenfold compare` and for the page.
//!
//! [`compared`] computes a [`ComparisonReport`]; [`json`], [`text`] and [`sentences`] only print it.

pub mod json;

pub mod sentences;

pub mod text;

use tenfold_core::decide::{Comparison, Contender, DataEquivalent, PairComparison, compare};
use tenfold_core::{CurveFit, TrainingSetSize};

use super::view::StudyReport;
use crate::analysis::{CurveOutcome, CurveReport, Fitted};

/// A study's curves compared at some sizes.
#[derive(Clone, Debug)]
pub struct ComparisonReport<'a> {
    /// The study.
    pub report: &'a StudyReport,
    /// The curves that could be fitted; pairs and rankings number these.
    pub contenders: Vec<ContenderReport<'a>>,
    /// Name of each curve that could not be fitted, and why.
    pub left_out: Vec<(&'a str, &'a str)>,
    /// Sizes to compare at, in the order in which they were given.
    pub at: Vec<TrainingSetSize>,
    /// Every pair, and the rankings.
    pub comparison: Comparison,
}

/// One curve that takes part.
#[derive(Clone, Copy, Debug)]
pub struct ContenderReport<'a> {
    /// The curve.
    pub curve: &'a CurveReport,
    /// Its fit and what follows from it.
    pub fitted: &'a Fitted,
}

impl ContenderReport<'_> {
    /// Name without control characters.
    pub fn name(&self) -> &str {
        &self.curve.name
    }

    /// The fit.
    pub fn fit(&self) -> &CurveFit {
        &self.fitted.fit
    }
}

/// Compares the fitted curves of `report` at the sizes `at`.
pub fn compared<'a>(report: &'a StudyReport, at: &[TrainingSetSize]) -> ComparisonReport<'a> {
    let mut contenders = Vec::new();
    let mut left_out = Vec::new();
    for curve in &report.curves {
        match &curve.outcome {
            CurveOutcome::Fitted(fitted) => contenders.push(ContenderReport { curve, fitted }),
            CurveOutcome::NotFitted { reason } => {
                left_out.push((curve.name.as_str(), reason.as_str()));
            }
        }
    }
    let in_core: Vec<Contender<'_>> = contenders
        .iter()
        .map(|one| Contender { curve: &one.curve.curve, fit: one.fit() })
        .collect();
    let comparison = compare(&in_core, at);
    ComparisonReport { report, contenders, left_out, at: at.to_vec(), comparison }
}

impl ComparisonReport<'_> {
    /// The pair of two contenders.
    fn pair(&self, first: usize, second: usize) -> Option<&PairComparison> {
        let (a, b) = (first.min(second), first.max(second));
        self.comparison.pairs.iter().find(|pair| (pair.a, pair.b) == (a, b))
    }
}

/// The data equivalent at the largest size at which both curves were measured, so that it is no
/// forecast for the curve that has that size.
fn measured_equivalent<'a>(
    report: &ComparisonReport<'_>,
    pair: &'a PairComparison,
) -> Option<&'a DataEquivalent> {
    let largest = |number: usize| report.contenders[number].curve.curve.largest_size();
    let common = largest(pair.a).min(largest(pair.b));
    pair.data_equivalents.iter().rev().find(|equivalent| equivalent.size <= common)
}
