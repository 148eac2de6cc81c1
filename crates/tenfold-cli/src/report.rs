//! `tenfold report`

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::Finding;
use super::curve_arguments::{CurveArguments, GoalArguments};
use super::output::Output;
use super::subject::{self, fit_options};
use serde_json::json;
use tenfold::analysis::{CurveOutcome, CurveReport};
use tenfold::diagnostic::{Problem, ProblemKind, Problems};
use tenfold::report::{StudyReport, html, text};
use tenfold::store::write_atomically;

/// `tenfold report`
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Where the curve is.
    #[command(flatten)]
    pub(crate) curve: CurveArguments,
    /// File to write [default: .tenfold/report.html of the study, or report.html]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// What to find out.
    #[command(flatten)]
    pub(crate) goal: GoalArguments,
}

/// Writes the HTML report.
///
/// # Errors
/// Nothing to report on, or a file that cannot be written.
pub(crate) fn run(arguments: &ReportArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut subject = subject::read(&arguments.curve, output)?;
    let typed = subject::typed_as(&subject);
    arguments.goal.apply(&mut subject.goal, &typed)?;
    if subject.curves.is_empty() {
        let problem =
            Problem::new(ProblemKind::Store, "no size is measured yet").hint("tenfold run");
        return Err(Problems(vec![problem]).into());
    }
    let path = arguments.output.clone().unwrap_or_else(|| subject.report_path.clone());
    let report = subject::page(subject, &options);
    write(&report, &path)?;
    if output.is_json {
        Output::json(&json!({ "schema": "tenfold.report/1", "path": path.display().to_string() }));
    } else {
        output.answer(&text::line(&report));
        output.answer(&format!("Report: {}", path.display()));
    }
    Ok(Finding::Done)
}

/// Writes the page of `report` to `path`.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(report: &StudyReport, path: &Path) -> Result<()> {
    Ok(write_atomically(path, html::page(report).as_bytes())?)
}

/// Returns an error if no curve could be fitted, for a command that needs a fit.
///
/// # Errors
/// Why each curve could not be fitted.
pub(crate) fn require_a_fit(report: &StudyReport) -> Result<()> {
    if report.curves.is_empty() {
        let problem =
            Problem::new(ProblemKind::Store, "no size is measured yet").hint("tenfold run");
        return Err(Problems(vec![problem]).into());
    }
    if report.curves.iter().any(|curve| curve.fitted().is_some()) {
        return Ok(());
    }
    let reason = |curve: &CurveReport| match &curve.outcome {
        CurveOutcome::Fitted(_) => None,
        CurveOutcome::NotFitted { reason } => Some(not_fitted(curve, reason)),
    };
    Err(Problems(report.curves.iter().filter_map(reason).collect()).into())
}

/// The problem that `curve` could not be fitted.
pub(super) fn not_fitted(curve: &CurveReport, reason: &str) -> Problem {
    let message = format!("`{}` cannot be fitted: {reason}", curve.name);
    Problem::new(ProblemKind::Fit, message).hint("measure more sizes")
}
