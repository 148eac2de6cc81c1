//! Curve files: what is read, and every message a bad one gets.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test")]

mod meaning;

mod whole;

mod lines;

mod hostile;

use std::path::Path;

use tenfold::curve_file::{self, CurveFile, ReadOptions};
use tenfold_core::LearningCurve;

pub(crate) fn read_with(text: &str, options: &ReadOptions) -> Result<CurveFile, String> {
    curve_file::read_from(text.as_bytes(), Path::new("curves.csv"), options)
        .map_err(|problems| problems.to_string())
}

pub(crate) fn read(text: &str) -> CurveFile {
    read_with(text, &ReadOptions::default()).unwrap()
}

pub(crate) fn problems_of(text: &str) -> String {
    read_with(text, &ReadOptions::default()).map_or_else(|problems| problems, |_| "none".to_owned())
}

pub(crate) fn score(best: f64) -> ReadOptions {
    let metric_column = Some("accuracy".to_owned());
    let best = Some(best);
    ReadOptions { metric_column, higher_is_better: Some(true), best, ..ReadOptions::default() }
}

pub(crate) fn sizes(curve: &LearningCurve) -> Vec<f64> {
    curve.points().iter().map(|point| point.size.get()).collect()
}

pub(crate) fn errors(curve: &LearningCurve) -> Vec<f64> {
    curve.points().iter().map(tenfold_core::CurvePoint::error).collect()
}
