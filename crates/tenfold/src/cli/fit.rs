//! `tenfold fit`

use anyhow::Result;
use tenfold_core::law::joint::joint_family_by_name;

use super::Finding;
use super::arguments::CurveArguments;
use super::joint;
use super::output::Output;
use super::subject::{Subject, fit_options};
use crate::report::{json, text};

/// Prints the law's parameters with their intervals.
///
/// # Errors
/// Nothing to fit.
pub(crate) fn run(arguments: &CurveArguments, output: &Output) -> Result<Finding> {
    if let Some(family) = arguments.law.as_deref().and_then(joint_family_by_name) {
        return joint::run(family, arguments, output);
    }
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
