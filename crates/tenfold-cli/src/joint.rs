//! `tenfold fit FILE --law joint-power-law`: laws of model size and data together.

use anyhow::Result;
use tenfold_core::fit::JointFitOptions;
use tenfold_core::law::joint::JointFamily;

use super::Finding;
use super::amount;
use super::fit_arguments::{FitArguments, Loss};
use super::output::Output;
use super::problem::usage;
use super::subject::read_options;
use tenfold::curve_file::{self, CurveRuns};
use tenfold::diagnostic::{Problem, ProblemKind, Problems};
use tenfold::report::joint::{self, JointInput, JointReport, MeasuredRun};

/// Refuses options that only laws of model size and data use.
///
/// # Errors
/// If any of it was given.
pub(super) fn refuse_options(arguments: &FitArguments) -> Result<()> {
    let given = [
        ("--budget", !arguments.budget.is_empty()),
        ("--embedding-parameters", arguments.embedding_parameters.is_some()),
        ("--loss", arguments.loss.is_some()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => {
            let message = format!("`{option}` is for laws of model size and data");
            Err(usage(message, "add `--law joint-power-law`"))
        }
        None => Ok(()),
    }
}

/// Fits `family` to the single runs of a curve file, and prints it with the best use of compute
/// budgets.
///
/// # Errors
/// A study, rows without `parameters`, options that say nothing, or no curve with enough runs.
pub(super) fn run(
    family: &'static dyn JointFamily,
    arguments: &FitArguments,
    output: &Output,
) -> Result<Finding> {
    let path = arguments.curve.subject.as_path();
    if path.is_dir() || path.extension().is_some_and(|ending| ending == "toml") {
        let message = format!(
            "`{}` is fitted to single runs, and a study keeps only the best model of each size",
            family.name()
        );
        let hint = format!("tenfold fit runs.csv --law {}", family.name());
        return Err(usage(message, hint));
    }
    let budgets = amount::operations(&arguments.budget)?;
    let embedding = arguments.embedding_parameters.as_deref();
    let embedding =
        embedding.map(|word| amount::size(word, "--embedding-parameters")).transpose()?;
    let loss = arguments.loss.map(Loss::joint).unwrap_or_default();
    let options = JointFitOptions { loss, ..JointFitOptions::default() };
    let (curves, warnings) = curve_file::read_runs(path, &read_options(&arguments.curve)?)?;
    for warning in warnings {
        output.talk(&format!("note: {warning}"));
    }
    let mut reports: Vec<JointReport> = Vec::new();
    let mut problems = Vec::new();
    for curve in curves {
        let runs = measured_runs(&curve, embedding.map(tenfold_core::TrainingSetSize::get))?;
        let input = JointInput { name: curve.name, runs, budgets: budgets.clone() };
        match joint::report(family, input, &options) {
            Ok(report) => reports.push(report),
            Err(refusal) => {
                let message = format!("`{}` cannot be fitted: {}", refusal.curve, refusal.error);
                problems.push(Problem::new(ProblemKind::Fit, message).hint("measure more runs"));
            }
        }
    }
    if reports.is_empty() {
        return Err(Problems(problems).into());
    }
    for problem in &problems {
        output.talk(&format!("note: {}", problem.message));
    }
    if output.is_json {
        Output::json(&joint::json::document(&reports));
    } else {
        output.answer(&joint::text::text(&reports));
    }
    Ok(Finding::Done)
}

/// The runs of a curve, with the parameters counted with and without embeddings if the file or the
/// user gives both.
///
/// # Errors
/// A model that is not larger than its embeddings, or not larger than without them.
fn measured_runs(curve: &CurveRuns, embedding: Option<f64>) -> Result<Vec<MeasuredRun>> {
    let measured = curve.runs.iter().map(|run| {
        let all = run.run.size.parameter_count();
        let others = embedding.map(|embedding| all - embedding).or(run.non_embedding_parameters);
        match others {
            Some(others) if others <= 0.0 => {
                let message = format!(
                    "the model in line {} has {all} parameters, not more than its embeddings",
                    run.line
                );
                Err(usage(
                    message,
                    "`--embedding-parameters` is vocabulary times width, and part of `parameters`",
                ))
            }
            Some(others) if others > all => {
                let message = format!(
                    "the model in line {} has {all} parameters and {others} without embeddings",
                    run.line
                );
                Err(usage(
                    message,
                    "`parameters` counts all of them, `non_embedding_parameters` fewer",
                ))
            }
            others => Ok(MeasuredRun {
                line: run.line,
                run: run.run,
                compute_flop: run.compute_flop,
                non_embedding_parameters: others,
            }),
        }
    });
    measured.collect()
}
