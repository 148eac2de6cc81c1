//! Finds the subject that the command line names, and decides how its file is read and its curves
//! are fitted.

use anyhow::Result;
use tenfold::analysis::{Curves, Subject};
use tenfold::curve_file::ReadOptions;
use tenfold::diagnostic::{Problem, ProblemKind, Problems, closest};
use tenfold::measured::curves::NoSuchMetric;
use tenfold::report::{ReportInput, StudyReport, assemble};
use tenfold::study::{self, Study};
use tenfold_core::law::joint::joint_family_by_name;
use tenfold_core::{CurveFamily, FAMILIES, FitOptions, ForecastOf, MetricKind, TrainingSetSize};

use super::amount::{self, TypedError};
use super::curve_arguments::CurveArguments;
use super::form_arguments::WideWord;
use super::output::Output;
use super::problem::usage;
use super::reading_arguments::{Kind, direction};

/// Reads the study or curve file that `arguments` name.
///
/// # Errors
/// Nothing there, nothing measured, or a broken file.
pub(crate) fn read(arguments: &CurveArguments, output: &Output) -> Result<Subject> {
    open(arguments, output)?.hold()
}

/// As [`read`], but the curves of a file are not built yet.
///
/// # Errors
/// As [`read`].
pub(crate) fn open(arguments: &CurveArguments, output: &Output) -> Result<Subject<Curves>> {
    let path = arguments.subject.as_path();
    let is_study = path.is_dir() || path.extension().is_some_and(|ending| ending == "toml");
    if is_study {
        let metric = arguments.reading.metric.as_deref();
        let subject = Subject::of_study(&study::load(path)?, metric);
        let subject = told(subject.map_err(told_what_there_is)?, output);
        return subject.with(|curves| Ok(Curves::Held(curves)));
    }
    Ok(told(Subject::of_curve_file(path, &read_options(arguments)?)?, output))
}

/// The error with a hint at the metrics that results have, where that is what is wrong.
fn told_what_there_is(error: anyhow::Error) -> anyhow::Error {
    let Some(missing) = error.downcast_ref::<NoSuchMetric>() else { return error };
    let names = || missing.known.iter().map(String::as_str);
    let hint = match closest::closest(&missing.metric, names()) {
        Some(near) => format!("`--metric {near}`; there are {}", closest::listed(names())),
        None if missing.known.is_empty() => "it has its own error only".to_owned(),
        None => format!("there are {}", closest::listed(names())),
    };
    let problem = Problem::new(ProblemKind::Usage, missing.to_string()).hint(hint);
    Problems(vec![problem]).into()
}

/// Reads the measured curves of `study`.
///
/// # Errors
/// If nothing was run or imported, or the database cannot be read.
pub(crate) fn of_study(study: &Study, output: &Output) -> Result<Subject> {
    Ok(told(Subject::of_study(study, None)?, output))
}

/// Prints the remarks of `subject` and returns it.
pub(crate) fn told<C>(subject: Subject<C>, output: &Output) -> Subject<C> {
    for remark in &subject.remarks {
        output.talk(&format!("note: {remark}"));
    }
    subject
}

/// The scale on which the errors of the curves are typed.
pub(crate) fn typed_as(subject: &Subject) -> TypedError {
    let none = TypedError { kind: MetricKind::Unbounded, scale: None };
    subject.curves.first().map_or(none, TypedError::of)
}

/// The scale on which the errors of the first curve are typed.
///
/// # Errors
/// None for files that could be read.
pub(crate) fn first_typed_as(subject: &Subject<Curves>) -> Result<TypedError> {
    if subject.curves.is_empty() {
        return Ok(TypedError { kind: MetricKind::Unbounded, scale: None });
    }
    Ok(TypedError::of(&subject.curves.at(0)?))
}

/// Builds the view model of a page, with diagnoses.
pub(crate) fn page(subject: Subject, options: &FitOptions<'_>) -> StudyReport {
    let training = subject.training.clone();
    let mut report = report(subject, Vec::new(), options);
    report.diagnose(&training);
    report
}

/// Builds the view model, with forecasts at the sizes `at`.
pub(crate) fn report(
    subject: Subject,
    at: Vec<TrainingSetSize>,
    options: &FitOptions<'_>,
) -> StudyReport {
    report_of(subject, at, ForecastOf::default(), options)
}

/// Builds the view model, with forecasts of `of` at the sizes `at`.
pub(crate) fn report_of(
    subject: Subject,
    at: Vec<TrainingSetSize>,
    of: ForecastOf,
    options: &FitOptions<'_>,
) -> StudyReport {
    let input = ReportInput {
        title: subject.title,
        curves: subject.curves,
        goal: subject.goal,
        metric_label: subject.metric_label,
        unit: subject.unit.to_owned(),
        notes: subject.notes,
        provenance: subject.provenance,
        at,
        of,
    };
    assemble(input, options)
}

/// The options for reading the curve file that `arguments` name.
///
/// # Errors
/// A whole that is no number.
pub(crate) fn read_options(arguments: &CurveArguments) -> Result<ReadOptions> {
    let reading = &arguments.reading;
    let whole = reading.whole.as_deref().map(|word| amount::size(word, "--whole")).transpose()?;
    Ok(ReadOptions {
        size_column: reading.size_column.clone(),
        metric_column: reading.metric.clone(),
        curves: reading.curve.clone(),
        name: reading.name.clone(),
        seed: reading.seed.clone(),
        higher_is_better: direction(reading.higher_is_better, reading.lower_is_better),
        best: reading.best,
        unit: reading.unit.map(Into::into),
        kind: reading.kind.map(Kind::metric),
        decimal: reading.decimal.map(Into::into),
        whole: whole.map(TrainingSetSize::get),
        skip_unusable: reading.skip_unusable,
        sheet: arguments.form.sheet.clone(),
        wide: arguments.form.wide.map(WideWord::wide),
        standard_deviation: arguments.form.standard_deviation.clone(),
        runs: arguments.form.runs,
        standard_error: arguments.form.standard_error.clone(),
        ..ReadOptions::default()
    })
}

/// The options of a fit that `arguments` describe.
///
/// # Errors
/// A law that does not exist.
pub(crate) fn fit_options(arguments: &CurveArguments) -> Result<FitOptions<'static>> {
    let law = arguments.law.as_deref().map(law_named).transpose()?;
    Ok(FitOptions { law, ..FitOptions::default() })
}

fn law_named(name: &str) -> Result<&'static dyn CurveFamily> {
    let names: Vec<&str> = FAMILIES.iter().map(|family| family.name()).collect();
    let found = FAMILIES.iter().find(|family| family.name() == name);
    found.copied().ok_or_else(|| {
        if joint_family_by_name(name).is_some() {
            let message =
                format!("`{name}` is a law of model size and data, which only `fit` fits");
            return usage(message, format!("tenfold fit runs.csv --law {name}"));
        }
        let near = closest::closest(name, names.iter().copied()).unwrap_or(names[0]);
        let message = format!("there is no law `{name}`; there are {}", names.join(", "));
        usage(message, format!("`--law {near}`"))
    })
}
