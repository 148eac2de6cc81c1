//! `tenfold plan`

use anyhow::Result;
use tenfold_core::ForecastOf;

use super::Finding;
use super::answers::{self, Wanted};
use super::arguments::PlanArguments;
use super::output::Output;
use super::problem::usage;
use super::subject::{self, fit_options};
use tenfold::report::{Question, text};

/// Prints how many examples the target needs or are worth their price, or that it may never be
/// reached.
///
/// # Errors
/// Nothing to fit, neither a target nor anything else to weigh a purchase by.
pub(crate) fn run(arguments: &PlanArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut subject = subject::open(&arguments.curve, output)?;
    let typed = subject::first_typed_as(&subject)?;
    arguments.goal.apply(&mut subject.goal, &typed)?;
    let has_target = subject.goal.target.is_some();
    if !has_target && !subject.goal.weighs_a_purchase() {
        let message = "a plan needs an error to reach, or a value per point and a cost per example";
        return Err(usage(message, "tenfold plan --target 5%"));
    }
    let is_reached = if output.is_json {
        let (question, goal) = (Question::Plan, subject.goal);
        let of = ForecastOf::default();
        let wanted = Wanted { question, options: &options, goal, at: &[], of };
        answers::print(&subject, &wanted)?.is_reached
    } else {
        let report = subject::report(subject.hold()?, Vec::new(), &options);
        super::report::require_a_fit(&report)?;
        output.answer(&text::answer(&report, Question::Plan));
        let mut plans = report.curves.iter().filter_map(|curve| curve.fitted()?.plan.as_ref());
        plans.any(|plan| plan.size.is_some() || plan.already_reached)
    };
    Ok(if is_reached || !has_target { Finding::Done } else { Finding::Bad })
}
