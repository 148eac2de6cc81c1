//! The arguments that every command on a curve takes: the location of the curve and the user's
//! goal.

use std::path::PathBuf;

use clap::Args;

use super::form_arguments::FormArguments;
use super::reading_arguments::ReadingArguments;

/// What to read a curve from.
#[derive(Debug, Args)]
pub(crate) struct CurveArguments {
    /// A study's folder, or a file with a table of measurements (CSV, Excel, JSON, Markdown, LaTeX); `-`
    /// reads standard input
    #[arg(default_value = ".", value_name = "STUDY|FILE")]
    pub(crate) subject: PathBuf,
    /// How a curve file is read.
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Law to hold the curve to [default: a floor law that it may leave]; `fit` also knows `joint-power-law`,
    /// `joint-envelope` and `repeated-data`, laws of model size and data, for files with `parameters`
    /// (and `epochs`)
    #[arg(long, value_name = "NAME")]
    pub(crate) law: Option<String>,
    /// How the table is read.
    #[command(flatten)]
    pub(crate) form: FormArguments,
}

/// What the user wants to know; stands above what the study says.
#[derive(Debug, Args)]
pub(crate) struct GoalArguments {
    /// Error to reach, as 5% or 0.05, or the metric itself, as 'BLEU 35' [default: the study's goal]
    #[arg(long, value_name = "ERROR", allow_hyphen_values = true)]
    pub(crate) target: Option<String>,
    /// Cost of one more example
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true)]
    pub(crate) cost_per_example: Option<f64>,
    /// Examples there are already, as 64k [default: the largest size measured]
    #[arg(long, value_name = "SIZE")]
    pub(crate) have: Option<String>,
    /// What one point less error is worth: a percentage point of an error rate, else one unit
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true)]
    pub(crate) value_per_point: Option<f64>,
    /// Most to spend on more examples; needs their cost
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true)]
    pub(crate) budget: Option<f64>,
    /// New examples that can be had a day
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) examples_per_day: Option<f64>,
    /// Days until the model is needed; needs the examples a day
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true)]
    pub(crate) deadline: Option<f64>,
}
