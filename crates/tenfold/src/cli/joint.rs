//! `tenfold fit FILE --law joint-power-law`: laws of model size and data together.

use anyhow::Result;
use tenfold_core::fit::{JointFit, JointFitOptions, fit_joint};
use tenfold_core::law::joint::JointFamily;

use super::Finding;
use super::arguments::CurveArguments;
use super::output::Output;
use super::problem::usage;
use super::subject::read_options;
use crate::curve_file;
use crate::diagnostic::{Problem, ProblemKind, Problems};
use crate::report::joint;

/// Prints the parameters of `family`, fitted to the single runs of a curve file.
///
/// # Errors
/// A study, rows without `parameters`, or no curve with enough runs.
pub(super) fn run(
    family: &'static dyn JointFamily,
    arguments: &CurveArguments,
    output: &Output,
) -> Result<Finding> {
    let path = arguments.subject.as_path();
    if path.is_dir() || path.extension().is_some_and(|ending| ending == "toml") {
        let message = format!(
            "`{}` is fitted to single runs, and a study keeps only the best model of each size",
            family.name()
        );
        let hint = format!("tenfold fit runs.csv --law {}", family.name());
        return Err(usage(message, hint));
    }
    let curves = curve_file::read_runs(path, &read_options(arguments))?;
    let mut fits: Vec<(String, JointFit)> = Vec::new();
    let mut problems = Vec::new();
    for curve in curves {
        match fit_joint(family, &curve.runs, &JointFitOptions::default()) {
            Ok(fit) => fits.push((curve.name, fit)),
            Err(error) => {
                let message = format!("`{}` cannot be fitted: {error}", curve.name);
                problems.push(Problem::new(ProblemKind::Fit, message).hint("measure more runs"));
            }
        }
    }
    if fits.is_empty() {
        return Err(Problems(problems).into());
    }
    for problem in &problems {
        output.talk(&format!("note: {}", problem.message));
    }
    if output.is_json {
        Output::json(&joint::json(&fits));
    } else {
        output.answer(&joint::text(&fits));
    }
    Ok(Finding::Done)
}
