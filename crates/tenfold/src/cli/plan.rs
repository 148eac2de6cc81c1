//! `tenfold plan`

use anyhow::Result;

use super::Finding;
use super::arguments::PlanArguments;
use super::output::Output;
use super::problem::usage;
use super::subject::{Subject, fit_options};
use crate::report::{json, text};

/// Prints how many examples the target needs or are worth their price, or that it may never be
/// reached.
///
/// # Errors
/// Nothing to fit, neither a target nor anything else to weigh a purchase by.
pub(crate) fn run(arguments: &PlanArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut subject = Subject::read(&arguments.curve, output)?;
    arguments.goal.apply(&mut subject)?;
    let has_target = subject.goal.target.is_some();
    if !has_target && !subject.goal.weighs_a_purchase() {
        let message = "a plan needs an error to reach, or a value per point and a cost per example";
        return Err(usage(message, "tenfold plan --target 5%"));
    }
    let report = subject.report(Vec::new(), &options);
    super::report::require_a_fit(&report)?;
    if output.is_json {
        Output::json(&json::plan(&report));
    } else {
        output.answer(&text::plan_text(&report));
    }
    let mut plans = report.curves.iter().filter_map(|curve| curve.fitted()?.plan.as_ref());
    let is_reached = plans.any(|plan| plan.size.is_some() || plan.already_reached);
    Ok(if is_reached || !has_target { Finding::Done } else { Finding::Bad })
}
