//! `tenfold fit`

use anyhow::Result;
use tenfold_core::ForecastOf;
use tenfold_core::law::joint::joint_family_by_name;

use super::Finding;
use super::answers::{self, Wanted};
use super::fit_arguments::FitArguments;
use super::joint;
use super::output::Output;
use super::subject::{self, fit_options};
use tenfold::report::{Question, text};

/// Prints the law's parameters with their intervals.
///
/// # Errors
/// Nothing to fit, or an option of a law of model size and data without such a law.
pub(crate) fn run(fit: &FitArguments, output: &Output) -> Result<Finding> {
    let arguments = &fit.curve;
    if let Some(family) = arguments.law.as_deref().and_then(joint_family_by_name) {
        return joint::run(family, fit, output);
    }
    joint::refuse_options(fit)?;
    let options = fit_options(arguments)?;
    let subject = subject::open(arguments, output)?;
    if output.is_json {
        let (question, goal) = (Question::Fit, subject.goal);
        let of = ForecastOf::default();
        answers::print(&subject, &Wanted { question, options: &options, goal, at: &[], of })?;
    } else {
        let report = subject::report(subject.hold()?, Vec::new(), &options);
        super::report::require_a_fit(&report)?;
        output.answer(&text::answer(&report, Question::Fit));
    }
    Ok(Finding::Done)
}
