//! `tenfold fit`

use anyhow::Result;

use super::Finding;
use super::arguments::CurveArguments;
use super::output::Output;
use super::subject::{Subject, fit_options};
use crate::report::{json, text};

/// Prints the law's parameters with their intervals.
///
/// # Errors
/// Nothing to fit.
pub(crate) fn run(arguments: &CurveArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(arguments)?;
    let report = Subject::read(arguments, output)?.report(Vec::new(), &options);
    super::report::require_a_fit(&report)?;
    if output.is_json {
        Output::json(&json::fit(&report));
    } else {
        output.answer(&text::fit_table(&report));
    }
    Ok(Finding::Done)
}
