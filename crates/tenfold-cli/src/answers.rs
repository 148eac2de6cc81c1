//! Prints documents with an answer for every curve, while the next curves are fitted.
//!
//! A file may have a hundred thousand curves. The fits of only a few curves are in memory at a
//! time; of the others only the measurements are.

use std::mem;
use std::num::NonZero;
use std::thread::available_parallelism;

use anyhow::Result;
use tenfold_core::forecast::MOST_OWN_CURVES;
use tenfold_core::{FitOptions, ForecastOf, LearningCurve, TrainingSetSize};

use super::in_order::in_order;
use super::output::Output;
use super::report::not_fitted;

use tenfold::analysis::own_priors;
use tenfold::analysis::{Analysis, CurveOutcome, CurveReport, Goal};
use tenfold::analysis::{Curves, Subject};
use tenfold::diagnostic::{Problem, ProblemKind, Problems};
use tenfold::report::section::Asked;
use tenfold::report::{Question, json};

/// The input of a document, besides the curves.
pub(super) struct Wanted<'a> {
    pub(super) question: Question,
    pub(super) options: &'a FitOptions<'a>,
    pub(super) goal: Goal,
    /// Sizes to forecast.
    pub(super) at: &'a [TrainingSetSize],
    /// Whether those forecasts are of the next measurement or of the mean curve.
    pub(super) of: ForecastOf,
}

/// The result of printing a document.
#[derive(Debug, Default)]
pub(super) struct Printed {
    /// Whether any curve has a plan that reaches its target.
    pub(super) is_reached: bool,
}

/// Prints the document that `wanted` describes.
///
/// # Errors
/// Why each curve could not be fitted, when none could.
pub(super) fn print(subject: &Subject<Curves>, wanted: &Wanted<'_>) -> Result<Printed> {
    let threads = available_parallelism().map_or(1, NonZero::get);
    write(&subject.curves, wanted, threads, Output::part)
}

/// Passes the document to `write` piece by piece, until `write` returns that nobody reads any more.
fn write(
    curves: &Curves,
    wanted: &Wanted<'_>,
    threads: usize,
    mut write: impl FnMut(&str) -> bool,
) -> Result<Printed> {
    if curves.is_empty() {
        let problem = Problem::new(ProblemKind::Store, "no size is measured yet");
        return Err(Problems(vec![problem.hint("tenfold run")]).into());
    }
    let Wanted { question, options, goal, at, of } = *wanted;
    let asked = Asked { question, goal, metric: curves.at(0)?.curve.metric() };
    let some = some_curves(curves)?;
    let priors = own_priors(some.iter());
    let has_back_tests = question == Question::Forecast;
    let analysis = Analysis { options, goal, at, of, priors, has_back_tests };
    let mut printed = Printed::default();
    let (mut problems, mut is_fitted, mut failed) = (Vec::new(), false, None);
    // The beginning is held back until there is a fit: if no curve can be fitted, the answer is an
    // error.
    let mut text = "{\n  \"curves\": [".to_owned();
    let mut separator = "\n    ";
    let answer = |index: usize| -> Result<Answer> {
        Ok(Answer::of(&analysis.report(curves.at(index)?), &asked))
    };
    in_order(curves.len(), threads, answer, |answer| {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                failed = Some(error);
                return false;
            }
        };
        text.push_str(mem::replace(&mut separator, ",\n    "));
        text.push_str(&answer.text);
        match answer.problem {
            Some(problem) if !is_fitted => problems.push(problem),
            Some(_) => {}
            None => is_fitted = true,
        }
        printed.is_reached |= answer.is_reached;
        if !is_fitted {
            return true;
        }
        problems.clear();
        write(&mem::take(&mut text))
    });
    if let Some(error) = failed {
        return Err(error);
    }
    if !is_fitted {
        return Err(Problems(problems).into());
    }
    write(&format!("\n  ],\n  \"schema\": \"{}\"\n}}\n", json::schema(question)));
    Ok(printed)
}

/// The part of a document for one curve.
struct Answer {
    /// Its JSON, indented as a member of the list of curves.
    text: String,
    /// The reason if the curve could not be fitted.
    problem: Option<Problem>,
    is_reached: bool,
}

impl Answer {
    fn of(curve: &CurveReport, asked: &Asked) -> Self {
        // Line ends within texts are escaped, so that every remaining one is layout.
        let text = format!("{:#}", json::answer(curve, asked)).replace('\n', "\n    ");
        match &curve.outcome {
            CurveOutcome::Fitted(fitted) => {
                let reached = fitted.plan.as_ref();
                let is_reached =
                    reached.is_some_and(|plan| plan.size.is_some() || plan.already_reached);
                Self { text, problem: None, is_reached }
            }
            CurveOutcome::NotFitted { reason } => {
                Self { text, problem: Some(not_fitted(curve, reason)), is_reached: false }
            }
        }
    }
}

/// The curves from which the user's own prior is learnt: all, or at most `MOST_OWN_CURVES`, evenly
/// spread.
fn some_curves(curves: &Curves) -> Result<Vec<LearningCurve>> {
    let count = curves.len().min(MOST_OWN_CURVES);
    let spread = (0..count).map(|number| number * curves.len() / count);
    spread.map(|index| Ok(curves.at(index)?.curve)).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use super::*;
    use tenfold::curve_file::{ReadOptions, measurements_from};
    use tenfold::report::{ReportInput, assemble};

    /// Curves for the tests; every third one has too few sizes for a fit.
    fn curves() -> Curves {
        let mut text = "curve,size,error\n".to_owned();
        for curve in 0..60_u32 {
            for step in 0..if curve % 3 == 0 { 1 } else { 8 } {
                let jump = f64::from((curve * 37 + step * step * 17) % 41) / 400.0;
                let error = 0.5 * f64::from(1 << step).powf(-0.3) * jump.exp();
                writeln!(text, "c{curve},{},{error}", 64 << step).unwrap();
            }
        }
        let options = ReadOptions::default();
        let read = measurements_from(text.as_bytes(), Path::new("c"), &options).unwrap();
        Curves::InFile(Box::new(read))
    }

    fn text(question: Question, goal: Goal, threads: usize) -> String {
        let options = FitOptions::default();
        let at = [TrainingSetSize::new(1e5).unwrap()];
        let of = ForecastOf::MeanCurve;
        let wanted = Wanted { question, options: &options, goal, at: &at, of };
        let mut text = String::new();
        write(&curves(), &wanted, threads, |part| {
            text.push_str(part);
            true
        })
        .unwrap();
        text
    }

    /// The document of a report that holds all curves.
    fn whole(question: Question, goal: Goal) -> String {
        let all = curves();
        let input = ReportInput {
            title: String::new(),
            curves: (0..all.len()).map(|index| all.at(index).unwrap()).collect(),
            goal,
            metric_label: String::new(),
            unit: String::new(),
            notes: Vec::new(),
            provenance: Vec::new(),
            at: vec![TrainingSetSize::new(1e5).unwrap()],
            of: ForecastOf::MeanCurve,
        };
        let report = assemble(input, &FitOptions::default());
        format!("{:#}\n", json::document(&report, question))
    }

    #[test]
    fn documents_are_those_of_a_whole_report_from_any_number_of_threads() {
        let goal = Goal { target: Some(0.1), ..Goal::default() };
        for question in [Question::Fit, Question::Forecast, Question::Plan] {
            let expected = whole(question, goal);
            for threads in [1, 8] {
                // `assert_eq!` would print both long documents.
                assert!(text(question, goal, threads) == expected, "{question:?}");
            }
        }
    }

    #[test]
    fn nothing_is_written_after_the_reader_has_gone() {
        let options = FitOptions::default();
        let of = ForecastOf::default();
        let (question, goal) = (Question::Fit, Goal::default());
        let wanted = Wanted { question, options: &options, goal, at: &[], of };
        let mut parts = 0;
        write(&curves(), &wanted, 2, |_| {
            parts += 1;
            false
        })
        .unwrap();
        assert_eq!(parts, 2, "one answer, and the end, which nobody waits for");
    }
}
