//! `tenfold diagnose`

use anyhow::Result;
use tenfold_core::diagnose::diagnose;
use tenfold_core::{Cost, Diagnosis, FindingLevel, TrainingFacts, fit_curve};

use super::Finding;
use super::curve_arguments::CurveArguments;
use super::output::Output;
use super::subject::{self, fit_options};
use tenfold::analysis::epochs_warning;
use tenfold::diagnostic::{Problem, ProblemKind, Problems};
use tenfold::report::sections::diagnosis;
use tenfold::words;

/// Prints why each curve is as it is and what to try next; bad when a check failed.
///
/// # Errors
/// No curve that can be fitted.
pub(crate) fn run(arguments: &CurveArguments, output: &Output) -> Result<Finding> {
    let options = fit_options(arguments)?;
    let subject = subject::read(arguments, output)?;
    let mut diagnoses: Vec<(usize, Diagnosis)> = Vec::new();
    let mut problems = Vec::new();
    for (index, measured) in subject.curves.iter().enumerate() {
        let curve = &measured.curve;
        let known = subject.training.get(curve.name()).cloned().unwrap_or_default();
        let facts =
            TrainingFacts { cost_per_example: subject.goal.cost_per_example.map(Cost), ..known };
        match fit_curve(curve, &options) {
            Ok(fit) => diagnoses.push((index, diagnose(curve, &fit, &facts))),
            Err(error) => {
                let message = format!("`{}` cannot be diagnosed: {error}", curve.name());
                problems.push(Problem::new(ProblemKind::Fit, message).hint("measure more sizes"));
            }
        }
    }
    if diagnoses.is_empty() {
        if problems.is_empty() {
            let problem = Problem::new(ProblemKind::Store, "no size is measured yet");
            problems.push(problem.hint("tenfold run"));
        }
        return Err(Problems(problems).into());
    }
    if let Some(warning) = subject.curves.iter().find_map(epochs_warning) {
        output.talk(&format!("note: {}", words::warning(&warning)));
    }
    for problem in &problems {
        output.talk(&format!("note: {}", problem.message));
    }
    let shown = diagnoses.iter().map(|(index, diagnosis)| (&subject.curves[*index], diagnosis));
    if output.is_json {
        Output::json(&diagnosis::json::document(shown, subject.unit));
    } else {
        output.answer(&diagnosis::text::text(shown, subject.unit));
    }
    let has_failed = |(_, diagnosis): &(usize, Diagnosis)| diagnosis.count(FindingLevel::Fail) > 0;
    Ok(if diagnoses.iter().any(has_failed) { Finding::Bad } else { Finding::Done })
}
