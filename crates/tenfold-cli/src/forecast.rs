//! `tenfold forecast`

use anyhow::Result;
use clap::{Args, ValueEnum};
use tenfold_core::{ForecastOf, TrainingSetSize};

use super::answers::{self, Wanted};
use super::curve_arguments::CurveArguments;
use super::output::Output;
use super::subject::{self, fit_options};
use super::{Finding, amount};
use tenfold::analysis::Subject;
use tenfold::format;
use tenfold::report::{Question, text};

/// `tenfold forecast`
#[derive(Debug, Args)]
#[command(after_help = "Ranges hold the error of the next model that is measured; with `--of \
mean-curve` the mean error of many models trained alike, without the noise of one of them.")]
pub(crate) struct ForecastArguments {
    /// Where the curve is.
    #[command(flatten)]
    pub(crate) curve: CurveArguments,
    /// Sizes to forecast, as 128k,500k,1M [default: 2, 4 and 10 times the largest;
    /// with folds all rows too]
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub(crate) at: Vec<String>,
    /// What the ranges are to hold
    #[arg(long, value_enum, default_value_t = Of::NextMeasurement, value_name = "WHAT")]
    pub(crate) of: Of,
}

/// What a forecast is of, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Of {
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

/// Multiples of the largest size that are forecast by default.
const MULTIPLES: [f64; 3] = [2.0, 4.0, 10.0];

/// Prints the error expected at larger sizes, with intervals.
///
/// # Errors
/// Nothing to fit, or a size that is none.
pub(crate) fn run(arguments: &ForecastArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let mut at = amount::sizes(&arguments.at)?;
    let of = ForecastOf::from(arguments.of);
    let subject = subject::open(&arguments.curve, output)?;
    // The largest size is computed only if it is needed, because a file may have a hundred thousand
    // curves.
    if at.is_empty() || subject.all_rows.is_some() {
        let largest = subject.curves.largest_size()?;
        let all_rows = subject.all_rows.filter(|rows| *rows > largest);
        if at.is_empty() {
            at = all_rows.and_then(TrainingSetSize::new).into_iter().collect();
            at.extend(multiples_of(largest));
            at.sort();
        }
        say_all_rows(all_rows, largest, output);
    }
    if output.is_json {
        let (question, goal) = (Question::Forecast, subject.goal);
        answers::print(&subject, &Wanted { question, options: &options, goal, at: &at, of })?;
    } else {
        let report = subject::report_of(subject.hold()?, at, of, &options);
        super::report::require_a_fit(&report)?;
        output.answer(&text::answer(&report, Question::Forecast));
        if output.is_terminal() {
            output.answer(&text::chart(&report));
        }
    }
    Ok(Finding::Done)
}

/// Notes how far all rows lie beyond the measured sizes, if folds leave some rows out of every
/// training.
fn say_all_rows(all_rows: Option<f64>, largest: f64, output: &Output) {
    let Some(rows) = all_rows else { return };
    output.talk(&format!(
        "note: all {} rows are {:.2} times the largest size measured, {}: a fold is always left out",
        format::count(rows),
        rows / largest,
        format::count(largest)
    ));
}

/// The sizes that are forecast by default.
pub(super) fn default_sizes(subject: &Subject) -> Vec<TrainingSetSize> {
    let sizes = subject.curves.iter().map(|c| c.curve.largest_size().get());
    let largest = sizes.fold(0.0, f64::max);
    multiples_of(largest)
}

fn multiples_of(largest: f64) -> Vec<TrainingSetSize> {
    MULTIPLES.iter().filter_map(|m| TrainingSetSize::new(m * largest)).collect()
}
