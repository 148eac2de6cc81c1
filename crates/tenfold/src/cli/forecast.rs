//! `tenfold forecast`

use anyhow::Result;
use tenfold_core::TrainingSetSize;

use super::answers::{self, Asked};
use super::arguments::ForecastArguments;
use super::output::Output;
use super::subject::{Subject, fit_options};
use super::{Finding, amount};
use crate::report::json::Document;
use crate::report::text;

/// How many times the largest size is forecast when nothing is asked for.
const MULTIPLES: [f64; 3] = [2.0, 4.0, 10.0];

/// Prints the error expected at larger sizes, with intervals.
///
/// # Errors
/// Nothing to fit, or a size that is none.
pub(crate) fn run(arguments: &ForecastArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut at = amount::sizes(&arguments.at)?;
    let subject = Subject::open(&arguments.curve, output)?;
    if at.is_empty() {
        at = multiples_of(subject.curves.largest_size()?);
    }
    if output.is_json {
        let (document, goal) = (Document::Forecast, subject.goal);
        answers::print(&subject, &Asked { document, options: &options, goal, at: &at })?;
    } else {
        let report = subject.hold()?.report(at, &options);
        super::report::require_a_fit(&report)?;
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
    multiples_of(largest)
}

fn multiples_of(largest: f64) -> Vec<TrainingSetSize> {
    MULTIPLES.iter().filter_map(|m| TrainingSetSize::new(m * largest)).collect()
}
