//! `tenfold forecast`

use anyhow::Result;
use tenfold_core::TrainingSetSize;

use super::arguments::ForecastArguments;
use super::output::Output;
use super::subject::{Subject, fit_options};
use super::{Finding, amount};
use crate::report::{json, text};

/// How many times the largest size is forecast when nothing is asked for.
const MULTIPLES: [f64; 3] = [2.0, 4.0, 10.0];

/// Prints the error expected at larger sizes, with intervals.
///
/// # Errors
/// Nothing to fit, or a size that is none.
pub(crate) fn run(arguments: &ForecastArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut at = amount::sizes(&arguments.at)?;
    let subject = Subject::read(&arguments.curve, output)?;
    if at.is_empty() {
        let largest =
            subject.curves.iter().map(|c| c.curve.largest_size().get()).fold(0.0, f64::max);
        at = MULTIPLES.iter().filter_map(|m| TrainingSetSize::new(m * largest)).collect();
    }
    let report = subject.report(at, &options);
    super::report::require_a_fit(&report)?;
    if output.is_json {
        Output::json(&json::forecast(&report));
    } else {
        output.answer(&text::forecast_table(&report));
        if output.is_terminal() {
            output.answer(&text::chart(&report));
        }
    }
    Ok(Finding::Done)
}
