//! `tenfold compare`

use anyhow::Result;
use tenfold_core::TrainingSetSize;

use super::arguments::CompareArguments;
use super::output::Output;
use super::problem::usage;
use super::subject::{self, fit_options};
use super::{Finding, amount};
use tenfold::diagnostic::{Problem, ProblemKind, Problems};
use tenfold::report::comparison::{self, ComparisonReport, compared};

/// Prints which curve is better at each size, from which size on, and how many examples that is
/// worth.
///
/// # Errors
/// Fewer than two curves, or fewer than two that can be fitted.
pub(crate) fn run(arguments: &CompareArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut at = amount::sizes(&arguments.at)?;
    let mut subject = subject::read(&arguments.curve, output)?;
    if let Some(word) = &arguments.target {
        subject.goal.target = Some(amount::target(word, &subject::typed_as(&subject))?);
    }
    if let [only] = subject.curves.as_slice() {
        let message =
            format!("a comparison needs at least 2 curves, there is only `{}`", only.curve.name());
        let hint = "add a `[[model]]` to study.toml, or a `curve` column to the curve file";
        return Err(usage(message, hint));
    }
    if at.is_empty() {
        let largest = subject.curves.iter().map(|one| one.curve.largest_size().get());
        at.extend(TrainingSetSize::new(2.0 * largest.fold(0.0, f64::max)));
    }
    let report = subject::report(subject, at.clone(), &options);
    super::report::require_a_fit(&report)?;
    let comparison = compared(&report, &at);
    require_two(&comparison)?;
    if output.is_json {
        Output::json(&comparison::json::compare(&comparison));
    } else {
        output.answer(comparison::text::compare(&comparison).trim_end());
    }
    Ok(Finding::Done)
}

/// Returns an error if fewer than two curves could be fitted.
fn require_two(comparison: &ComparisonReport<'_>) -> Result<()> {
    if comparison.contenders.len() > 1 {
        return Ok(());
    }
    let problem = |(name, reason): &(&str, &str)| {
        let message = format!("`{name}` cannot be compared: {reason}");
        Problem::new(ProblemKind::Fit, message).hint("measure more sizes")
    };
    Err(Problems(comparison.left_out.iter().map(problem).collect()).into())
}
