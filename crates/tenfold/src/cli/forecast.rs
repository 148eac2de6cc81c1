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
        at = default_sizes(&subject);
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

/// Sizes to forecast when nothing is asked for.
pub(super) fn default_sizes(subject: &Subject) -> Vec<TrainingSetSize> {
    let sizes = subject.curves.iter().map(|c| c.curve.largest_size().get());
    let largest = sizes.fold(0.0, f64::max);
    MULTIPLES.iter().filter_map(|m| TrainingSetSize::new(m * largest)).collect()
}
