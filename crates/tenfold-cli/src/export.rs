//! `tenfold export`

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::json;
use tenfold_core::LearningCurve;

use super::Finding;
use super::curve_arguments::{CurveArguments, GoalArguments};
use super::output::Output;
use super::problem::usage;
use super::subject::{self, fit_options};
use tenfold::analysis::Subject;
use tenfold::curve_file::write;
use tenfold::executor::clock::Clock;
use tenfold::export::{mlflow, parquet_table, vega};
use tenfold::store::write_atomically;

/// `tenfold export`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tenfold export csv my-study -o curves.csv        (reads back to the \
                  same fit)\n  tenfold export parquet my-study -o curves.parquet\n  tenfold export \
                  vega curves.csv --target 5% -o chart.vl.json\n  tenfold export mlflow my-study \
                  --to http://127.0.0.1:5000"
)]
pub(crate) struct ExportArguments {
    /// What to write
    #[arg(value_enum)]
    pub(crate) format: ExportFormat,
    /// Where the curves are.
    #[command(flatten)]
    pub(crate) curve: CurveArguments,
    /// File to write; csv and vega print without it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Address of the MLflow server
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    /// Experiment of the MLflow server [default: the study's or file's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) experiment: Option<String>,
    /// What to find out.
    #[command(flatten)]
    pub(crate) goal: GoalArguments,
}

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A curve file that reads back to the same fit
    Csv,
    /// The same table with types
    Parquet,
    /// A Vega-Lite chart with fit and intervals
    Vega,
    /// Runs of an MLflow server
    Mlflow,
}

/// Writes curves for another tool.
///
/// # Errors
/// Nothing to export, a file that cannot be written, a server that refuses.
pub(crate) fn run(arguments: &ExportArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut subject = subject::read(&arguments.curve, output)?;
    let typed = subject::typed_as(&subject);
    arguments.goal.apply(&mut subject.goal, &typed)?;
    let curves: Vec<&LearningCurve> = subject.curves.iter().map(|one| &one.curve).collect();
    let rows = write::rows(&curves);
    let bytes = match arguments.format {
        ExportFormat::Csv => write::csv(&rows).into_bytes(),
        ExportFormat::Parquet if arguments.output.is_none() => {
            let message = "Parquet is not text, a file to write is needed";
            return Err(usage(message, "tenfold export parquet -o curves.parquet"));
        }
        ExportFormat::Parquet => {
            parquet_table::bytes(&rows).context("writing the measurements as Parquet")?
        }
        ExportFormat::Vega => {
            let report = subject::report(subject, Vec::new(), &options);
            format!("{:#}\n", vega::specification(&report)).into_bytes()
        }
        ExportFormat::Mlflow => return to_mlflow(arguments, subject, output),
    };
    let Some(path) = &arguments.output else {
        output.answer(&String::from_utf8_lossy(&bytes));
        return Ok(Finding::Done);
    };
    write_atomically(path, &bytes)?;
    if output.is_json {
        let document = json!({ "schema": "tenfold.export/1", "path": path.display().to_string(),
                               "runs": rows.len() });
        Output::json(&document);
    } else {
        output.answer(&format!("  wrote  {}", path.display()));
    }
    Ok(Finding::Done)
}

fn to_mlflow(arguments: &ExportArguments, subject: Subject, output: &Output) -> Result<Finding> {
    let Some(url) = &arguments.to else {
        let message = "the address of an MLflow server is needed";
        return Err(usage(message, "tenfold export mlflow --to http://127.0.0.1:5000"));
    };
    let experiment = arguments.experiment.clone().unwrap_or_else(|| subject.title.clone());
    let now = (Clock::start().seconds_since_epoch() * 1000.0) as i64;
    let report = subject::report(subject, Vec::new(), &fit_options(&arguments.curve)?);
    let exported = mlflow::export(&report, url, &experiment, now)?;
    if output.is_json {
        let document = json!({ "schema": "tenfold.export/1", "experiment": experiment,
                               "new": exported.new, "known": exported.known });
        Output::json(&document);
    } else {
        let known = match exported.known {
            0 => String::new(),
            known => format!("; {known} were there already"),
        };
        output.answer(&format!("  made   {} runs in `{experiment}`{known}", exported.new));
    }
    Ok(Finding::Done)
}
