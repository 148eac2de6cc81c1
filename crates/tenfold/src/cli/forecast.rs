//! `tenfold forecast`

use anyhow::Result;
use clap::{Args, ValueEnum};
use tenfold_core::{ForecastOf, TrainingSetSize};

use super::answers::{self, Asked};
use super::arguments::CurveArguments;
use super::output::Output;
use super::subject::{Subject, fit_options};
use super::{Finding, amount};
use crate::report::json::Document;
use crate::report::text;

/// `tenfold forecast`
#[derive(Debug, Args)]
#[command(after_help = "Ranges hold the error of the next model that is measured; with `--of \
mean-curve` the mean error of many models trained alike, without the noise of one of them.")]
pub struct ForecastArguments {
    /// Where the curve is.
    #[command(flatten)]
    pub curve: CurveArguments,
    /// Sizes to forecast, as 128k,500k,1M [default: 2, 4 and 10 times the largest]
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub at: Vec<String>,
    /// What the ranges are to hold
    #[arg(long, value_enum, default_value_t = Of::NextMeasurement, value_name = "WHAT")]
    pub of: Of,
}

/// What a forecast is of, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Of {
    /// The error of the next model that is measured
    NextMeasurement,
    /// The mean error of many models trained alike
    MeanCurve,
}

impl From<Of> for ForecastOf {
    fn from(of: Of) -> Self {
        match of {
            Of::NextMeasurement => Self::NextMeasurement,
            Of::MeanCurve => Self::MeanCurve,
        }
    }
}

/// How many times the largest size is forecast when nothing is asked for.
const MULTIPLES: [f64; 3] = [2.0, 4.0, 10.0];

/// Prints the error expected at larger sizes, with intervals.
///
/// # Errors
/// Nothing to fit, or a size that is none.
pub(crate) fn run(arguments: &ForecastArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut at = amount::sizes(&arguments.at)?;
    let of = ForecastOf::from(arguments.of);
    let subject = Subject::open(&arguments.curve, output)?;
    if at.is_empty() {
        at = multiples_of(subject.curves.largest_size()?);
    }
    if output.is_json {
        let (document, goal) = (Document::Forecast, subject.goal);
        let asked = Asked { document, options: &options, goal, at: &at, of };
        answers::print(&subject, &asked)?;
    } else {
        let report = subject.hold()?.report_of(at, of, &options);
        super::report::require_a_fit(&report)?;
        output.answer(&text::forecast_table(&report));
        if output.is_terminal() {
            output.answer(&text::chart(&report));
        }
    }
    Ok(Finding::Done)
}

/// Sizes to forecast when nothing is asked for.
pub(super) fn default_sizes(subject: &Subject) -> Vec<TrainingSetSize> {
    let sizes = subject.curves.iter().map(|c| c.curve.largest_size().get());
    let largest = sizes.fold(0.0, f64::max);
    multiples_of(largest)
}

fn multiples_of(largest: f64) -> Vec<TrainingSetSize> {
    MULTIPLES.iter().filter_map(|m| TrainingSetSize::new(m * largest)).collect()
}
