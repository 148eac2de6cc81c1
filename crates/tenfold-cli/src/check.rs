//! `tenfold check`

use anyhow::Result;
use clap::Args;
use tenfold_core::check::test_set_variance;
use tenfold_core::{CheckFinding, CurveFit, MetricKind, error_of_zero};

use super::Finding;
use super::amount::{self, TypedError};
use super::curve_arguments::CurveArguments;
use super::output::Output;
use super::problem::usage;
use super::report::not_fitted;
use super::subject::{self, fit_options, read_options};
use tenfold::analysis::CurveOutcome;
use tenfold::analysis::{Curves, Subject};
use tenfold::curve_file::ReadOptions;
use tenfold::diagnostic::{Problem, ProblemKind, Problems, closest};
use tenfold::format;
use tenfold::report::StudyReport;
use tenfold::report::check::{self, CheckReport};

/// `tenfold check`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tenfold check curve.csv --size 180k --error 7.1%\n  tenfold check \
curves.csv --curve cnn --size 180k --error 0.071 --test-examples 2000\n\nThe new measurement must not be \
in the curve yet. Exit code 1: it is outside the 95% range."
)]
pub(crate) struct CheckArguments {
    /// Where the curve is.
    #[command(flatten)]
    pub(crate) curve: CurveArguments,
    /// Training-set size of the new measurement, as 180k
    #[arg(long, value_name = "SIZE")]
    pub(crate) size: String,
    /// Error measured, as 7.1% or 0.071
    #[arg(long, value_name = "ERROR", allow_hyphen_values = true)]
    pub(crate) error: String,
    /// Examples it was measured on, if those are not the ones the curve was measured on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) test_examples: Option<u64>,
}

/// Prints whether a later measurement is inside the forecast; bad when it is outside the 95 % interval.
///
/// # Errors
/// Nothing to fit, a size or an error that is none, or a curve that is not there.
pub(crate) fn run(arguments: &CheckArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(&arguments.curve)?;
    let size = amount::size(&arguments.size, "--size")?;
    let subject = opened(&arguments.curve, output)?;
    let index = chosen(&subject.curves, name_of(&arguments.curve, &subject.curves))?;
    let typed = TypedError::of(&subject.curves.at(index)?);
    let error = measured_error(arguments, &typed, output)?;
    // All curves: with many of them forecasts learn their intervals on each other.
    let report = subject::report(subject.hold()?, Vec::new(), &options);
    let fit = fit_of(&report, index)?;
    let extra_variance = match arguments.test_examples {
        Some(examples) => test_set_variance(fit.forecast(size).error, examples),
        None => 0.0,
    };
    let check = fit.check(size, error, extra_variance);
    let shown =
        CheckReport { report: &report, index, check, test_examples: arguments.test_examples };
    if output.is_json {
        Output::json(&check::json(&shown));
    } else {
        output.answer(&check::text(&shown));
    }
    Ok(match check.finding {
        CheckFinding::Inside(_) => Finding::Done,
        CheckFinding::Outside { .. } => Finding::Bad,
    })
}

/// Opens the study or file; `--curve` may name one of its curves as well as its columns.
fn opened(arguments: &CurveArguments, output: &Output) -> Result<Subject<Curves>> {
    let path = arguments.subject.as_path();
    if path.is_dir() || path.extension().is_some_and(|ending| ending == "toml") {
        return subject::open(arguments, output);
    }
    let options = ReadOptions { curves_may_be_names: true, ..read_options(arguments)? };
    Ok(subject::told(Subject::of_curve_file(path, &options)?, output))
}

/// The last word of `--curve` that is not a column, and therefore names a curve.
fn name_of<'a>(arguments: &'a CurveArguments, curves: &Curves) -> Option<&'a str> {
    let columns = match curves {
        Curves::InFile(measurements) => measurements.curve_columns.as_slice(),
        Curves::Held(_) => &[],
    };
    let is_name = |word: &&String| !columns.iter().any(|column| column.eq_ignore_ascii_case(word));
    arguments.reading.curve.iter().rfind(is_name).map(String::as_str)
}

/// Number of the curve called `name`, or of the only one.
fn chosen(curves: &Curves, name: Option<&str>) -> Result<usize> {
    let names: Result<Vec<String>> =
        (0..curves.len()).map(|index| Ok(curves.at(index)?.curve.name().to_owned())).collect();
    let names = names?;
    match (name, names.len()) {
        (_, 0) => {
            let problem = Problem::new(ProblemKind::Store, "no size is measured yet");
            Err(Problems(vec![problem.hint("tenfold run")]).into())
        }
        (None, 1) => Ok(0),
        (None, several) => {
            let message = format!("there are {several} curves, and a measurement belongs to one");
            Err(usage(message, format!("`--curve {}`; {}", names[0], there_are(&names))))
        }
        (Some(name), _) => names.iter().position(|known| known == name).ok_or_else(|| {
            let near = closest::closest(name, names.iter().map(String::as_str));
            let hint = format!("`--curve {}`; {}", near.unwrap_or(&names[0]), there_are(&names));
            usage(format!("there is no curve `{name}`"), hint)
        }),
    }
}

/// Most curves that a hint lists.
const LISTED: usize = 10;

/// Lists the curves: `there are a, b, c`, or the first few and the number of the others.
fn there_are(names: &[String]) -> String {
    let listed = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        0 if names.len() == 1 => format!("there is {listed}"),
        0 => format!("there are {listed}"),
        more => format!("there are {listed} and {more} more"),
    }
}

/// The error that the user typed. An error of 0 of a known number of examples becomes half an
/// error, as for measured curves.
fn measured_error(arguments: &CheckArguments, asked: &TypedError, output: &Output) -> Result<f64> {
    let kind = asked.kind;
    let typed = arguments.error.trim();
    if let (Some(_), MetricKind::Loss | MetricKind::Unbounded) = (arguments.test_examples, kind) {
        let message = format!(
            "the number of test examples tells the noise of an error rate, this is {}",
            if kind == MetricKind::Loss { "a loss" } else { "another metric" }
        );
        return Err(usage(message, "leave `--test-examples` out, or add `--kind error-rate`"));
    }
    let is_zero = typed.trim_end_matches('%').trim_end().parse() == Ok(0.0);
    match (is_zero, arguments.test_examples) {
        (true, Some(examples)) => {
            let error = error_of_zero(examples);
            let shown = format::error(error, kind);
            output
                .talk(&format!("note: 0 wrong of {examples} is taken as half an example, {shown}"));
            Ok(error)
        }
        (true, None) if kind == MetricKind::ErrorRate => {
            let message = format!("`--error {typed}` must be above 0: no law reaches 0");
            Err(usage(message, "say of how many examples none was wrong: `--test-examples 2000`"))
        }
        _ => amount::error(typed, "--error", asked),
    }
}

/// The fit of curve number `index`.
fn fit_of(report: &StudyReport, index: usize) -> Result<&CurveFit> {
    let curve = &report.curves[index];
    match &curve.outcome {
        CurveOutcome::Fitted(fitted) => Ok(&fitted.fit),
        CurveOutcome::NotFitted { reason } => Err(Problems(vec![not_fitted(curve, reason)]).into()),
    }
}
